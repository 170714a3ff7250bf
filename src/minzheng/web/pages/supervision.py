"""监督抽查: draw the sample, look at what was drawn, see what is still to be put right."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases import supervising
from minzheng.cases.models import Sample
from minzheng.cases.rows import FINDING
from minzheng.registry.queries import division_name
from minzheng.values.errors import Refusal
from minzheng.web import places
from minzheng.web.access import NotFound, OfficeRequest, page

PAGE_ROWS = 50
SHARES = {supervising.OTHERS: "审批抽查", supervising.TEKUN: "特困审核抽查"}
FINDINGS = dict(FINDING.choices)


@page(Permission.SUPERVISE_CASES, Permission.RECEIVE_CASES)
def listed(request: OfficeRequest) -> HttpResponse:
    """For supervision: what to look at, what was drawn. For everybody who handles cases: what is to be put right."""
    return _show(request)


def _show(request: OfficeRequest, refusal: Refusal | None = None) -> HttpResponse:
    actor, today = request.actor, business_date()
    wrong = supervising.to_put_right(actor)
    context: dict[str, Any] = {
        "trail": [(reverse("cases"), "办件"), ("", "监督抽查")],
        "wrong": [_line(one) for one in wrong[:PAGE_ROWS]],
        "wrong_count": wrong.count(),
        "page_rows": PAGE_ROWS,
        "may_draw": actor.may(Permission.SUPERVISE_CASES),
        "refusal": refusal,
        "tried": request.POST,
    }
    if context["may_draw"]:
        waiting = supervising.to_look_at(actor)
        draws = supervising.samples(actor)
        context |= {
            "rows": [_line(one) for one in waiting[:PAGE_ROWS]],
            "count": waiting.count(),
            "draws": [_drawn(one) for one in draws[:PAGE_ROWS]],
            "draws_count": draws.count(),
            "counties": _counties(request),
            "since": date(today.year, 1, 1) if today > date(today.year, 1, 1) else date(today.year - 1, 1, 1),
            "until": today - timedelta(days=1),
        }
    return render(request, "office/supervision.html", context, status=409 if refusal else 200)


def _line(one: Any) -> dict[str, Any]:
    return {
        "case": one,
        "programme": programme_label(one.programme),
        "found": FINDINGS.get(one.found or "", "没有写明结论"),
    }


def _drawn(one: Sample) -> dict[str, Any]:
    share = f"{100 * one.numerator / one.denominator:g}%"
    return {"row": one, "place": division_name(one.division), "name": SHARES[one.parameter], "share": share}


def _counties(request: OfficeRequest) -> list[tuple[str, str]]:
    """The counties whose whole is in the actor's charge."""
    return [(code, division_name(code)) for code in places.counties() if request.actor.covers(code)]


@page(Permission.SUPERVISE_CASES, methods=("POST",))
def draw(request: OfficeRequest) -> HttpResponse:
    """Let the database draw from what was confirmed in a time that is over."""
    try:
        try:
            since, until = (date.fromisoformat(request.POST.get(name, "")) for name in ("since", "until"))
        except ValueError:
            raise Refusal("sample.time", "请填写抽查的时段。", field="since") from None
        made = supervising.draw(
            actor=request.actor,
            county=request.POST.get("county", ""),
            since=since,
            until=until,
            on=business_date(),
        )
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, refusal)
    messages.success(
        request,
        f"已抽取：{sum(one.population for one in made)} 件中抽 {sum(one.chosen for one in made)} 件。",
    )
    return redirect("supervision")


@page(Permission.SUPERVISE_CASES)
def drawn(request: OfficeRequest, sample: uuid.UUID) -> HttpResponse:
    """One draw: its seed, its cases, and whether the seed gives the same again."""
    row = supervising.samples(request.actor).filter(public_id=sample).first()
    if row is None:
        raise NotFound("sample", sample)
    cases = supervising.cases_of(request.actor, row)
    context = {
        "trail": [(reverse("supervision"), "监督抽查"), ("", "抽样记录")],
        "draw": _drawn(row),
        "same": supervising.reproduced([row])[row.pk],
        "programmes": [programme_label(one) for one in row.programmes],
        "rows": [_line(one) for one in cases],
    }
    return render(request, "office/sample.html", context)
