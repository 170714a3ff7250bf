"""A released payroll really travels: the worker sends it to the stand-in bank, fetches the answer, and books it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng.cli import worker
from minzheng.cli.worker import Worker
from tests.apps.payments import town
from tests.apps.payments.bank.conftest import Bank, running_bank
from tests.apps.payments.conftest import real_town, town_database

__all__ = ["real_town", "town_database"]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with running_bank(tmp_path / "bank") as started:
        yield started


@pytest.fixture
def one(real_town, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker whose only declared bank is the running stand-in."""
    (tmp_path / "bank.toml").write_text(
        f'[bank.sandbox]\nhost = "127.0.0.1"\nport = {bank.host.port}\nuser = "minzheng"\n'
        f'host_key = "{bank.host.host_key}"\nkey_file = "{bank.host.key_file}"\n'
        "acknowledge_seconds = 10\nlook_every_seconds = 0.05\n"
    )
    (tmp_path / "bank.toml").chmod(0o600)
    monkeypatch.setenv("MINZHENG_BANK", str(tmp_path / "bank.toml"))
    monkeypatch.setattr(worker, "state_file", lambda: tmp_path / "worker.json")
    return Worker(threading.Event())


def payroll_of(amounts: list[int]):
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")):
        for household, fen in enumerate(amounts, start=1):
            town.award(household, fen, town.JULY)
    return town.paid_out()


def until_booked(one: Worker, payroll, seconds: float = 20) -> None:
    """Rounds of the worker until the bank has answered for every payment."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments.types import PayrollState

    deadline = time.monotonic() + seconds
    while True:
        one.bank()
        with scope(system_actor("test")):
            payroll.refresh_from_db()
        if payroll.state == PayrollState.CLOSED:
            return
        assert time.monotonic() < deadline, (payroll.state, one.failed)
        time.sleep(0.1)


def ledger(payroll) -> dict[str, int]:
    from django.db import connection

    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute(
            "select phase, sum(fen)::bigint from payments_transfer where payroll_id = %s group by 1",
            [payroll.pk],
        )
        return dict(cursor.fetchall())


def test_a_payroll_travels_to_the_bank_and_back(one, bank, capsys):
    payroll = payroll_of([60001, 60002, 60003])
    until_booked(one, payroll)
    assert ledger(payroll) == {"pending": 180006, "post": 180006}
    assert one.failed == set()
    said = capsys.readouterr().out
    assert "回盘" in said or "登记 3 笔" in said
    before = ledger(payroll)
    Worker(threading.Event()).bank()
    assert ledger(payroll) == before, "another worker finds nothing left to do"


def test_what_the_bank_refuses_is_voided_to_the_fen(one, bank):
    bank.fault("partly-failed")
    payroll = payroll_of([60001, 60002, 60003])
    until_booked(one, payroll)
    booked = ledger(payroll)
    assert booked["pending"] == booked["post"] + booked["void"] == 180006
    assert booked["void"] in (60001, 60002, 60003)


def test_an_upload_that_breaks_off_is_sent_again_and_paid_once(one, bank):
    bank.fault("cut-upload")
    payroll = payroll_of([60001])
    one.bank()
    assert ledger(payroll) == {"pending": 60001}
    bank.fault("none")
    _make_due()
    until_booked(one, payroll)
    assert ledger(payroll) == {"pending": 60001, "post": 60001}


def _make_due() -> None:
    """As if the pause before the next attempt were over."""
    from django.db import connection

    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute("update payments_outbox set due_at = clock_timestamp() where done_at is null")


def test_a_broken_return_is_told_and_the_next_whole_one_is_booked(one, bank, capsys):
    bank.fault("truncated")
    payroll = payroll_of([60001, 60002])
    deadline = time.monotonic() + 15
    while "RET-" not in (told := capsys.readouterr().out):
        assert time.monotonic() < deadline
        one.bank()
        time.sleep(0.1)
    assert "退回核对" in told
    assert ledger(payroll) == {"pending": 120003}, "nothing of it is booked"
    answer = bank.folder / "files" / "out"
    for path in answer.glob("RET-*"):
        path.unlink()
    bank.fault("none")
    _answer_again(bank)
    until_booked(one, payroll)
    assert ledger(payroll) == {"pending": 120003, "post": 120003}


def _answer_again(bank: Bank) -> None:
    """The bank makes the return anew, whole."""
    import sqlite3

    with sqlite3.connect(bank.folder / "book.sqlite") as book:
        book.execute("update batch set answered = 0")
    book.close()


def test_without_a_declared_bank_nothing_is_tried(real_town, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINZHENG_BANK", str(tmp_path / "none.toml"))
    one = Worker(threading.Event())
    one.bank()
    assert one.failed == set()
    assert capsys.readouterr().err == ""


def test_a_declaration_others_can_read_is_told_and_not_used(one, tmp_path, capsys):
    (tmp_path / "bank.toml").chmod(0o644)
    one.bank()
    assert one.failed == {"bank.declaration"}
    assert "chmod 600" in capsys.readouterr().err
