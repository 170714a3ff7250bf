"""Many awards recomputed at once: the kernel as the reference engine says, written once, and what was taken over reckoned
only where the registry explains it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from minzheng.assessment.models import Decision
from minzheng.assessment.replay import replay_decision
from minzheng.awards import jobs, setwise
from minzheng.awards import recompute as recomputing
from minzheng.awards.jobs import recompute
from minzheng.awards.models import Award, Event, Task
from minzheng.awards.queries import amounts_of, due_of
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.reckoned import day_for
from minzheng.awards.seen import seen_by
from minzheng.awards.setwise import Question, reckon_all
from minzheng.awards.taking_over import take_over
from minzheng.awards.types import Cause
from minzheng.registry.models import Household
from minzheng.rulebook import load
from minzheng.values.errors import Defect
from minzheng.values.month import Month
from tests.apps.awards.conftest import TODAY, WIDOW

DECEMBER, JANUARY, FEBRUARY = Month(2023, 12), Month(2024, 1), Month(2024, 2)
EARLY = date(2024, 1, 5)
COUNTIES = ("140403", "140425", "140427")
OLD_COUPLE = 4
EXPLAINED, OTHERWISE = {2, OLD_COUPLE}, {7, 13, 14}
"""Households that receive dibao: those whose amount the registry's facts give, and the others."""
MONTHLY = ("dibao", "single", "tekun", "living_subsidy", "care_subsidy", "old_age", "orphan", "unattended")


def raised(urban: str = "900", rural: str = "9600"):
    """The rulebook with other dibao standards since January 2024."""
    book = load()
    return book.with_parameters(
        book.parameters.overlaid({"dibao.std.urban": urban, "dibao.std.rural": rural})
    )


@pytest.fixture
def taken(city_of_stories):
    for county in COUNTIES:
        take_over(actor=city_of_stories, county=county, month=DECEMBER, on=TODAY)
    return city_of_stories


@pytest.fixture
def new_standard(monkeypatch):
    """The new standard is in force since January; before it the old one was."""
    book = raised()
    monkeypatch.setattr(jobs, "rulebook", lambda: book)
    monkeypatch.setattr(recomputing, "seen_in_registry", _under_the_old(recomputing.seen_in_registry))
    return book


def _under_the_old(seen_in_registry):
    """An overlay holds for every day: what was in force before January is the shipped rulebook."""

    def decided(actor, awards, before, *, book):
        return seen_in_registry(actor, awards, before, book=load())

    return decided


@pytest.mark.parametrize("standards", [("900", "9600"), ("1", "12"), ("unknown", "unknown")])
def test_the_kernel_says_what_the_reference_engine_says_of_every_programme_and_month(
    city_of_stories, decided, standards
):
    book, kernel = raised(*standards), setwise.kernel_of(load())
    families = [seen_by(decided(city_of_stories, row.pk), book) for row in Household.objects.all()]
    months = [Month(2023, 11), DECEMBER, JANUARY, Month(2025, 7)]
    said = set()
    for name in MONTHLY:
        personal = name != "dibao"
        questions = [
            Question(seen, person, day_for(month, EARLY))
            for seen in families
            for person in (seen.facts.people_ids if personal else [None])
            for month in months
        ]
        one_by_one = reckon_all(book, name, questions, published_by=EARLY)
        assert reckon_all(book, name, questions, published_by=EARLY, kernel=kernel) == one_by_one
        said |= {one.status.key for one in one_by_one}
    assert {"yes", "no"} <= said


def test_an_award_taken_over_whose_amount_the_registry_explains_is_recomputed(taken, new_standard):
    counts = recompute(actor=taken, since=JANUARY, on=EARLY, programmes=("dibao",))
    assert counts == {"changed": len(EXPLAINED), "unsettled": len(OTHERWISE)}
    for award in Award.objects.filter(programme="dibao", household_id__in=EXPLAINED):
        before, after = due_of(award, DECEMBER), due_of(award, JANUARY)
        assert before < after
        term = award.terms.order_by("-id")[0]
        assert (term.cause, Decision.objects.get(pk=term.decision_id).on) == (Cause.STANDARD, EARLY)
        assert replay_decision(taken, term.decision_id, new_standard).same
        assert list(standing(award).values()) == wanted(award)
        assert [event.verb for event in Event.objects.filter(award=award)] == ["take_over", "change"]


def test_what_the_registry_does_not_explain_is_one_task_that_says_why(taken, new_standard):
    paid = {a.pk: amounts_of(a) for a in Award.objects.filter(household_id__in=OTHERWISE)}
    for _again in range(2):
        recompute(actor=taken, since=JANUARY, on=EARLY, programmes=("dibao",))
    said = dict(Task.objects.values_list("award__household_id", "detail__why"))
    assert said[13] == "接管的待遇没有认定记录，登记的事实不足以核算，须复核"
    assert said[14] == "接管的待遇没有认定记录，按登记的事实不符合条件，须复核"
    assert set(said) == OTHERWISE
    assert {a.pk: amounts_of(a) for a in Award.objects.filter(household_id__in=OTHERWISE)} == paid


def test_another_amount_than_the_registrys_facts_give_is_told_with_both(taken):
    """Under the standard of 2022 the old couple would have received another sum than was taken over."""
    recompute(actor=taken, since=Month(2023, 1), on=date(2023, 11, 20), programmes=("dibao",))
    task = Task.objects.get(award__household_id=OLD_COUPLE)
    assert task.detail["why"] == "接管金额每月 964.00 元，按登记的事实核算为 1004.00 元，须复核"


def test_what_would_be_the_same_anyway_needs_no_explanation(taken, monkeypatch):
    seen = recomputing.seen_in_registry

    def unexplained(*what, **how):
        return {award: replace(one, why="不一致") for award, one in seen(*what, **how).items()}

    monkeypatch.setattr(recomputing, "seen_in_registry", unexplained)
    recompute(actor=taken, since=Month(2023, 11), on=date(2023, 11, 20), programmes=("dibao",))
    assert not Task.objects.filter(award__household_id__in=EXPLAINED).exists()


def test_who_is_no_longer_there_is_looked_at(taken, new_standard):
    from minzheng.registry import codes
    from minzheng.registry.joining import leave_household
    from minzheng.registry.queries import members_of

    at_home = [m for m in members_of(taken, 2, on=TODAY) if m.home]
    for member in sorted(at_home, key=lambda m: m.relation == codes.Relation.HEAD.label):
        leave_household(
            actor=taken, household=2, person=member.person_id, on=date(2023, 11, 20), event=codes.Event.MOVE,
            reason="迁出市外", relations={},
        )  # fmt: skip
    recompute(actor=taken, since=JANUARY, on=EARLY, programmes=("dibao",))
    assert "已不在" in Task.objects.get(award__household_id=2).detail["why"]


def test_a_difference_between_the_engines_stops_and_writes_nothing(taken, new_standard, monkeypatch):
    monkeypatch.setattr(jobs, "WORTH_A_KERNEL", 1)
    read = setwise._read

    def wrong(*where):
        found = read(*where)
        return replace(found, fen=None if found.fen is None else found.fen + 1)

    monkeypatch.setattr(setwise, "_read", wrong)
    with pytest.raises(Defect) as stopped:
        recompute(actor=taken, since=JANUARY, on=EARLY, programmes=("dibao",))
    assert stopped.value.code == "awards.engines_differ"
    assert not Event.objects.filter(verb="change").exists()


def test_a_day_recomputes_by_the_kernel_and_goes_on_where_it_was_cut_off(taken, new_standard, monkeypatch):
    """Batches of one: the machine stops in the second, the first is not done again, and a second run does nothing."""
    monkeypatch.setattr(jobs, "WORTH_A_KERNEL", 1)
    monkeypatch.setattr(jobs, "RECOMPUTED_AT_ONCE", 1)
    jobs.run_day(date(2024, 1, 4))
    moved = jobs.affected(new_standard, [_moved()], ["dibao"])
    monkeypatch.setattr(jobs, "affected", lambda *_how: moved)
    work, done = jobs.recompute_batch, []

    def stops(actor, rows, *how, **more):
        if len(done) == 1:
            done.append(None)
            raise KeyboardInterrupt
        done.append(rows[0].pk)
        return work(actor, rows, *how, **more)

    monkeypatch.setattr(jobs, "recompute_batch", stops)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_day(EARLY)
    monkeypatch.setattr(jobs, "recompute_batch", work)
    for left in (len(EXPLAINED) - 1, 0):
        assert jobs.run_day(EARLY) == left
        changes = Event.objects.filter(verb="change").values_list("award__household_id", flat=True)
        assert sorted(changes) == sorted(EXPLAINED)
    assert Task.objects.filter(kind="unsettled").count() == len(OTHERWISE)


def _moved():
    from minzheng.awards.reckoned import Moved

    return Moved("dibao.std.urban", "", JANUARY)


def test_a_batch_costs_the_same_number_of_statements_however_many_awards(
    taken, new_standard, django_assert_max_num_queries
):
    rows = recomputing.awards_to_recompute(taken, "dibao", "", JANUARY, after=0, most=200)
    assert len(rows) > 1
    with django_assert_max_num_queries(60):
        recomputing.recompute_batch(taken, rows, JANUARY, on=EARLY, book=new_standard)


def test_one_familys_award_says_the_same_however_it_is_recomputed(city_of_stories, opened):
    """Alone by the reference engine, or by the kernel: the same term, the same decision but for its moment."""
    award = opened("dibao", WIDOW, since=Month(2022, 12), on=date(2022, 12, 20))
    rows = recomputing.awards_to_recompute(city_of_stories, "dibao", "", Month(2023, 1), after=0, most=9)
    counts = recomputing.recompute_batch(
        city_of_stories,
        rows,
        Month(2023, 1),
        on=date(2023, 1, 5),
        book=load(),
        kernel=setwise.kernel_of(load()),
    )
    assert counts == {"changed": 1}
    award.refresh_from_db()
    assert due_of(award, Month(2023, 1)) > due_of(award, Month(2022, 12))
    kept = award.terms.order_by("-id")[0].decision
    assert replay_decision(city_of_stories, kept.pk).same
