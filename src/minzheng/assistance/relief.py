"""Temporary relief: how much may be granted, and by whom (LS-4, LS-6)."""

from __future__ import annotations

from typing import Any

from minzheng.assessment.decide import decide
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.rules.status import YES

MAY_APPROVE = {
    "relief_emergency": "township_may_approve_emergency",
    "relief_expenditure": "township_may_approve_expenditure",
}
"""Programmes of relief, and the provision that lets the township decide."""


def township_may_approve(case: Any) -> bool:
    """Whether the amount now reckoned is within what the county has delegated. Unknown is not within it."""
    with scope(system_actor("relief")) as platform:
        determination = decide(platform, case.household_id, on=business_date(), steps=False)
    return bool(determination.value(MAY_APPROVE[case.programme]) == YES)
