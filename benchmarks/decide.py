"""One household of four decided with its full explanation, beside openfisca-core's time to build and calculate one."""

from __future__ import annotations

import statistics
import time
from datetime import date
from typing import Any

from benchmarks import law
from benchmarks.child import OPENFISCA, run
from benchmarks.city import City
from benchmarks.figures import Figure
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.calendar import from_day_number
from minzheng.rules.explain.determine import Determination, determine
from minzheng.rules.facts import UnitFacts, unit_facts
from minzheng.rules.language.expr import Column
from minzheng.rules.status import YES

REPEAT = 200
WAGE, PENSION = 120_000, 9_000
"""Fen a month of the mother's wage and the grandmother's own pension."""


def family(rulebook: Rulebook) -> UnitFacts:
    """A couple, a child and a disabled grandmother: enough happens to walk most of the rulebook."""
    household: dict[str, Any] = {
        "registration": "RURAL", "hukou_here": True, "contracted_land": True, "relocated_to_town": False,
    }  # fmt: skip
    common = {
        "person_hukou_here": True,
        "rural_hukou": True,
        "lives_here": True,
        "lives_here_since": date(2015, 1, 1),
    }
    people = [
        {"relation": "HEAD", "sex": "MALE", "born": date(1980, 5, 1), "labour": "NONE", "certified_ill": True},
        {"relation": "SPOUSE", "sex": "FEMALE", "born": date(1982, 3, 9), "working": True, "labour": "ABLE",
         "wages__total": 12 * WAGE, "wages__month": WAGE},
        {"relation": "CHILD", "sex": "FEMALE", "born": date(2012, 9, 1), "schooling": "COMPULSORY",
         "full_time_student": True, "father_state": "SERIOUS_ILLNESS", "mother_state": "CARING"},
        {"relation": "PARENT", "sex": "FEMALE", "born": date(1941, 1, 20), "labour": "NONE", "limb_level": 1,
         "disability_level": 1, "certificate_valid": True, "care_months": 30, "local_pension__total": 12 * PENSION,
         "local_pension__month": PENSION},
    ]  # fmt: skip
    return unit_facts(
        list(rulebook.columns.values()),
        _read(rulebook, household),
        [_read(rulebook, common | person) for person in people],
    )


def _read(rulebook: Rulebook, given: dict[str, Any]) -> dict[str, Any]:
    """Choices by their names; what is not given is absent, as inside every source's coverage."""
    columns = rulebook.columns
    return {name: _member(columns[name], value) for name, value in given.items() if name in columns}


def _member(column: Column, value: Any) -> Any:
    return column.kind.domain[value] if column.kind.domain is not None else value


def explained(rulebook: Rulebook, facts: UnitFacts, situation: Situation) -> Determination:
    """All outcomes with the full tree under each."""
    found = determine(rulebook, facts, situation)
    assert all(outcome.step is not None for outcome in found.outcomes if outcome.in_force)
    return found


def seconds(rulebook: Rulebook) -> float:
    facts, situation = family(rulebook), Situation.at(rulebook.counties[0], law.ON)
    taken = []
    for _ in range(REPEAT):
        began = time.perf_counter()
        explained(rulebook, facts, situation)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def for_openfisca(rulebook: Rulebook, facts: UnitFacts) -> dict[str, Any]:
    """The same family as openfisca's situation: money in yuan, choices by their names there."""
    return {
        "household": _plain(rulebook, facts.unit, "household"),
        "people": [_plain(rulebook, person, "person") for person in facts.people],
    }


def _plain(rulebook: Rulebook, row: dict[str, Any], entity: str) -> dict[str, Any]:
    known = law.openfisca_inputs(entity)
    return {name: _value(rulebook.columns[name], value) for name, value in row.items() if name in known}


def _value(column: Column, value: Any) -> Any:
    kind = column.kind
    if kind.domain is not None:
        return list(kind.domain)[int(value).bit_length() - 1].name.lower()
    if kind.name == "bool":
        return bool(value == YES)
    if kind.name == "date":
        return from_day_number(int(value)).isoformat()
    return float(value) / 100 if kind.name == "money" else int(value)


def measure(_city: City) -> list[Figure]:
    rulebook = law.book()
    ours = seconds(rulebook)
    task = {
        "month": f"{law.ON:%Y-%m}", "repeat": 20, "outputs": list(law.OUTPUTS),
        "parameters": law.plain_parameters(rulebook, rulebook.counties[0]),
        "one": for_openfisca(rulebook, family(rulebook)),
    }  # fmt: skip
    theirs = run(OPENFISCA, "benchmarks.openfisca_side.run", task)["one_s"]
    beside = f"openfisca-core {theirs * 1000:.1f} ms for {len(law.OUTPUTS)} outputs without explanation"
    note = f"{len(rulebook.programs)} programmes, {len(rulebook.rules)} rules, a household of four, median of {REPEAT}"
    return [
        Figure("decide_ms", ours * 1000, "ms", beside, "One household decided with its full explanation", most=5, note=note),
        Figure(
            "decide_vs_openfisca", theirs / ours, "times faster", beside,
            "Deciding one household against openfisca-core",
            note="all programmes with the tree here; the five programmes of the sweep there",
        ),
    ]  # fmt: skip
