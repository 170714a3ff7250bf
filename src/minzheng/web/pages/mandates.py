"""代办 in the office: what is recorded at the window from a signed paper, what holds in my regions, what I act in myself."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base import documents
from minzheng.base.colleagues import colleagues
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases import mandates, queries
from minzheng.cases.mandates import Agent
from minzheng.cases.queries import Which
from minzheng.cases.types import Relation
from minzheng.registry import queries as registry
from minzheng.registry.queries import HouseholdView
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.homes import household_at
from minzheng.web.portal.acting import OFFERED_DAYS, begun, mandate_line, matters_of, said_of

PAGE_ROWS = 50
PAPER = "代办委托书"


@page(Permission.SEE_CASES)
def listed(request: OfficeRequest) -> HttpResponse:
    """What I may act in, and what holds in my regions, what ends first first."""
    today = business_date()
    mine = mandates.given_to(request.actor, today)
    there = mandates.in_region(request.actor, today)
    rows = list(there[: PAGE_ROWS + 1])
    names = mandates.principals([*mine, *rows])
    context = {
        "trail": [(reverse("cases"), "办件"), ("", "代办")],
        "mine": [mandate_line(one, today) | {"whose": names.get(one.person_id, "")} for one in mine],
        "rows": [
            mandate_line(one, today) | {"whose": names.get(one.person_id, "")} for one in rows[:PAGE_ROWS]
        ],
        "count": there.count(),
        "more": len(rows) > PAGE_ROWS,
        "may_end": request.actor.may(Permission.RECEIVE_CASES),
    }
    return render(request, "office/mandates.html", context)


@page(Permission.SEE_CASES, methods=("POST",))
def begin(request: OfficeRequest, mandate: uuid.UUID) -> HttpResponse:
    """Act for a family: its pages open in its name, and no page of the office in it."""
    try:
        mandates.acting(request.actor, mandate, business_date())
    except Refusal:
        raise NotFound("mandate", mandate) from None
    return begun(request, mandate)


@page(Permission.SEE_CASES, methods=("POST",))
def end(request: OfficeRequest, mandate: uuid.UUID) -> HttpResponse:
    """Take a mandate back as its agent, or as an officer of the region whom the family asked to."""
    try:
        mandates.revoke(actor=request.actor, mandate=mandate)
    except Refusal as refusal:
        if refusal.code == "mandate.not_found":
            raise NotFound("mandate", mandate) from None
        raise
    messages.success(request, "已撤回，马上生效。")
    return redirect("mandates")


@page(Permission.RECEIVE_CASES, methods=("GET", "POST"))
def household(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Whom a family lets act, and the form to record its signed paper."""
    view = household_at(request, public_id)
    if request.method != "POST":
        return _show(request, view)
    try:
        _record(request, view)
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, view, refusal)
    messages.success(request, "已登记代办。居民可以在网上看到，随时撤回。")
    return redirect("household-mandates", public_id=view.public_id)


def _record(request: OfficeRequest, view: HouseholdView) -> None:
    post, said = request.POST, said_of(request.POST)
    giver = next(
        (one.person.id for one in view.members if one.person and str(one.person.public_id) == post.get("person")),
        None,
    )  # fmt: skip
    if giver is None:
        raise Refusal("mandate.person", "请选择委托人。", field="person")
    mandates.grant(
        actor=request.actor,
        household=view.id,
        person=giver,
        agent=_agent(request),
        on=business_date(),
        paper=_paper(request, view),
        **said,
    )


def _agent(request: OfficeRequest) -> Agent:
    staff = request.POST.get("staff", "")
    if staff:
        return Agent(staff=int(staff) if staff.isascii() and staff.isdecimal() and len(staff) < 10 else 0)
    return Agent(name=request.POST.get("name", ""), number=request.POST.get("number", ""))


def _paper(request: OfficeRequest, view: HouseholdView) -> uuid.UUID:
    """The signed paper, looked at and kept as any material."""
    file = request.FILES.get("paper")
    if file is None:
        raise Refusal("mandate.no_paper", "请上传委托人签字的委托书。", field="paper")
    [home] = registry.household_lines(request.actor, [view.id], on=business_date())
    return documents.store_upload(
        actor=request.actor,
        content=file.read(),
        name=file.name or "",
        kind=documents.Kind.EVIDENCE,
        division=str(home.village),
        household=view.id,
        title=PAPER,
    ).public_id


def _show(request: OfficeRequest, view: HouseholdView, refusal: Refusal | None = None) -> HttpResponse:
    today = business_date()
    [home] = registry.household_lines(request.actor, [view.id], on=today)
    given = mandates.given_by(request.actor, view.id)
    names = mandates.principals(given)
    cases = list(queries.work_queue(request.actor, Which(household=view.id, closed=True)))
    context: dict[str, Any] = {
        "trail": [(reverse("household", args=[view.public_id]), "家庭"), ("", "代办")],
        "household": view,
        "given": [mandate_line(one, today) | {"whose": names.get(one.person_id, "")} for one in given],
        "matters": matters_of(cases),
        "relations": Relation.choices,
        "staff": colleagues(request.actor, str(home.village), Permission.SEE_CASES, on=today),
        "refusal": refusal,
        "tried": request.POST,
        "first": today,
        "last": today + timedelta(days=mandates.LONGEST_DAYS),
        "until": today + timedelta(days=OFFERED_DAYS),
        "longest": mandates.LONGEST_DAYS,
    }
    return render(request, "office/household_mandates.html", context, status=409 if refusal else 200)
