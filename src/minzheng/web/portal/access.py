"""Pages of a signed-in resident: who may open them, what a refusal and a missing thing look like on a phone."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from minzheng.base.types import Actor
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


class ResidentRequest(HttpRequest):
    """A request of somebody who signed in as a resident."""

    actor: Actor


Page = Callable[..., HttpResponseBase]


def resident_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[Page], Page]:
    """A page for a signed-in resident; anybody else is led to the residents' sign-in and comes back."""

    def wrap(view: Page) -> Page:
        @login_not_required
        @never_cache
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor: Actor | None = getattr(request, "actor", None)
            if actor is None or not actor.is_resident:
                to = request.path if request.method in ("GET", "HEAD") else reverse("portal-mine")
                return redirect(f"{reverse('portal-sign-in')}?{urlencode({'next': to})}")
            try:
                return view(cast(ResidentRequest, request), *args, **kwargs)
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

        guarded.for_residents = True  # type: ignore[attr-defined]
        return cast(Page, guarded)

    return wrap


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What happened, why, what now, whom to ask."""
    return render(request, "portal/refused.html", {"error": refusal}, status=409)
