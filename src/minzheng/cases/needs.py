"""Whether what a step waits for is there."""

from __future__ import annotations

from collections.abc import Callable

from minzheng.cases.models import Case
from minzheng.cases.types import Need
from minzheng.cases.workflow import Line, Requirement, Step


def unmet(line: Line, step: Step, case: Case) -> list[Requirement]:
    """The step's requirements that are not met yet, in the order declared."""
    return [one for one in (line.requirements[name] for name in step.needs) if not met(one, case)]


def met(requirement: Requirement, case: Case) -> bool:
    if requirement.need is Need.CUSTOM:
        assert requirement.test is not None
        return requirement.test(case)
    return MET[requirement.need](case, requirement.of)


MET: dict[Need, Callable[[Case, str], bool]] = {}
