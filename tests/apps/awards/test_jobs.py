"""A day of dynamic management: ends that come by themselves, phase-out by the month, once a day however often it is started."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.awards import jobs
from minzheng.awards.ends import BY_ITSELF, known_end
from minzheng.awards.models import Run, Task
from minzheng.awards.queries import due_of
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.types import Ground
from minzheng.values.month import Month
from tests.apps.awards.conftest import TODAY

OLD_COUPLE, HUSBAND = 4, 11
ORPHAN_HOME, ORPHAN = 5, 15
EIGHTEEN = date(2032, 9, 9)


@pytest.fixture
def orphan_award(opened):
    return opened("orphan", ORPHAN_HOME, ORPHAN)


@pytest.fixture
def care_award(opened):
    return opened("care_subsidy", OLD_COUPLE, HUSBAND)


def test_the_end_of_an_age_is_known_beforehand(city_of_stories, orphan_award):
    found = known_end(city_of_stories, orphan_award, first=Month(2032, 6), on=TODAY)
    assert found.month == Month(2032, 10)
    assert found.provision.name == "orphan_age"
    assert found.ground is Ground.AGE


def test_an_award_ends_with_the_month_of_the_age(city_of_stories, orphan_award):
    assert jobs.run_day(date(2032, 8, 1)) == 0
    assert jobs.run_day(date(2032, 9, 1)) == 1
    orphan_award.refresh_from_db()
    assert (orphan_award.ends, orphan_award.ground) == (Month(2032, 10).first_day, Ground.AGE)
    assert due_of(orphan_award, Month.of(EIGHTEEN)) > 0
    assert due_of(orphan_award, Month.of(EIGHTEEN).plus(1)) == 0
    assert [task.kind for task in Task.objects.filter(award=orphan_award)] == ["notice"]
    ending = orphan_award.terms.order_by("-id").first()
    assert ending.decision is not None
    assert list(standing(orphan_award).values()) == wanted(orphan_award)


def test_a_certificate_that_ran_out_ends_the_subsidy_with_its_last_month(city_of_stories, care_award):
    jobs.run_day(date(2029, 2, 10))
    care_award.refresh_from_db()
    assert (care_award.ends, care_award.ground) == (Month(2029, 3).first_day, Ground.CERTIFICATE)


def test_what_is_not_known_ends_nothing(city_of_stories, care_award):
    """Long after the last source answered, most is unknown."""
    jobs.run_day(date(2025, 6, 1))
    care_award.refresh_from_db()
    assert care_award.ends is None
    assert known_end(city_of_stories, care_award, first=Month(2025, 6), on=date(2025, 6, 1), months=3) is None


def test_a_second_run_of_a_day_does_nothing(city_of_stories, orphan_award):
    assert [jobs.run_day(date(2032, 9, 1)) for _ in range(2)] == [1, 0]
    orphan_award.refresh_from_db()
    assert orphan_award.version == 2
    run = Run.objects.get(on=date(2032, 9, 1))
    assert run.finished_at is not None
    assert run.report["ends"] == {"ended": 1, "done": 1}


def test_a_day_recomputes_what_moved_since_the_day_before(city_of_stories, opened):
    award = opened("dibao", since=Month(2022, 12), on=date(2022, 12, 20))
    jobs.run_day(date(2022, 12, 31))
    assert jobs.run_day(date(2023, 1, 1)) == 1
    award.refresh_from_db()
    assert due_of(award, Month(2023, 1)) > due_of(award, Month(2022, 12))
    assert jobs.run_day(date(2023, 1, 2)) == 0


def test_a_day_that_was_cut_off_goes_on_where_it_was(city_of_stories, opened, monkeypatch):
    """The machine stops after the first batch; what was committed is not done again."""
    awards = [
        opened("orphan", ORPHAN_HOME, ORPHAN),
        opened("care_subsidy", OLD_COUPLE, HUSBAND),
    ]
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    looked: list[int] = []
    work = jobs.end_by_itself

    def stops(actor, award, **how):
        if len(looked) == 1 and award.pk not in looked:
            looked.append(-1)
            raise KeyboardInterrupt
        looked.append(award.pk)
        return work(actor, award, **how)

    monkeypatch.setattr(jobs, "_ages", lambda book, on: [0, *range(1, 120)])
    monkeypatch.setattr(jobs, "end_by_itself", stops)
    day = date(2032, 9, 1)
    monkeypatch.setattr(
        jobs, "_NEAR_AN_END", "select id from awards_award where id > %(after)s order by id limit 1"
    )
    with pytest.raises(KeyboardInterrupt):
        jobs.run_day(day)
    assert Run.objects.get(on=day).finished_at is None
    jobs.run_day(day)
    assert looked == [awards[0].pk, -1, awards[1].pk]
    assert Run.objects.get(on=day).finished_at is not None


def test_ends_by_themselves_are_conditions_of_the_programmes_they_end():
    from minzheng.rulebook import load

    for name, (_ground, programmes) in BY_ITSELF.items():
        for programme in programmes:
            assert name in [provision.name for provision in load().program(programme).requires]
