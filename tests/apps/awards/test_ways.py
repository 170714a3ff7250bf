"""A wrong approval undone, a person who moves with an award, a household that splits or merges, one that moves away."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.awards.actions import change_amount
from minzheng.awards.models import Award, Cover, Task
from minzheng.awards.queries import due_of, members_in
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.types import Cause, Ground
from minzheng.awards.ways import carry_over, follow_place, regroup, reverse_award
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.models import Household
from minzheng.registry.queries import receipts_in
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.awards.conftest import JANUARY, TODAY, WIDOW

FEBRUARY, MARCH = Month(2024, 2), Month(2024, 3)
IN_MARCH = date(2024, 3, 10)
OLD_COUPLE, HUSBAND, WIFE = 4, 11, 12


def _rich(actor, person: int) -> None:
    """Somebody had money nobody knew of."""
    record_fact(
        actor=actor, table="asset", holder=person, source=codes.Source.FINANCE,
        values={"kind": codes.Asset.FINANCIAL, "fen": 50_000_000, "since": date(2022, 1, 1)},
    )  # fmt: skip


# -- undoing ---------------------------------------------------------------------------------------------


def test_a_wrong_approval_is_undone_from_its_beginning_and_stays_on_record(
    city_of_stories, widow_award, decided
):
    due = due_of(widow_award, JANUARY)
    (widow,) = members_in(widow_award, JANUARY)
    _rich(city_of_stories, widow)
    undone = reverse_award(
        actor=city_of_stories, award=widow_award.public_id, decision=decided(city_of_stories), reason="隐瞒存款",
        on=IN_MARCH,
    )  # fmt: skip
    assert undone.candidates == ((JANUARY, due), (FEBRUARY, due), (MARCH, due))
    assert (undone.award.ends, undone.award.ground) == (JANUARY.first_day, Ground.REVERSED)
    assert due_of(undone.award, JANUARY) == 0
    assert [term.fen for term in undone.award.terms.order_by("id")] == [due, 0]
    assert not Cover.objects.filter(award_id=widow_award.pk).exists()
    assert standing(undone.award) == {}
    dibao = [one for one in receipts_in(city_of_stories, MARCH, households=[WIDOW]) if one.programme == 1]
    assert dibao == []


def test_what_the_law_still_grants_is_not_undone(city_of_stories, widow_award, decided):
    with pytest.raises(Refusal, match="仍为“符合”"):
        reverse_award(
            actor=city_of_stories, award=widow_award.public_id, decision=decided(city_of_stories), reason="误"
        )


# -- three refusals of work ------------------------------------------------------------------------------


def test_refusing_work_three_times_reduces_the_own_share_only(city_of_stories, opened, decided):
    """DY-8: household 4 has two people; refusals of one leave the other's share."""
    award = opened("dibao", OLD_COUPLE)
    before = due_of(award, JANUARY)
    for day in (1, 2, 3):
        record_fact(
            actor=city_of_stories, table="workoffer", holder=WIFE, source=codes.Source.EMPLOYMENT,
            values={"offered_on": date(2023, 12, day), "refused": True},
        )  # fmt: skip
    changed = change_amount(
        actor=city_of_stories, award=award.public_id, since=FEBRUARY, decision=decided(city_of_stories, OLD_COUPLE),
        cause=Cause.WORK_REFUSED, reason="连续三次拒绝介绍的工作",
    )  # fmt: skip
    assert due_of(changed, JANUARY) == before
    assert due_of(changed, FEBRUARY) == before // 2
    assert members_in(changed, FEBRUARY) == members_in(changed, JANUARY)


# -- moving ----------------------------------------------------------------------------------------------


@pytest.fixture
def apart(city_of_stories, opened):
    """The old couple's dibao and his care subsidy; then he lives apart from March on, in a household of his own."""
    from minzheng.registry.moving import split_household
    from minzheng.registry.ties import Joining

    dibao = opened("dibao", OLD_COUPLE)
    care = opened("care_subsidy", OLD_COUPLE, HUSBAND)
    new = split_household(
        actor=city_of_stories, household=OLD_COUPLE,
        members={HUSBAND: Joining(codes.Relation.HEAD, lives_here=True)},
        relations={WIFE: codes.Relation.HEAD}, on=date(2023, 12, 30), reason="分户",
    )  # fmt: skip
    return dibao, care, new


def test_a_personal_award_follows_its_person_and_the_rest_is_looked_at(city_of_stories, apart):
    dibao, care, new = apart
    done = regroup(
        actor=city_of_stories, households=[OLD_COUPLE, new.pk], since=MARCH, reason="分户后重新认定", on=TODAY
    )
    (carried,) = done.carried
    care.refresh_from_db()
    assert (carried.household_id, carried.predecessor_id, carried.person_id) == (new.pk, care.pk, HUSBAND)
    assert care.ground == Ground.HOUSEHOLD_CHANGED
    paid = [due_of(care, month) + due_of(carried, month) for month in (JANUARY, FEBRUARY, MARCH)]
    assert paid == [8_000] * 3
    for award in (care, carried):
        assert list(standing(award).values()) == wanted(award)
    for month in (JANUARY, FEBRUARY, MARCH):
        lines = receipts_in(city_of_stories, month, households=[OLD_COUPLE, new.pk])
        assert [one.fen for one in lines if one.programme is codes.Programme.CARE_SUBSIDY] == [8_000]
    assert [one.pk for one in done.changed + done.tasks] == [dibao.pk]
    dibao.refresh_from_db()
    if done.changed:
        assert members_in(dibao, MARCH) == [WIFE]
        assert members_in(dibao, FEBRUARY) == [HUSBAND, WIFE]
    else:
        assert Task.objects.get(award=dibao).kind == "regrouped"


def test_following_twice_is_following_once(city_of_stories, apart):
    _dibao, care, new = apart
    for _again in range(2):
        regroup(actor=city_of_stories, households=[OLD_COUPLE, new.pk], since=MARCH, reason="分户", on=TODAY)
    assert Award.objects.filter(predecessor=care).count() == 1


def test_a_day_notices_who_left_and_nothing_when_the_awards_have_followed(city_of_stories, apart):
    from minzheng.awards.jobs import run_day

    dibao, care, new = apart
    run_day(date(2024, 1, 2))
    noted = {(task.award_id, task.kind) for task in Task.objects.all()}
    assert noted == {(dibao.pk, "regrouped"), (care.pk, "regrouped")}
    regroup(actor=city_of_stories, households=[OLD_COUPLE, new.pk], since=FEBRUARY, reason="分户", on=TODAY)
    still = Task.objects.count()
    run_day(date(2024, 1, 3))
    assert Task.objects.count() == still + (1 if HUSBAND in members_in(dibao, FEBRUARY) else 0)


def test_an_award_of_a_household_follows_nobody(city_of_stories, widow_award, decided):
    with pytest.raises(Refusal, match="不随个人转移"):
        carry_over(
            actor=city_of_stories, award=widow_award.public_id, household=OLD_COUPLE, since=MARCH,
            decision=decided(city_of_stories, OLD_COUPLE), reason="迁移",
        )  # fmt: skip


def test_the_awards_of_a_household_are_where_it_lives(city_of_stories, widow_award):
    from minzheng.registry.moving import move_household

    before = Household.objects.get(pk=WIDOW).village
    village = next(
        one
        for one in Household.objects.exclude(village=before).values_list("village", flat=True)
        if one != before
    )
    move_household(actor=city_of_stories, household=WIDOW, to_village=village, on=TODAY, reason="搬迁")
    assert follow_place(actor=city_of_stories, household=WIDOW) == 1
    widow_award.refresh_from_db()
    assert widow_award.division == str(village)
    assert {row.division for row in (*widow_award.terms.all(), *widow_award.members.all())} == {str(village)}
    assert set(Cover.objects.filter(award_id=widow_award.pk).values_list("division", flat=True)) == {
        str(village)
    }
    assert follow_place(actor=city_of_stories, household=WIDOW) == 0
    assert list(standing(widow_award).values()) == wanted(widow_award)
