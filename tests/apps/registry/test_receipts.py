"""Receipts as decisions write them: whole months, once, corrected by new rows, never two for the same months."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope
from minzheng.base.types import Actor, Role
from minzheng.registry import codes
from minzheng.registry.models import Receipt
from minzheng.registry.receipts import (
    Restated,
    correct_receipt,
    end_receipt,
    record_receipt,
    restate_receipts,
)
from minzheng.registry.received import received
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.registry.conftest import TOWN

OFFICER = Actor("staff:7", "officer", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
JANUARY, MARCH, JUNE = date(2023, 1, 1), date(2023, 3, 1), date(2023, 6, 1)


@pytest.fixture
def officer(registry):
    with scope(OFFICER):
        yield OFFICER


def record(**how):
    return record_receipt(
        actor=OFFICER,
        **({"household": 1, "person": None, "programme": codes.Programme.DIBAO, "since": JANUARY, "until": None,
            "fen": 60_000, "reason": "确认"} | how),
    )  # fmt: skip


def live() -> list[tuple]:
    return [
        (row.person_id, row.programme, row.since, row.until, row.fen, row.source)
        for row in Receipt.objects.filter(household_id=1, superseded_at=None).order_by("since", "id")
    ]


def test_a_receipt_is_the_platforms_own_and_recorded_once(officer):
    assert record() == record()
    assert live() == [(None, 1, JANUARY, None, 60_000, codes.Source.PLATFORM)]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"fen": 70_000}, "该期间已登记享受"),
        ({"since": MARCH, "until": JUNE}, "该期间已登记享受"),
        ({"programme": codes.Programme.EDGE, "since": date(2023, 1, 2)}, "应为每月一日"),
        ({"programme": codes.Programme.EDGE, "until": JANUARY}, "止日应晚于起日"),
        ({"programme": codes.Programme.OLD_AGE, "person": 5}, "不是本户成员"),
        ({"programme": codes.Programme.OLD_AGE, "person": 555}, "不是本户成员"),
        ({"household": 2}, "没有找到该人员或家庭"),
    ],
)
def test_what_contradicts_is_refused(officer, how, words):
    record()
    with pytest.raises(Refusal, match=words):
        record(**how)
    assert len(live()) == 1


def test_another_person_and_other_months_stand_beside(officer):
    record(until=MARCH)
    record(since=MARCH, fen=65_000)
    for person in (1, 2):
        record(programme=codes.Programme.LIVING_SUBSIDY, person=person, fen=8_000)
    assert len(live()) == 4


def test_an_end_and_a_correction_keep_what_was_believed(officer):
    row = record()
    ended = end_receipt(actor=officer, row=row, until=JUNE, reason="收入增加")
    assert end_receipt(actor=officer, row=ended, until=JUNE, reason="收入增加") == ended
    corrected = correct_receipt(actor=officer, row=ended, fen=50_000, reason="金额有误")
    assert correct_receipt(actor=officer, row=corrected, fen=50_000, reason="金额有误") == corrected
    assert live() == [(None, 1, JANUARY, JUNE, 50_000, codes.Source.PLATFORM)]
    assert Receipt.objects.filter(household_id=1).count() == 3
    with pytest.raises(Refusal, match="已被更正"):
        end_receipt(actor=officer, row=row, until=MARCH, reason="x")
    told = received(officer, 1, first=Month(2023, 1), last=Month(2023, 12))
    assert told.of_year(2023) == 5 * 50_000


def test_an_end_before_the_beginning_leaves_nothing(officer):
    row = record()
    assert end_receipt(actor=officer, row=row, until=JANUARY, reason="未曾享受") is None
    assert live() == []


def test_a_correction_into_the_months_of_another_row_is_refused(officer):
    first = record(until=MARCH)
    record(since=MARCH)
    with pytest.raises(Refusal, match="已另有一条"):
        correct_receipt(actor=officer, row=first, until=JUNE, reason="x")


def test_somebody_who_records_no_facts_records_no_receipt(registry):
    reader = Actor("staff:8", "", (str(TOWN),), frozenset({Role.VILLAGE_WORKER}))
    with scope(reader), pytest.raises(Refusal, match="登记和更正事实"):
        record_receipt(
            actor=reader, household=1, person=None, programme=codes.Programme.DIBAO, since=JANUARY, until=None, fen=1,
            reason="x",
        )  # fmt: skip


# -- many at once ------------------------------------------------------------------------------------------------


def test_many_receipts_are_restated_as_one_by_one(officer):
    old = record(source=codes.Source.FILE)
    entries = AuditEntry.objects.count()
    rows = [
        Restated(1, None, codes.Programme.DIBAO, JANUARY, MARCH, 60_000, instead_of=old.id),
        Restated(1, None, codes.Programme.DIBAO, MARCH, None, 66_000),
    ]
    first, second = restate_receipts(actor=OFFICER, rows=rows, reason="标准调整")
    assert first != second
    assert live() == [
        (None, 1, JANUARY, MARCH, 60_000, codes.Source.FILE),
        (None, 1, MARCH, None, 66_000, codes.Source.PLATFORM),
    ]
    assert AuditEntry.objects.count() == entries + 2
    with pytest.raises(Refusal) as again:
        restate_receipts(actor=OFFICER, rows=rows, reason="标准调整")
    assert again.value.code == "fact.not_live"


def test_many_receipts_that_share_a_month_are_refused_whole(officer):
    rows = [
        Restated(1, None, codes.Programme.DIBAO, JANUARY, None, 100),
        Restated(1, None, codes.Programme.DIBAO, MARCH, None, 120),
    ]
    with pytest.raises(Refusal) as refused:
        restate_receipts(actor=OFFICER, rows=rows, reason="标准调整")
    assert refused.value.code == "receipt.overlap"
    assert live() == []


def test_receipts_of_elsewhere_are_restated_like_those_of_nobody(officer):
    said = set()
    for household in (2, 999_999):
        with pytest.raises(Refusal) as refused:
            restate_receipts(
                actor=OFFICER, reason="标准调整",
                rows=[Restated(household, None, codes.Programme.DIBAO, JANUARY, None, 1)],
            )  # fmt: skip
        said.add(str(refused.value))
    assert len(said) == 1
