"""A changed standard recomputes running awards by the facts they rest on: more with arrears, less from the next month."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.assessment.enacting.types import RULEBOOK
from minzheng.assessment.models import Decision
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.replay import replay_decision
from minzheng.awards import notices
from minzheng.awards import recompute as recomputing
from minzheng.awards.jobs import recompute
from minzheng.awards.models import Task
from minzheng.awards.queries import amounts_of, due_of, stretches_of
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.reckoned import Moved, affected, moved_texts, moved_values
from minzheng.awards.types import Cause
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.rulebook import load
from minzheng.rulebook.proposals.equal_to_standard import income_at_most_standard
from minzheng.rulebook.texts import reread
from minzheng.rules.joined import joined
from minzheng.rules.written import written
from minzheng.values.month import Month
from tests.apps.awards.conftest import WIDOW

DECEMBER, JANUARY, FEBRUARY = Month(2022, 12), Month(2023, 1), Month(2023, 2)
STANDARD = "dibao.std.urban"


@pytest.fixture
def award(opened):
    """The widow's dibao by the standard of 2022."""
    return opened("dibao", since=DECEMBER, on=date(2022, 12, 20))


def _amounts(award) -> list[tuple[str, int]]:
    award.refresh_from_db()
    return [(str(one.since), one.what) for one in amounts_of(award)]


def test_a_raised_standard_is_found_by_the_days_between_two_runs():
    moved = moved_values(load(), after=date(2022, 12, 31), upto=date(2023, 1, 1))
    assert (STANDARD, JANUARY) in {(one.key, one.since) for one in moved}
    programmes = {one.programme for one in affected(load(), moved, ["dibao", "single", "care_subsidy"])}
    assert {"dibao", "single"} <= programmes
    assert moved_values(load(), after=date(2023, 1, 1), upto=date(2023, 1, 1)) == []


def test_a_text_that_begins_touches_the_programmes_that_read_it():
    """民发〔2022〕 on single persons: a text of the rulebook from 20 October 2022."""
    begun = moved_texts(load(), after=date(2022, 10, 19), upto=date(2022, 10, 20))
    assert Month(2022, 10) in {one.since for one in begun}
    assert {one.programme for one in affected(load(), begun, ["dibao", "single", "orphan"])} == {"single"}
    assert moved_texts(load(), after=date(2022, 10, 20), upto=date(2022, 10, 31)) == []


def test_a_text_that_was_signed_is_found_in_its_month_and_touches_who_reads_it():
    old = with_provisions(load(), {"income_below_standard": income_at_most_standard})
    book = reread(joined(written(old), written(load()), JANUARY.first_day))
    begun = moved_texts(book, after=date(2022, 12, 31), upto=date(2023, 1, 1))
    assert {(one.key, one.since) for one in begun} == {("income_below_standard", JANUARY)}
    touched = {one.programme for one in affected(book, begun, ["dibao", "orphan"])}
    assert touched == {"dibao"}


def test_a_text_signed_for_a_month_long_past_can_touch_every_programme():
    found = affected(load(), [Moved(RULEBOOK, "", DECEMBER)], ["dibao", "old_age"])
    assert [(one.programme, one.since) for one in found] == [("dibao", DECEMBER), ("old_age", DECEMBER)]


def test_a_raised_standard_is_paid_from_its_month_without_an_application(city_of_stories, award):
    """T38: the difference of the standards, nothing else."""
    before = due_of(award, DECEMBER)
    counts = recompute(actor=city_of_stories, since=JANUARY, on=date(2023, 1, 5), programmes=("dibao",))
    assert counts == {"changed": 1}
    ((since, first), (then, second)) = _amounts(award)
    assert (since, first, then) == ("2022-12", before, "2023-01")
    assert second > before
    term = [one.what for one in stretches_of(award.terms.all())][-1]
    assert term.cause == Cause.STANDARD
    assert term.decision_id != award.decision_id
    assert list(standing(award).values()) == wanted(award)


def test_recomputing_twice_is_recomputing_once(city_of_stories, award):
    for _again in range(2):
        recompute(actor=city_of_stories, since=JANUARY, on=date(2023, 1, 5), programmes=("dibao",))
    award.refresh_from_db()
    assert award.version == 2
    assert Decision.objects.filter(household_id=WIDOW).count() == 2


def test_a_decision_kept_for_a_new_standard_replays_to_the_same_bytes(city_of_stories, award):
    recompute(actor=city_of_stories, since=JANUARY, on=date(2023, 1, 5), programmes=("dibao",))
    kept = Decision.objects.filter(household_id=WIDOW).exclude(pk=award.decision_id).get()
    assert replay_decision(city_of_stories, kept.pk).same


def test_a_standard_published_late_brings_arrears_from_its_month(city_of_stories, award):
    """T53: paid as before until April, then everything since January."""
    counts = recompute(actor=city_of_stories, since=JANUARY, on=date(2023, 4, 10), programmes=("dibao",))
    assert counts == {"changed": 1}
    assert [since for since, _fen in _amounts(award)] == ["2022-12", "2023-01"]
    arrears = [
        due_of(award, month) - due_of(award, DECEMBER) for month in (JANUARY, FEBRUARY, Month(2023, 3))
    ]
    assert arrears[0] > 0
    assert len(set(arrears)) == 1


def test_what_changed_in_the_family_meanwhile_is_left_to_a_review(city_of_stories, award):
    """DY-3: a standard is recomputed by the facts that were decided upon."""
    from minzheng.awards.queries import members_in

    (widow,) = members_in(award, DECEMBER)
    record_fact(
        actor=city_of_stories, table="income", holder=widow, source=codes.Source.TAX,
        values={"kind": 3, "fen": 30_000, "since": date(2022, 1, 1)},
    )  # fmt: skip
    recompute(actor=city_of_stories, since=JANUARY, on=date(2023, 1, 5), programmes=("dibao",))
    (_, before), (_, after) = _amounts(award)
    assert after > before


def _with(value: str):
    """The rulebook with another urban and rural standard."""
    book = load()
    keys = {STANDARD: value, "dibao.std.rural": str(int(value) * 12)}
    return book.with_parameters(book.parameters.overlaid(keys))


def test_less_is_due_from_the_next_month_only(city_of_stories, award):
    """Nobody gives back what was paid rightly (SA-2)."""
    before = due_of(award, DECEMBER)
    rows = recomputing.awards_to_recompute(city_of_stories, "dibao", "", JANUARY, after=0, most=10)
    book = _with("500")
    counts = recomputing.recompute_batch(city_of_stories, rows, JANUARY, on=date(2023, 3, 10), book=book)
    assert counts == {"changed": 1}
    assert [since for since, _fen in _amounts(award)] == ["2022-12", "2023-04"]
    assert due_of(award, Month(2023, 3)) == before > due_of(award, Month(2023, 4))
    (task,) = Task.objects.filter(award=award)
    assert (task.kind, task.detail["since"]) == ("notice", "2023-04")
    letter = notices.tell(actor=city_of_stories, task=task.public_id, on=date(2023, 3, 10))
    assert letter.content["title"] == "待遇调整告知书"
    rows = recomputing.awards_to_recompute(city_of_stories, "dibao", "", JANUARY, after=0, most=10)
    assert recomputing.recompute_batch(city_of_stories, rows, JANUARY, on=date(2023, 3, 10), book=book) == {
        "same": 1
    }


def test_who_would_no_longer_be_entitled_is_looked_at_and_goes_on_receiving(city_of_stories, award):
    rows = recomputing.awards_to_recompute(city_of_stories, "dibao", "", JANUARY, after=0, most=10)
    counts = recomputing.recompute_batch(city_of_stories, rows, JANUARY, on=date(2023, 1, 5), book=_with("1"))
    assert counts == {"not_entitled": 1}
    assert len(_amounts(award)) == 1
    assert Task.objects.get(award=award).kind == "not_entitled"


def test_an_unknown_standard_ends_nothing(city_of_stories, award):
    book = load()
    book = book.with_parameters(book.parameters.overlaid({STANDARD: "unknown", "dibao.std.rural": "unknown"}))
    rows = recomputing.awards_to_recompute(city_of_stories, "dibao", "", JANUARY, after=0, most=10)
    counts = recomputing.recompute_batch(city_of_stories, rows, JANUARY, on=date(2023, 1, 5), book=book)
    assert counts == {"unsettled": 1}
    assert award.ends is None
    assert len(_amounts(award)) == 1


def test_a_value_signed_into_force_and_taken_back_is_recomputed_from_its_own_month(
    city_of_stories, award, monkeypatch
):
    """The signed value holds since January; taken back in March it never held, and what was paid stays paid."""
    from types import SimpleNamespace

    from minzheng.awards import jobs

    signed: list = []
    monkeypatch.setattr(jobs, "came_into_force", lambda after: [one for one in signed if one.number > after])
    monkeypatch.setattr(jobs, "last_enactment", lambda: len(signed))
    before = due_of(award, DECEMBER)
    jobs.run_day(date(2023, 2, 9))
    signed.append(SimpleNamespace(number=1, key=STANDARD, place="140400", since=JANUARY.first_day))
    monkeypatch.setattr(jobs, "rulebook", lambda: _with("900"))
    assert jobs.run_day(date(2023, 2, 10)) == 1
    raised = due_of(award, JANUARY)
    assert raised > before
    assert [since for since, _fen in _amounts(award)] == ["2022-12", "2023-01"]
    signed.append(SimpleNamespace(number=2, key=STANDARD, place="140400", since=JANUARY.first_day))
    monkeypatch.setattr(jobs, "rulebook", load)
    assert jobs.run_day(date(2023, 3, 10)) == 1
    assert [since for since, _fen in _amounts(award)] == ["2022-12", "2023-01", "2023-04"]
    assert due_of(award, Month(2023, 3)) == raised > due_of(award, Month(2023, 4))
    assert jobs.run_day(date(2023, 3, 11)) == 0
