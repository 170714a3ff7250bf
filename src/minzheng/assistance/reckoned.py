"""What the rules say of a case before a step is taken: asked by the requirements of the tables."""

from __future__ import annotations

from typing import Any

from minzheng.assessment.decide import decide
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.rules.explain.determine import Determination
from minzheng.rules.status import NO, YES

MAY_APPROVE = {
    "relief_emergency": "township_may_approve_emergency",
    "relief_expenditure": "township_may_approve_expenditure",
}
"""Programmes of relief, and the provision that lets the township decide."""


def _determined(case: Any) -> Determination:
    with scope(system_actor("reckoned")) as platform:
        return decide(platform, case.household_id, on=business_date(), steps=False)


def township_may_approve(case: Any) -> bool:
    """Whether the amount now reckoned is within what the county has delegated (LS-4). Unknown is not within it."""
    return bool(_determined(case).value(MAY_APPROVE[case.programme]) == YES)


def may_apply_alone(case: Any) -> bool:
    """Nobody is taken in alone whose whole family qualifies (HH-6): then the family applies."""
    determination = _determined(case)
    people = list(determination.facts.people_ids)
    if case.person_id not in people:
        return False
    return bool(determination.value("not_covered_with_family", people.index(case.person_id)) != NO)
