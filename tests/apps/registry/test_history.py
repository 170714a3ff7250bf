"""Both times: what was in force on a day, and what was known of it at a moment, for every kind of record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from minzheng.base.actions import set_business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.registry import actions, codes
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.facts import facts_of
from minzheng.registry.history import coverage_of, person_record, records_of
from minzheng.rules.status import NO, YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.registry.conftest import OTHER_TOWN, OTHER_VILLAGE, THEN, TOWN

SYSTEM = system_actor("test")
LATE = datetime(2023, 12, 20, tzinfo=UTC)
BEFORE_LATE, BEFORE_THEN = LATE - timedelta(days=1), THEN - timedelta(days=1)
MOVED = date(2023, 10, 1)
DECEMBER, SEPTEMBER = Month(2023, 12), Month(2023, 9)


@pytest.fixture
def late(registry):
    """What happened on 1 October was recorded on 20 December, the former rows closed by it."""
    with bulk_load(note="late", recorded_at=LATE) as load:
        for name, table in tables_from(_recorded_late()).items():
            load.add(name, table)
        with_closing = load.connection
        for table, where in (
            ("membership", "person_id = 3"), ("hukou", "person_id = 3"), ("income", "person_id = 4"),
            ("standing", "household_id = 1"), ("coverage", "kind = 10"),
        ):  # fmt: skip
            with_closing.execute(f"update registry_{table} set superseded_at = %s where {where}", [LATE])
        load.publish()


def _recorded_late() -> list[tuple[str, dict[str, list[object]]]]:
    since = date(2010, 1, 1)
    tie = {"person_id": [3, 3], "person_township": [TOWN] * 2, "relation": [3, 5], "position": [2, 1],
           "home": [True, True], "source": [1, 1]}  # fmt: skip
    return [
        (
            "membership",
            tie | {"household_id": [1, 2], "township": [TOWN, OTHER_TOWN], "since": [since, MOVED], "until": [MOVED, None]},
        ),
        (
            "hukou",
            {"person_id": [3, 3], "township": [TOWN] * 2, "division": [TOWN, OTHER_VILLAGE], "rural": [False, True],
             "since": [since, MOVED], "until": [MOVED, None], "source": [1, 1]},
        ),
        (
            "income",
            {"person_id": [4, 4], "township": [TOWN] * 2, "kind": [5, 5], "fen": [10_300, 15_000],
             "since": [since, MOVED], "until": [MOVED, None], "source": [4, 4]},
        ),
        (
            "standing",
            {"household_id": [1, 1], "township": [TOWN] * 2, "registration": [1, 2],
             "since": [since, MOVED], "until": [MOVED, None], "source": [1, 1]},
        ),
        (
            "receipt",
            {"household_id": [1], "township": [TOWN], "person_id": [4], "programme": [10], "fen": [5_000],
             "since": [MOVED], "source": [2]},
        ),
        (
            "lifeevent",
            {"person_id": [3], "township": [TOWN], "kind": [5], "on_day": [MOVED], "source": [1]},
        ),
    ]  # fmt: skip


TIMES = [
    (date(2023, 9, 30), BEFORE_LATE, "old"),
    (date(2023, 12, 31), BEFORE_LATE, "old"),
    (date(2023, 9, 30), None, "old"),
    (date(2023, 12, 31), None, "new"),
    (date(2023, 12, 31), LATE, "new"),
    (date(2023, 12, 31), BEFORE_THEN, "nothing"),
    (date(2009, 12, 31), None, "nothing"),
]
SAID = [
    ("membership", {"person": 3}, "household_id", {"old": [1], "new": [2], "nothing": []}),
    ("hukou", {"person": 3}, "division", {"old": [TOWN], "new": [OTHER_VILLAGE], "nothing": []}),
    ("income", {"person": 4}, "fen", {"old": [10_300], "new": [15_000], "nothing": []}),
    ("standing", {"household": 1}, "registration", {"old": [1], "new": [2], "nothing": []}),
    ("receipt", {"household": 1}, "programme", {"old": [], "new": [10], "nothing": []}),
    ("receipt", {"person": 4}, "fen", {"old": [], "new": [5_000], "nothing": []}),
]


@pytest.mark.parametrize(
    ("table", "holder", "column", "said"), SAID, ids=[row[0] + str(k) for k, row in enumerate(SAID)]
)
def test_in_force_on_a_day_as_known_at_a_moment(late, table, holder, column, said):
    for on, known_at, state in TIMES:
        with scope(SYSTEM):
            rows = records_of(SYSTEM, table, on=on, known_at=known_at, **holder)
        assert [row.values[column] for row in rows] == said[state], (on, known_at)


def test_life_events_are_rows_known_from_their_recording(late):
    with scope(SYSTEM):
        (event,) = records_of(SYSTEM, "lifeevent", person=3, on=date(2023, 12, 31))
        assert (event.values["kind"], event.values["on_day"]) == (codes.Event.MOVE, MOVED)
        assert event.source is codes.Source.POLICE_HUKOU
        assert records_of(SYSTEM, "lifeevent", person=3, known_at=BEFORE_LATE) == []


def test_without_a_day_the_whole_record_is_given_with_the_times_it_was_believed(late):
    with scope(SYSTEM):
        rows = records_of(SYSTEM, "income", person=4, known_at=BEFORE_LATE)
        assert [(row.values["fen"], row.recorded_at, row.superseded_at) for row in rows] == [
            (10_300, THEN, LATE)
        ]
        now = records_of(SYSTEM, "income", person=4)
        assert [(row.values["fen"], row.recorded_at, row.superseded_at) for row in now] == [
            (10_300, LATE, None), (15_000, LATE, None),
        ]  # fmt: skip


def test_the_facts_of_a_household_follow_both_times(late):
    def facts(month, **more):
        with scope(SYSTEM):
            return facts_of(SYSTEM, [1], month=month, **more)[0]

    assert facts(DECEMBER).people_ids == [1, 2, 4]
    assert facts(DECEMBER, known_at=BEFORE_LATE).people_ids == [1, 2, 3, 4]
    assert facts(SEPTEMBER).people_ids == [1, 2, 3, 4]
    assert facts(DECEMBER).people[2]["base_pension__month"] == 15_000
    assert facts(DECEMBER, known_at=BEFORE_LATE).people[3]["base_pension__month"] == 10_300
    assert facts(SEPTEMBER).people[3]["base_pension__month"] == 10_300
    assert facts(DECEMBER).people[2]["old_age_before"] == YES
    assert facts(DECEMBER, known_at=BEFORE_LATE).people[3]["old_age_before"] == NO


def test_a_coverage_taken_back_makes_silence_unknown_from_then_on(late):
    with scope(SYSTEM):
        before = facts_of(SYSTEM, [1], month=DECEMBER, known_at=BEFORE_LATE)[0]
        now = facts_of(SYSTEM, [1], month=DECEMBER)[0]
        assert before.people[2]["wages__total"] == 0
        assert "wages__total" not in now.people[2]
        kinds = {row.values["kind"] for row in coverage_of(SYSTEM, TOWN, on=date(2023, 12, 31))}
        assert kinds == set(range(1, 31)) - {codes.Coverage.WAGES}
        then = coverage_of(SYSTEM, TOWN, on=date(2023, 12, 31), known_at=BEFORE_LATE)
        assert {row.values["kind"] for row in then} == set(range(1, 31))
        assert coverage_of(SYSTEM, TOWN, on=date(2024, 2, 1)) == []
        assert coverage_of(SYSTEM, OTHER_TOWN) == []
        assert coverage_of(SYSTEM, TOWN, known_at=BEFORE_THEN) == []


def test_a_person_as_the_register_had_them(registry):
    with scope(SYSTEM):
        set_business_date(actor=SYSTEM, day=date(2023, 12, 31), reason="test")
        between = datetime.now(UTC)
        actions.correct_person(actor=SYSTEM, person=4, birth_date=date(1944, 1, 31), reason="档案核实")
        assert person_record(SYSTEM, 4).birth_date == date(1944, 1, 31)
        assert person_record(SYSTEM, 4, known_at=between).birth_date == date(1943, 1, 31)
        with pytest.raises(Refusal, match="没有找到"):
            person_record(SYSTEM, 4, known_at=BEFORE_THEN)


def test_an_officer_of_elsewhere_reads_no_record(late):
    officer = Actor("staff:1", "officer", (str(OTHER_TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
    with scope(officer):
        assert records_of(officer, "income", person=4) == []
        with pytest.raises(Refusal, match="没有找到"):
            person_record(officer, 4)


@pytest.mark.parametrize(
    ("table", "holder"), [("person", {"person": 1}), ("income", {"household": 1}), ("x", {"person": 1})]
)
def test_a_table_that_holds_nothing_of_the_kind_is_refused(registry, table, holder):
    with scope(SYSTEM), pytest.raises(Refusal, match="没有可按此查询"):
        records_of(SYSTEM, table, **holder)


def test_every_fact_table_can_be_asked(registry):
    from minzheng.registry.tables import FACT_TABLES, Holder

    with scope(SYSTEM):
        for table in FACT_TABLES:
            if table.holder is not Holder.NOBODY:
                holder = "person" if "person_id" in table.by_name else "household"
                records_of(SYSTEM, table.name, on=date(2023, 12, 31), known_at=LATE, **{holder: 1})
