"""Broken off at every step, once by an error and once by a lost connection, and gone on with: the same end, nothing twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import Error, connection

from minzheng.base.scope import scope, system_actor
from minzheng.payments import actions, faults, queries, sending
from minzheng.payments.models import BankFile, Payment, Payroll, ReturnFile, Transfer
from minzheng.payments.types import PayrollState, Signing
from minzheng.values.errors import Refusal
from tests.apps.payments.returned import Bank, F, S, answer, read
from tests.apps.payments.town import COUNTY, JULY, JUNE, award, built, change, released, sign, signed, staff


class Killed(Exception):
    """The process ends here."""


class Breaker:
    """Breaks off once, when a point is reached: by an error, or by losing the connection first."""

    def __init__(self, point: str, how: str) -> None:
        self.point, self.how, self.broke = point, how, 0

    def __call__(self, reached: str) -> None:
        if reached != self.point or self.broke:
            return
        self.broke += 1
        if self.how == "connection":
            with connection.cursor() as cursor:
                cursor.execute("select pg_terminate_backend(pg_backend_pid())")
        raise Killed(reached)


def until_done(step: Callable[[], object]) -> object:
    """Start again as often as it takes, as a worker that is started again does."""
    for _ in range(4):
        try:
            return step()
        except (Killed, Error):
            connection.close()
    raise AssertionError("never done")


@pytest.fixture
def due(real_town):
    """Paid in June; raised since, so that July has a claim as well."""
    with scope(system_actor("test")):
        rows = [award(household, 50_000 + household, JUNE) for household in (1, 2, 3)]
    released(signed(built(JUNE)))
    with scope(system_actor("test")) as actor:
        for payroll in Payroll.objects.all():
            read(actor, answer(payroll, {1: S, 2: S, 3: S}))
        change(rows[0], 60_000, JUNE)
    return rows


def current() -> Payroll:
    with scope(system_actor("test")):
        return Payroll.objects.get(month=JULY.first_day)


def whole_course(bank: Bank) -> None:
    """Build, sign, release, send, reconcile; each step started again until it is done."""
    until_done(lambda: built(JULY))
    for signing, who in (
        (Signing.MAKER, "maker"),
        (Signing.CHECKER, "checker"),
        (Signing.APPROVER, "releaser"),
    ):
        until_done(lambda signing=signing, who=who: sign(current(), signing, who))
    until_done(lambda: released(current()))
    until_done(lambda: actions.send_files(actor=system_actor("bank"), door=bank, worker="w"))

    def reconcile() -> None:
        with scope(system_actor("bank")) as actor:
            read(actor, answer(current(), {1: S, 2: F, 3: S}, code="E08"))
            rest = list(Transfer.objects.filter(payroll_id=current().id, phase="pending", claim_no=1))
            assert len(rest) == 1

    until_done(reconcile)


def end_state() -> dict[str, object]:
    with scope(system_actor("test")) as actor:
        return {
            "payrolls": sorted(
                Payroll.objects.values_list("month", "run", "state", "fen", "lines", "withheld")
            ),
            "payments": sorted(Payment.objects.values_list("id", "fen", "live", "claim_no", "attempt")),
            "ledger": sorted(Transfer.objects.values_list("id", "phase", "fen"), key=str),
            "files": sorted(BankFile.objects.values_list("number", "state", "count", "fen")),
            "returns": sorted(ReturnFile.objects.values_list("state", "booked", "unanswered")),
            "balances": [(one.book, one.fen) for one in queries.balances(actor)],
        }


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(sending, "LEASE", timedelta(0))
    monkeypatch.setattr(sending, "RETRY", timedelta(0))


_unbroken: dict[str, object] = {}


@pytest.mark.parametrize("how", [pytest.param("error", marks=pytest.mark.long), "connection"])
@pytest.mark.parametrize("point", ["", *faults.POINTS])
def test_broken_off_anywhere_the_end_is_the_same(due, at_once, point, how):
    breaker, bank = Breaker(point, how), Bank()
    with faults.watched(breaker):
        whole_course(bank)
    assert breaker.broke == int(bool(point)), "the point was never reached"
    end = end_state()
    # Payments and ledger are named by what they are; digests name rows by numbers, which a build that was broken off used up.
    if not _unbroken:
        if point:
            breaker.point = "nowhere"
        _unbroken.update(end)
    assert end == _unbroken
    assert len({content for _name, content in bank.given}) == 1, (
        "the bank was given one file, whatever happened"
    )
    assert sum(fen for _book, fen in end["balances"]) == 0


# -- two at once -----------------------------------------------------------------------------------------


def at_the_same_time(count: int, work: Callable[[], object]) -> list[object]:
    start, said = threading.Barrier(count), []

    def one() -> None:
        try:
            start.wait()
            said.append(work())
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_of_many_who_build_at_once_all_get_the_one_payroll(due):
    said = at_the_same_time(4, lambda: built(JULY).id)
    assert len(said) == 4
    assert len(set(said)) == 1
    assert current().state == PayrollState.LISTED


def test_a_double_click_on_release_releases_once(due):
    payroll = signed(built(JULY))
    said = at_the_same_time(4, lambda: released(payroll).state)
    assert set(said) == {PayrollState.RELEASED}
    with scope(system_actor("test")):
        assert Transfer.objects.filter(payroll_id=payroll.id, phase="pending").count() == 4
        assert BankFile.objects.filter(payroll=payroll).count() == 1


def test_a_double_click_on_a_signature_signs_once(due):
    payroll = built(JULY)
    version, digest = payroll.version, payroll.digest

    def click() -> str:
        actor = staff("maker")
        with scope(actor):
            return actions.sign_payroll(
                actor=actor, payroll=payroll.id, signing=Signing.MAKER, digest=digest, version=version
            ).state

    assert set(at_the_same_time(4, click)) == {PayrollState.PREPARED}
    assert current().signatures is not None
    with scope(system_actor("test")):
        assert current().signatures.count() == 1


def test_one_return_file_read_by_several_is_booked_once(due):
    payroll = released(signed(built(JULY)))
    with scope(system_actor("test")):
        content = answer(payroll, {1: S, 2: S, 3: S})

    def work() -> uuid.UUID:
        with scope(system_actor("bank")) as actor:
            return read(actor, content).pk

    assert len(set(at_the_same_time(4, work))) == 1
    with scope(system_actor("test")):
        assert Transfer.objects.filter(payroll_id=payroll.id, phase="post").count() == 3


def test_one_file_is_given_to_the_bank_by_one_worker(due):
    released(signed(built(JULY)))
    bank = Bank()
    at_the_same_time(
        4, lambda: actions.send_files(actor=system_actor("bank"), door=bank, worker=str(uuid.uuid4()))
    )
    with scope(system_actor("test")):
        assert len(bank.given) == BankFile.objects.exclude(state="answered").count() == 1
    assert COUNTY in bank.given[0][0]
