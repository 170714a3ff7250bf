"""A running stand-in of the gateway, and the client that is declared to it."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from minzheng.payments.sms.client import Message, SmsClient
from minzheng.payments.sms.hosts import SmsGateway, declared_gateway

ROOT = Path(__file__).resolve().parents[4]


@dataclass
class Stand:
    """The running stand-in as a test sees it."""

    folder: Path
    gateway: SmsGateway
    declaration: Path

    @property
    def client(self) -> SmsClient:
        return SmsClient(self.gateway)

    def impatient(self) -> SmsClient:
        return SmsClient(replace(self.gateway, seconds=0.4))

    def fault(self, name: str) -> None:
        (self.folder / "fault").write_text("" if name == "none" else name)

    def taken(self) -> list[dict[str, Any]]:
        book = self.folder / "book.jsonl"
        lines = book.read_text(encoding="utf-8").splitlines() if book.exists() else []
        return [json.loads(line) for line in lines]


def message(number: uuid.UUID | None = None, phone: str = "13800000000", **params: str) -> Message:
    return Message(number or uuid.uuid4(), phone, "T-PAID", params or {"tail": "0011"})


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Stand]:
    folder = tmp_path / "sms"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.sms", f"--folder={folder}", "--port=0"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "已就绪" in said
    declaration = tmp_path / "sms.toml"
    declaration.write_text(
        f'[sms]\nurl = "http://127.0.0.1:{said.strip().rsplit(":", 1)[1]}/v1"\naccess_key = "minzheng"\n'
        f'secret_file = "{folder / "secret"}"\nsign = "长治民政"\n'
        '[sms.templates]\naccount = "T-ACCOUNT"\npaid = "T-PAID"\n',
        encoding="utf-8",
    )
    declaration.chmod(0o600)
    found = declared_gateway(declaration)
    assert found is not None
    yield Stand(folder, found, declaration)
    process.terminate()
    process.stdout.close()
    process.wait(10)
