"""The worker tells payees through the stand-in gateway; `minzheng sandbox sms` starts it and declares it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.cli import worker
from minzheng.cli.worker import Worker
from minzheng.payments.models import Notice
from minzheng.payments.sms.client import Known, SmsClient
from minzheng.payments.sms.hosts import declared_gateway
from tests.apps.payments import town
from tests.apps.payments.conftest import real_town, town_database
from tests.apps.payments.returned import S, answer, read
from tests.apps.payments.sms.conftest import ROOT, Stand, gateway, message

__all__ = ["gateway", "real_town", "town_database"]


@pytest.fixture
def one(real_town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setenv("MINZHENG_SMS", str(tmp_path / "sms.toml"))
    monkeypatch.setattr(worker, "state_file", lambda: tmp_path / "worker.json")
    with scope(system_actor("test")):
        for household in (1, 2):
            town.award(household, 54_600, town.JULY)
    payroll = town.paid_out()
    with scope(actor := system_actor("bank")):
        read(actor, answer(payroll, {1: S, 2: S}))
    return Worker(threading.Event())


def states() -> set[str]:
    with scope(system_actor("test")):
        return set(Notice.objects.values_list("state", flat=True))


def test_payees_are_told_once_in_rounds_of_the_worker(one: Worker, gateway: Stand, capsys):
    for _ in range(3):
        one.messages()
    assert len(gateway.taken()) == 2
    assert (states(), one.failed) == ({"sent"}, set())
    said = capsys.readouterr()
    assert "网关受理 2 条" in said.out
    assert "13800000000" not in said.out + said.err


def test_without_a_gateway_messages_wait_and_nothing_fails(one: Worker):
    one.messages()
    assert (states(), one.failed) == ({"waiting"}, set())


def test_a_gateway_that_shuts_us_out_or_a_broken_declaration_is_told(one: Worker, gateway: Stand, capsys):
    gateway.fault("shut-out")
    one.messages()
    assert (states(), one.failed) == ({"waiting"}, {"sms.send"})
    assert "不认本平台的签名" in capsys.readouterr().err
    gateway.declaration.write_text("[sms]\n")
    one.messages()
    assert "sms.declaration" in one.failed


def test_the_command_declares_the_stand_in_and_becomes_it(tmp_path: Path):
    environment = {**os.environ, "MINZHENG_HOME": str(tmp_path), "PYTHONUTF8": "1"}
    environment.pop("MINZHENG_SMS", None)
    command = [sys.executable, "-m", "minzheng.cli", "sandbox", "sms"]
    with subprocess.Popen(
        [*command, "--port", "22807"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert "127.0.0.1:22807" in started.stdout.readline()
        declared = declared_gateway(tmp_path / "sms.toml")
        assert declared is not None
        assert SmsClient(declared).send(message()).known is Known.ACCEPTED
        switched = subprocess.run([*command, "--fault", "throttled"], cwd=ROOT, env=environment, check=True)
        assert switched.returncode == 0
        assert SmsClient(declared).send(message()).known is Known.NOT_TAKEN
        started.send_signal(signal.SIGTERM)
    for private in ("sms.toml", "sms/secret", "sms/book.jsonl"):
        assert stat.S_IMODE((tmp_path / private).stat().st_mode) == 0o600
