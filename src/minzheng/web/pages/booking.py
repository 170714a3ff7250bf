"""The office's day: who is booked, who is here, who is called; windows, special days and places for whoever may set them."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.booking import actions, administration, queries
from minzheng.booking.models import Office
from minzheng.booking.types import State, clock
from minzheng.registry.queries import division_name
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

_AT_ONCE = 50
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_WANTED_AHEAD = 400


@page(Permission.KEEP_QUEUE)
def offices(request: OfficeRequest) -> HttpResponse:
    rows = [(one, division_name(one.division)) for one in queries.offices(request.actor)]
    return render(request, "office/booking_offices.html", {"offices": rows, "trail": [("", "预约和叫号")]})


@page(Permission.KEEP_QUEUE, methods=("GET", "POST"))
def day(request: OfficeRequest, office: int) -> HttpResponse:
    """Today's queue; each button is one step of it."""
    row = _office(request, office)
    if request.method != "POST":
        return _day(request, row)
    try:
        said = _act(request)
    except Refusal as refusal:
        return _day(request, row, refusal)
    messages.success(request, said)
    return redirect("booking-day", row.pk)


@page(Permission.KEEP_QUEUE)
def missed(request: OfficeRequest, office: int) -> HttpResponse:
    """Who did not come, page by page."""
    row = _office(request, office)
    listed = Paginator(queries.missed(request.actor, row), _AT_ONCE).get_page(request.GET.get("page"))
    context = {
        "office": row, "listed": listed,
        "lines": [(one, clock(one.booking.slot.starts)) for one in queries.with_people(list(listed))],
        "trail": [*_trail(row), ("", "未到场")],
    }  # fmt: skip
    return render(request, "office/booking_missed.html", context)


@page(Permission.MANAGE_OFFICES, methods=("GET", "POST"))
def setup(request: OfficeRequest, office: int) -> HttpResponse:
    row = _office(request, office)
    if request.method != "POST":
        return _setup(request, row)
    try:
        _set(request, row)
    except Refusal as refusal:
        return _setup(request, row, refusal)
    messages.success(request, "已保存，以后的时段已按新的安排排好。")
    return redirect("booking-setup", row.pk)


def _act(request: OfficeRequest) -> str:
    typed, actor = request.POST, request.actor
    verb = typed.get("verb", "")
    if verb == "call":
        called = actions.call_next(actor=actor, window=_number(typed.get("window", "")))
        return f"请 {called.ticket} 号到 {called.window}。"
    booking, version = _uuid(typed.get("booking", "")), _number(typed.get("version", ""))
    if verb == "arrive":
        return f"已签到，排队号 {actions.check_in(actor=actor, booking=booking, version=version).ticket}。"
    if verb == "cancel":
        actions.cancel_at_office(
            actor=actor, booking=booking, version=version, reason=typed.get("reason", "")
        )
        return "已取消，请告知当事人。"
    if verb in (State.SERVED, State.UNSERVED, State.ARRIVED):
        done = actions.finish(actor=actor, booking=booking, version=version, state=State(verb))
        return f"{done.ticket} 号：{State(done.state).label}。"
    raise Refusal("booking.verb", "没有这个操作，请刷新页面。")


def _day(request: OfficeRequest, office: Office, error: Refusal | None = None) -> HttpResponse:
    on = business_date()
    lines = queries.queue(request.actor, office, on)
    at_window = {one.booking.window_id: one for one in lines if one.booking.state == State.CALLED}
    context: dict[str, Any] = {
        "office": office,
        "on": on,
        "windows": [(one, at_window.get(one.pk)) for one in office.windows.order_by("number")],
        "lines": [(one, clock(one.booking.slot.starts), State(one.booking.state).label) for one in lines],
        "waiting": sum(one.booking.state == State.ARRIVED for one in lines),
        "served": sum(one.booking.state == State.SERVED for one in lines),
        "may_set": request.actor.may(Permission.MANAGE_OFFICES),
        "trail": [*_trail(office)[:1], ("", office.name)],
        "error": error,
    }
    return render(request, "office/booking_day.html", context, status=409 if error else 200)


def _set(request: OfficeRequest, office: Office) -> None:
    typed, actor = request.POST, request.actor
    verb = typed.get("verb", "")
    if verb == "capacity":
        administration.set_capacity(
            actor=actor, office=office.pk, per_window=_number(typed.get("per_window", "")),
            ahead_days=_number(typed.get("ahead_days", "")), version=_number(typed.get("version", "")),
        )  # fmt: skip
    elif verb in ("close", "open"):
        administration.set_window(
            actor=actor, window=_number(typed.get("window", "")), closed=verb == "close"
        )
    elif verb == "drop":
        administration.drop_special_day(actor=actor, office=office.pk, day=_date(typed.get("day", "")))
    elif verb == "special":
        closed = typed.get("closed") == "1"
        administration.set_special_day(
            actor=actor, office=office.pk, day=_date(typed.get("day", "")), reason=typed.get("reason", ""),
            hours=None if closed else (_minute(typed.get("opens", "")), _minute(typed.get("closes", ""))),
            places=None if closed else _number(typed.get("places", "")),
        )  # fmt: skip
    else:
        raise Refusal("office.verb", "没有这个操作，请刷新页面。")


def _setup(request: OfficeRequest, office: Office, error: Refusal | None = None) -> HttpResponse:
    on = business_date()
    special = queries.days_of(request.actor, office, on)
    arranged = {one.day for one in special}
    until = on.fromordinal(on.toordinal() + _WANTED_AHEAD)
    context: dict[str, Any] = {
        "office": office,
        "windows": list(office.windows.order_by("number")),
        "hours": [
            ("一二三四五六日"[one.weekday - 1], clock(one.opens), clock(one.closes))
            for one in office.hours.order_by("weekday", "opens")
        ],
        "special": [
            (one, "" if one.closed else f"{clock(one.opens or 0)}–{clock(one.closes or 0)}")
            for one in special
        ],
        "wanted": [
            (when, label)
            for when, label in queries.wanted_days(on, until)
            if when not in arranged and when > on
        ],
        "full": queries.fullness(request.actor, office, on),
        "typed": request.POST if error else {},
        "trail": [*_trail(office), ("", "窗口和时段")],
        "error": error,
    }
    return render(request, "office/booking_setup.html", context, status=409 if error else 200)


def _trail(office: Office) -> list[tuple[str, str]]:
    return [(reverse("booking"), "预约和叫号"), (reverse("booking-day", args=[office.pk]), office.name)]


def _office(request: OfficeRequest, pk: int) -> Office:
    row = queries.office_in_charge(request.actor, pk)
    if row is None:
        raise NotFound("booking.office", pk)
    return row


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal("booking.key", "提交的页面已过期，请刷新后重试。") from None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("office.day", "请选择日期。", field="day") from None


def _minute(text: str) -> int:
    found = _TIME.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else -1
