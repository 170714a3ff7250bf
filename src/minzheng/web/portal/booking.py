"""Appointments from a phone: offices with their next free slot, booking, one's bookings, moving, cancelling.

Nobody signs in; a telephone that showed its code books (docs/booking.md says why). No name or number is in an address.
"""

from __future__ import annotations

import uuid
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minzheng.base.queries import business_date
from minzheng.base.scope import scope
from minzheng.booking import actions, queries
from minzheng.booking.models import Slot
from minzheng.booking.types import Kind, Phone, State, Visitor, clock
from minzheng.values.errors import Refusal
from minzheng.web.portal import booking_phone

WEEKDAYS = "一二三四五六日"


@login_not_required
@never_cache
@require_safe
def offices(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Every office of the kind with its next free slot."""
    with scope(queries.public_actor()):
        places = queries.places(_kind(kind), business_date())
    context = {
        "kind": _kind(kind),
        "places": [(one.office, _free(one.next)) for one in places],
        "move": _uuid(request.GET.get("move", "")) or "",
    }
    return render(request, "portal/booking_offices.html", context)


@login_not_required
@never_cache
@require_safe
def office(request: HttpRequest, kind: str, office: int) -> HttpResponseBase:
    """The days to come, and the slots of the chosen one."""
    with scope(queries.public_actor()):
        row = queries.office_of(_kind(kind), office)
        if row is None:
            return render(request, "portal/not_found.html", status=404)
        slots = queries.slots_of(row, business_date())
        special = {one.day: one.reason for one in row.special_days.all()}
    days = [
        {"day": day, "words": day_words(day), "left": sum(max(0, one.capacity - one.taken) for one in of_day),
         "reason": special.get(day, ""), "slots": of_day}
        for day, of_day in ((day, list(group)) for day, group in groupby(slots, key=lambda one: one.day))
    ]  # fmt: skip
    wanted = request.GET.get("day", "")
    chosen = next((one for one in days if str(one["day"]) == wanted), None) or next(
        (one for one in days if one["left"]), None
    )
    context = {
        "kind": _kind(kind), "office": row, "days": days, "chosen": chosen,
        "slots": [(one, clock(one.starts), one.capacity - one.taken) for one in chosen["slots"]] if chosen else [],
        "move": _uuid(request.GET.get("move", "")) or "",
    }  # fmt: skip
    return render(request, "portal/booking_office.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters("name1", "number1", "name2", "number2")
@require_http_methods(["GET", "HEAD", "POST"])
def slot(request: HttpRequest, kind: str, slot: int) -> HttpResponseBase:
    """Take a slot: who comes, or which booking is moved here."""
    with scope(queries.public_actor()):
        place = queries.slot_of(slot)
        if place is None or place.office.kind != _kind(kind):
            return render(request, "portal/not_found.html", status=404)
    phone = booking_phone.phone_of(request)
    if phone is None:
        return booking_phone.ask(request)
    moving = _uuid(request.POST.get("move") or request.GET.get("move") or "")
    error = None
    if request.method == "POST":
        try:
            _take(request, phone, place, moving)
        except Refusal as refusal:
            error = refusal
        else:
            messages.success(request, "已改约。" if moving else "预约成功。请两个人都带齐证件，按时到场。")
            return redirect("portal-booking-mine")
    return _slot_page(request, place, phone, moving, error)


@login_not_required
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    """What the telephone booked."""
    phone = booking_phone.phone_of(request)
    if phone is None:
        return booking_phone.ask(request)
    with scope(queries.public_actor()):
        rows = list(queries.bookings_of(phone)[: actions.MOST_A_DAY * 4])
    on = business_date()
    context = {
        "phone": phone,
        "bookings": [
            {"row": row, "when": f"{day_words(row.slot.day)} {clock(row.slot.starts)}", "state": State(row.state).label,
             "changes": row.state == State.BOOKED and row.slot.day >= on}
            for row in rows
        ],
    }  # fmt: skip
    return render(request, "portal/booking_mine.html", context)


@login_not_required
@require_POST
def cancel(request: HttpRequest, booking: uuid.UUID) -> HttpResponseBase:
    phone = booking_phone.phone_of(request)
    if phone is None:
        return redirect("portal-booking-phone")
    try:
        with scope(queries.public_actor()) as actor:
            actions.cancel_booking(
                actor=actor, phone=phone, booking=booking, version=_number(request.POST.get("version", ""))
            )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "已取消，时段让给了别人。")
    return redirect("portal-booking-mine")


def _take(request: HttpRequest, phone: Phone, place: Slot, moving: uuid.UUID | None) -> None:
    typed = request.POST
    with scope(queries.public_actor()) as actor:
        if moving is not None:
            version = _number(typed.get("version", ""))
            actions.move_booking(actor=actor, phone=phone, booking=moving, slot=place.pk, version=version)
            return
        key = _uuid(typed.get("key", ""))
        if key is None:
            raise Refusal("booking.key", "提交的页面已过期，请重新打开。")
        people = [Visitor(typed.get(f"name{n}", ""), typed.get(f"number{n}", "")) for n in (1, 2)]
        visitors = [one for one in people if one.name.strip() or one.number.strip()]
        actions.book(actor=actor, phone=phone, slot=place.pk, visitors=visitors, client_key=key)


def _slot_page(
    request: HttpRequest, place: Slot, phone: Phone, moving: uuid.UUID | None, error: Refusal | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "kind": Kind(place.office.kind),
        "slot": place,
        "when": f"{day_words(place.day)} {clock(place.starts)}",
        "phone": phone,
        "moving": None,
        "error": error,
        "names": {n: request.POST.get(f"name{n}", "") for n in (1, 2)},
        "key": _uuid(request.POST.get("key", "")) or uuid.uuid4(),
    }
    if moving is not None:
        with scope(queries.public_actor()):
            context["moving"] = queries.bookings_of(phone).filter(pk=moving).first()
        if context["moving"] is None:
            return render(request, "portal/not_found.html", status=404)
    return render(request, "portal/booking_slot.html", context, status=409 if error else 200)


def day_words(day: date) -> str:
    """`1月2日 周二`."""
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def _free(found: Any) -> str:
    return f"{day_words(found.day)} {clock(found.starts)}，余 {found.left}" if found else ""


def _kind(text: str) -> Kind:
    return Kind(text)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
