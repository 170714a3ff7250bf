"""The planted truth: it is exactly the difference between who is entitled and who receives."""

import numpy as np
import pytest

from minzheng.demo import stories
from minzheng.demo.people import TODAY
from minzheng.demo.receipts import Programme
from minzheng.demo.truth import judge, to_yuan

BY_PERSON = {
    Programme.SINGLE: "single", Programme.TEKUN: "tekun", Programme.LIVING_SUBSIDY: "living",
    Programme.CARE_SUBSIDY: "care", Programme.OLD_AGE: "old_age", Programme.ORPHAN: "orphan",
    Programme.UNATTENDED: "unattended", Programme.STUDY_AID: "study_aid", Programme.LEFT_BEHIND: "left_behind",
}  # fmt: skip


def planted(world, programme: Programme, verdict: str, *, by: str) -> set[int]:
    rows = world.story.planted
    who = getattr(rows, by)
    return {
        who[place]
        for place, what in enumerate(rows.programme)
        if what == programme and rows.verdict[place] == verdict
    }


@pytest.mark.parametrize("programme", BY_PERSON)
def test_the_missed_and_the_ended_are_the_whole_difference_for_people(small, programme):
    entitled = set(np.flatnonzero(getattr(small.story.entitled, BY_PERSON[programme])).tolist())
    drawing = set(small.story.receipts.current(programme)[1].tolist())
    neutral = planted(small, programme, "neutral", by="person")
    assert planted(small, programme, "missed", by="person") == entitled - drawing - neutral
    assert planted(small, programme, "ended", by="person") == drawing - entitled - neutral


@pytest.mark.parametrize(("programme", "which"), [(Programme.DIBAO, "dibao"), (Programme.EDGE, "edge")])
def test_the_missed_and_the_ended_are_the_whole_difference_for_households(small, programme, which):
    entitled = set(np.flatnonzero(getattr(small.story.entitled, which)).tolist())
    drawing = set(small.story.receipts.current(programme)[0].tolist())
    neutral = planted(small, programme, "neutral", by="household")
    assert planted(small, programme, "missed", by="household") == entitled - drawing - neutral
    assert planted(small, programme, "ended", by="household") - neutral == drawing - entitled - neutral


def test_nobody_draws_what_excludes_each_other_unless_planted(small):
    current = small.story.receipts.current
    tekun = set(current(Programme.TEKUN)[1].tolist())
    care = set(current(Programme.CARE_SUBSIDY)[1].tolist())
    living = set(current(Programme.LIVING_SUBSIDY)[1].tolist())
    assert tekun & care == planted(small, Programme.CARE_SUBSIDY, "ended", by="person") & tekun
    assert not tekun & living
    dibao_homes = set(current(Programme.DIBAO)[0].tolist())
    assert not {int(home) for home in current(Programme.SINGLE)[0]} & dibao_homes


def test_every_kind_of_planted_case_is_there_even_in_a_small_city(small):
    verdicts = {
        (programme, verdict)
        for programme, verdict in zip(small.story.planted.programme, small.story.planted.verdict, strict=True)
    }
    for programme in (*BY_PERSON, Programme.DIBAO, Programme.EDGE):
        if programme is not Programme.STUDY_AID:
            assert (programme, "missed") in verdicts, programme
            assert (programme, "ended") in verdicts, programme
    assert (Programme.DIBAO, "amount") in verdicts


def test_wrong_amounts_are_planted_wherever_the_amount_drawn_is_not_the_amount_due(small):
    programme, home, _person, fen, since, until = small.story.receipts.columns()
    now = (programme == Programme.DIBAO) & (since <= TODAY) & (until == 0)
    due = small.story.entitled.dibao_fen
    entitled = small.story.entitled.dibao[home[now]]
    differing = {int(place) for place in home[now][entitled & (fen[now] != due[home[now]])]}
    assert differing == planted(small, Programme.DIBAO, "amount", by="household")
    assert 2 <= len(differing) <= 5


def test_most_planted_cases_are_settled_by_what_may_be_known(small):
    assert np.mean(small.story.planted.settled) > 0.85


def test_judging_again_changes_nothing(small):
    again = judge(small.city, small.lives, small.ties)
    assert np.array_equal(again.dibao, small.story.entitled.dibao)


def test_a_dead_person_is_entitled_to_nothing(small):
    dead = small.lives.died_on > 0
    assert dead.any()
    for name in BY_PERSON.values():
        assert not getattr(small.story.entitled, name)[dead].any(), name


def test_amounts_are_rounded_half_up_to_yuan():
    twelve = np.array([12 * 54_566, 12 * 54_550, 12 * 54_549, 12 * 49, 12 * 50, -5])
    assert to_yuan(twelve).tolist() == [54_600, 54_600, 54_500, 0, 100, 0]


def test_the_rural_difference_is_taken_over_the_year_and_not_by_a_rounded_month():
    # four people of a rural household with 20,000 yuan a year: 1,637 x 4 / 12 = 545.67, paid as 546
    assert to_yuan(np.array([4 * 663_700 - 2_000_000])).tolist() == [54_600]


def test_fixed_households_say_what_is_planted_of_them():
    truth = {
        (story.key, programme, who, verdict)
        for story in stories.STORIES
        for programme, who, verdict in story.truth
    }
    assert ("bachelor_turned_sixty", Programme.TEKUN, 25, "missed") in truth
    assert ("eighty_in_dibao", Programme.OLD_AGE, 11, "missed") in truth
    for story in stories.STORIES:
        ids = {who.id for who in story.people}
        assert all(who is None or who in ids for _programme, who, _verdict in story.truth)
