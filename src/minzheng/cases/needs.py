"""Whether what a step waits for is there."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

from minzheng.cases.boards import hung_its_days
from minzheng.cases.models import (
    Attachment,
    Case,
    Consent,
    Finding,
    Objection,
    Shortage,
    StatementRow,
    Visit,
)
from minzheng.cases.types import Found, Need, Stated
from minzheng.cases.workflow import Line, Requirement, Step
from minzheng.registry.models import Death, Membership


def unmet(line: Line, step: Step, case: Case) -> list[Requirement]:
    """The step's requirements that are not met yet, in the order declared."""
    return [one for one in (line.requirements[name] for name in step.needs) if not met(one, case)]


def met(requirement: Requirement, case: Case) -> bool:
    if requirement.need is Need.CUSTOM:
        assert requirement.test is not None
        return requirement.test(case)
    return MET[requirement.need](case, requirement.of)


def _consented(case: Case, scope: str) -> bool:
    """Everybody in the household has signed and nobody has taken it back."""
    signed = set(
        Consent.objects.filter(case=case, scope=scope, withdrawn_on=None).values_list("person_id", flat=True)
    )
    return bool(signed) and set(whose_consent(case)) <= signed


def whose_consent(case: Case) -> list[int]:
    """Whose signature is needed: every member's (CK-1); the law asks nobody's who is dead."""
    if case.household_id is None:
        return [one for one in (case.applicant_id, case.second_applicant_id) if one is not None]
    people = Membership.objects.filter(
        household_id=case.household_id, home=True, superseded_at=None, until=None
    ).values_list("person_id", flat=True)
    dead = Death.objects.filter(person_id__in=list(people), superseded_at=None)
    return sorted(set(people) - set(dead.values_list("person_id", flat=True)))


def _no_conflict(case: Case, _of: str) -> bool:
    if Finding.objects.filter(case=case, state=Found.CONFLICT).exists():
        return False
    return not StatementRow.objects.filter(application__cases=case, state=Stated.CONTRADICTED).exists()


def needs_county_visit(case: Case) -> bool:
    """Near kin of staff among those the case is about (GV-2)."""
    with connection.cursor() as cursor:
        cursor.execute("select cases_kin_declared(%s)", [case.pk])
        (declared,) = cursor.fetchone()
    return bool(declared) or case.kin_registered


MET: dict[Need, Callable[[Case, str], bool]] = {
    Need.ATTACHMENT: lambda case, kind: Attachment.objects.filter(case=case, kind=kind).exists(),
    Need.CONSENT: _consented,
    Need.VISIT: lambda case, _of: Visit.objects.filter(case=case).exists(),
    Need.COUNTY_VISIT: lambda case, _of: (
        not needs_county_visit(case) or Visit.objects.filter(case=case, by_county=True).exists()
    ),
    Need.NOTICE_ENDED: lambda case, _of: hung_its_days(case),
    Need.NO_OPEN_OBJECTION: lambda case, _of: (
        not Objection.objects.filter(case=case, answered_on=None).exists()
    ),
    Need.NO_OPEN_CONFLICT: _no_conflict,
    Need.NOTHING_MISSING: lambda case, _of: not Shortage.objects.filter(case=case, supplied_on=None).exists(),
}
