"""Whatever breaks in a process of ours, its standard error says what kind and where, and not what the error says."""

from __future__ import annotations

import io
import logging
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minzheng.base.logs import Console, NoPersonalData, PlaceOfError

SECRET = "张某某140499198001020017"
QUOTED = "%E5%BC%A0"

BREAKS = {
    "uncaught": "raise KeyError(SECRET)",
    "chained": """
try:
    int(SECRET)
except ValueError as cause:
    raise KeyError(SECRET) from cause
""",
    "thread": """
import threading
thread = threading.Thread(target=lambda: {}[SECRET])
thread.start()
thread.join()
""",
    "unraisable": """
class Gone:
    def __del__(self):
        {}[SECRET]
gone = Gone()
del gone
""",
    "no logging": """
import logging
try:
    {}[SECRET]
except KeyError as error:
    logging.getLogger("x").exception("broke: %s", error)
""",
    "task": """
import asyncio, gc
async def breaks():
    raise KeyError(SECRET)
async def main():
    asyncio.get_running_loop().create_task(breaks())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(main())
gc.collect()
""",
}
BEGINS = f"from minzheng.base.logs import tell_places_only\ntell_places_only()\nSECRET = {SECRET!r}\n"


@pytest.mark.parametrize("how", BREAKS)
def test_what_nobody_catches_is_told_by_kind_and_place(how):
    done = subprocess.run(
        [sys.executable, "-c", BEGINS + BREAKS[how]], capture_output=True, text=True, check=False, timeout=60
    )
    assert "KeyError" in done.stderr
    assert "<string>:" in done.stderr, "and where"
    assert "张某某" not in done.stderr
    assert "140499198001020017" not in done.stderr


def test_the_command_is_such_a_process(tmp_path):
    """An error of no kind of ours, out of a command."""
    script = (
        "import sys, minzheng.cli as c; c.build_parser = lambda: {}[sys.argv[1]]; raise SystemExit(c.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, SECRET], capture_output=True, text=True, check=False, timeout=60
    )
    assert "KeyError" in done.stderr
    assert "张某某" not in done.stderr


def line(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("some.library", logging.WARNING, "", 1, message, arguments, None)


def test_an_error_among_the_arguments_is_told_by_its_kind():
    record = line("ignored %s of %s", ValueError(SECRET), 7)
    assert NoPersonalData().filter(record)
    assert record.getMessage() == "ignored ValueError of 7"


def test_a_line_that_cannot_be_written_says_neither_itself_nor_the_error_at_hand(monkeypatch):
    class Narrow(io.StringIO):
        def write(self, text: str) -> int:
            if not text.isascii():
                raise UnicodeEncodeError("ascii", text, 0, 1, "no")
            return super().write(text)

    narrow = Narrow()
    monkeypatch.setattr(sys, "stderr", narrow)
    handler = Console()
    handler.setFormatter(PlaceOfError("%(message)s"))
    try:
        {}[SECRET]
    except KeyError:
        handler.emit(line("办件 %s", SECRET))
    assert narrow.getvalue() == "a line of some.library could not be logged: UnicodeEncodeError\n"
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    handler.emit(line("broke"))


APP = f"""
def application(environ, start_response):
    raise KeyError({SECRET!r})
"""


def test_the_server_tells_no_address_and_no_broken_line(tmp_path):
    (tmp_path / "breaking.py").write_text(APP, encoding="utf-8")
    port = free_port()
    log = (tmp_path / "log").open("w+")
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "breaking:application", f"--bind=127.0.0.1:{port}", "--threads=2",
            "--worker-class=gthread", "--log-level=warning", "--no-control-socket",
            "--logger-class=minzheng.web.server_log.ServerLog",
        ],
        cwd=tmp_path, stderr=log,
    )  # fmt: skip
    try:
        answers = [
            ask(port, f"GET /search/?q={QUOTED}140499198001020017 HTTP/1.1\r\nHost: x\r\n\r\n"),
            ask(port, f"GET /search/?q={QUOTED}140499198001020017 HTTQ/1.1\r\nHost: x\r\n\r\n"),
        ]
    finally:
        server.terminate()
        server.wait(30)
    assert [answer.split(b" ", 2)[1] for answer in answers] == [b"500", b"400"]
    log.seek(0)
    said = log.read()
    log.close()
    assert "Error handling request" in said
    assert "/search/" in said
    assert "builtins.KeyError" in said
    assert "Invalid request from ip=127.0.0.1" in said
    for typed in (QUOTED, "14049919", "张某某"):
        assert typed not in said


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask(port: int, request: str) -> bytes:
    until = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 30) as connection:
                connection.sendall(request.encode())
                return connection.recv(4096)
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_nothing_else_in_the_code_writes_an_error_out():
    """The ways by which the text of an error gets past the formatter."""
    source = Path(__file__).parents[3] / "src" / "minzheng"
    forbidden = (
        "print_exc",
        "format_exc",
        "print_exception",
        "format_exception",
        "basicConfig",
        "StreamHandler",
    )
    found = [
        f"{path.name}: {word}"
        for path in source.rglob("*.py")
        for word in forbidden
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []
