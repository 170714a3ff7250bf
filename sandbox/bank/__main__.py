"""`python -m sandbox.bank --folder DIR --port N`: the stand-in by itself; `minzheng sandbox bank` starts it so."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import sys
from pathlib import Path

from sandbox.bank.book import Book
from sandbox.bank.desk import Desk
from sandbox.bank.faults import NAMES, Faults
from sandbox.bank.server import host_key, serve


def main() -> int:
    given = _arguments()
    folder: Path = given.folder
    for name in ("in", "ack", "out"):
        (folder / "files" / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    faults = Faults(folder)
    if given.fault is not None:
        faults.switch(given.fault)
        _say(f"已切换：{NAMES.get(given.fault, '一切正常')}")
        return 0
    host_key(folder)
    if given.prepare:
        return 0
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("同一目录的银行替身已在运行。\n")
            return 1
        return _open(given, folder, faults)


def _open(given: argparse.Namespace, folder: Path, faults: Faults) -> int:
    # The clerk works in a thread, one turn at a time: SQLite is told that this is meant.
    book = Book(folder / "book.sqlite", strict=given.strict, opening_fen=given.balance)
    try:
        if (folder / "accounts.csv").exists():
            _say(f"开户清单：{book.open_accounts(folder / 'accounts.csv')} 户")
        desk = Desk(folder / "files", book, faults, given.delay, _say)
        asyncio.run(serve(folder, given.port, given.client_keys, desk, _say))
    except OSError as trouble:
        sys.stderr.write(f"银行替身无法启动：端口 {given.port} 或目录不可用（{trouble.strerror}）。\n")
        return 1
    finally:
        book.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox.bank", description="代发银行替身")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=2222)
    parser.add_argument("--client-keys", type=Path, help="authorized keys of clients")
    parser.add_argument("--delay", type=float, default=2, help="seconds between taking and answering")
    parser.add_argument("--balance", type=int, default=10**13, help="what each payer has, fen")
    parser.add_argument("--strict", action="store_true", help="only accounts of accounts.csv exist")
    parser.add_argument("--fault", choices=[*NAMES, "none"])
    parser.add_argument("--prepare", action="store_true", help="make folders and the host key, then end")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(f"● {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
