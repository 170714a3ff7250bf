"""Finding a household: by a person's name, pinyin or whole identity number, or by walking down the divisions.

What was typed travels in the body of a POST only; a division's code is no secret and stays in the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry import queries as registry
from minzheng.registry.models import Division
from minzheng.values.division import DivisionCode
from minzheng.values.errors import Refusal
from minzheng.web import counted
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.changing import Typed

_PLACES_SHOWN = 20
_VILLAGE = 12
_LEVELS = (_VILLAGE, 9, 6, 4)


@dataclass(frozen=True)
class Place:
    """A division on the way down, with how many households live in it where that is known."""

    code: int
    name: str
    households: int | None


@page(Permission.SEE_HOUSEHOLDS, methods=("GET", "POST"))
def search(request: OfficeRequest) -> HttpResponse:
    if request.method == "POST" and "address" in request.POST:
        return _by_address(request)
    text = request.POST.get("q", "").strip()[:60]
    context: dict[str, Any] = {"trail": [("", "家庭与人员")], "q": text}
    if request.method != "POST" or not text:
        return render(request, "office/search.html", {**context, **_below(request, _start(request.actor))})
    number = _page_number(request.POST.get("page", "1"))
    lines, more = registry.search(request.actor, text, on=business_date(), page=number)
    record(request.actor, "search", "household", "", detail={"found": len(lines), "page": number})
    if len(lines) == 1 and not more and number == 1:
        return redirect("household", lines[0].public_id)
    context |= {"lines": lines, "more": more, "page": number, "places": _places(request.actor, text)}
    context |= {"asked": [("q", text)]}
    return render(request, "office/search_found.html", context)


def _by_address(request: OfficeRequest) -> HttpResponse:
    """Households of a village in charge by the beginning of their address; what cannot be meant is said beside it."""
    typed = request.POST.dict()
    given = Typed(request.actor, typed)
    context: dict[str, Any] = {"trail": [("", "家庭与人员")], "q": "", "typed": typed}
    try:
        village, beginning = (
            given.own_village("village"),
            given.needed("address", "请填写住址的开头，例如“3组”。"),
        )
    except Refusal as refusal:
        context |= {"refusal": refusal, "wrong": refusal.field, "picked": given.picked}
        context |= _below(request, _start(request.actor))
        return render(request, "office/search.html", context, status=409)
    number = _page_number(typed.get("page", "1"))
    lines, more = registry.households_at(request.actor, village, beginning, on=business_date(), page=number)
    record(request.actor, "search", "household", "", detail={"found": len(lines), "page": number})
    context |= {"lines": lines, "more": more, "page": number, "picked": given.picked}
    context |= {"asked": [("village", str(village)), ("address", beginning)]}
    return render(request, "office/search_found.html", context)


@page(Permission.SEE_HOUSEHOLDS)
def division(request: OfficeRequest, code: int) -> HttpResponse:
    """The divisions right below one, or the households of a village."""
    try:
        here = DivisionCode.parse(str(code))
    except Refusal:
        raise NotFound("division", code) from None
    covered = request.actor.covers(here) or any(r.startswith(here.digits) for r in request.actor.regions)
    if not covered or not Division.objects.filter(code=int(here.digits)).exists():
        raise NotFound("division", code)
    context: dict[str, Any] = {"trail": _trail(here), "q": "", **_below(request, here.digits)}
    return render(request, "office/search.html", context)


def _start(actor: Actor) -> str:
    """The nearest division that holds every region in charge: the region itself where it is one."""
    for digits in _LEVELS:
        holding = {region[:digits] for region in actor.regions}
        if len(holding) == 1 and all(len(region) >= digits for region in actor.regions):
            return holding.pop()
    return str(settings.CITY)


def _below(request: OfficeRequest, start: str) -> dict[str, Any]:
    """The divisions right below one; of a village its households."""
    context = _walk(request.actor, start)
    if len(start) == _VILLAGE:
        number = _page_number(request.GET.get("page", "1"))
        lines, more = registry.search(request.actor, "", on=business_date(), division=start, page=number)
        context |= {"lines": lines, "more": more, "page": number, "division": start}
    return context


def _walk(actor: Actor, start: str) -> dict[str, Any]:
    """The next divisions down that lie in or above the regions in charge."""
    below_here = registry.divisions_in(actor, start)
    counts = counted.households(actor) if any(_has_count(row.code) for row in below_here) else {}
    places = [
        Place(row.code, row.name, _households_in(counts, row.code) if _has_count(row.code) else None)
        for row in below_here
    ]
    return {"start": start, "start_name": registry.division_path(start, below=2), "places": places}


def _has_count(code: int) -> bool:
    """Households are counted by township; a village's are not."""
    return len(str(code)) <= 9


def _households_in(counts: dict[int, int], code: int) -> int:
    return sum(n for township, n in counts.items() if str(township).startswith(str(code)))


def _places(actor: Actor, text: str) -> list[tuple[str, str]]:
    """Townships and villages of the region whose name holds the text."""
    if text.isascii():
        return []
    inside = Q(code__in=registry.villages_of(actor))
    for low, high in registry.townships_of(actor):
        inside |= Q(code__gte=low * 1000, code__lte=high * 1000 + 999) | Q(code__gte=low, code__lte=high)
    rows = Division.objects.filter(inside, name__contains=text, pseudo=False, valid_to=None)
    return [
        (str(row.code), registry.division_path(row.code))
        for row in rows.order_by("code")[:_PLACES_SHOWN]
        if len(str(row.code)) >= 9
    ]


def _trail(here: DivisionCode) -> list[tuple[str, str]]:
    steps = [here.digits[:n] for n in (6, 9, 12) if n <= len(here.digits)]
    links = [(reverse("division", args=[code]), registry.division_name(code)) for code in steps[:-1]]
    return [(reverse("search"), "家庭与人员"), *links, ("", registry.division_name(here.digits))]


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 10_000 else 1
