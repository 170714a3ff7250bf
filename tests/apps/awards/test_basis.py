"""From a paid fen back to the decision, the clauses, the facts with their sources; and why one month differs from the last."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.awards.actions import change_amount, stop_award
from minzheng.awards.basis import basis_of, household_view, what_changed
from minzheng.awards.queries import due_of, members_in
from minzheng.awards.types import Cause, Ground
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.values.month import Month
from tests.apps.awards.conftest import JANUARY, WIDOW

FEBRUARY, MARCH = Month(2024, 2), Month(2024, 3)


@pytest.fixture
def reduced(city_of_stories, widow_award, decided):
    """The widow's award with less from February on, and ended after March."""
    (widow,) = members_in(widow_award, JANUARY)
    record_fact(
        actor=city_of_stories, table="income", holder=widow, source=codes.Source.TAX,
        values={"kind": 3, "fen": 12_000, "since": Month(2023, 1).first_day},
    )  # fmt: skip
    change_amount(
        actor=city_of_stories, award=widow_award.public_id, since=FEBRUARY, decision=decided(city_of_stories),
        cause=Cause.CHANGED, reason="新增土地流转收入",
    )  # fmt: skip
    return stop_award(
        actor=city_of_stories, award=widow_award.public_id, last=MARCH, ground=Ground.VOLUNTARY, reason="本人退出",
    )  # fmt: skip


def test_a_month_leads_to_its_decision_its_clauses_its_facts_and_their_sources(widow_award):
    basis = basis_of(widow_award, JANUARY)
    assert basis.fen == basis.outcome.fen == due_of(widow_award, JANUARY)
    assert basis.decision == widow_award.decision
    assert basis.case == widow_award.case_id
    assert basis.members == tuple(members_in(widow_award, JANUARY))
    assert {clause.status for clause in basis.clauses} == {"yes", "amount"}
    assert all(clause.clauses for clause in basis.clauses)
    assert any(fact.person is not None and fact.source for fact in basis.facts)
    standards = {value.key: value for value in basis.parameters}
    assert standards["dibao.std.urban"].document or standards["dibao.std.rural"].document
    assert "oa.amount" not in standards


def test_a_month_without_an_award_has_no_basis(widow_award):
    assert basis_of(widow_award, JANUARY.plus(-1)) is None


def test_each_change_of_amount_has_its_month_its_cause_and_what_was_seen_otherwise(reduced):
    opened, less, ended = what_changed(reduced)
    assert (opened.month, opened.before, opened.cause) == (JANUARY, 0, Cause.OPENED)
    assert (less.month, less.cause, less.reason) == (FEBRUARY, Cause.CHANGED, "新增土地流转收入")
    assert less.gap < 0
    # Registered from January; the twelve months before December hold eleven of it.
    assert 11 * 12_000 in [
        d.after - d.before for d in less.differs if d.kind == "fact" and d.name.endswith("__total")
    ]
    assert (ended.month, ended.after, ended.label, ended.clause) == (
        Month(2024, 4),
        0,
        "本人自愿退出",
        "DY-4",
    )


def test_the_differences_of_a_month_add_up_to_the_gap(city_of_stories, reduced):
    view = household_view(city_of_stories, WIDOW, last=Month(2024, 6))
    for before, month in zip(view.months, view.months[1:], strict=False):
        assert view.total(month) - view.total(before) == sum(one.gap for one in view.changes(month))
    assert view.total(MARCH) > 0
    assert view.total(Month(2024, 4)) == 0


def test_a_family_is_read_in_the_same_number_of_questions_whatever_it_receives(
    city_of_stories, reduced, opened
):
    with CaptureQueriesContext(
        connection,
    ) as one:
        household_view(city_of_stories, WIDOW, last=Month(2024, 6))
    opened("dibao", since=Month(2024, 5))
    with CaptureQueriesContext(connection) as two:
        view = household_view(city_of_stories, WIDOW, last=Month(2024, 6))
    assert len(view.rows) == 2
    assert len(one) == len(two)


def test_a_resident_sees_the_awards_of_the_own_household_only(city_of_stories, widow_award):
    from minzheng.awards.queries import awards_of
    from minzheng.base.scope import scope
    from minzheng.base.types import resident_actor

    (widow,) = members_in(widow_award, JANUARY)
    with scope(resident_actor(widow, WIDOW, "")) as resident:
        assert list(awards_of(resident, WIDOW)) == [widow_award]
        assert household_view(resident, WIDOW, last=JANUARY).total(JANUARY) == due_of(widow_award, JANUARY)
    with scope(resident_actor(widow, WIDOW - 1, "")) as other:
        assert list(awards_of(other, WIDOW)) == []
