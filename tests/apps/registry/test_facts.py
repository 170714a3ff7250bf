"""What the facts of a household are, where they come from, and when they are unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.registry import codes
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.extraction.columns import vocabulary_columns
from minzheng.registry.facts import facts_of
from minzheng.rulebook import vocabulary
from minzheng.rules.calendar import day_number
from minzheng.rules.status import NO, YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.registry.conftest import OTHER_TOWN, THEN, TOWN

DECEMBER = Month(2023, 12)


def household(number: int = 1, **more):
    actor = system_actor("test")
    with scope(actor):
        return facts_of(actor, [number], month=DECEMBER, **more)[0]


def add(name: str, recorded_at=THEN, **columns) -> None:
    with bulk_load(note="t", recorded_at=recorded_at) as load:
        load.add(name, tables_from([(name, columns)])[name])
        load.publish()


def person_row(person: int, **more) -> dict[str, list[object]]:
    given = {"person_id": [person], "township": [TOWN], "source": [2]}
    return given | {name: [value] for name, value in more.items()}


def test_every_fact_of_the_vocabulary_has_a_definition(registry):
    facts = household()
    columns = vocabulary_columns()
    assert {column for column, who in facts.sources if who is None} == {
        name for name, column in columns.items() if repr(column.entity) == "Household"
    }
    assert {column for column, who in facts.sources if who == 0} == {
        name for name, column in columns.items() if repr(column.entity) == "Person"
    }


def test_who_they_are(registry):
    facts = household()
    assert facts.people_ids == [1, 2, 3, 4]
    assert facts.names == ["王甲", "李乙", "王丙", "赵丁"]
    assert [p["relation"] for p in facts.people] == [
        vocabulary.Relation[name].bit for name in ("HEAD", "SPOUSE", "CHILD", "PARENT")
    ]
    assert facts.people[2]["born"] == day_number(date(2013, 5, 1))
    assert facts.people[3]["sex"] == vocabulary.Sex.FEMALE.bit
    assert "lives_here" not in facts.people[3]
    assert facts.people[0]["lives_here"] == YES


def test_a_retired_county_code_is_the_county_of_today(registry):
    facts = household()
    assert facts.people[0]["person_hukou_here"] == YES
    assert facts.people[1]["person_hukou_here"] == NO
    assert facts.unit["hukou_here"] == YES


def test_incomes_are_summed_over_the_twelve_full_months_before(registry):
    facts = household()
    assert facts.people[0]["wages__total"] == 12 * 200_000 + 3 * 50_000
    assert facts.people[0]["wages__month"] == 200_000
    assert facts.people[3]["base_pension__total"] == 12 * 10_300
    shorter = household(window=6)
    assert shorter.people[0]["wages__total"] == 6 * 200_000


def test_an_open_question_leaves_the_sum_unknown_and_silence_inside_coverage_is_none(registry):
    facts = household()
    assert "wages__total" not in facts.people[1]
    assert facts.people[2]["wages__total"] == 0
    assert "wages__total" not in household(2).people[0]
    assert facts.source("wages__total", 2).name == "来源覆盖范围内无记录"
    assert facts.source("wages__total", 0).name == "税务"
    assert facts.source("wages__total", 0).recorded == THEN


def test_parents_are_read_from_the_kin(registry):
    facts = household()
    caring = vocabulary.ParentState.CARING.bit
    assert facts.people[2]["father_state"] == caring
    assert facts.people[0]["mother_state"] == caring
    assert "father_state" not in facts.people[0]
    add("death", **person_row(1, died_on=date(2023, 11, 2)))
    assert household().people[2]["father_state"] == vocabulary.ParentState.DEAD.bit
    assert household().people[1]["married"] == NO


def test_a_death_recorded_late_is_known_today_and_was_not_known_then(registry):
    add("death", recorded_at=datetime(2024, 2, 1, tzinfo=UTC), **person_row(4, died_on=date(2023, 12, 5)))
    assert household().people[3]["died"] == YES
    assert household(known_at=datetime(2024, 1, 15, tzinfo=UTC)).people[3]["died"] == NO
    assert household(on=date(2023, 12, 4)).people[3]["died"] == NO


def test_spells_levels_and_months(registry):
    add("status", **person_row(4, kind=1, since=date(2023, 6, 30)))
    add(
        "certificate",
        **person_row(4, level=1, limb=1, mental=3, since=date(2015, 1, 1), expires_on=date(2023, 12, 31)),
    )
    facts = household()
    assert facts.people[3]["care_months"] == 6
    assert household(on=date(2023, 12, 29)).people[3]["care_months"] == 5
    assert facts.people[3]["certificate_valid"] == YES
    assert facts.people[3]["mental_level"] == 3
    assert facts.people[0]["mother_level"] == 1
    assert facts.people[0]["mother_mind_level"] == 3
    january = facts_in_january()
    assert january.people[3]["certificate_valid"] == NO
    assert january.people[3]["disability_level"] == 1


@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        (codes.Status.NO_OR_LIMITED_CIVIL_CAPACITY, YES),
        (codes.Status.NO_CIVIL_CAPACITY, YES),
        (codes.Status.LIMITED_CIVIL_CAPACITY, NO),
    ],
)
def test_limited_civil_capacity_is_not_none(registry, kind, lacks):
    add("status", **person_row(4, kind=int(kind), since=date(2020, 1, 1)))
    assert household().people[3]["no_civil_capacity"] == lacks


def facts_in_january():
    actor = system_actor("test")
    with scope(actor):
        return facts_of(actor, [1], month=Month(2024, 1))[0]


def test_whether_a_choice_is_recorded_is_known_where_the_choice_is_not(registry):
    """Nobody's support ends for want of a record (TK-4)."""
    child = household().people[2]
    assert (child.get("child_choice"), child["child_choice_recorded"]) == (None, NO)
    add("choice", **person_row(3, kind=1, value=2, since=date(2023, 12, 10)))
    assert household(on=date(2023, 12, 9)).people[2]["child_choice_recorded"] == NO
    child = household().people[2]
    assert (child["child_choice"], child["child_choice_recorded"]) == (vocabulary.ChildChoice.TEKUN.bit, YES)


def test_what_was_received_the_month_before(registry):
    add(
        "receipt", household_id=[1, 1], township=[TOWN] * 2, person_id=[None, 4], programme=[1, 8],
        fen=[50_000, 8_000], since=[date(2023, 1, 1), date(2023, 1, 1)], until=[None, date(2023, 12, 1)], source=[2, 2],
    )  # fmt: skip
    facts = household()
    assert (facts.unit["dibao_before"], facts.unit["dibao_amount_before"]) == (YES, 50_000)
    assert facts.people[3]["living_subsidy_before"] == YES
    assert facts.people[0]["living_subsidy_before"] == NO
    assert facts_in_january().people[3]["living_subsidy_before"] == NO


def test_an_interrupted_study_is_told_from_a_continuous_one(registry):
    add(
        "enrolment", person_id=[5, 5, 1, 1], township=[OTHER_TOWN] * 2 + [TOWN] * 2, stage=[3, 6, 3, 6],
        full_time=[True] * 4, since=[date(1965, 9, 1), date(2020, 9, 1), date(2000, 9, 1), date(2003, 9, 1)],
        until=[date(1968, 7, 1), None, date(2003, 7, 1), None], source=[8] * 4,
    )  # fmt: skip
    record = vocabulary.StudyRecord
    assert household().people[0]["study_record"] == record.CONTINUOUS.bit
    assert household(2).people[0]["study_record"] == record.INTERRUPTED.bit


def test_assets_count_for_the_household_of_their_owner(registry):
    add("asset", person_id=[1, 4, 4, 1], township=[TOWN] * 4, kind=[2, 2, 1, 7], quantity=[1, 1, 1, 1],
        fen=[None, None, 800_000, 5_000_000], since=[date(2012, 1, 1)] * 3 + [date(2023, 3, 1)], source=[10] * 4)  # fmt: skip
    facts = household()
    assert facts.unit["homes_owned"] == 2
    assert facts.unit["assets_disposed"] == YES
    assert facts.people[3]["financial_assets"] == 800_000


def test_an_amount_beyond_belief_is_unknown(registry):
    add(
        "income", person_id=[4], township=[TOWN], kind=[1], fen=[10**12], since=[date(2023, 1, 1)], source=[5]
    )
    assert "wages__total" not in household().people[3]


def test_an_emergency_and_its_earlier_relief(registry):
    add("relief", household_id=[1, 1], township=[TOWN] * 2, cause=[1, 1], people=[4, 4], grade=[2, None],
        relieved_on=[date(2023, 5, 1), None], since=[date(2023, 4, 20), date(2023, 12, 10)],
        until=[date(2023, 6, 1), None], source=[16, 16])  # fmt: skip
    facts = household()
    assert facts.unit["emergency"] == vocabulary.Emergency.FIRE.bit
    assert facts.unit["emergency_people"] == 4
    assert facts.unit["relief_same_cause"] == YES
    assert "relief_grade" not in facts.unit
    assert facts.unit["expenditure_hardship"] == NO


def test_an_officer_of_elsewhere_gets_the_same_answer_as_for_nobody(registry):
    officer = Actor("staff:1", "officer", (str(OTHER_TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
    messages = set()
    with scope(officer):
        assert facts_of(officer, [2], month=DECEMBER)[0].people_ids == [5]
        for number in (1, 777):
            with pytest.raises(Refusal) as refused:
                facts_of(officer, [number], month=DECEMBER)
            messages.add(str(refused.value))
    assert len(messages) == 1


def test_a_closed_household_with_a_history_is_refused_and_nothing_is_read(registry):
    """Its rows are still there: what it was, owned and received."""
    from minzheng.registry import codes
    from minzheng.registry.facts import facts_around
    from minzheng.registry.joining import leave_household

    actor = system_actor("test")
    with scope(actor):
        leave_household(
            actor=actor, household=2, person=5, on=date(2023, 11, 20), event=codes.Event.MOVE, reason="测试"
        )
        for read in (facts_of, facts_around):
            with pytest.raises(Refusal) as refused:
                read(actor, [2], month=DECEMBER)
            assert refused.value.code == "facts.closed"
