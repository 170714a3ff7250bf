"""What a village worker and a resident read: their village's or their own household's rows, and no sign of others.

Asked as the application's role, in SQL and through the queries; the oracle is the same tables under a city's ticket.
"""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role, resident_actor
from minzheng.registry import history, queries
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.models import Household, Person
from minzheng.registry.tables import TABLES, Holder
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.registry.conftest import OTHER_TOWN, THEN, TOWN, VILLAGE, number

DAY = date(2023, 12, 31)
SINCE = date(2010, 1, 1)
NEXT_VILLAGE = 140403001002
CITY = system_actor("test")
WORKER = Actor("staff:21", "worker", (str(VILLAGE),), frozenset({Role.VILLAGE_WORKER}))
OFFICER = Actor("staff:22", "officer", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
LI = resident_actor(2, 1, "李乙")
NEXT_DOOR = resident_actor(6, 3, "吴己")
#: Households 1 (VILLAGE) and 2 (another township) are those of `small_city`; 3 is in the next village.
AT_HOME, NEXT = {1, 2, 3, 4}, {6, 7}
GUARDED = [
    table for table in TABLES if table.holder is not Holder.NOBODY or table.name in ("person", "household")
]


def next_village() -> list[tuple[str, dict[str, list[object]]]]:
    """Household 3: two people (6, 7); 6 also lives with household 1, and 8 left household 1 for it in 2020."""
    born = [date(1990, 1, 2), date(1991, 3, 4), date(1992, 5, 6)]
    tie: dict[str, list[object]] = {
        "household_id": [3, 3, 1, 1, 3], "township": [TOWN] * 5, "person_id": [6, 7, 6, 8, 8],
        "person_township": [TOWN] * 5, "relation": [1, 2, 10, 10, 10], "position": [0, 1, 4, 5, 2],
        "home": [True, True, False, True, True], "since": [SINCE] * 4 + [date(2020, 1, 1)],
        "until": [None, None, None, date(2020, 1, 1), None], "source": [1] * 5,
    }  # fmt: skip
    return [
        ("person", {
            "id": [6, 7, 8], "township": [TOWN] * 3, "name": ["吴己", "郑庚", "冯辛"], "sex": [1, 2, 1],
            "name_pinyin": ["wu ji", "zheng geng", "feng xin"], "birth_date": born, "source": [1] * 3,
            "resident_id": [number(day, 31 + k) for k, day in enumerate(born)],
        }),
        ("household", {"id": [3], "township": [TOWN], "village": [NEXT_VILLAGE], "opened_on": [SINCE], "source": [1]}),
        ("membership", tie),
        ("income", {"person_id": [6], "township": [TOWN], "kind": [1], "fen": [70_000], "since": [SINCE], "source": [5]}),
        ("receipt", {
            "household_id": [1, 3], "township": [TOWN] * 2, "person_id": [None, None], "programme": [1, 1],
            "fen": [50_000, 60_000], "since": [SINCE] * 2, "source": [2] * 2,
        }),
        ("death", {"person_id": [7], "township": [TOWN], "died_on": [date(2023, 3, 3)], "source": [14]}),
        ("kinship", {
            "person_id": [1], "township": [TOWN], "relative_id": [6], "kind": [4], "since": [SINCE], "source": [1],
        }),
    ]  # fmt: skip


@pytest.fixture
def villages(registry):
    with bulk_load(note="next village", recorded_at=THEN) as load:
        for name, table in tables_from(next_village()).items():
            load.add(name, table)
        load.publish()


def rows(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall()


def ids(table: str, column: str = "id") -> set[int]:
    return {one for (one,) in rows(f"select {column} from registry_{table}")}


def refusal_of(sql, *arguments) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        rows(sql, *arguments)
    return str(caught.value)


# -- in SQL ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "persons", "households"),
    [
        (WORKER, AT_HOME, {1}),
        (LI, AT_HOME | {6}, {1}),
        (NEXT_DOOR, NEXT | {8}, {3}),
        (OFFICER, AT_HOME | NEXT | {8}, {1, 3}),
        (Actor("staff:23", "", (str(VILLAGE), str(NEXT_VILLAGE))), AT_HOME | NEXT | {8}, {1, 3}),
        (Actor("staff:24", "", (str(NEXT_VILLAGE), str(OTHER_TOWN))), NEXT | {8, 5}, {3, 2}),
        (Actor("staff:25", "", ("140403001003",)), set(), set()),
        (Actor("staff:26", "", ()), set(), set()),
        (resident_actor(2, 999, ""), set(), set()),
    ],
)  # fmt: skip
def test_every_table_shows_the_rows_of_the_people_and_households_seen_and_no_other(
    villages, actor, persons, households
):
    with scope(CITY):
        everything = {
            table: rows(
                f"select {_holder(table)}, id from {table.sql}" if table.name not in ("person", "household")
                else f"select id, id from {table.sql}"
            )
            for table in GUARDED
        }  # fmt: skip
    with scope(actor):
        for table, all_rows in everything.items():
            seen = persons if table.holder is Holder.PERSON or table.name == "person" else households
            expected = {row for holder, row in all_rows if holder in seen}
            assert ids(table.name) == expected, table.name
            [(count,)] = rows(f"select count(*) from {table.sql}")
            assert count == len(expected), table.name
    assert not any(rows(f"select 1 from {table.sql}") for table in GUARDED)


def _holder(table) -> str:
    return "person_id" if table.holder is Holder.PERSON else "household_id"


@pytest.mark.parametrize(
    "actor", [WORKER, LI, OFFICER, CITY, Actor("staff:24", "", (str(NEXT_VILLAGE), str(OTHER_TOWN)))]
)
def test_the_condition_of_a_query_and_the_policy_of_the_database_say_the_same(villages, actor):
    for table in GUARDED:
        model = apps.get_model("registry", table.name)
        with scope(CITY):
            by_query = set(model.objects.filter(in_scope(actor, model)).values_list("pk", flat=True))
        with scope(actor):
            by_policy = set(model.objects.values_list("pk", flat=True))
        assert by_query == by_policy, table.name


def test_somebody_who_moves_away_is_not_seen_any_longer_and_somebody_who_left_is_not_known(villages):
    with scope(WORKER):
        assert ids("person") == AT_HOME
    with scope(CITY):
        rows("update registry_membership set superseded_at = now() where person_id = 4 returning 1")
        rows(
            "insert into registry_membership (household_id, township, person_id, person_township, relation, position,"
            " since, until, source) values (1, %s, 4, %s, 6, 3, %s, '2023-11-01', 1) returning 1",
            TOWN, TOWN, SINCE,
        )  # fmt: skip
    for actor in (WORKER, LI):
        with scope(actor):
            assert 4 not in ids("person")
            assert 4 not in ids("income", "person_id")


@pytest.mark.parametrize("actor", [WORKER, LI])
def test_a_narrow_ticket_changes_nothing_in_the_registry(villages, actor):
    with scope(actor):
        for table in GUARDED:
            assert rows(f"update {table.sql} set township = township returning 1") == []
        for table in ("income", "membership", "receipt", "death"):
            assert rows(f"update registry_{table} set superseded_at = now() returning 1") == []
        assert rows("select 1 from registry_person where id = 1 for update") == []


@pytest.mark.parametrize("actor", [WORKER, LI])
def test_a_refused_key_does_not_tell_who_exists(villages, actor):
    """Person 7 exists next door and 777 nowhere; the number of person 7 is taken and another one is free."""
    with scope(CITY):
        [(taken,)] = rows("select number_index from registry_person where id = 7")
    kin = "insert into registry_kinship (person_id, township, relative_id, kind, since, source) values (1, %s, %s, 4, %s, 1)"
    tie = (
        "insert into registry_membership (household_id, township, person_id, person_township, relation, position, since,"
        " home, source) values (1, %s, %s, %s, 10, 9, %s, false, 1)"
    )
    person = (
        "insert into registry_person (id, township, birth_date, sex, source, name, sealed_number, number_index)"
        " values (9, %s, '1980-01-01', 1, 1, 'x', '\\x00', %s)"
    )
    with scope(actor):
        for there, nowhere in (
            (refusal_of(kin, TOWN, 7, SINCE), refusal_of(kin, TOWN, 777, SINCE)),
            (refusal_of(tie, TOWN, 7, TOWN, SINCE), refusal_of(tie, TOWN, 777, TOWN, SINCE)),
            (refusal_of(person, TOWN, bytes(taken)), refusal_of(person, TOWN, b"free")),
        ):
            assert there == nowhere
            assert "row-level security" in there or "names nobody who is known here" in there


def test_the_functions_of_a_narrow_ticket_tell_no_more_than_the_tables(villages):
    with scope(WORKER):
        assert rows("select registry_own_households()::text, registry_own_persons()::text") == [
            ("{[1,2)}", "{[1,5)}")
        ]
    for actor in (OFFICER, CITY):
        with scope(actor):
            assert rows("select registry_own_households()::text, registry_own_persons()::text") == [
                ("{}", "{}")
            ]
    assert rows("select registry_own_households()::text, registry_own_persons()::text") == [("{}", "{}")]


# -- through the queries -----------------------------------------------------------------------------------


def test_a_village_worker_finds_and_opens_the_village_and_nothing_beside_it(villages):
    with scope(CITY):
        here, there = (Household.objects.get(pk=one).public_id for one in (1, 3))
        neighbour = Person.objects.get(pk=7)
        clear = number(date(1991, 3, 4), 32)
    with scope(WORKER):
        lines, more = queries.search(WORKER, "", on=DAY)
        assert ([line.id for line in lines], more) == ([1], False)
        assert [line.id for line in queries.search(WORKER, "王甲", on=DAY)[0]] == [1]
        assert queries.search(WORKER, "", on=DAY, division=NEXT_VILLAGE) == ([], False)
        for typed in ("郑庚", "zheng", "冯", clear):
            assert queries.search(WORKER, typed, on=DAY) == ([], False)
        view = queries.household_of(WORKER, here, on=DAY)
        assert [(m.person_id, m.person is not None) for m in view.members] == [
            (1, True), (2, True), (3, True), (4, True), (6, False),
        ]  # fmt: skip
        assert queries.people_by_township(WORKER) == {TOWN: 4}
        assert queries.households_by_township(WORKER) == {TOWN: 1}
        assert [kin.person for kin in queries.kin_of(WORKER, 1, on=DAY) if kin.relative_id == 6] == [None]
        assert queries.visible_households(WORKER, [1, 2, 3]) == [1]
        assert set(queries.person_lines(WORKER, range(1, 9))) == AT_HOME
        assert queries.deaths_of(WORKER, [7]) == {}
        assert [r.household_id for r in queries.receipts_in(WORKER, Month(2023, 12))] == [1]
        assert history.records_of(WORKER, "income", person=6) == []
        refused = [
            _words(queries.household_of, WORKER, there, on=DAY),
            _words(queries.household_of, WORKER, uuid.uuid4(), on=DAY),
        ]
        assert refused[0] == refused[1]
        assert _words(queries.person_of, WORKER, neighbour.public_id) == _words(
            queries.person_of, WORKER, uuid.uuid4()
        )
        assert _words(history.person_record, WORKER, 7) == _words(history.person_record, WORKER, 777)


def _words(question, *arguments, **more) -> tuple[str, str, str]:
    with pytest.raises(Refusal) as caught:
        question(*arguments, **more)
    return caught.value.code, caught.value.message, caught.value.next_step


def test_a_village_is_asked_for_in_as_many_questions_as_a_township(villages):
    asked = {}
    for actor in (WORKER, OFFICER):
        with scope(actor), CaptureQueriesContext(connection) as questions:
            queries.search(actor, "王", on=DAY)
        asked[actor.key] = len(questions)
    assert asked[WORKER.key] == asked[OFFICER.key]
