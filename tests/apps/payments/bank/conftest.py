"""Batches of invented people, and a real stand-in bank on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

import asyncssh
import pytest

from minzheng.payments.bank.hosts import BankHost
from minzheng.payments.bank.transport import BankDoor, Fetched
from minzheng.payments.bank.types import Batch, Instruction, Payer

ROOT = Path(__file__).resolve().parents[4]
CHINA = timezone(timedelta(hours=8))
PAYER = Payer("长治市潞州区民政局", "0505012345678901", "102164000012")


def payment(number: int, of: str = "batch") -> UUID:
    return uuid5(NAMESPACE_OID, f"{of}|{number}")


def instructions(count: int, of: str = "batch") -> Iterator[Instruction]:
    for number in range(1, count + 1):
        account = f"6217{number:015d}"
        yield Instruction(
            payment(number, of),
            f"受助人{number}",
            account,
            "102164000012",
            60000 + number,
            "2026年11月城市低保金",
        )


def batch(number: str = "DB-140402-202611-1", count: int = 5) -> Batch:
    made = list(instructions(count, number))
    return Batch(
        number=number,
        payer=PAYER,
        pay_on=date(2026, 12, 10),
        made_at=datetime(2026, 12, 5, 9, 30, tzinfo=CHINA),
        count=count,
        fen=sum(one.fen for one in made),
        instructions=made,
    )


def sent(of: Batch) -> dict[UUID, int]:
    return {one.payment_id: one.fen for one in of.instructions}


@dataclass
class Bank:
    """The running stand-in as a test sees it."""

    folder: Path
    host: BankHost
    process: subprocess.Popen[str]

    @property
    def door(self) -> BankDoor:
        return BankDoor(self.host)

    def fault(self, name: str) -> None:
        command = [sys.executable, "-m", "sandbox.bank", f"--folder={self.folder}", f"--fault={name}"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    def impatient(self) -> BankDoor:
        return BankDoor(replace(self.host, acknowledge_seconds=0.6))

    def fetched(self, count: int, seen: frozenset[tuple[str, str]] = frozenset()) -> Fetched:
        """What lies at the bank once `count` files or troubles are there."""
        return self.until(lambda found: len(found.files) + len(found.troubles) >= count, seen)

    def until(
        self, enough: Callable[[Fetched], bool], seen: frozenset[tuple[str, str]] = frozenset()
    ) -> Fetched:
        deadline = time.monotonic() + 20
        while not enough(found := self.door.fetch(seen)):
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        return found


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with running_bank(tmp_path / "bank") as started:
        yield started


class running_bank:  # noqa: N801 - reads as a block
    """The stand-in for the length of a block; told to stop at its end, and it must end by itself."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder, self.more = folder, more

    def __enter__(self) -> Bank:
        self.folder.mkdir(parents=True, exist_ok=True)
        key = self.folder / "client_key"
        if not key.exists():
            made = asyncssh.generate_private_key("ssh-ed25519")
            made.write_private_key(str(key))
            key.chmod(0o600)
            made.write_public_key(str(self.folder / "authorized_keys"))
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sandbox.bank",
                f"--folder={self.folder}",
                "--port=0",
                "--delay=0.1",
                f"--client-keys={self.folder / 'authorized_keys'}",
                *self.more,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        assert self.process.stdout is not None
        said = ""
        while "已就绪" not in said:
            said = self.process.stdout.readline()
            assert said, "the stand-in ended before it was ready"
        port = int(said.split("127.0.0.1:")[1].split("（")[0])
        host_key = " ".join((self.folder / "host_key.pub").read_text().split()[:2])
        host = BankHost(
            name="sandbox",
            host="127.0.0.1",
            port=port,
            user="minzheng",
            host_key=host_key,
            key_file=key,
            connect_seconds=10,
            transfer_seconds=20,
            acknowledge_seconds=10,
            look_every_seconds=0.05,
        )
        return Bank(self.folder, host, self.process)

    def __exit__(self, *_trouble: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        self.said = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(15)
