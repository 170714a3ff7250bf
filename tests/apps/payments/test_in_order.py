"""Two connections at once: money that is held back is kept back, or was released before the hold stood."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.payments import actions, faults
from minzheng.payments.models import Hold, Payment, Transfer
from minzheng.payments.types import HoldKind, PayrollState
from minzheng.values.errors import Refusal
from tests.apps.payments.town import COUNTY, JULY, award, built, released, signed, staff

WAIT = 30


@pytest.fixture
def approved(real_town):
    """A payroll of three households that three people signed."""
    with scope(system_actor("test")):
        for household in (1, 2, 3):
            award(household, 50_000, JULY)
    return signed(built())


@pytest.fixture
def beside():
    """Runs something on a connection of its own."""
    with ThreadPoolExecutor(1) as pool:

        def run(work):
            def closing():
                try:
                    return work()
                finally:
                    connection.close()

            return pool.submit(closing)

        yield run


def hold_first() -> Hold:
    """The household of the first award is held."""
    checker = staff("checker")
    with scope(checker):
        line = Payment.objects.get(household_id=1)
        return actions.hold_payments(
            actor=checker, kind=HoldKind.HOUSEHOLD, division=line.division, household=1, target=1,
            reason="疑似冒领", client_key=uuid.uuid4(),
        )  # fmt: skip


def paid() -> list[int]:
    with scope(system_actor("test")):
        return sorted(Transfer.objects.filter(phase="pending").values_list("household_id", flat=True))


def test_a_hold_that_comes_while_money_is_released_waits_and_stands_after_it(approved, beside):
    held = []

    def meanwhile(point: str) -> None:
        if point == "release.gated":
            held.append(beside(hold_first))
            with pytest.raises(TimeoutError):
                held[0].result(1)

    with faults.watched(meanwhile):
        released(approved)
    assert held[0].result(WAIT).pk
    assert paid() == [1, 2, 3]


def test_a_release_waits_for_a_hold_that_is_being_placed_and_sees_it(approved, beside):
    placed, commit = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            hold_first()
            placed.set()
            commit.wait(WAIT)

    holding = beside(hold)
    assert placed.wait(WAIT)
    threading.Timer(1, commit.set).start()
    done = released(approved)
    holding.result(WAIT)
    assert done.state == PayrollState.RELEASED
    assert paid() == [2, 3]


def test_a_red_button_pressed_at_the_same_time_stops_the_release(approved, beside):
    placed, commit = threading.Event(), threading.Event()
    checker = staff("checker")

    def stop() -> None:
        with transaction.atomic(), scope(checker):
            actions.stop_payments(
                actor=checker, division=COUNTY, reason="疑似被入侵", client_key=uuid.uuid4()
            )
            placed.set()
            commit.wait(WAIT)

    stopping = beside(stop)
    assert placed.wait(WAIT)
    threading.Timer(1, commit.set).start()
    with pytest.raises(Refusal, match="紧急停付"):
        released(approved)
    stopping.result(WAIT)
    assert paid() == []


@pytest.mark.parametrize("kind", [kind for kind in HoldKind if kind != HoldKind.STOP])
def test_the_ledger_refuses_what_is_held_past_every_check(approved, kind):
    checker = staff("checker")
    with scope(checker):
        line = Payment.objects.get(household_id=1)
        target = {
            HoldKind.PERSON: line.payee_id,
            HoldKind.HOUSEHOLD: 1,
            HoldKind.AWARD: line.award_id,
            HoldKind.ACCOUNT: line.account_id,
        }.get(kind)
        actions.hold_payments(
            actor=checker, kind=kind, division=line.division, household=1, target=target, reason="核查",
            payment=line.pk if kind == HoldKind.PAYMENT else None, client_key=uuid.uuid4(),
        )  # fmt: skip
    assert _booked_by_hand([2, 3]) == 2
    with pytest.raises(DatabaseError, match="held back"):
        _booked_by_hand([1])


def _booked_by_hand(households: list[int]) -> int:
    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute(
            "insert into payments_ledgeraccount (county, programme, book, fund)"
            " select %s, 'dibao', unnest(array['treasury', 'payable']), 'hardship' on conflict do nothing",
            [COUNTY],
        )
        cursor.execute(
            "insert into payments_transfer (id, phase, county, division, household_id, programme, payroll_id,"
            " payment_id, award_id, month, claim_no, fen, debit_id, credit_id, code, reason, on_day)"
            " select id, 'pending', %s, division, household_id, programme, payroll_id, id, award_id, month, claim_no,"
            " fen, (select id from payments_ledgeraccount where book = 'treasury'),"
            " (select id from payments_ledgeraccount where book = 'payable'), '', '', '2023-07-31'"
            " from payments_payment where household_id = any(%s)",
            [COUNTY, households],
        )
        return cursor.rowcount
