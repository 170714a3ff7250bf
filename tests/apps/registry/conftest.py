"""A handful of invented households, loaded the way a city is loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from minzheng.values.identity import compose

TOWN = 140403001
VILLAGE = 140403001001
OTHER_TOWN = 140423100
OTHER_VILLAGE = 140423100007
THEN = datetime(2023, 6, 1, tzinfo=UTC)


def number(birth: date, sequence: int) -> str:
    return compose("140499", birth, sequence).reveal_for("tests")


def small_city() -> list[tuple[str, dict[str, list[object]]]]:
    """Household 1: a couple (1, 2), their son (3, ten years old) and his grandmother (4). Household 2: a widow (5)."""
    births = [date(1985, 3, 2), date(1986, 7, 9), date(2013, 5, 1), date(1943, 1, 31), date(1950, 2, 28)]
    towns = [TOWN, TOWN, TOWN, TOWN, OTHER_TOWN]
    since = date(2010, 1, 1)
    return [
        (
            "person",
            {
                "id": [1, 2, 3, 4, 5],
                "township": towns,
                "resident_id": [number(birth, 11 + k) for k, birth in enumerate(births)],
                "name": ["王甲", "李乙", "王丙", "赵丁", "周戊"],
                "name_pinyin": ["wang jia", "li yi", "wang bing", "zhao ding", "zhou wu"],
                "sex": [1, 2, 1, 2, 1],
                "birth_date": births,
                "source": [1] * 5,
            },
        ),
        (
            "household",
            {
                "id": [1, 2],
                "township": [TOWN, OTHER_TOWN],
                "village": [VILLAGE, OTHER_VILLAGE],
                "opened_on": [since, since],
                "source": [1, 1],
            },
        ),
        (
            "membership",
            {
                "household_id": [1, 1, 1, 1, 2],
                "township": towns,
                "person_id": [1, 2, 3, 4, 5],
                "person_township": towns,
                "relation": [1, 2, 3, 6, 1],
                "position": [0, 1, 2, 3, 0],
                "home": [True] * 5,
                "lives_here": [True, True, True, None, True],
                "lives_here_since": [since] * 5,
                "since": [since] * 5,
                "source": [1] * 5,
            },
        ),
        (
            "hukou",
            {
                "person_id": [1, 2, 3, 4, 5],
                "township": towns,
                "division": [140411, 610102, 140403001, 140403001, 140423100],
                "rural": [False, False, False, True, True],
                "since": [since] * 5,
                "source": [1] * 5,
            },
        ),
        (
            "kinship",
            {
                "person_id": [3, 3, 1, 1],
                "township": [TOWN] * 4,
                "relative_id": [1, 2, 2, 4],
                "kind": [1, 2, 3, 2],
                "since": [date(2013, 5, 1), date(2013, 5, 1), date(2010, 1, 1), date(1985, 3, 2)],
                "source": [15] * 4,
            },
        ),
        (
            "standing",
            {
                "household_id": [1, 2],
                "township": [TOWN, OTHER_TOWN],
                "registration": [1, 2],
                "contracted_land": [False, True],
                "relocated_to_town": [None, None],
                "cooperates": [None, None],
                "since": [since, since],
                "source": [1, 1],
            },
        ),
        (
            "income",
            {
                "person_id": [1, 1, 4],
                "township": [TOWN] * 3,
                "kind": [1, 1, 5],
                "fen": [200_000, 50_000, 10_300],
                "since": [date(2022, 1, 1), date(2023, 3, 1), date(2010, 1, 1)],
                "until": [None, date(2023, 6, 1), None],
                "source": [5, 5, 4],
            },
        ),
        (
            "coverage",
            {
                "division": [140403] * 30,
                "kind": list(range(1, 31)),
                "since": [date(2000, 1, 1)] * 30,
                "complete_to": [date(2023, 12, 31)] * 30,
                "trusted_until": [date(2024, 1, 31)] * 30,
                "source": [2] * 30,
            },
        ),
        (
            "gap",
            {
                "person_id": [2],
                "township": [TOWN],
                "kind": [10],
                "since": [date(2022, 1, 1)],
                "source": [5],
            },
        ),
    ]


@pytest.fixture
def registry(committed):
    """The small city, committed; recorded at `THEN`."""
    from minzheng.registry.bulk import bulk_load, tables_from

    with bulk_load(note="small city", recorded_at=THEN) as load:
        for name, table in tables_from(small_city()).items():
            load.add(name, table)
        load.publish()
