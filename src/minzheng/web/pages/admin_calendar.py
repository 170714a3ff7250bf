"""The work calendar: which years are known, and entering one from its notice."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from minzheng.base import administration, step_up
from minzheng.base.queries import added_years, work_calendar
from minzheng.base.types import Permission
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest, page

_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
_MOST_DAYS = 60


@page(Permission.MANAGE_CALENDAR, methods=("GET", "POST"))
def calendar(request: OfficeRequest) -> HttpResponse:
    if request.method != "POST":
        return _shown(request)
    step_up.require(request)
    typed = {name: request.POST.get(name, "") for name in ("year", "rest", "work", "document")}
    try:
        administration.record_calendar_year(
            actor=request.actor,
            year=_year(typed["year"].strip()),
            rest=_days(typed["rest"], "rest"),
            work=_days(typed["work"], "work"),
            document=typed["document"],
        )
    except Refusal as refusal:
        return _shown(request, refusal, typed)
    messages.success(request, f"{typed['year']} 年的工作日历已录入。")
    return redirect("admin-calendar")


def _shown(
    request: OfficeRequest, error: Refusal | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    entered = {plan.year for plan in added_years()}
    plans = work_calendar().years
    context: dict[str, Any] = {
        "trail": [("", "工作日历")],
        "years": [
            (plan, sorted(plan.rest), sorted(plan.work), year in entered)
            for year, plan in sorted(plans.items(), reverse=True)
        ],
        "next": max(plans, default=2025) + 1,
        "error": error,
        "typed": typed or {},
    }
    return render(request, "office/admin_calendar.html", context, status=409 if error else 200)


def _year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        raise Refusal("calendar.year", "请填写四位年份。", field="year")
    return int(text)


def _days(text: str, field: str) -> list[date]:
    """Days as typed, apart by anything; what is no day is told."""
    pieces = [piece for piece in re.split(r"[\s,，、;；]+", text) if piece]
    if len(pieces) > _MOST_DAYS:
        raise Refusal("calendar.too_many", "日期过多，请核对。", field=field)
    days = []
    for piece in pieces:
        found = _DAY.fullmatch(piece)
        try:
            days.append(date(*map(int, found.groups())) if found else date.fromisoformat(piece))
        except ValueError:
            raise Refusal(
                "calendar.day",
                f"“{piece[:20]}”不是日期。",
                field=field,
                next_step="请按 2027-01-01 的形式填写，一行一个。",
            ) from None
    return days
