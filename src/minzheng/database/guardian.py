"""The small process that owns an embedded server and ends it when nobody uses it any more.

Every user holds a shared lock on `in-use`; the guardian stops the server once it gets that lock alone.
So any order of starting, ending and killing commands leaves either one server or none.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from minzheng.database.server import Server

_LOOK_EVERY_SECONDS = 0.5
_RESTARTS = 20


def main(arguments: list[str]) -> int:
    """Start the server of a home folder in the background; return when it answers."""
    home, throwaway = Path(arguments[0]), "--throwaway" in arguments[1:]
    reads, writes = os.pipe()
    if os.fork():
        os.close(writes)
        with os.fdopen(reads) as answer:
            said = answer.read()
        if said != "ready":
            sys.stderr.write(said or "数据库守护进程意外退出。")
            return 1
        return 0
    os.close(reads)
    os.setsid()
    os.chdir("/")
    _leave_terminal(home)
    _guard(Server(home, throwaway=throwaway), writes)
    return 0


def _leave_terminal(home: Path) -> None:
    log = os.open(home / "guardian.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _guard(server: Server, answer: int) -> None:
    stopping = _until_told()
    with _only_guardian(server.home) as alone:
        if not alone:
            os.write(answer, b"ready")
            os.close(answer)
            return
        try:
            server.start()
        except BaseException as trouble:
            os.write(answer, str(trouble).encode())
            server.stop()
            raise
        os.write(answer, b"ready")
        os.close(answer)
        _watch(server, stopping)


def _watch(server: Server, stopping: list[int]) -> None:
    restarts = 0
    with (server.home / "in-use").open("a") as in_use:
        while not stopping:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(_LOOK_EVERY_SECONDS)
            if not server.is_running() and restarts < _RESTARTS:
                restarts += 1
                server.start()
        server.stop()
        if server.throwaway:
            server.remove()


def _until_told() -> list[int]:
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)
    return told


@contextlib.contextmanager
def _only_guardian(home: Path) -> Iterator[bool]:
    with (home / "guardian.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
