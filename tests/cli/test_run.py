"""`minzheng run`: all that it starts ends with it, told or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.places import Place
from tests.cli.test_check import free_port


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGTERM, marks=pytest.mark.long, id="told"),
        pytest.param(signal.SIGKILL, id="killed"),
    ],
)
def test_what_was_started_ends_with_it(how: signal.Signals) -> None:
    place = Place()
    port = free_port()
    started = subprocess.Popen(
        place.command("run", "--port", port, "--scale", "0.001"),
        env=place.environment | {"MINZHENG_BANK": str(place.home / "bank.toml")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert started.stdout is not None
        said = ""
        while not all(word in said for word in ("后台作业已启动", "银行替身已就绪", "短信网关替身已就绪")):
            line = started.stdout.readline()
            assert line, said
            said += line
        beside = family(place.home)
        commands = " ".join(beside.values())
        for word in ("gunicorn", "minzheng.cli worker", "minzheng.cli desk", "sandbox.bank", "sandbox.sms"):
            assert word in commands
        started.send_signal(how)
        started.wait(60)
        until(lambda: not family(place.home))
        for name in ("bank.toml", "sms.toml"):
            assert (place.home / name).stat().st_mode & 0o777 == 0o600
    finally:
        if started.poll() is None:
            started.kill()
        started.stdout.close()
        started.wait()
        place.remove()


def family(home: Path) -> dict[int, str]:
    """Every process of that state folder but the database's own."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        mine = f"MINZHENG_HOME={home}".encode() in environment
        if (
            mine
            and int(folder.name) != os.getpid()
            and "guardian" not in command
            and "postgres" not in command
            and command
        ):
            found[int(folder.name)] = command
    return found


def until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this did not come to pass"
        time.sleep(0.2)
