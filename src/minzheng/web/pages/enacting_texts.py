"""The rulebook's text where the program ships another one than is in force: what differs, proposing it, worked cases."""

from __future__ import annotations

import uuid
from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.enacting import actions, queries
from minzheng.assessment.enacting.differences import waiting_text
from minzheng.assessment.reforms.asking import cases_under_text
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.pages.enacting import READERS, month_of, read_key, trail_of

_FIELDS = ("since", "document", "link", "reason", "digest", "client_key")


@page(*READERS, methods=("GET", "POST"))
def text(request: OfficeRequest) -> HttpResponse:
    """What differs between the text in force and the one the program ships; the form for whoever may propose it."""
    if request.method != "POST":
        return _shown(request, {})
    request.actor.require(Permission.PROPOSE_RULES)
    tried = {name: request.POST.get(name, "") for name in _FIELDS}
    try:
        made = actions.propose_text(
            actor=request.actor, since=month_of(tried["since"]), document=tried["document"], link=tried["link"],
            reason=tried["reason"], digest=tried["digest"], client_key=read_key(tried["client_key"]),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code.startswith("permission"):
            raise
        return _shown(request, tried, refusal)
    return redirect("proposal", made.pk)


def _shown(request: OfficeRequest, tried: dict[str, str], refusal: Refusal | None = None) -> HttpResponse:
    today = business_date()
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    context = {
        "trail": trail_of("规则文本和数值"),
        "waiting": waiting_text(request.actor),
        "may_propose": request.actor.may(Permission.PROPOSE_RULES),
        "tried": {"since": f"{following:%Y-%m}", "client_key": uuid.uuid4()}
        | {name: value for name, value in tried.items() if value and name != "digest"},
        "refusal": refusal,
    }
    return render(request, "office/enacting_text.html", context, status=409 if refusal else 200)


@page(*READERS)
def cases(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """The shipped worked cases that come out otherwise under a proposed text, or how far deciding them is."""
    try:
        view = queries.proposal_view(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "enacting.not_found":
            raise NotFound("assessment.proposal", public_id) from None
        raise
    if not view.is_text or view.enactment is not None:
        raise NotFound("assessment.proposal", public_id)
    found = cases_under_text(request.actor, public_id)
    context = {
        "trail": [*trail_of("规则文本和数值", reverse("proposal", args=[public_id])), ("", "受影响的样例")],
        "found": found,
        "view": view,
        "part": False,
    }
    response = render(request, "office/enacting_text_cases.html", context)
    if found["state"] == "running":
        response["Refresh"] = "2"
    return response
