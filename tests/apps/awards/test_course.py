"""An award's course: opened upon a decision, changed, ended; due by months; the registry told; twice is once."""

from __future__ import annotations

import json
import uuid

import pytest

from minzheng.awards.actions import change_amount, open_award, stop_award
from minzheng.awards.models import Award
from minzheng.awards.queries import amounts_of, award_of, awards_of, due_in, due_of, members_in
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.types import Cause, Ground, ReviewClass
from minzheng.registry import codes
from minzheng.registry.queries import receipts_in
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.awards.conftest import JANUARY, TODAY, WIDOW


def test_an_award_pays_what_the_decision_says_to_everybody_it_covers(city_of_stories, widow_award):
    says = next(o for o in json.loads(widow_award.decision.content)["outcomes"] if o["programme"] == "dibao")
    assert says["payable"] > 0
    assert due_of(widow_award, JANUARY) == says["payable"]
    assert due_of(widow_award, JANUARY.plus(-1)) == 0
    assert len(members_in(widow_award, JANUARY)) == 1
    assert widow_award.number.startswith("dibao-140403-2024-")
    lines = due_in(city_of_stories, JANUARY, "dibao", widow_award.division[:6])
    assert [(line.award_id, line.fen) for line in lines] == [(widow_award.pk, says["payable"])]
    assert due_in(city_of_stories, JANUARY, "dibao", "140425") == []


def test_the_registry_is_told_what_is_received(city_of_stories, widow_award):
    (line,) = [
        one
        for one in receipts_in(city_of_stories, JANUARY, households=[WIDOW])
        if one.programme is codes.Programme.DIBAO
    ]
    assert (line.fen, line.since, line.until) == (due_of(widow_award, JANUARY), JANUARY.first_day, None)


def test_opening_the_same_case_twice_gives_one_award(city_of_stories, widow_award):
    again = open_award(
        actor=city_of_stories, case=widow_award.case_id, decision=widow_award.decision, programme="dibao",
        household=WIDOW, since=JANUARY, reason="符合条件",
    )  # fmt: skip
    assert again.pk == widow_award.pk
    assert list(awards_of(city_of_stories, WIDOW)) == [widow_award]


def test_a_decision_that_says_no_opens_nothing(city_of_stories, decided):
    with pytest.raises(Refusal, match="没有给出"):
        open_award(
            actor=city_of_stories, case=uuid.uuid4(), decision=decided(city_of_stories), programme="edge",
            household=WIDOW, since=JANUARY, reason="",
        )  # fmt: skip


def test_nobody_receives_two_of_a_family_in_one_month(widow_award, opened):
    with pytest.raises(Refusal, match="不能同时享受"):
        opened("dibao", since=JANUARY.plus(5))
    assert Award.objects.filter(household_id=WIDOW).count() == 1


def test_an_award_that_ends_is_due_until_its_last_month_and_frees_its_family(
    city_of_stories, widow_award, opened
):
    fen = due_of(widow_award, JANUARY)
    ended = stop_award(
        actor=city_of_stories, award=widow_award.public_id, last=Month(2024, 3), ground=Ground.VOLUNTARY, reason="本人退出",
    )  # fmt: skip
    assert ended.ends == Month(2024, 4).first_day
    assert [(str(a.since), str(a.until), a.what) for a in amounts_of(ended)] == [("2024-01", "2024-04", fen)]
    assert members_in(ended, Month(2024, 3)) != []
    assert members_in(ended, Month(2024, 4)) == []
    assert list(standing(ended).values()) == wanted(ended)
    again = opened("dibao", since=Month(2024, 4))
    assert again.ends is None


def test_stopping_twice_is_stopping_once(city_of_stories, widow_award):
    how = {"last": Month(2024, 3), "ground": Ground.VOLUNTARY, "reason": "本人退出"}
    stop_award(actor=city_of_stories, award=widow_award.public_id, **how)
    again = stop_award(actor=city_of_stories, award=widow_award.public_id, **how)
    assert again.version == 2
    assert again.terms.count() == 2


def test_the_version_somebody_saw_is_the_one_that_is_changed(city_of_stories, widow_award):
    with pytest.raises(Refusal, match="已由他人办理"):
        stop_award(
            actor=city_of_stories, award=widow_award.public_id, last=Month(2024, 3), ground=Ground.VOLUNTARY,
            reason="本人退出", version=7,
        )  # fmt: skip


def test_a_new_amount_holds_from_its_month_and_the_old_one_stays_on_record(
    city_of_stories, widow_award, decided
):
    from minzheng.registry.actions import record_fact

    before = due_of(widow_award, JANUARY)
    (widow,) = members_in(widow_award, JANUARY)
    record_fact(
        actor=city_of_stories, table="income", holder=widow, source=codes.Source.TAX,
        values={"kind": 3, "fen": 12_000, "since": Month(2023, 1).first_day},
    )  # fmt: skip
    changed = change_amount(
        actor=city_of_stories, award=widow_award.public_id, since=Month(2024, 2), decision=decided(city_of_stories),
        cause=Cause.CHANGED, reason="新增土地流转收入", review_class=ReviewClass.B,
    )  # fmt: skip
    after = due_of(changed, Month(2024, 2))
    assert after < before
    assert due_of(changed, JANUARY) == before
    assert [event.verb for event in changed.events.all()] == ["open", "change"]
    assert changed.review_due == TODAY.replace(year=2024, month=6, day=30)
    assert list(standing(changed).values()) == wanted(changed)
    assert award_of(city_of_stories, changed.public_id) == changed
