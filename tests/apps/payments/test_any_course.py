"""Any course of awards and payments that chance draws: no fen appears, none is lost, none is paid beyond what was due."""

from __future__ import annotations

import os

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from minzheng.payments import actions, queries
from minzheng.payments.bank.types import Outcome
from minzheng.payments.models import Payment, Payroll, Transfer
from minzheng.payments.models.payroll import OPEN
from minzheng.payments.types import Phase
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.payments.returned import F, R, S, answer, read
from tests.apps.payments.town import COUNTY, award, built, change, released, signed

FIRST = Month(2023, 1)
HOUSEHOLDS = (1, 2, 3)
AMOUNTS = st.integers(0, 60).map(lambda hundred: hundred * 100)
OUTCOMES = st.sampled_from([S, S, F, R])


class Course(RuleBasedStateMachine):
    """What officers, the bank and time do, one after another; beside it what is due, kept by hand."""

    actor = None

    @initialize()
    def begin(self) -> None:
        self.month = FIRST
        self.awards: dict[int, int] = {}
        #: Of each award the amounts month by month, the latest redetermination on top; and the most ever due.
        self.due: dict[int, dict[Month, int]] = {}
        self.most: dict[tuple[int, Month], int] = {}
        self.stopped: set[int] = set()
        self.answers = 0

    def _becomes_due(self, row: int, fen: int, since: Month) -> None:
        for number in range(since.ordinal, FIRST.ordinal + 24):
            month = Month.from_ordinal(number)
            self.due[row][month] = fen
            self.most[row, month] = max(fen, self.most.get((row, month), 0))

    # -- awards --------------------------------------------------------------------------------------------
    @rule(household=st.sampled_from(HOUSEHOLDS), fen=AMOUNTS)
    def open_award(self, household: int, fen: int) -> None:
        if household in self.awards:
            return
        row = self.awards[household] = award(household, fen, self.month)
        self.due[row] = {}
        self._becomes_due(row, fen, self.month)

    @rule(household=st.sampled_from(HOUSEHOLDS), fen=AMOUNTS, ago=st.integers(0, 2))
    def redetermine(self, household: int, fen: int, ago: int) -> None:
        row = self.awards.get(household)
        if row is None or row in self.stopped:
            return
        since = max(min(self.due[row]), self.month.plus(-ago))
        change(row, fen, since)
        self._becomes_due(row, fen, since)

    @rule(household=st.sampled_from(HOUSEHOLDS))
    def stop_award(self, household: int) -> None:
        row = self.awards.get(household)
        if row is None or row in self.stopped:
            return
        self.stopped.add(row)
        since = max(min(self.due[row]), self.month)
        change(row, 0, since, runs=False)
        for month in [one for one in self.due[row] if one >= since]:
            self.due[row][month] = 0

    @rule()
    def time_passes(self) -> None:
        if self.month < FIRST.plus(12):
            self.month = self.month.plus(1)

    # -- paying --------------------------------------------------------------------------------------------
    def _open(self) -> Payroll | None:
        return Payroll.objects.filter(county=COUNTY, programme="dibao", state__in=OPEN).first()

    @rule()
    def build(self) -> None:
        try:
            built(self.month)
        except Refusal as refusal:
            if refusal.code != "payroll.nothing":
                raise

    @rule()
    def rebuild(self) -> None:
        row = self._open()
        if row is not None:
            actions.rebuild_payroll(actor=self.actor, payroll=row.id, version=row.version, reason="事实有变")

    @rule()
    def give_up(self) -> None:
        row = self._open()
        if row is not None:
            actions.discard_payroll(actor=self.actor, payroll=row.id, version=row.version, reason="作废")

    @rule()
    def release(self) -> None:
        row = self._open()
        if row is not None:
            released(signed(row) if row.maker is None else row, on=self.month.last_day)

    @rule(data=st.data(), twice=st.booleans())
    def the_bank_answers(self, data: st.DataObject, twice: bool) -> None:
        """Some of what was sent, in one file; perhaps the same file again."""
        row = Payroll.objects.filter(state__in=["released", "closed"]).order_by("?").first()
        if row is None or not Transfer.objects.filter(payroll_id=row.id).exists():
            return
        self._answer(row, {h: data.draw(OUTCOMES) for h in sorted(self.awards)}, twice)

    def _answer(self, row: Payroll, outcomes: dict[int, Outcome], twice: bool = False) -> None:
        from tests.apps.payments.returned import pending

        said = {household: outcomes[household] for household in pending(row) if household in outcomes}
        if not said:
            return
        self.answers += 1
        content = answer(row, said, code="E08", number=str(self.answers))
        for _ in range(1 + twice):
            read(self.actor, content)

    @precondition(lambda self: self.month > FIRST)
    @rule()
    def everything_is_paid_in_the_end(self) -> None:
        """Whatever happened before: a few more rounds, and each month has what is due of it."""
        for _ in range(40):
            self.build()
            row = self._open()
            if row is None:
                break
            self.rebuild()
            self.release()
            for one in Payroll.objects.filter(state="released"):
                self._answer_all(one)
        live = self._live()
        held = {p.award_id for p in Payment.objects.filter(withheld__contains=["held"])}
        for row, months in self.due.items():
            for month, fen in months.items():
                if month <= self.month and row not in held:
                    assert live.get((row, month), 0) >= fen, (row, month)

    def _answer_all(self, row: Payroll) -> None:
        """Settle what is open, line by line: a household may have several lines in one payroll."""
        for one in Transfer.objects.filter(payroll_id=row.id, phase="pending"):
            if not Transfer.objects.filter(settles=one.id).exists():
                self._answer_one(row, one)

    def _answer_one(self, row: Payroll, one: Transfer) -> None:
        from tests.apps.payments import returned

        self.answers += 1
        before, returned.pending = returned.pending, lambda _payroll: {one.household_id: one}
        try:
            content = answer(row, {one.household_id: S}, number=str(self.answers))
        finally:
            returned.pending = before
        read(self.actor, content)

    # -- what always holds ---------------------------------------------------------------------------------
    def _live(self) -> dict[tuple[int, Month], int]:
        with connection.cursor() as cursor:
            cursor.execute("select award_id, month, fen from payments_monthpaid")
            return {(row, Month.of(month)): fen for row, month, fen in cursor.fetchall()}

    @invariant()
    def no_more_is_live_than_was_ever_due(self) -> None:
        if not hasattr(self, "most"):
            return
        for key, fen in self._live().items():
            assert fen <= self.most.get(key, 0)

    @invariant()
    def the_count_of_a_month_is_its_live_payments(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "select m.award_id from payments_monthpaid m left join (select award_id, month, sum(fen) as fen"
                " from payments_payment where live group by 1, 2) p using (award_id, month)"
                " where m.fen <> coalesce(p.fen, 0)"
            )
            assert cursor.fetchall() == []

    @invariant()
    def the_ledger_balances_and_each_pending_is_settled_once(self) -> None:
        if self.actor is None:
            return
        books = {one.book: one.fen for one in queries.balances(self.actor)}
        assert sum(books.values()) == 0
        assert books.get("payable", 0) >= 0
        settled = [row for row in Transfer.objects.values_list("settles", flat=True) if row]
        assert len(settled) == len(set(settled))
        open_fen = sum(
            fen
            for one, fen in Transfer.objects.filter(phase=Phase.PENDING).values_list("id", "fen")
            if one not in set(settled)
        )
        assert books.get("payable", 0) == open_fen
        for month in {Month.of(row.month) for row in Payroll.objects.all()}:
            assert all(line.agrees for line in queries.reconciliation(self.actor, month))


@pytest.mark.usefixtures("town")
def test_any_course_of_awards_and_payments_balances(town):
    class OneCourse(Course):
        """Each drawn course in a transaction of its own, taken back at its end."""

        actor = town

        def __init__(self) -> None:
            super().__init__()
            self.undo = transaction.atomic()
            self.undo.__enter__()

        def teardown(self) -> None:
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
                cursor.execute("set constraints all deferred")
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    long = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    run_state_machine_as_test(
        OneCourse,
        settings=settings(
            max_examples=200 if long else 12, stateful_step_count=30 if long else 14, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
