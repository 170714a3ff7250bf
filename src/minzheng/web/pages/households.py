"""One household: who belongs to it, what is known and by whom, what it receives, and every programme clause by clause."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.debug import sensitive_variables

from minzheng.assessment.decide import decide
from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.assessment.queries import leads_of_household
from minzheng.base import step_up
from minzheng.base.actions import reveal
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.registry import queries as registry
from minzheng.registry.queries import HouseholdView
from minzheng.registry.received import Stretch, received
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.web import branches, explained
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.homes import household_at
from minzheng.web.tree import Address

_EARLIEST = date(1990, 1, 1)
_YEARS = 3
"""Of what the family receives so many calendar years are shown, the year asked for among them."""


@dataclass(frozen=True)
class Moment:
    """As of which day (of law) and as known at which day the page speaks."""

    on: date
    known: date | None
    refused: str = ""

    @property
    def known_at(self) -> datetime | None:
        """The end of that day in China."""
        if self.known is None:
            return None
        return timezone.make_aware(datetime.combine(self.known, time.max))

    @property
    def query(self) -> str:
        """As the address carries it."""
        parts = [f"on={self.on:%Y-%m-%d}", *([f"known={self.known:%Y-%m-%d}"] if self.known else [])]
        return "&".join(parts)


def _moment(request: OfficeRequest) -> Moment:
    """The two days asked for; a day that cannot be read is said so and replaced by the business date."""
    today = business_date()
    on, wrong_on = _day(request.GET.get("on", ""), today)
    known, wrong_known = _day(request.GET.get("known", ""), None)
    wrong = wrong_on or wrong_known
    return Moment(on or today, known, "日期无法识别，已按业务日期显示。应写作 2023-12-31。" if wrong else "")


def _day(text: str, default: date | None) -> tuple[date | None, bool]:
    if not text:
        return default, False
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or day < _EARLIEST:
        return default, True
    return day, False


def _open(request: OfficeRequest, public_id: uuid.UUID, moment: Moment) -> HouseholdView:
    return household_at(request, public_id, on=moment.on)


def _decided(request: OfficeRequest, view: HouseholdView, moment: Moment) -> Determination:
    """The determination of the household, from its facts as of and as known at the moment."""
    return decide(request.actor, view.id, on=moment.on, known_at=moment.known_at, steps=False)


@page(Permission.SEE_HOUSEHOLDS)
def household(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    moment = _moment(request)
    view = _open(request, public_id, moment)
    context: dict[str, Any] = {
        "trail": [
            (reverse("search"), "家庭与人员"),
            (reverse("division", args=[view.village]), view.place),
            ("", "家庭"),
        ],
        "household": view,
        "head": next((m.person for m in view.members if m.person), None),
        "moment": moment,
        "receipts": _receipts(request, view, moment),
        "may_reveal": request.actor.may(Permission.REVEAL_IDENTITY),
        "may_receive": request.actor.may(Permission.RECEIVE_CASES),
        "may_record": request.actor.may(Permission.RECORD_FACTS),
        "may_see_money": request.actor.may(Permission.SEE_PAYMENTS),
        "leads": leads_of_household(request.actor, view.id)
        if request.actor.may(Permission.SEE_LEADS)
        else [],
    }
    if not view.members:
        return render(request, "office/household.html", context)
    determination = _decided(request, view, moment)
    shown = explained.outcomes(determination)
    _mark_received(shown, determination, context["receipts"])
    context |= {
        "granted": [one for one in shown if one.status == "yes"],
        "open": [one for one in shown if one.status in ("review", "unknown")],
        "refused": [one for one in shown if one.status == "no"],
        "facts": explained.fact_groups(determination.book.columns.values(), determination.facts),
        "examples": any(one.example for one in shown if one.status != "no"),
    }
    return render(request, "office/household.html", context)


@page(Permission.SEE_HOUSEHOLDS)
def outcome(
    request: OfficeRequest, public_id: uuid.UUID, program: str, who: int | None = None
) -> HttpResponse:
    """One programme for one holder: a page of its own, or the part of the household's page when htmx asks."""
    moment = _moment(request)
    view = _open(request, public_id, moment)
    one = _outcome(request, view, moment, program, who)
    context = {
        "one": one,
        "branches": _branches(public_id, program, who, moment),
        "household": view,
        "moment": moment,
        "trail": [
            (reverse("search"), "家庭与人员"),
            (reverse("household", args=[public_id]) + f"?{moment.query}", "家庭"),
            ("", one.label),
        ],
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "office/_outcome.html" if part else "office/outcome.html", context)


@page(Permission.SEE_HOUSEHOLDS)
def branch(
    request: OfficeRequest, public_id: uuid.UUID, program: str, key: str, who: int | None = None
) -> HttpResponse:
    """What one line of a programme's explanation rests on, on the same two days."""
    moment = _moment(request)
    view = _open(request, public_id, moment)
    one = _outcome(request, view, moment, program, who)
    whole = reverse("outcome" if who is None else "outcome-of", args=_holder(public_id, program, who))
    return branches.show(
        request,
        one.tree,
        key,
        _branches(public_id, program, who, moment),
        trail=[
            (reverse("search"), "家庭与人员"),
            (reverse("household", args=[public_id]) + f"?{moment.query}", "家庭"),
            (f"{whole}?{moment.query}", one.label),
        ],
        about=f"{view.place} · {one.label}{f' · {one.who}' if one.who else ''} · 按 {moment.on:%Y-%m-%d} 的情况和规定判断",
    )


def _outcome(
    request: OfficeRequest, view: HouseholdView, moment: Moment, program: str, who: int | None
) -> explained.Shown:
    try:
        return explained.outcome(_decided(request, view, moment), program, who)
    except KeyError:
        raise NotFound("outcome", f"{view.public_id}/{program}") from None


def _holder(public_id: uuid.UUID, program: str, who: int | None) -> list[Any]:
    return [public_id, program, *([] if who is None else [who])]


def _branches(public_id: uuid.UUID, program: str, who: int | None, moment: Moment) -> Address:
    name = "outcome-branch" if who is None else "outcome-of-branch"
    return branches.address_of(name, *_holder(public_id, program, who), query=moment.query)


@dataclass(frozen=True)
class ReceiptRow:
    """One line of what the family receives, with what it came to in each year shown."""

    stretch: Stretch
    who: str
    runs: bool
    years: list[int]

    @property
    def since(self) -> Month:
        return Month.of(self.stretch.since)

    @property
    def last(self) -> Month | None:
        """The last month it is received, where an end is recorded."""
        until = self.stretch.until
        return None if until is None else Month.of(until).plus(-1 if until.day == 1 else 0)


@dataclass(frozen=True)
class Receipts:
    """Three calendar years on one screen: lines with totals of years, and every month under them."""

    rows: list[ReceiptRow]
    years: list[int]
    totals: list[int]
    now: int
    months: list[tuple[Month, list[Stretch], int]]


def _mark_received(shown: list[explained.Shown], determination: Determination, receipts: Receipts) -> None:
    """Say of each outcome whether it is being received in the month."""
    now = {(row.stretch.programme, row.stretch.person_id) for row in receipts.rows if row.runs}
    for one in shown:
        who = one.outcome.who
        person = None if who is None else determination.facts.people_ids[who]
        one.receiving = (RECEIVED_AS[one.outcome.program.name], person) in now


def _receipts(request: OfficeRequest, view: HouseholdView, moment: Moment) -> Receipts:
    last = Month.of(moment.on)
    first = Month(last.year - _YEARS + 1, 1)
    found = received(request.actor, view.id, first=first, last=last, known_at=moment.known_at)
    names = {m.person_id: m.person.name for m in view.members if m.person}
    rows = [
        ReceiptRow(
            one,
            names.get(one.person_id, "已不在户内") if one.person_id else "全家",
            one.runs_in(last),
            [found.in_year(one, year) for year in found.years],
        )
        for one in found.stretches
    ]
    months = [
        (month, [one for one in found.stretches if one.runs_in(month)], found.of_month(month))
        for month in found.months
    ]
    return Receipts(rows, found.years, [found.of_year(y) for y in found.years], found.of_month(last), months)


@page(Permission.REVEAL_IDENTITY, methods=("POST",))
@sensitive_variables("clear")
def number(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Open one identity number for a stated purpose. The record is written before the number is shown."""
    step_up.require(request)
    try:
        person = registry.person_of(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "person.not_found":
            raise NotFound("person", public_id) from None
        raise
    sealed = registry.sealed_number_of(request.actor, person.pk)
    if sealed is None:
        raise Refusal("person.no_number", "该人员没有登记证件号码。")
    clear = reveal(request.actor, sealed, purpose=request.POST.get("purpose", ""))
    part = request.headers.get("HX-Request") == "true"
    context = {
        "clear": clear,
        "person": person,
        "trail": [(reverse("search"), "家庭与人员"), ("", "证件号码")],
    }
    return render(request, "office/_number_open.html" if part else "office/number.html", context)


@page(Permission.SEE_HOUSEHOLDS)
def person(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """A person is shown within the household where they are at home."""
    try:
        found = registry.person_of(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "person.not_found":
            raise NotFound("person", public_id) from None
        raise
    homes = registry.homes_of(request.actor, found.pk, on=business_date())
    lines = registry.household_lines(request.actor, homes[:1], on=business_date())
    if not lines:
        raise NotFound("person", public_id)
    return redirect("household", lines[0].public_id)
