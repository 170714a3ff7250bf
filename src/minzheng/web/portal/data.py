"""My data: who looked at my family's matters, when and for what; what each verb of the audit means in plain words."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from minzheng.assessment.models import Lead
from minzheng.assessment.programmes import programme_label
from minzheng.base.models import AuditEntry, Staff
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.cases.actions import withdraw_consent
from minzheng.cases.models import Case
from minzheng.cases.queries import consents_of_household
from minzheng.registry.models import Household, Membership, Person
from minzheng.web.portal.access import ResidentRequest, resident_page
from minzheng.web.portal.mine import names_of_people

WORDS = {
    "open_case": "查看办件",
    "open_lead": "查看应享未享线索",
    "reveal": "查看完整证件号码",
    "open_household": "查看家庭情况",
    "ask_kinship": "核对与他人的亲属关系",
    "keep_decision": "按规定作了认定",
    "open_document": "打开材料",
    "store_document": "收存材料",
}
_CASE_STEPS = "case_"
_PAGE = 100


@dataclass(frozen=True)
class Look:
    """One entry as a resident reads it: when, which unit, what, for what. Names of officers stay with the unit."""

    at: datetime
    unit: str
    what: str
    why: str


@resident_page()
def data(request: ResidentRequest) -> HttpResponse:
    looks, more = looks_at_family(request.actor)
    context = {"looks": looks, "more": more, "most": _PAGE, "consents": _consents(request)}
    return render(request, "portal/data.html", context)


def _consents(request: ResidentRequest) -> list[dict[str, Any]]:
    """What the family authorised, each with whether it still holds and whether it is the reader's own to take back."""
    names, today = names_of_people(request), business_date()
    return [
        {
            "row": one,
            "who": names.get(one.person_id, "家人"),
            "programme": programme_label(one.case.programme),
            "holds": one.withdrawn_on is None and one.until >= today,
            "own": one.person_id == request.actor.person,
        }
        for one in consents_of_household(request.actor)
    ]


@resident_page(methods=("POST",))
def withdraw(request: ResidentRequest, consent: uuid.UUID) -> HttpResponse:
    """One's own authorisation is taken back; nothing is asked of other agencies from now on."""
    withdraw_consent(actor=request.actor, consent=consent, reason="本人撤回")
    messages.success(request, "已撤回，从现在起不再凭这份授权核对。")
    return redirect("portal-data")


def looks_at_family(actor: Actor) -> tuple[list[Look], bool]:
    """The latest entries about the actor's own household, people and cases, with whether there are more.

    Read with the platform's ticket, since entries lie in the regions of those who looked; which ones is fixed by the
    resident's own household alone.
    """
    assert actor.household is not None
    with scope(system_actor("own_data")):
        home = Household.objects.filter(pk=actor.household).values_list("public_id", flat=True)
        people = Membership.objects.filter(household_id=actor.household, superseded_at=None, until=None)
        cases = Case.objects.filter(household_id=actor.household).values_list("public_id", flat=True)
        leads = Lead.objects.filter(household_id=actor.household).values_list("public_id", flat=True)
        subjects = [str(one) for group in (home, cases, leads) for one in group]
        persons = [str(one) for one in people.values_list("person_id", flat=True)]
        indexes = Person.objects.filter(id__in=persons).values_list("number_index", flat=True)
        numbers = [bytes(one).hex() for one in indexes if one is not None]
        rows = (
            AuditEntry.objects.filter(subject__in=subjects)
            | AuditEntry.objects.filter(subject_kind="registry_person", subject__in=persons)
            | AuditEntry.objects.filter(subject_kind="number", subject__in=numbers)
        )
        found = list(rows.filter(actor__startswith="staff:").order_by("-at")[: _PAGE + 1])
        units = _units(found)
    return [_look(one, units) for one in found[:_PAGE]], len(found) > _PAGE


def _units(rows: list[AuditEntry]) -> dict[str, str]:
    numbers = {int(row.actor.removeprefix("staff:")) for row in rows}
    return {f"staff:{one.pk}": one.unit or "民政工作人员" for one in Staff.objects.filter(pk__in=numbers)}


def _look(row: AuditEntry, units: dict[str, str]) -> Look:
    what = WORDS.get(row.verb, "")
    if not what:
        what = "办理您的办件" if row.verb.startswith(_CASE_STEPS) else "办理有关事项"
    return Look(row.at, units.get(row.actor, "民政工作人员"), what, row.reason)
