"""代办: whom my family lets act for it, what I may act in for others, and the page of whoever is acting."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minzheng.assessment.programmes import programme_label
from minzheng.base.queries import business_date
from minzheng.cases import mandates, queries
from minzheng.cases.mandates import Agent
from minzheng.cases.models import Case, Mandate
from minzheng.cases.types import Matter, Relation
from minzheng.values.errors import Refusal
from minzheng.web.portal.access import ACTING, ResidentRequest, resident_page
from minzheng.web.portal.mine import case_line

OFFERED_DAYS = 30
"""What the form offers as the end; the family writes the day."""


@resident_page(methods=("GET", "POST"))
def mandated(request: ResidentRequest) -> HttpResponse:
    """Whom I let act, whom I may act for, and the form to let somebody act."""
    if request.method != "POST":
        return _show(request)
    try:
        row = mandates.grant(
            actor=request.actor,
            household=request.actor.household or 0,
            person=request.actor.person or 0,
            agent=Agent(name=request.POST.get("name", ""), number=request.POST.get("number", "")),
            on=business_date(),
            **said_of(request.POST),
        )
    except Refusal as refusal:
        return _show(request, refusal)
    messages.success(request, f"已委托 {row.agent_name} 代办，到 {row.until:%Y-%m-%d} 为止，随时可以撤回。")
    return redirect("portal-mandates")


def said_of(posted: Mapping[str, str]) -> dict[str, Any]:
    """Relation, matter, case and end of a mandate as a form says them; the case stands behind its matter."""
    matter, _, case = posted.get("matter", "").partition(":")
    if matter not in Matter.values:
        raise Refusal("mandate.matter", "请选择委托办理的事项。", field="matter")
    if posted.get("relation", "") not in Relation.values:
        raise Refusal("mandate.relation", "请选择代办人与您的关系。", field="relation")
    try:
        until, about = date.fromisoformat(posted.get("until", "")), uuid.UUID(case) if case else None
    except ValueError:
        raise Refusal("mandate.until", "请填写代办到哪一天为止。", field="until") from None
    return {
        "relation": Relation(posted["relation"]),
        "matter": Matter(matter),
        "until": until,
        "case": about,
    }


def matters_of(cases: list[Case]) -> list[tuple[str, str]]:
    """What somebody may be let act in: to apply, and of each case what may be done in it for the family."""
    offered = [(Matter.APPLY.value, Matter.APPLY.label)]
    for row in cases:
        about = f"{programme_label(row.programme)}（{row.number}）"
        ways = (Matter.SUPPLY, Matter.OBJECT) if row.closed_on is None else (Matter.APPEAL,)
        offered += [(f"{one.value}:{row.public_id}", f"{one.label}：{about}") for one in ways]
    return offered


def _show(request: ResidentRequest, refusal: Refusal | None = None) -> HttpResponse:
    actor, today = request.actor, business_date()
    given = mandates.given_by(actor, actor.household or 0)
    taken = mandates.given_to(actor, today)
    names = mandates.principals(taken)
    context = {
        "given": [mandate_line(one, today) for one in given],
        "taken": [mandate_line(one, today) | {"whose": names.get(one.person_id, "")} for one in taken],
        "matters": matters_of(queries.cases_of_household(actor)),
        "relations": Relation.choices,
        "tried": request.POST,
        "refusal": refusal,
        "first": today,
        "last": today + timedelta(days=mandates.LONGEST_DAYS),
        "until": today + timedelta(days=OFFERED_DAYS),
        "longest": mandates.LONGEST_DAYS,
    }
    return render(request, "portal/mandates.html", context, status=409 if refusal else 200)


def mandate_line(row: Mandate, today: date) -> dict[str, Any]:
    """A mandate as a list shows it: what it is for, and how it stands today."""
    about = "" if row.case is None else f"{programme_label(row.case.programme)}（{row.case.number}）"
    if row.revoked_at is not None:
        standing = "已撤回"
    else:
        standing = "有效" if row.since <= today <= row.until else "已到期"
    return {"row": row, "about": about, "standing": standing, "holds": standing == "有效"}


@resident_page(methods=("POST",))
def end(request: ResidentRequest, mandate: uuid.UUID) -> HttpResponse:
    """Take a mandate back, or give it up."""
    mandates.revoke(actor=request.actor, mandate=mandate)
    messages.success(request, "已撤回，马上生效。")
    return redirect("portal-mandates")


@resident_page(methods=("POST",))
def begin(request: ResidentRequest, mandate: uuid.UUID) -> HttpResponse:
    """From now on act for the family."""
    mandates.acting(request.actor, mandate, business_date())
    return begun(request, mandate)


def begun(request: HttpRequest, mandate: uuid.UUID) -> HttpResponse:
    request.session[ACTING] = str(mandate)
    return redirect("portal-acting")


@resident_page(acting=True)
def acting(request: ResidentRequest) -> HttpResponse:
    """What I act in: the cases of the mandate, and an application where it is for one."""
    row = request.mandate
    if row is None:
        return redirect("portal-mandates")
    rows = queries.cases_of_household(request.actor)
    context = {
        "line": mandate_line(row, business_date()),
        "open": [case_line(one, {}) for one in rows if one.closed_on is None],
        "closed": [case_line(one, {}) for one in rows if one.closed_on is not None],
        "may_apply": row.matter == Matter.APPLY,
    }
    return render(request, "portal/acting.html", context)


@resident_page(methods=("POST",), acting=True)
def stop(request: ResidentRequest) -> HttpResponse:
    """Back to one's own: a member of staff to the office, a resident to their own pages."""
    request.session.pop(ACTING, None)
    staff = request.mandate is not None and request.mandate.agent_id is not None
    return redirect("mandates" if staff else "portal-mandates")
