"""Blood relatives to the third collateral generation, from edges recorded in three townships and at two moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.registry.blood import Degree, family_of
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.values.errors import Refusal
from tests.apps.registry.conftest import OTHER_TOWN, THEN, TOWN, number

SYSTEM = system_actor("test")
ON = date(2023, 12, 31)
LATE = datetime(2023, 12, 20, tzinfo=UTC)
F, M, SPOUSE, SIBLING, GRAND = 1, 2, 3, 4, 5
# Me 11, parents 12 and 13; grandparents 14 (of 12), 15 (of 13); great-grandparent 16; siblings 17 (half), 18 (sibling
# edge only); uncle 19 (child of 14), aunt 20 (sibling edge to 13); cousins 21 (of 19), 22 (grandchild edge to 14);
# nephew 23 (of 17); child 24, grandchild 25, great-grandchild 26; second cousin 27 over 28, 29; spouse 30; child of a
# nephew 31.
EDGES = [
    (11, 12, F), (11, 13, M), (12, 14, F), (13, 15, M), (14, 16, F), (17, 12, F), (11, 18, SIBLING), (19, 14, F),
    (13, 20, SIBLING), (21, 19, F), (22, 14, GRAND), (23, 17, M), (24, 11, F), (25, 24, M), (26, 25, F),
    (28, 16, F), (29, 28, F), (27, 29, F), (11, 30, SPOUSE), (31, 23, F),
]  # fmt: skip
EXPECTED = {
    12: (1, 0), 13: (1, 0), 14: (2, 0), 15: (2, 0), 16: (3, 0), 17: (1, 1), 18: (1, 1), 19: (2, 1), 20: (2, 1),
    21: (2, 2), 22: (2, 2), 23: (1, 2), 24: (0, 1), 25: (0, 2), 26: (0, 3),
}  # fmt: skip


def persons() -> dict[str, list[object]]:
    ids = list(range(11, 32))
    births = [date(1950, 1, 1) + timedelta(days=k) for k in ids]
    return {
        "id": ids,
        "township": [OTHER_TOWN if k in {19, 21} else TOWN for k in ids],
        "resident_id": [number(birth, 101) for birth in births],
        "name": ["某"] * len(ids),
        "sex": [1] * len(ids),
        "birth_date": births,
        "source": [1] * len(ids),
    }


def kinship(edges: list[tuple[int, int, int]]) -> dict[str, list[object]]:
    return {
        "person_id": [edge[0] for edge in edges],
        "township": [OTHER_TOWN if edge[0] in {19, 21} else TOWN for edge in edges],
        "relative_id": [edge[1] for edge in edges],
        "kind": [edge[2] for edge in edges],
        "since": [date(1990, 1, 1)] * len(edges),
        "source": [1] * len(edges),
    }


def load(rows, recorded_at=THEN) -> None:
    with bulk_load(note="kin", recorded_at=recorded_at) as open_load:
        for name, table in tables_from(rows).items():
            open_load.add(name, table)
        open_load.publish()


@pytest.fixture
def kin(committed):
    load([("person", persons()), ("kinship", kinship(EDGES))])


def family(person: int, **more):
    with scope(SYSTEM):
        return family_of(SYSTEM, person, on=ON, **more)


def test_the_direct_line_and_the_collaterals_within_three_generations(kin):
    found = family(11)
    assert found.degrees == EXPECTED
    assert all(degree.within_three for degree in found.degrees.values())
    assert found.relation_to(27) is None
    assert found.relation_to(30) is None
    assert found.relation_to(31) is None


def test_a_kinship_reads_the_same_from_the_other_end(kin):
    for other, (up, down) in EXPECTED.items():
        back = family(other).relation_to(11)
        # A sibling's or a grandparent's edge that skips a parent says nothing of that parent's other kin.
        if other not in {18, 20, 22}:
            assert back == (down, up), other
    assert family(18).relation_to(11) == (1, 1)
    assert family(20).relation_to(11) == (1, 2)
    assert family(22).relation_to(11) == (2, 2)


def test_which_parents_are_not_on_record_is_said(kin):
    assert family(11).unrecorded == (12, 13)
    assert family(16).unrecorded == (16,)


def test_words_of_the_degrees():
    assert Degree(2, 2).label == "堂、表兄弟姐妹"
    assert Degree(3, 0).label == "曾祖辈以上直系长辈"
    assert Degree(0, 3).label == "曾孙辈以下直系晚辈"
    assert not Degree(1, 3).within_three
    assert not Degree(3, 1).within_three
    assert Degree(4, 0).within_three


def test_an_edge_recorded_late_was_not_known_before(kin):
    load([("kinship", kinship([(30, 12, F)]))], recorded_at=LATE)
    assert family(11).relation_to(30) == (1, 1)
    assert family(11, known_at=LATE - timedelta(days=1)).relation_to(30) is None
    assert family(11, known_at=THEN - timedelta(days=1)).degrees == {}


def test_an_officer_finds_relatives_registered_elsewhere_and_nobody_elsewhere_to_start_from(kin):
    officer = Actor("staff:1", "officer", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
    with scope(officer):
        assert family_of(officer, 11, on=ON).relation_to(21) == (2, 2)
        with pytest.raises(Refusal, match="没有找到"):
            family_of(officer, 19, on=ON)
