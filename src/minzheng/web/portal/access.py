"""Pages of a signed-in resident: who may open them, what a refusal and a missing thing look like on a phone."""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from minzheng.base.queries import business_date
from minzheng.base.scope import scope
from minzheng.base.types import Actor
from minzheng.cases import mandates
from minzheng.cases.models import Mandate
from minzheng.values.errors import Defect, Refusal, SourceTrouble

_log = logging.getLogger(__name__)
NOT_THERE = frozenset(
    {
        "case.not_found",
        "household.not_found",
        "person.not_found",
        "award.not_found",
        "payment.not_found",
        "letter.not_found",
    }
)
ACTING = "acting"
"""In a session: the mandate by which its owner acts for another family."""


class ResidentRequest(HttpRequest):
    """A request of somebody who signed in as a resident, or of whoever acts for a family by `mandate`."""

    actor: Actor
    mandate: Mandate | None
    principal: str


Page = Callable[..., HttpResponseBase]


def resident_page(*, methods: tuple[str, ...] = ("GET",), acting: bool = False) -> Callable[[Page], Page]:
    """A page for a signed-in resident; anybody else is led to the residents' sign-in and comes back.

    `acting`: it opens as well to somebody who acts for a family by a mandate, a resident or a member of staff, and then
    in that family's name; from every other page they are led back to what they act in.
    """

    def wrap(view: Page) -> Page:
        @login_not_required
        @never_cache
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor: Actor | None = getattr(request, "actor", None)
            if actor is not None and ACTING in request.session:
                return _as_agent(request, actor, view if acting else None, *args, **kwargs)
            if actor is None or not actor.is_resident:
                to = request.path if request.method in ("GET", "HEAD") else reverse("portal-mine")
                return redirect(f"{reverse('portal-sign-in')}?{urlencode({'next': to})}")
            own = cast(ResidentRequest, request)
            own.mandate, own.principal = None, ""
            return _answered(request, lambda: view(own, *args, **kwargs))

        guarded.for_residents = True  # type: ignore[attr-defined]
        return cast(Page, guarded)

    return wrap


def _as_agent(
    request: HttpRequest, actor: Actor, view: Page | None, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    """The page in the name of the family the actor acts for; a mandate that is over leads back to the actor's own."""
    try:
        row, agent = mandates.acting(actor, uuid.UUID(request.session[ACTING]), business_date())
    except Refusal as over:
        del request.session[ACTING]
        messages.warning(request, over.message)
        return redirect("portal-mandates" if actor.is_resident else "mandates")
    if view is None:
        return redirect("portal-acting")
    principal = mandates.principals([row]).get(row.person_id, "")

    def shown() -> HttpResponseBase:
        with scope(agent):
            return view(cast(ResidentRequest, request), *args, **kwargs)

    asked = cast(ResidentRequest, request)
    asked.actor, asked.mandate, asked.principal = agent, row, principal
    return _answered(request, shown)


def _answered(request: HttpRequest, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        return view()
    except Http404:
        return render(request, "portal/not_found.html", status=404)
    except Refusal as refusal:
        if refusal.code in NOT_THERE:
            return render(request, "portal/not_found.html", status=404)
        request.view_failed = True  # type: ignore[attr-defined]
        return refused(request, refusal)
    except SourceTrouble as trouble:
        return render(request, "portal/refused.html", {"error": trouble}, status=503)
    except Defect as defect:
        _log.exception("defect %s", defect.code)
        request.view_failed = True  # type: ignore[attr-defined]
        return render(request, "portal/refused.html", {"error": defect, "defect": True}, status=500)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What happened, why, what now, whom to ask."""
    return render(request, "portal/refused.html", {"error": refusal}, status=409)
