"""Using the database: in a `serving()` block a server answers, started here or shared with others."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from minzheng.database.place import Role, address, home, is_external, secret_folder
from minzheng.values.errors import SourceTrouble

_ANSWER_WITHIN_SECONDS = 90


@contextlib.contextmanager
def serving(base: Path | None = None, *, throwaway: bool = False) -> Iterator[None]:
    """A server answers for as long as this block lasts; the last user's end stops it.

    With an external database this only checks that it answers.
    """
    if base is None and is_external():
        _check_external()
        yield
        return
    base = base or home()
    secret_folder(base)
    with (base / "in-use").open("a") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_SH)
        _start(base, throwaway=throwaway)
        yield


def _start(base: Path, *, throwaway: bool) -> None:
    deadline = time.monotonic() + _ANSWER_WITHIN_SECONDS
    with (base / "launch.lock").open("a") as launching:
        fcntl.flock(launching, fcntl.LOCK_EX)
        while not _answers(base):
            if time.monotonic() > deadline:
                raise _no_answer(f"日志见 {base / 'guardian.log'}。")
            _launch_guardian(base, throwaway=throwaway)


def _launch_guardian(base: Path, *, throwaway: bool) -> None:
    command = [sys.executable, "-m", "minzheng.database.guardian", str(base)]
    if throwaway:
        command.append("--throwaway")
    started = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", check=False
    )
    if started.returncode != 0:
        raise _no_answer(started.stderr.strip()[-2000:])
    time.sleep(0.05)


def _answers(base: Path) -> bool:
    if not (base / "secrets" / "app.pgpass").exists():
        return False
    try:
        address(Role.APP, base=base).connect(connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _check_external() -> None:
    try:
        address(Role.APP).connect(connect_timeout=10).close()
    except psycopg.OperationalError:
        raise _no_answer("请检查 MINZHENG_DATABASE_URL 与数据库服务。") from None


def _no_answer(next_step: str) -> SourceTrouble:
    return SourceTrouble("database", "数据库没有响应，未做任何改动。", retryable=True, next_step=next_step)
