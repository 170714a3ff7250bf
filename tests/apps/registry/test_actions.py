"""Recording and correcting: both times stay, the region is kept, the database refuses what must not be."""

from __future__ import annotations

import datetime as dt
from datetime import date

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.actions import set_business_date
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.registry import actions, codes, queries
from minzheng.registry.facts import facts_of
from minzheng.registry.models import Person
from minzheng.rules.status import YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.registry.conftest import OTHER_TOWN, TOWN, number

DECEMBER = Month(2023, 12)
OFFICER = Actor("staff:7", "officer", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
SYSTEM = system_actor("test")


@pytest.fixture
def on_business_day(registry):
    with scope(SYSTEM):
        set_business_date(actor=SYSTEM, day=date(2023, 12, 31), reason="test")


def wages(person: int, **more) -> int | None:
    with scope(SYSTEM):
        facts = facts_of(SYSTEM, [1], month=DECEMBER, **more)[0]
    return facts.people[person - 1].get("wages__month")


def record_wage(fen: int, since=date(2023, 1, 1)) -> actions.FactRow:
    with scope(OFFICER):
        return actions.record_fact(
            actor=OFFICER, table="income", holder=3, source=codes.Source.VISIT,
            values={"kind": codes.Income.WAGES, "fen": fen, "since": since},
        )  # fmt: skip


def test_a_correction_keeps_what_was_believed_before(on_business_day):
    row = record_wage(90_000)
    between = dt.datetime.now(dt.UTC)
    with scope(OFFICER):
        actions.correct_fact(
            actor=OFFICER, row=row, values={"fen": 80_000}, source=codes.Source.VISIT, reason="再次入户核实"
        )
    assert wages(3) == 80_000
    assert wages(3, known_at=between) == 90_000
    with scope(OFFICER), pytest.raises(Refusal, match="已被更正"):
        actions.correct_fact(actor=OFFICER, row=row, values={"fen": 1}, source=codes.Source.VISIT, reason="x")


def test_a_withdrawn_row_is_gone_today_and_was_there_then(on_business_day):
    row = record_wage(90_000)
    between = dt.datetime.now(dt.UTC)
    with scope(OFFICER):
        actions.withdraw_fact(actor=OFFICER, row=row, reason="登错人")
    assert wages(3) == 0
    assert wages(3, known_at=between) == 90_000


def test_a_fact_can_be_ended(on_business_day):
    row = record_wage(90_000)
    with scope(OFFICER):
        actions.end_fact(
            actor=OFFICER, row=row, until=date(2023, 12, 1), source=codes.Source.VISIT, reason="离职"
        )
    assert wages(3) == 0


def test_a_death_is_registered_once_and_leaves_an_event(on_business_day):
    with scope(OFFICER):
        actions.register_death(
            actor=OFFICER, person=4, died_on=date(2023, 12, 5), source=codes.Source.FUNERAL
        )
        with pytest.raises(Refusal, match="已有死亡登记"):
            actions.register_death(
                actor=OFFICER, person=4, died_on=date(2023, 12, 6), source=codes.Source.FUNERAL
            )
        with pytest.raises(Refusal, match="死亡日期"):
            actions.register_death(
                actor=OFFICER, person=3, died_on=date(2024, 12, 6), source=codes.Source.FUNERAL
            )
        assert queries.deaths_of(OFFICER, [3, 4]) == {4: date(2023, 12, 5)}
        assert [event.kind for event in queries.events_of(OFFICER, 4)] == [codes.Event.DEATH]


def test_every_change_is_in_the_audit_without_a_name_or_number(on_business_day):
    record_wage(90_000)
    with scope(SYSTEM):
        entry = AuditEntry.objects.filter(verb="record_fact").get()
    assert entry.actor == OFFICER.key
    assert entry.division == str(TOWN)
    assert "王" not in f"{entry.subject}{entry.detail}{entry.reason}"


def test_an_officer_records_nothing_elsewhere(on_business_day):
    with scope(OFFICER), pytest.raises(Refusal, match="不在您的管辖区域内"):
        actions.record_fact(
            actor=OFFICER, table="status", holder=5, source=codes.Source.VISIT,
            values={"kind": codes.Status.CERTIFIED_ILL, "since": date(2023, 1, 1)},
        )  # fmt: skip


def test_two_rows_where_one_may_hold_are_refused_kindly(on_business_day):
    values = {"division": 140403, "since": date(2023, 1, 1)}
    with scope(OFFICER), pytest.raises(Refusal, match="同一时间只能有一条"):
        actions.record_fact(actor=OFFICER, table="hukou", holder=1, source=codes.Source.VISIT, values=values)


@pytest.mark.parametrize(
    "statement",
    [
        "update registry_income set fen = 1",
        "delete from registry_income",
        "truncate registry_income",
        "update registry_income set superseded_at = now(), fen = 5",
        "delete from registry_person",
        "update registry_person set id = 77 where id = 1",
        (
            "insert into registry_hukou (person_id, township, division, since, source)"
            f" values (1, {TOWN}, 140403, '2023-01-01', 1)"
        ),
        (
            "insert into registry_membership (household_id, township, person_id, person_township, relation, position,"
            f" since, source) values (1, {TOWN}, 1, {TOWN}, 2, 9, '2023-01-01', 1)"
        ),
    ],
)
def test_the_database_refuses_it_in_a_shell_too(registry, statement):
    with scope(SYSTEM), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_without_a_ticket_nothing_is_seen_or_written(registry):
    assert Person.objects.count() == 0
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_death (person_id, township, died_on, source)"
            f" values (1, {TOWN}, '2023-01-01', 14)"
        )


def test_a_reference_to_somebody_elsewhere_fails_as_to_nobody(registry):
    errors = set()
    for person in (5, 555):
        with (
            scope(OFFICER),
            pytest.raises(DatabaseError) as failed,
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "insert into registry_death (person_id, township, died_on, source)"
                f" values ({person}, {TOWN}, '2023-01-01', 14)"
            )
        cause = failed.value.__cause__
        assert isinstance(cause, psycopg.Error)
        errors.add(type(cause))
    assert len(errors) == 1


def test_every_table_with_a_place_has_forced_row_security(owner_cursor):
    owner_cursor.execute(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'township'"
        " where c.relkind = 'r' and c.relname like 'registry\\_%%' and not (c.relrowsecurity and c.relforcerowsecurity)"
    )
    assert owner_cursor.fetchall() == []


def test_a_corrected_person_keeps_the_former_version(on_business_day):
    between = dt.datetime.now(dt.UTC)
    with scope(OFFICER):
        actions.correct_person(actor=OFFICER, person=4, birth_date=date(1944, 1, 31), reason="档案核实")
        now = facts_of(OFFICER, [1], month=DECEMBER)[0].people[3]["born"]
        then = facts_of(OFFICER, [1], month=DECEMBER, known_at=between)[0].people[3]["born"]
    assert now - then == 365


def test_numbers_are_masked_and_open_with_a_purpose_on_record(on_business_day):
    with scope(OFFICER):
        line = queries.person_lines(OFFICER, [1])[1]
        assert line.number == "1404**********0" + number(date(1985, 3, 2), 11)[-3:]
        with pytest.raises(Refusal, match="用途"):
            actions.reveal_number(actor=OFFICER, person=1, purpose=" ")
        clear = actions.reveal_number(actor=OFFICER, person=1, purpose="核对申请材料")
        assert clear == number(date(1985, 3, 2), 11)
        assert AuditEntry.objects.filter(verb="reveal").count() == 1
        with pytest.raises(Refusal):
            actions.reveal_number(actor=OFFICER, person=5, purpose="x")


def test_search_by_name_pinyin_and_whole_number_inside_the_region(on_business_day):
    day = date(2023, 12, 31)
    with scope(OFFICER):
        assert [line.head for line in queries.search(OFFICER, "赵丁", on=day)[0]] == ["王甲"]
        assert [line.people for line in queries.search(OFFICER, "wang", on=day)[0]] == [4]
        for typed in ("wangjia", "WANG JIA", "wangj", "zhaod"):
            assert len(queries.search(OFFICER, typed, on=day)[0]) == 1, typed
        for typed in ("jia", "wangx", "zz", "wang-jia"):
            assert queries.search(OFFICER, typed, on=day)[0] == [], typed
        whole = number(date(1985, 3, 2), 11)
        assert len(queries.search(OFFICER, whole, on=day)[0]) == 1
        assert queries.search(OFFICER, whole[:17], on=day)[0] == []
        assert queries.search(OFFICER, "周戊", on=day)[0] == []
        assert len(queries.search(OFFICER, "", on=day, division=TOWN)[0]) == 1
    everyone = Actor("staff:8", "supervisor", ("1404",), frozenset({Role.CITY_SUPERVISOR}))
    with scope(everyone):
        assert len(queries.search(everyone, "周戊", on=day)[0]) == 1
        assert queries.people_by_township(everyone) == {TOWN: 4, OTHER_TOWN: 1}


def test_a_search_that_meets_too_many_people_says_that_there_are_more(on_business_day, monkeypatch):
    day = date(2023, 12, 31)
    with scope(OFFICER):
        assert queries.search(OFFICER, "wang", on=day)[1] is False
        monkeypatch.setattr(queries, "MOST", 1)
        found, more = queries.search(OFFICER, "wang", on=day)
        assert (len(found), more) == (1, True)
        assert queries.search(OFFICER, "wang", on=day, page=2) == ([], False)


def test_declined_people_are_told_from_others(on_business_day):
    with scope(OFFICER):
        actions.suppress_leads(
            actor=OFFICER, household=1, person=4, kind=codes.Suppression.DECLINED, since=date(2023, 12, 1),
            until=date(2024, 6, 1), programme=codes.Programme.OLD_AGE, reason="本人谢绝",
        )  # fmt: skip
        silences = queries.suppressions(OFFICER, on=date(2023, 12, 31))
        assert [(s.person_id, s.programme) for s in silences] == [(4, codes.Programme.OLD_AGE)]
        assert queries.suppressions(OFFICER, on=date(2024, 6, 1)) == []


def test_kin_and_household_views(on_business_day):
    with scope(OFFICER):
        day = date(2023, 12, 31)
        line = queries.search(OFFICER, "赵丁", on=day)[0][0]
        view = queries.household_of(OFFICER, line.public_id, on=day)
        assert [m.relation for m in view.members] == ["户主", "配偶", "子女", "父母"]
        assert view.place.startswith("潞州区")
        assert [(k.relative_id, k.relation) for k in queries.kin_of(OFFICER, 3, on=day)] == [
            (1, "父亲"),
            (2, "母亲"),
        ]
        assert (3, "子女") in [(k.relative_id, k.relation) for k in queries.kin_of(OFFICER, 1, on=day)]
        assert facts_of(OFFICER, [view.id], month=DECEMBER)[0].people[0]["married"] == YES
