"""One award: what is due each month and why, down to the facts and clauses; what a family receives, all programmes."""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.awards import basis, queries
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.cases import queries as cases
from minzheng.cases.models import Case
from minzheng.registry import queries as registry
from minzheng.rules.explain.wording import shown
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.book import load


@page(Permission.SEE_CASES, Permission.SEE_PAYMENTS)
def award(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """The award with the basis of one month (the present one unless asked), and what changed when."""
    try:
        row = queries.award_of(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "award.not_found":
            raise NotFound("award", public_id) from None
        raise
    month = _month(request.GET.get("month", "")) or Month.of(business_date())
    under = basis.basis_of(row, month)
    events = list(row.events.order_by("-version"))
    people = registry.person_lines(request.actor, [one for one in (row.person_id, *_members(under)) if one])
    homes = (
        registry.household_lines(request.actor, [row.household_id], on=business_date())
        if request.actor.may(Permission.SEE_HOUSEHOLDS)
        else []
    )
    context: dict[str, Any] = {
        "trail": [(reverse("household", args=[homes[0].public_id]), "家庭")] if homes else [],
        "award": row,
        "programme": programme_label(row.programme),
        "who": _about(row.person_id, people, homes),
        "home": homes[0] if homes else None,
        "month": month,
        "under": under,
        "members": [people[one].name for one in _members(under) if one in people],
        "facts": [(one, _value(one.name, one.value), _whose(people, one.person)) for one in under.facts]
        if under
        else [],
        "parameters": [(one, _value(one.key, one.value)) for one in under.parameters] if under else [],
        "changes": basis.what_changed(row),
        "events": events,
        "names": names_of_actors({one.actor for one in events}),
        "case": _case(request, under.case) if under and under.case else None,
    }
    context["trail"].append(("", row.number))
    return render(request, "office/award.html", context)


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except (ValueError, Refusal):
        return None


def _about(
    person: int | None, people: dict[int, registry.PersonLine], homes: list[registry.HouseholdLine]
) -> str:
    """Whom the award is for; a family whose members the reader does not see is not named."""
    if person is not None:
        return people[person].name if person in people else "成员"
    return f"{homes[0].head} 户" if homes and homes[0].head else "家庭"


def _members(under: basis.Basis | None) -> tuple[int, ...]:
    return under.members if under else ()


def _whose(people: dict[int, registry.PersonLine], person: int | None) -> str:
    if person is None:
        return "家庭"
    return people[person].name if person in people else "成员"


def _value(name: str, value: Any) -> str:
    """A kept value in words, by the kind the rulebook gives it; one no longer known stands as it was written."""
    declared = load().columns.get(name) or load().settings.get(name)
    if value is None:
        return "未知"
    if declared is None:
        return str(value)
    kind = declared.kind
    if kind.name == "bool":
        return "是" if value else "否"
    if kind.domain is not None:
        return kind.domain[str(value)].label
    return str(value) if kind.name == "date" else shown(Fraction(str(value)), kind)


def _case(request: OfficeRequest, public_id: uuid.UUID) -> Case | None:
    """The case behind it, for whoever may see cases; somebody of payments sees its number only where they may."""
    return cases.case_of(request.actor, public_id) if request.actor.may(Permission.SEE_CASES) else None


@page(Permission.SEE_CASES)
def family(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """What does this family receive: every programme, month by month, three years, on one screen."""
    try:
        view = registry.household_of(request.actor, public_id, on=business_date())
    except Refusal as refusal:
        if refusal.code == "household.not_found":
            raise NotFound("household", public_id) from None
        raise
    received = basis.household_view(request.actor, view.id, last=Month.of(business_date()))
    context = {
        "trail": [(reverse("household", args=[public_id]), "家庭"), ("", "享受的待遇")],
        "household": view,
        "received": received,
        "months": [(month, received.total(month), received.changes(month)) for month in received.months],
        "people": registry.person_lines(
            request.actor, [row.award.person_id for row in received.rows if row.award.person_id]
        ),
    }
    return render(request, "office/family_awards.html", context)
