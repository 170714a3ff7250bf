"""Finding people in a city of millions: what the database reads for it, and how often it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.base.scope import scope
from minzheng.base.types import Actor, Role
from minzheng.registry import queries
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.models import Person
from tests.apps.registry.conftest import OTHER_VILLAGE, THEN, TOWN, VILLAGE

DAY = date(2023, 12, 31)
CITY = Actor("staff:8", "supervisor", ("1404",), frozenset({Role.CITY_SUPERVISOR}))
SINCE = date(2010, 1, 1)


def load(people: list[tuple[str, str]]) -> None:
    """A household of one for each name and reading; ids from 101."""
    ids = list(range(101, 101 + len(people)))
    columns = {
        "person": {
            "id": ids,
            "township": [TOWN] * len(ids),
            "name": [name for name, _reading in people],
            "name_pinyin": [reading for _name, reading in people],
            "sex": [1] * len(ids),
            "birth_date": [date(1980, 1, 1)] * len(ids),
            "source": [1] * len(ids),
        },
        "household": {
            "id": ids,
            "township": [TOWN] * len(ids),
            "village": [VILLAGE] * len(ids),
            "opened_on": [SINCE] * len(ids),
            "source": [1] * len(ids),
        },
        "membership": {
            "household_id": ids,
            "township": [TOWN] * len(ids),
            "person_id": ids,
            "person_township": [TOWN] * len(ids),
            "relation": [1] * len(ids),
            "position": [0] * len(ids),
            "home": [True] * len(ids),
            "since": [SINCE] * len(ids),
            "source": [1] * len(ids),
        },
    }
    with bulk_load(note="names", recorded_at=THEN) as bulk:
        for name, table in tables_from(list(columns.items())).items():
            bulk.add(name, table)
        bulk.publish()


@pytest.fixture
def supervisor(registry) -> Iterator[Actor]:
    """Somebody in charge of the whole city, the scope open."""
    with scope(CITY):
        yield CITY


def plan_of_matching(actor: Actor, typed: str) -> str:
    """How the database finds the people, were the table too large to be read whole. As the application's role."""
    with CaptureQueriesContext(connection) as asked:
        queries.search(actor, typed, on=DAY)
    [sql] = [one["sql"] for one in asked if "LIMIT" in one["sql"] and '"registry_person"."name' in one["sql"]]
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"set local enable_{way} = off")
        cursor.execute("select current_user, row_security_active('registry_person')")
        assert cursor.fetchone() == ("minzheng_app", True)
        cursor.execute(f"explain (costs off) {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("typed", "index", "ranges"),
    [
        ("王", "registry_person_by_name", ["(name >= '王'::text) AND (name < '玌'::text)"]),
        ("李乙", "registry_person_by_name", ["(name >= '李乙'::text) AND (name < '李乚'::text)"]),
        ("zhou wu", "registry_person_by_reading", ["(name_pinyin >= 'zhou wu'::text) AND (name_pinyin < 'zhou wv'::text)"]),
        (
            "wang",
            "registry_person_by_reading",
            [
                "(name_pinyin >= 'wang'::text) AND (name_pinyin < 'wanh'::text)",
                "(name_pinyin >= 'wan g'::text) AND (name_pinyin < 'wan h'::text)",
            ],
        ),
    ],
)  # fmt: skip
def test_a_name_is_looked_for_along_its_index_under_row_level_security(supervisor, typed, index, ranges):
    plan = plan_of_matching(supervisor, typed)
    assert plan.count("Filter: ((township <@ ") == len(ranges), (
        "both policies are in the plan, by township first"
    )
    for wanted in ranges:
        [condition] = [line for line in plan.splitlines() if wanted in line]
        assert condition.strip().startswith("Index Cond:"), plan
    assert plan.count(f"Index Only Scan using {index} ") == len(ranges), plan
    assert "Sort" not in plan, "read in the order of the index, so that the limit ends the reading"


def test_what_like_would_not_find_by_index_is_what_the_ranges_are_for(supervisor):
    """If this fails, the database has learnt to use an index for `like` under a policy, and the ranges may go."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("explain (costs off) select id from registry_person where name like '王%%'", [])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond" not in plan, plan


def test_what_begins_like_the_text_is_found_and_what_only_lies_near_is_not(registry):
    load([("王", "wang"), ("王一", "wang yi"), ("玊一", "su yi"), ("玌一", "qiu yi"), ("玉王", "yu wang"),
          ("一%二", "yi er"), ("一二", "yi er"), ("𰻞一", "biang yi"), ("阿依·古丽", "a yi gu li")])  # fmt: skip

    def found(typed: str) -> list[str]:
        return [line.head for line in queries.search(CITY, typed, on=DAY)[0]]

    with scope(CITY):
        assert found("王") == ["王甲", "王", "王一"], "the household of the first holds 王丙 as well"
        assert found("一%") == ["一%二"]
        assert found("𰻞") == ["𰻞一"]
        assert found("阿依·") == ["阿依·古丽"]
        assert found("wang") == ["王甲", "王", "王一"]
        assert found("wang y") == found("wangyi") == ["王一"]


def test_a_reading_that_parts_in_several_ways_is_looked_for_in_each_and_counted_together(
    registry, monkeypatch
):
    load([("先一", "xian yi"), ("西安", "xi an"), ("仙二", "xian er")])
    with scope(CITY):
        lines, more = queries.search(CITY, "xian", on=DAY)
        assert (sorted(line.head for line in lines), more) == (["仙二", "先一", "西安"], False)
        monkeypatch.setattr(queries, "MOST", 2)
        lines, more = queries.search(CITY, "xian", on=DAY)
        assert (len(lines), more) == (2, True)


def test_names_are_kept_in_the_order_of_code_points_whatever_the_server_sorts_by(supervisor):
    with connection.cursor() as cursor:
        cursor.execute(
            "select attname, collname from pg_attribute a join pg_collation c on c.oid = a.attcollation"
            " where attrelid = 'registry_person'::regclass and attname like 'name%%' order by attname", []
        )  # fmt: skip
        assert cursor.fetchall() == [("name", "C"), ("name_pinyin", "C")]
    names = list(Person.objects.order_by("name").values_list("name", flat=True))
    assert len(names) == 5
    assert names == sorted(names)


def test_a_list_of_many_asks_the_database_as_often_as_a_list_of_one(registry):
    load([("孙一", "sun yi"), *[("钱一", "qian yi")] * 40])

    def asked(typed: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queried:
            lines, _more = queries.search(CITY, typed, on=DAY)
        return len(lines), len(queried)

    with scope(CITY):
        one, many = asked("孙"), asked("钱")
    assert (one[0], many[0]) == (1, 40)
    assert one[1] == many[1]


ADDRESSES = {1: "3组12号", 2: "3组12号"}
"""The second household is in another township."""


@pytest.fixture
def addressed(registry):
    with scope(CITY), connection.cursor() as cursor:
        for household, address in ADDRESSES.items():
            cursor.execute("update registry_household set address = %s where id = %s", [address, household])


@pytest.mark.parametrize(
    ("beginning", "found"), [("3组", [1]), ("3组1", [1]), ("组", []), ("3组2", []), ("３组", [1])]
)
def test_a_household_is_found_by_the_beginning_of_its_address_in_its_village(addressed, beginning, found):
    with scope(CITY):
        lines, more = queries.households_at(CITY, VILLAGE, beginning, on=DAY)
    assert ([line.id for line in lines], more) == (found, False)


def test_an_address_elsewhere_is_found_by_nobody_who_is_not_in_charge(addressed):
    officer = Actor("staff:51", "", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
    with scope(officer):
        assert [one.id for one in queries.households_at(officer, VILLAGE, "3", on=DAY)[0]] == [1]
        assert queries.households_at(officer, OTHER_VILLAGE, "3", on=DAY) == ([], False)


def test_an_address_is_looked_for_along_its_index_under_row_level_security(supervisor):
    with CaptureQueriesContext(connection) as asked:
        queries.households_at(supervisor, VILLAGE, "3组", on=DAY)
    [sql] = [one["sql"] for one in asked if "LIMIT" in one["sql"] and '"address" >=' in one["sql"]]
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"set local enable_{way} = off")
        cursor.execute(f"explain (costs off) {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    [condition] = [
        line for line in plan.splitlines() if "(address >= '3组'::text) AND (address < '3绅'::text)" in line
    ]
    assert condition.strip().startswith("Index Cond:"), plan
    assert "registry_household_by_address" in plan
    assert "Sort" not in plan, plan
