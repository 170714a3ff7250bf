"""告知: an end that came by itself is told in writing, once, with its article and figures, until it reached the family."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from minzheng.awards import jobs, notices
from minzheng.awards.models import Task
from minzheng.base.models import Document
from minzheng.base.scope import scope
from minzheng.base.types import Role, resident_actor
from minzheng.cases import queries
from minzheng.cases.models import LetterRow
from minzheng.cases.notices import letters_of_household
from minzheng.registry.models import Household
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.awards.conftest import WIDOW

ORPHAN_HOME, ORPHAN = 5, 15
DAY = date(2032, 9, 1)


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def ended(city_of_stories, opened):
    """The orphan's award ended by age, found on the first of September 2032."""
    award = opened("orphan", ORPHAN_HOME, ORPHAN)
    jobs.run_day(DAY)
    award.refresh_from_db()
    return award


@pytest.fixture
def officer(ended, staff_of):
    return staff_of(Role.TOWNSHIP_OFFICER, at=ended.division[:9])


def only(actor):
    [one] = notices.waiting(actor, notices.to_tell(actor))
    return one


def test_the_letter_says_what_ends_when_why_and_what_to_do(ended, officer):
    with scope(officer):
        one = only(officer)
        assert (one.award.pk, one.since, one.letter) == (ended.pk, Month(2032, 10), None)
        letter = notices.tell(actor=officer, task=one.task.public_id, on=DAY)
        said = letter.content
    assert said["title"] == "待遇停发告知书"
    assert said["paragraphs"][0].startswith(
        f"您享受的孤儿基本生活保障（编号 {ended.number}），自2032年10月起停发，发放到2032年9月"
    )
    assert "达到年龄界限" in said["paragraphs"][1]
    # Why, in figures: the one condition that is surely not met, none of those that are merely not known.
    assert said["paragraphs"][2].startswith(
        "1. 在孤儿保障年龄内：不符合（周岁 18 周岁 不低于 成年年龄 18 周岁"
    )
    assert len(said["paragraphs"]) == 4
    assert ["成年年龄：18 周岁", "民法典第十七条"] in said["rows"]
    assert {"DY-4", "DY-6"} <= set(said["clause_ids"])
    assert "行政复议" in said["remedy"]
    assert said["organ"].endswith("民政局")
    assert said["to"]
    assert letter.case_id is None
    assert letter.household_id == ORPHAN_HOME


def test_it_is_told_once_and_dealt_with_when_it_reached_the_family(ended, officer):
    with scope(officer):
        task = only(officer).task.public_id
        with pytest.raises(Refusal, match="还没有出具"):
            notices.delivered(actor=officer, task=task, how="直接送达", delivered_on=DAY, on=DAY)
        first, again = (notices.tell(actor=officer, task=task, on=DAY) for _ in range(2))
        assert first.pk == again.pk
        assert only(officer).letter == first
        for how, day in (
            ("放在门口", DAY),
            ("直接送达", DAY - timedelta(days=1)),
            ("直接送达", DAY + timedelta(days=9)),
        ):
            with pytest.raises(Refusal):
                notices.delivered(actor=officer, task=task, how=how, delivered_on=day, on=DAY)
        for _ in range(2):
            sent = notices.delivered(actor=officer, task=task, how="直接送达", delivered_on=DAY, on=DAY)
        assert (sent.delivered_on, sent.delivered_by) == (DAY, "直接送达")
        assert list(notices.to_tell(officer)) == []
        assert Task.objects.get(public_id=task).closed_on == DAY


def test_the_family_reads_it_and_no_other_family_and_no_other_county_does(ended, officer, staff_of):
    with scope(officer):
        letter = notices.tell(actor=officer, task=only(officer).task.public_id, on=DAY)
    family, others = resident_actor(ORPHAN, ORPHAN_HOME, "本人"), resident_actor(1, WIDOW, "别人")
    with scope(family):
        [mine] = letters_of_household(family, ORPHAN_HOME)
        assert mine.pk == letter.pk
        assert Document.objects.filter(public_id=queries.paper_of(family, mine.public_id)).exists()
    with scope(others):
        assert letters_of_household(others, ORPHAN_HOME) == []
        assert LetterRow.objects.count() == 0
        with pytest.raises(Refusal, match="没有找到"):
            queries.paper_of(others, letter.public_id)
    elsewhere = staff_of(Role.TOWNSHIP_OFFICER, at="140481100")
    with scope(elsewhere):
        assert LetterRow.objects.count() == 0
        task = Task.objects.none()
        assert list(task) == []
        with pytest.raises(Refusal, match="没有找到"):
            notices.tell(actor=elsewhere, task=letter.about, on=DAY)


def test_the_database_refuses_a_letter_of_nobody_of_elsewhere_and_a_changed_one(ended, officer):
    with scope(officer):
        letter = notices.tell(actor=officer, task=only(officer).task.public_id, on=DAY)
        row = {
            "number": "WS",
            "version": 0,
            "kind": "change",
            "content": {},
            "received_on": DAY,
            "division": letter.division,
        }
        far = Household.objects.exclude(pk=ORPHAN_HOME).order_by("pk").first()
        attacks = [
            lambda: LetterRow.objects.create(**row),
            lambda: LetterRow.objects.create(**row, household_id=ORPHAN_HOME),
            lambda: LetterRow.objects.create(**row, household_id=999_999, about=uuid.uuid4()),
            lambda: LetterRow.objects.create(**row | {"division": "140481100001"}, household_id=ORPHAN_HOME, about=uuid.uuid4()),
            lambda: LetterRow.objects.create(**row, household_id=ORPHAN_HOME, about=letter.about),
            lambda: LetterRow.objects.filter(pk=letter.pk).update(content={}),
            lambda: LetterRow.objects.filter(pk=letter.pk).update(household_id=far.pk if far else 1),
            lambda: LetterRow.objects.filter(pk=letter.pk).delete(),
        ]  # fmt: skip
        for attack in attacks:
            with pytest.raises(DatabaseError), transaction.atomic():
                attack()
    family = resident_actor(ORPHAN, ORPHAN_HOME, "本人")
    with scope(family), pytest.raises(DatabaseError), transaction.atomic():
        LetterRow.objects.create(**row, household_id=ORPHAN_HOME, about=uuid.uuid4())
    with scope(family):
        assert LetterRow.objects.filter(pk=letter.pk).update(delivered_on=DAY) == 0
