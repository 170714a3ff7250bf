"""Overpaid money: fraud is ordered back with a lawful fine, an honest mistake is only marked, an appeal stops it."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.payments import actions, queries
from minzheng.payments.types import RecoveryKind, RecoveryState
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.payments.returned import S, answer, read
from tests.apps.payments.town import award, change, paid_out, stop

JANUARY, SEPTEMBER = Month(2023, 1), Month(2023, 9)
ON = date(2023, 10, 12)


@pytest.fixture
def nine_months(town):
    """T41: nine payments of 546 that reached the account."""
    from minzheng.awards.models import Award

    row = award(1, 54_600, JANUARY)
    for number in range(1, 10):
        payroll = paid_out(Month(2023, number))
        read(town, answer(payroll, {1: S}, number=str(number)))
    return Award.objects.get(pk=row)


def opened(town, row, kind: RecoveryKind, **more):
    return actions.open_recovery(
        actor=town, award=row.public_id, kind=kind, since=JANUARY, last=SEPTEMBER, reason="隐瞒存款八万元",
        client_key=more.pop("client_key", uuid.uuid4()), on=ON,
    )  # fmt: skip


def ordered(town, row, fine_fen: int = 982_800):
    recovery = opened(town, row, RecoveryKind.FRAUD)
    return actions.order_recovery(
        actor=town, recovery=recovery.public_id, version=1, fine_fen=fine_fen, document="潞民责退〔2023〕1号",
        reason="隐瞒存款", on=ON,
    )  # fmt: skip


def test_fraud_is_ordered_back_with_a_fine_of_once_to_three_times(town, nine_months):
    stop(nine_months.pk, JANUARY)
    recovery = ordered(town, nine_months)
    assert (recovery.fen, recovery.fine_low_fen, recovery.fine_high_fen) == (491_400, 491_400, 1_474_200)
    assert recovery.state == RecoveryState.ORDERED


@pytest.mark.parametrize("fine", [491_399, 1_474_201, 1])
def test_a_fine_outside_the_law_is_refused(town, nine_months, fine):
    stop(nine_months.pk, JANUARY)
    with pytest.raises(Refusal, match="罚款应在"):
        ordered(town, nine_months, fine)


def test_a_refund_may_be_ordered_without_a_fine(town, nine_months):
    stop(nine_months.pk, JANUARY)
    recovery = ordered(town, nine_months, 0)
    assert (recovery.state, recovery.fen, recovery.fine_fen) == (RecoveryState.ORDERED, 491_400, None)


def test_an_award_is_redetermined_before_anything_is_recovered(town, nine_months):
    with pytest.raises(Refusal, match="没有多发"):
        opened(town, nine_months, RecoveryKind.FRAUD)
    change(nine_months.pk, 40_000, JANUARY)
    assert opened(town, nine_months, RecoveryKind.INNOCENT).fen == 9 * 14_600


def test_an_honest_overpayment_is_marked_and_never_ordered(town, nine_months):
    change(nine_months.pk, 40_000, JANUARY)
    recovery = opened(town, nine_months, RecoveryKind.INNOCENT)
    with pytest.raises(Refusal, match="不责令退回"):
        actions.order_recovery(
            actor=town, recovery=recovery.public_id, version=1, fine_fen=0, document="无", reason="多发"
        )
    for change_it in ("state = 'ordered'", "fine_fen = 1, fine_low_fen = 1, fine_high_fen = 1"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update payments_recovery set version = version + 1, {change_it}")


def test_what_is_overpaid_is_taken_up_once(town, nine_months):
    change(nine_months.pk, 40_000, JANUARY)
    key = uuid.uuid4()
    assert [one.fen for one in queries.overpaid(town)] == [9 * 14_600]
    first = opened(town, nine_months, RecoveryKind.INNOCENT, client_key=key)
    assert opened(town, nine_months, RecoveryKind.INNOCENT, client_key=key) == first
    assert queries.overpaid(town) == []


def test_an_appeal_suspends_recovery_until_it_is_over(town, nine_months):
    stop(nine_months.pk, JANUARY)
    row = ordered(town, nine_months)
    with pytest.raises(Refusal, match="案号"):
        actions.suspend_recovery(
            actor=town, recovery=row.public_id, version=row.version, appeal="", reason="申请复议"
        )
    row = actions.suspend_recovery(
        actor=town, recovery=row.public_id, version=row.version, appeal="长政复〔2023〕9号", reason="申请复议"
    )
    with pytest.raises(Refusal, match="中止"):
        refund(town, row, 100)
    row = actions.resume_recovery(
        actor=town, recovery=row.public_id, version=row.version, reason="维持原决定"
    )
    assert row.state == RecoveryState.ORDERED
    refund(town, row, 100)


def refund(town, row, fen: int, key: uuid.UUID | None = None):
    return actions.record_refund(
        actor=town, recovery=row.public_id, fen=fen, reference="缴款书 0001", client_key=key or uuid.uuid4(), on=ON
    )  # fmt: skip


def test_refunds_are_in_the_ledger_and_never_beyond_what_is_owed(town, nine_months):
    stop(nine_months.pk, JANUARY)
    row = ordered(town, nine_months)
    key = uuid.uuid4()
    assert refund(town, row, 400_000, key).pk == refund(town, row, 400_000, key).pk
    with pytest.raises(Refusal, match="不超过"):
        refund(town, row, 91_401)
    refund(town, row, 91_400)
    row.refresh_from_db()
    assert (row.refunded_fen, row.state) == (491_400, RecoveryState.SETTLED)
    books = {one.book: one.fen for one in queries.balances(town)}
    assert (books["refunded"], sum(books.values())) == (-491_400, 0)
    assert list(row.events.values_list("state", "refunded_fen")) == [
        ("candidate", 0), ("ordered", 0), ("ordered", 400_000), ("settled", 491_400),
    ]  # fmt: skip


def test_a_refund_cannot_be_written_beside_the_ledger(town, nine_months):
    stop(nine_months.pk, JANUARY)
    ordered(town, nine_months)
    with (
        pytest.raises(DatabaseError, match="in the ledger"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update payments_recovery set version = version + 1, refunded_fen = fen")


def test_a_recovery_somebody_else_changed_is_not_changed_again(town, nine_months):
    stop(nine_months.pk, JANUARY)
    row = ordered(town, nine_months)
    with pytest.raises(Refusal, match="已被他人改动"):
        actions.drop_recovery(actor=town, recovery=row.public_id, version=1, reason="不追回")
