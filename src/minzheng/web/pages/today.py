"""The first page: what my region looks like today and what waits for me. Every figure opens to its rows."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render

from minzheng.base.types import Actor
from minzheng.registry import queries as registry
from minzheng.registry.divisions import COUNTY_BORDERS
from minzheng.web.access import OfficeRequest, page

_POPULATION_KEPT = 600


@page()
def today(request: OfficeRequest) -> HttpResponse:
    context: dict[str, Any] = {"trail": [("", "今日")], "regions": population(request.actor)}
    return render(request, "office/today.html", context)


@page()
def borders(request: OfficeRequest) -> HttpResponseBase:
    """The county borders for the map: 示意图，不作为划界依据."""
    response = FileResponse(COUNTY_BORDERS.open("rb"), content_type="application/geo+json")
    response["Cache-Control"] = "private, max-age=86400"
    return response


def population(actor: Actor) -> list[dict[str, Any]]:
    """People and households by county, or by township within one county; counted at most every ten minutes."""
    key = f"population:{','.join(actor.regions)}"
    found: list[dict[str, Any]] | None = cache.get(key)
    if found is None:
        found = _count(actor)
        cache.set(key, found, _POPULATION_KEPT)
    return found


def _count(actor: Actor) -> list[dict[str, Any]]:
    people = registry.people_by_township(actor)
    households = registry.households_by_township(actor)
    wide = any(len(region) <= 4 for region in actor.regions)
    level = 6 if wide else 9
    totals: dict[str, list[int]] = {}
    for counts, at in ((people, 0), (households, 1)):
        for township, number in counts.items():
            totals.setdefault(str(township)[:level], [0, 0])[at] += number
    return [
        {"code": code, "name": registry.division_name(code), "people": both[0], "households": both[1]}
        for code, both in sorted(totals.items())
    ]
