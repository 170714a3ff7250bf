"""更正 in the office: what residents say is registered wrongly, answered within the limit; reports taken at the window."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assistance.actions import report
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.cases import corrections
from minzheng.cases.models import Correction
from minzheng.cases.types import Righted
from minzheng.registry import queries as registry
from minzheng.registry.queries import HouseholdLine
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.doubted import doubted_of, key_of, known_of
from minzheng.web.homes import household_at
from minzheng.web.portal.registered import told

PAGE_ROWS = 50


@page(Permission.SEE_CASES)
def listed(request: OfficeRequest) -> HttpResponse:
    """What waits for an answer in my regions, what is due first first; or what was answered."""
    answered = request.GET.get("answered") == "1"
    rows = corrections.listed(request.actor, answered=answered)
    shown = list(rows[: PAGE_ROWS + 1])
    context = {
        "trail": [(reverse("cases"), "办件"), ("", "更正申请")],
        "answered": answered,
        "rows": _lines(request, shown[:PAGE_ROWS]),
        "count": rows.count(),
        "more": len(shown) > PAGE_ROWS,
        "most": PAGE_ROWS,
        "today": business_date(),
    }
    return render(request, "office/corrections.html", context)


def _lines(request: OfficeRequest, rows: list[Correction]) -> list[dict[str, Any]]:
    homes = {
        one.id: one
        for one in registry.household_lines(
            request.actor, [row.household_id for row in rows], on=business_date()
        )
    }
    return [{"row": row, "home": homes.get(row.household_id)} for row in rows]


@page(Permission.SEE_CASES, methods=("GET", "POST"))
def one(request: OfficeRequest, correction: uuid.UUID) -> HttpResponse:
    """One request, beside what is registered now, and the form to answer it."""
    try:
        row = corrections.correction_of(request.actor, correction)
    except Refusal:
        raise NotFound("correction", correction) from None
    if request.method != "POST":
        return _show(request, row)
    try:
        corrections.answer(
            actor=request.actor,
            correction=correction,
            outcome=_outcome(request),
            text=request.POST.get("text", ""),
            on=business_date(),
        )
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, row, refusal)
    messages.success(request, "已答复，居民在网上可以看到。")
    return redirect("corrections")


def _outcome(request: OfficeRequest) -> Righted:
    try:
        return Righted(request.POST.get("outcome", ""))
    except ValueError:
        raise Refusal("correction.outcome", "请选择处理结果。", field="outcome") from None


def _show(request: OfficeRequest, row: Correction, refusal: Refusal | None = None) -> HttpResponse:
    home: HouseholdLine | None = _lines(request, [row])[0]["home"]
    names = names_of_actors({row.raised_by, *([row.answered_by] if row.answered_by else [])})
    context = {
        "trail": [(reverse("corrections"), "更正申请"), ("", row.label)],
        "row": row,
        "home": home,
        "now": _registered_now(request, row),
        "raised_by": names[row.raised_by],
        "answered_by": names.get(row.answered_by, ""),
        "may_answer": row.answered_on is None and request.actor.may(Permission.RECORD_FACTS),
        "outcomes": Righted.choices,
        "tried": request.POST,
        "refusal": refusal,
        "today": business_date(),
    }
    return render(request, "office/correction.html", context, status=409 if refusal else 200)


def _registered_now(request: OfficeRequest, row: Correction) -> list[Any]:
    """The fact as it stands today, with its source; nothing where it is about something else or no longer recorded."""
    if not row.fact:
        return []
    known = known_of(request.actor, row.household_id, business_date())
    return [
        line
        for _who, lines in known.groups
        for line in lines
        if (line.line.name, line.person) == (row.fact, row.person_id)
    ]


@page(Permission.RECEIVE_CASES, methods=("GET", "POST"))
def new(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """What a family says at the window or on the telephone, taken down in its name."""
    view = household_at(request, public_id)
    known = known_of(request.actor, view.id, business_date())
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            done = report(
                actor=request.actor,
                household=view.id,
                what=doubted_of(request.POST, known),
                client_key=key_of(request.POST),
            )
        except Refusal as error:
            if error.code == "permission.denied":
                raise
            refusal = error
        else:
            messages.success(request, told(done))
            return redirect("household", public_id=public_id)
    context = {
        "trail": [(reverse("household", args=[public_id]), "家庭"), ("", "登记有误或有变化")],
        "household": view,
        "known": known,
        "tried": request.POST,
        "refusal": refusal,
        "key": request.POST.get("key") or uuid.uuid4(),
        "today": business_date(),
    }
    return render(request, "office/correction_new.html", context, status=409 if refusal else 200)
