"""Loading set-wise: all or nothing, and every guarantee stands afterwards."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.registry.bulk import bulk_load, owner_connection, tables_from
from minzheng.values.errors import Refusal
from tests.apps.registry.conftest import THEN, TOWN, small_city


def definitions() -> tuple[set[str], set[str]]:
    with owner_connection() as connection:
        constraints = connection.execute(
            "select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid::regclass::text like 'registry%'"
        ).fetchall()
        indexes = connection.execute(
            "select pg_get_indexdef(indexrelid) from pg_index where indrelid::regclass::text like 'registry%'"
        ).fetchall()
    return {row[0] for row in constraints}, {row[0] for row in indexes}


def count(table: str) -> int:
    from django.db import connection

    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return cursor.fetchone()[0]


def test_after_the_first_load_every_constraint_and_index_is_back(committed):
    before = definitions()
    with bulk_load(note="t", recorded_at=THEN) as load:
        for name, table in tables_from(small_city()).items():
            load.add(name, table)
        load.publish()
    assert definitions() == before
    assert count("registry_person") == 5
    assert count("registry_income") == 3


def test_without_publish_nothing_is_there(committed):
    with bulk_load(note="t") as load:
        for name, table in tables_from(small_city()).items():
            load.add(name, table)
        assert load.validate() == []
    assert count("registry_person") == 0


def test_a_broken_reference_stops_the_whole_load(committed):
    city = small_city()
    city.append(
        (
            "death",
            {"person_id": [99], "township": [TOWN], "died_on": [date(2023, 1, 1)], "source": [14]},
        )
    )
    with pytest.raises(Refusal, match="所属人员不存在"), bulk_load(note="t") as load:
        for name, table in tables_from(city).items():
            load.add(name, table)
        load.publish()
    assert count("registry_person") == 0


def test_a_second_load_adds_to_the_first_and_keeps_its_guarantees(registry):
    membership = {
        "household_id": [2], "township": [140423100], "person_id": [1], "person_township": [TOWN],
        "relation": [10], "position": [1], "home": [True], "since": [date(2023, 1, 1)], "source": [1],
    }  # fmt: skip
    with pytest.raises(Refusal, match="同一时间有两条并存"), bulk_load(note="t") as load:
        load.add("membership", tables_from([("membership", membership)])["membership"])
        load.publish()
    with bulk_load(note="t") as load:
        load.add("membership", tables_from([("membership", membership | {"home": [False]})])["membership"])
        load.publish()
    assert count("registry_membership") == 6


def test_unknown_columns_and_codes_are_refused(committed):
    with bulk_load(note="t") as load:
        with pytest.raises(Refusal, match="多出"):
            load.add("death", pa.table({"who": [1]}))
        with pytest.raises(Refusal, match="未定义的代码"):
            load.add(
                "status",
                tables_from(
                    [("status", {"person_id": [1], "township": [TOWN], "kind": [40], "since": [date(2023, 1, 1)],
                                 "source": [1]})]
                )["status"],
            )  # fmt: skip


def test_reserved_ids_do_not_meet(registry):
    with bulk_load(note="t") as load:
        first = load.reserve("person", 10)
        second = load.reserve("person", 5)
    assert first > 5
    assert second == first + 10


def test_an_officer_may_not_load(committed):
    officer = Actor("staff:1", "officer", ("140403",))
    with pytest.raises(Refusal, match="导入数据"), bulk_load(note="t", actor=officer):
        pass
