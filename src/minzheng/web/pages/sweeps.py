"""The whole-city comparison: the last one by programme and place, which clauses leave most to people, and those before."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from minzheng.assessment import queries as assessment
from minzheng.assessment.programmes import programme_labels
from minzheng.base.types import Permission
from minzheng.rules.book import Rulebook
from minzheng.web import charts, places
from minzheng.web.access import OfficeRequest, page
from minzheng.web.book import load
from minzheng.web.sweeps import programme_rows

_CLAUSES = 30


@page(Permission.SEE_LEADS, Permission.RUN_SWEEP)
def sweeps(request: OfficeRequest) -> HttpResponse:
    actor = request.actor
    last = assessment.last_sweep()
    place = request.GET.get("place", "")
    place = place if places.holds(actor, place) else ""
    context: dict[str, Any] = {
        "trail": [("", "全市比对")],
        "sweep": last,
        "running": assessment.running_sweep(),
        "history": assessment.sweep_history(),
        "places": places.groups(actor),
        "place": place,
    }
    if last is not None and actor.may(Permission.SEE_LEADS):
        found = programme_rows(actor, last, division=place)
        rates = assessment.clause_rates(last)
        context |= {
            "found": found,
            "chart": charts.bars(
                [one.label for one in found],
                {
                    "符合且在享": [one.yes_receiving for one in found],
                    "符合未享": [one.missed for one in found],
                },
                unit="户（人）",
            ),
            "rates": [(rate, _named(load(), rate.provision)) for rate in rates[:_CLAUSES]],
            "rates_all": len(rates),
            "labels": programme_labels(),
        }
    return render(request, "office/sweeps.html", context)


def _named(book: Rulebook, provision: str) -> str:
    """The clause as people call it; one that is no longer in the rulebook by its recorded name."""
    return str(book[provision].label) if provision in book else provision
