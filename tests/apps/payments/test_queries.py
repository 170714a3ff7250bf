"""Reading payments: standings, differences to the month before, the way back from a fen, a family's own page."""

from __future__ import annotations

import uuid

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import resident_actor
from minzheng.payments import actions, queries
from minzheng.payments.types import Standing
from minzheng.values.errors import Refusal
from tests.apps.payments.returned import F, S, answer, read
from tests.apps.payments.town import (
    AUGUST,
    COUNTY,
    JULY,
    JUNE,
    SEPTEMBER,
    account,
    award,
    built,
    change,
    lines,
    number_of,
    paid_out,
    signed,
    staff,
    stop,
)


def standing_of(payroll) -> dict[int, Standing]:
    where = queries.standings([p.id for p in lines(payroll)])
    return {p.household_id: where[p.id] for p in lines(payroll)}


def test_where_a_payment_stands_follows_the_ledger(town):
    for household in (1, 2, 3):
        award(household, 54_600, JULY)
    award(4, 0, JULY)
    account(3, None, 5, number="6222021300009999")
    payroll = built()
    assert standing_of(payroll) == {
        1: Standing.LISTED, 2: Standing.LISTED, 3: Standing.WITHHELD, 4: Standing.ZERO,
    }  # fmt: skip
    payroll = paid_out()
    assert standing_of(payroll)[1] == Standing.QUEUED
    read(town, answer(payroll, {1: S, 2: F}))
    assert standing_of(payroll) == {
        1: Standing.PAID, 2: Standing.FAILED, 3: Standing.WITHHELD, 4: Standing.ZERO,
    }  # fmt: skip


def test_every_fen_of_difference_to_the_month_before_has_a_cause(town):
    kept, raised, ended, lowered = (award(h, 50_000, JULY) for h in (1, 2, 3, 4))
    held = award(5, 50_000, JULY)
    july = paid_out()
    change(raised, 56_000, JULY)
    stop(ended, AUGUST)
    change(lowered, 40_000, AUGUST)
    award(6, 20_000, AUGUST)
    account(5, None, 9, number="6222021300009999")
    august = built(AUGUST)
    view = queries.payroll_view(staff("checker"), august.id)
    assert {one.label: (one.count, one.fen) for one in view.changes} == {
        "新增": (1, 20_000), "停发": (1, -50_000), "增发": (1, 6_000), "减发": (1, -10_000),
        "本月暂缓": (1, -50_000), "本月补发": (1, 6_000),
    }  # fmt: skip
    assert sum(one.fen for one in view.changes) == august.fen - july.fen
    assert [(str(one.month), one.arrears, one.count, one.fen) for one in view.months] == [
        ("2023-07", True, 1, 6_000), ("2023-08", False, 4, 166_000),
    ]  # fmt: skip
    assert [(one.label, one.count, one.fen) for one in view.withheld] == [
        ("收款账户变更未满 72 小时", 1, 50_000)
    ]
    assert [p.claim_no for p in queries.lines(staff("checker"), august, "arrears")] == [1]
    assert [p.award_id for p in queries.lines(staff("checker"), august, "withheld")] == [held]
    assert kept


def test_a_paid_fen_opens_down_to_its_term_and_signatures(town):
    row = award(1, 54_600, JULY)
    payroll = paid_out()
    read(town, answer(payroll, {1: S}))
    auditor = staff("auditor")
    with scope(auditor):
        view = queries.payment_view(auditor, lines(payroll)[0].id)
    assert view.award.pk == row
    assert view.term.fen == view.payment.fen == 54_600
    assert [one.phase for one in view.ledger] == ["pending", "post"]
    assert len({one.natural_person for one in view.signatures}) == 3
    assert [one.outcome for one in view.returns] == ["paid"]
    assert view.basis.term == view.term


def test_a_payment_of_another_place_is_as_one_that_does_not_exist(town):
    award(1, 54_600, JULY)
    payment = lines(built())[0].id
    elsewhere = resident_actor(21, 11, "褚甲")
    with scope(elsewhere):
        with pytest.raises(Refusal) as nowhere:
            queries.payment_view(elsewhere, uuid.uuid4())
        with pytest.raises(Refusal) as there:
            queries.payment_view(elsewhere, payment)
    assert str(nowhere.value) == str(there.value)


def test_a_family_reads_its_own_payments_and_nobody_elses(town):
    award(1, 54_600, JULY)
    award(2, 30_000, JULY)
    payroll = paid_out()
    read(town, answer(payroll, {1: S, 2: S}))
    resident = resident_actor(1, 1, "赵甲")
    with scope(resident):
        mine = queries.payments_of(resident, 1, JUNE, SEPTEMBER)
        assert [(str(one.month), one.payment.fen, one.standing, str(one.on)) for one in mine] == [
            ("2023-07", 54_600, Standing.PAID, "2023-07-31")
        ]
        assert mine[0].award.household_id == 1
        assert queries.payments_of(resident, 2, JUNE, SEPTEMBER) == []
        (own,) = queries.accounts_of(resident, 1)
        assert str(own.number).endswith(number_of(1)[-4:])
        assert number_of(1) not in repr(own.number)
        assert queries.accounts_of(resident, 2) == []


def test_treasury_ledger_and_file_agree_to_the_fen(town):
    for household, fen in ((1, 54_600), (2, 30_001), (3, 12_345)):
        award(household, fen, JULY)
    payroll = paid_out()
    read(town, answer(payroll, {1: S, 2: F}))
    (line,) = queries.reconciliation(staff("releaser"), JULY)
    assert line.agrees
    assert (line.county, line.programme, line.fund.label) == (COUNTY, "dibao", "困难群众救助补助资金")
    assert (line.listed_fen, line.paid_fen, line.voided_fen, line.open_fen) == (
        96_946,
        54_600,
        30_001,
        12_345,
    )
    books = {one.book: one.fen for one in queries.balances(staff("releaser"))}
    assert books == {"treasury": -66_945, "payable": 12_345, "delivered": 54_600, "refunded": 0}
    assert sum(books.values()) == 0


def test_lists_ask_a_constant_number_of_questions(town, django_assert_num_queries):
    for household in range(1, 10):
        award(household, 10_000, JULY)
    payroll = signed(built())
    for _ in range(2):
        actions.stop_payments(actor=town, division=COUNTY, reason="演练", client_key=uuid.uuid4())
    actor = staff("auditor")
    with scope(actor):
        with django_assert_num_queries(7):
            queries.payroll_view(actor, payroll.id)
        with django_assert_num_queries(1):
            queries.standings([p.id for p in queries.lines(actor, payroll)[:0]] or [uuid.uuid4()])
        with django_assert_num_queries(2):
            queries.holds(actor)
    actor = system_actor("test")
    with django_assert_num_queries(4):
        queries.payments_of(actor, 1, JUNE, JULY)


def test_what_was_paid_beyond_what_is_due_is_found(town):
    row = award(1, 54_600, JUNE)
    paid_out(JUNE)
    paid_out(JULY)
    change(row, 40_000, JUNE)
    (found,) = queries.overpaid(staff("checker"))
    assert (found.award_id, found.paid_fen, found.due_fen, found.fen) == (row, 109_200, 80_000, 29_200)
