"""更正: what a family says is wrong waits for an answer within a limit, is answered once, and stays as it was asked."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role, resident_actor
from minzheng.cases import corrections
from minzheng.cases.corrections import Doubted
from minzheng.cases.models import Correction
from minzheng.cases.types import Righted
from minzheng.registry.models import Membership
from minzheng.values.errors import Refusal

FRIDAY = date(2023, 12, 1)
WRONG = Doubted("一级", "disability_level", "残疾等级", "三级")


@pytest.fixture
def family(walk):
    return resident_actor(walk.head, walk.row.pk, "本人")


@pytest.fixture
def elsewhere(staff_of):
    return staff_of(Role.TOWNSHIP_OFFICER, at="140425200")


@pytest.fixture
def stranger(walk):
    """Somebody of another household."""
    with scope(system_actor("test")):
        return Membership.objects.exclude(household_id=walk.row.pk).order_by("pk").first().person_id


def asked(actor, walk, what=WRONG, key=None, on=FRIDAY):
    with scope(actor):
        return corrections.ask(
            actor=actor, household=walk.row.pk, what=what, client_key=key or uuid.uuid4(), on=on
        )


def answered(actor, row, text="残疾证为三级", on=FRIDAY, outcome=Righted.STANDS):
    with scope(actor):
        return corrections.answer(actor=actor, correction=row.pk, outcome=outcome, text=text, on=on)


def execute(actor, sql, *values):
    with scope(actor), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def test_a_family_asks_and_is_answered_within_working_days(walk, family):
    row = asked(family, walk)
    assert row.raised_by == family.key
    # Fifteen working days after Friday the first: Friday the twenty-second; the law says no number.
    assert (row.due_on, row.example) == (date(2023, 12, 22), True)
    with scope(walk.officer):
        assert [one.pk for one in corrections.listed(walk.officer)] == [row.pk]
    done = answered(walk.officer, row)
    assert (done.outcome, done.answered_by) == (Righted.STANDS, walk.officer.key)
    with scope(family):
        assert corrections.of_household(family, walk.row.pk)[0].answer == "残疾证为三级"
    with scope(walk.officer):
        assert not corrections.listed(walk.officer)
        assert [one.pk for one in corrections.listed(walk.officer, answered=True)] == [row.pk]


def test_asking_twice_is_asking_once(walk, family):
    key = uuid.uuid4()
    first = asked(family, walk, key=key)
    assert asked(family, walk, key=key).pk == first.pk
    assert asked(family, walk).pk == first.pk, "the same fact while it is open"
    answered(walk.officer, first)
    assert asked(family, walk).pk != first.pk


def test_what_cannot_be_so_is_refused(walk, family, stranger):
    for what, says in (
        (Doubted("  "), "写明"),
        (Doubted("长" * 501), "500"),
        (Doubted("涨了", changed_on=FRIDAY + timedelta(days=1)), "晚于今天"),
        (Doubted("不对", "age", "年龄", "50", person=stranger), "不是这个家庭"),
    ):
        with pytest.raises(Refusal, match=says):
            asked(family, walk, what)
    with scope(system_actor("test")):
        assert not Correction.objects.exists()


def test_a_family_has_so_many_open_and_no_more(walk, family):
    for number in range(corrections.MOST_OPEN):
        asked(family, walk, Doubted(f"第 {number} 项"))
    with pytest.raises(Refusal, match="20 项"):
        asked(family, walk)


def test_an_answer_needs_its_reason_and_comes_once(walk, family):
    row = asked(family, walk)
    with pytest.raises(Refusal, match="写明核实情况"):
        answered(walk.officer, row, text=" ")
    answered(walk.officer, row)
    with pytest.raises(Refusal, match="已经答复"):
        answered(walk.officer, row, outcome=Righted.CORRECTED)
    with pytest.raises(Refusal):
        answered(family, asked(family, walk, Doubted("另一项")))


def test_another_county_sees_and_answers_nothing(walk, family, elsewhere):
    row = asked(family, walk)
    with scope(elsewhere):
        assert not corrections.listed(elsewhere)
    with pytest.raises(Refusal, match="没有找到"):
        answered(elsewhere, row)
    assert execute(elsewhere, "update cases_correction set answer = 'x'") == 0
    with pytest.raises(Refusal, match="没有找到该家庭"):
        asked(elsewhere, walk)


INSERT = (
    "insert into cases_correction (id, division, household_id, person_id, fact, label, shown, says, raised_on, problem, example,"
    " outcome, answer, answered_by, answered_on)"
    " values (gen_random_uuid(), %s, %s, %s, '', '其他', '', 'x', '2023-12-01', '', false, %s, %s, '', %s)"
)


def test_the_database_keeps_it_as_asked(walk, family, stranger):
    row = asked(family, walk)
    village = row.division
    attacks = (
        (family, "update cases_correction set outcome = 'corrected', answer = 'x', answered_on = '2023-12-02'", ()),
        (walk.officer, "update cases_correction set says = '别的'", ()),
        (walk.officer, "delete from cases_correction", ()),
        (family, INSERT, (village, walk.row.pk, None, "stands", "x", "2023-12-01")),
        (family, INSERT, (village, walk.row.pk + 1, None, "", "", None)),
        (system_actor("web"), "update cases_correction set outcome = 'corrected', answer = 'x', answered_on = raised_on", ()),
    )  # fmt: skip
    for actor, sql, values in attacks:
        try:
            changed = execute(actor, sql, *values)
        except DatabaseError:
            continue
        assert changed == 0, sql
    with scope(family):
        kept = corrections.of_household(family, walk.row.pk)
    assert [(one.says, one.outcome) for one in kept] == [("一级", "")]


def test_nobody_learns_that_a_person_exists_by_naming_one(walk, family, stranger):
    row = asked(family, walk)
    told = []
    for person in (stranger, 9_000_000_000):
        with pytest.raises(DatabaseError) as error:
            execute(family, INSERT, row.division, walk.row.pk, person, "", "", None)
        told.append(str(error.value))
    assert told[0] == told[1]
