"""A family changed: what follows at once without a decision, what a person judges, and that saving it twice is saving it once."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.awards.following import follow
from minzheng.awards.models import Award, Task
from minzheng.awards.queries import due_of, members_in
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.types import Fate, Ground
from minzheng.registry import codes
from minzheng.registry.actions import register_death
from minzheng.registry.joining import leave_household
from minzheng.registry.models import Division, Household
from minzheng.registry.moving import merge_households, move_household, split_household
from minzheng.registry.ties import Joining
from minzheng.values.month import Month
from tests.apps.awards.conftest import JANUARY, TODAY, WIDOW

DECEMBER = Month.of(TODAY)
OLD_COUPLE, HUSBAND, WIFE = 4, 11, 12
DIED = date(2023, 12, 20)


def fates(actor, *households: int):
    return {
        one.award.programme: one
        for one in follow(actor=actor, households=households, reason="家庭变动", on=TODAY)
    }


@pytest.fixture
def couple(opened):
    """Their dibao and his care subsidy, both running this month."""
    since = DECEMBER.plus(-1)
    return opened("dibao", OLD_COUPLE, since=since), opened("care_subsidy", OLD_COUPLE, HUSBAND, since=since)


@pytest.fixture
def apart(city_of_stories, couple):
    """He lives on his own from now on."""
    new = split_household(
        actor=city_of_stories, household=OLD_COUPLE,
        members={HUSBAND: Joining(codes.Relation.HEAD, lives_here=True)},
        relations={WIFE: codes.Relation.HEAD}, on=TODAY, reason="分户",
    )  # fmt: skip
    return *couple, new.pk


def test_what_is_granted_for_a_person_goes_along_and_what_is_the_familys_is_judged(city_of_stories, apart):
    dibao, care, new = apart
    before = due_of(dibao, JANUARY)
    found = fates(city_of_stories, OLD_COUPLE, new)
    assert {name: one.fate for name, one in found.items()} == {
        "dibao": Fate.REVIEWED,
        "care_subsidy": Fate.CARRIED,
    }
    assert (found["care_subsidy"].month, found["care_subsidy"].household) == (JANUARY, new)
    [carried] = Award.objects.filter(predecessor=care)
    care.refresh_from_db(), dibao.refresh_from_db()
    assert [due_of(care, m) + due_of(carried, m) for m in (DECEMBER, JANUARY)] == [8_000, 8_000]
    assert (due_of(dibao, JANUARY), dibao.version, members_in(dibao, JANUARY)) == (before, 1, [HUSBAND, WIFE])
    assert Task.objects.get().award_id == dibao.pk
    for award in (care, carried, dibao):
        assert list(standing(award).values()) == wanted(award)


def test_following_again_finds_it_followed(city_of_stories, apart):
    _dibao, care, new = apart
    fates(city_of_stories, OLD_COUPLE, new)
    again = fates(city_of_stories, OLD_COUPLE, new)
    assert again["dibao"].fate == Fate.REVIEWED
    assert {one.award.household_id: one.fate for one in again.values() if one.award.programme == "care_subsidy"} == {
        new: Fate.STAYS
    }  # fmt: skip
    assert (Task.objects.count(), Award.objects.filter(predecessor=care).count()) == (1, 1)


def test_a_merged_familys_award_is_judged_and_nobody_loses_it_meanwhile(city_of_stories, couple):
    dibao, care = couple
    merge_households(
        actor=city_of_stories, household=OLD_COUPLE, into=WIDOW, on=TODAY, reason="并户",
        members={p: Joining(codes.Relation.OTHER, lives_here=True) for p in (HUSBAND, WIFE)},
    )  # fmt: skip
    found = fates(city_of_stories, OLD_COUPLE, WIDOW)
    assert found["dibao"].fate == Fate.REVIEWED
    assert found["care_subsidy"].fate == Fate.CARRIED
    care.refresh_from_db()
    assert care.ground == Ground.HOUSEHOLD_CHANGED
    assert due_of(dibao, JANUARY) > 0


def test_who_died_receives_nothing_from_the_next_month_on_and_the_rest_is_judged(city_of_stories, couple):
    dibao, care = couple
    register_death(actor=city_of_stories, person=HUSBAND, died_on=DIED, source=codes.Source.FUNERAL)
    leave_household(
        actor=city_of_stories, household=OLD_COUPLE, person=HUSBAND, on=DIED, event=codes.Event.DEATH, reason="去世",
        relations={WIFE: codes.Relation.HEAD},
    )  # fmt: skip
    found = fates(city_of_stories, OLD_COUPLE)
    assert {name: one.fate for name, one in found.items()} == {
        "dibao": Fate.REVIEWED,
        "care_subsidy": Fate.ENDS,
    }
    care.refresh_from_db()
    assert (care.ends, care.ground) == (JANUARY.first_day, Ground.DEATH)
    assert [due_of(care, month) for month in (DECEMBER, JANUARY)] == [8_000, 0]
    assert due_of(dibao, JANUARY) > 0
    assert fates(city_of_stories, OLD_COUPLE)["care_subsidy"].fate == Fate.ENDS
    care.refresh_from_db()
    assert care.version == 2


def test_a_death_heard_of_late_ends_with_the_month_of_the_death(city_of_stories, couple):
    _dibao, care = couple
    register_death(
        actor=city_of_stories, person=HUSBAND, died_on=date(2023, 11, 2), source=codes.Source.FUNERAL
    )
    fates(city_of_stories, OLD_COUPLE)
    care.refresh_from_db()
    assert care.ends == DECEMBER.first_day


def test_the_last_ones_death_closes_the_household_and_ends_all_it_received(city_of_stories, couple):
    dibao, care = couple
    for person, died, left in ((HUSBAND, DIED, WIFE), (WIFE, date(2023, 12, 28), None)):
        register_death(actor=city_of_stories, person=person, died_on=died, source=codes.Source.FUNERAL)
        leave_household(
            actor=city_of_stories, household=OLD_COUPLE, person=person, on=died, event=codes.Event.DEATH,
            reason="去世", relations={left: codes.Relation.HEAD} if left else {},
        )  # fmt: skip
        fates(city_of_stories, OLD_COUPLE)
    assert Household.objects.get(pk=OLD_COUPLE).closed_on == date(2023, 12, 28)
    for award in (dibao, care):
        award.refresh_from_db()
        assert (award.ends, award.ground) == (JANUARY.first_day, Ground.DEATH)
        assert list(standing(award).values()) == wanted(award)


def test_a_move_takes_the_awards_along_and_changes_nothing_else(city_of_stories, couple):
    here = Household.objects.get(pk=OLD_COUPLE)
    village = (
        Division.objects.filter(parent=here.township, level=12, pseudo=False, valid_to=None)
        .exclude(code=here.village).values_list("code", flat=True).first()
    )  # fmt: skip
    move_household(actor=city_of_stories, household=OLD_COUPLE, to_village=village, on=TODAY, reason="搬迁")
    found = fates(city_of_stories, OLD_COUPLE)
    assert {one.fate for one in found.values()} == {Fate.STAYS}
    for award in couple:
        award.refresh_from_db()
        assert award.division == str(village)


def test_a_family_that_did_not_change_is_left_alone(city_of_stories, couple):
    assert {one.fate for one in fates(city_of_stories, OLD_COUPLE).values()} == {Fate.STAYS}
    assert Task.objects.count() == 0


def test_a_day_follows_what_was_recorded_by_another_door(city_of_stories, apart):
    from minzheng.awards.jobs import run_day

    dibao, care, new = apart
    assert run_day(TODAY) == 1
    assert Award.objects.get(predecessor=care).household_id == new
    assert [(task.award_id, task.kind) for task in Task.objects.all()] == [(dibao.pk, "regrouped")]
    run_day(date(2023, 12, 30))
    assert Task.objects.count() == 1
