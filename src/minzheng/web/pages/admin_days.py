"""The business date of a demonstration: sent forward day by day, watched, paused; what each day did."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date

from minzheng.base import days, step_up
from minzheng.base.actions import require_movable_day
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest, page

SHOWN = 60
_REFRESH_SECONDS = 3
_TURNS = {
    "stop": (days.stop_days, "已请后台暂停：正在做的一项做完即停。"),
    "resume": (days.resume_days, "已继续推进。"),
}


@page(Permission.SET_BUSINESS_DATE, methods=("GET", "POST"))
def business_days(request: OfficeRequest) -> HttpResponse:
    require_movable_day()
    if request.method != "POST":
        return _shown(request)
    step_up.require(request)
    try:
        move = days.ask_days(
            actor=request.actor,
            until=_day(request.POST.get("until", "")),
            reason=request.POST.get("reason", ""),
        )
    except Refusal as refusal:
        return _shown(request, refusal)
    messages.success(request, f"已开始推进到 {move.until:%Y-%m-%d}，由后台逐日办理。")
    return redirect("admin-days")


@page(Permission.SET_BUSINESS_DATE, methods=("POST",))
def turn(request: OfficeRequest, move: int, verb: str) -> HttpResponse:
    """Pause, or go on."""
    if verb not in _TURNS:
        raise Http404
    act, said = _TURNS[verb]
    try:
        act(actor=request.actor, move=move)
    except Refusal as refusal:
        return _shown(request, refusal)
    messages.success(request, said)
    return redirect("admin-days")


def _shown(request: OfficeRequest, error: Refusal | None = None) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("until", "reason")}
    before = _day_or_none(request.GET.get("before", ""))
    under_way = days.progress(request.actor)
    rows = days.days_done(request.actor, most=SHOWN + 1, before=before)
    context: dict[str, Any] = {
        "trail": [("", "业务日期")],
        "now": business_date(),
        "under_way": under_way,
        "days": [
            (row, [(days.JOB_LABELS.get(one["job"], one["job"]), one) for one in row.report])
            for row in rows[:SHOWN]
        ],
        "older": rows[SHOWN - 1].on if len(rows) > SHOWN else None,
        "before": before,
        "error": error,
        "typed": typed,
    }
    answer = render(request, "office/admin_days.html", context, status=409 if error else 200)
    if under_way is not None and under_way.goes_on and not error:
        answer["Refresh"] = str(_REFRESH_SECONDS)
    return answer


def _day_or_none(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _day(text: str) -> date:
    found = _day_or_none(text.strip())
    if found is None:
        raise Refusal("business_date.unreadable", "请填写日期，例如 2024-01-31。", field="until")
    return found
