"""What is on record of my family, from whom and since when, and the way to say that it is wrong or no longer so."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from minzheng.assistance.actions import Reported, report
from minzheng.base.queries import business_date
from minzheng.cases import corrections
from minzheng.values.errors import Refusal
from minzheng.web.doubted import Known, doubted_of, key_of, known_of
from minzheng.web.portal.access import ResidentRequest, resident_page


@resident_page(methods=("GET", "POST"))
def registered(request: ResidentRequest) -> HttpResponse:
    assert request.actor.household is not None
    known = known_of(request.actor, request.actor.household, business_date())
    if request.method != "POST":
        return _show(request, known)
    try:
        done = report(
            actor=request.actor,
            household=request.actor.household,
            what=doubted_of(request.POST, known),
            client_key=key_of(request.POST),
        )
    except Refusal as refusal:
        return _show(request, known, refusal)
    messages.success(request, told(done))
    return redirect("portal-registered")


def told(done: Reported) -> str:
    """What happens next, in one sentence."""
    if done.correction is None:
        return f"已收到。乡镇（街道）会复核您家的 {len(done.reviews)} 项待遇，结果会书面告知。"
    due = done.correction.due_on
    return f"已收到，{due:%Y-%m-%d} 前答复。" if due else "已收到，乡镇（街道）核实后答复。"


def _show(request: ResidentRequest, known: Known, refusal: Refusal | None = None) -> HttpResponse:
    assert request.actor.household is not None
    context = {
        "known": known,
        "asked": corrections.of_household(request.actor, request.actor.household),
        "tried": request.POST,
        "chosen": request.POST.get("fact") or request.GET.get("fact", ""),
        "refusal": refusal,
        "key": request.POST.get("key") or uuid.uuid4(),
        "today": business_date(),
    }
    return render(request, "portal/registered.html", context, status=409 if refusal else 200)
