"""How a page is opened: who may, what a refusal looks like, and the one answer to "not there" and "not yours".

Refusals are shown in Chinese with the next step. A thing asked for by its address and not found leaves an audit
entry and a 404 that says the same whether it does not exist or lies in another region.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from minzheng.base.actions import record
from minzheng.base.factors import demonstration_code
from minzheng.base.middleware import ScopedRequest as OfficeRequest
from minzheng.base.scope import scope, system_actor
from minzheng.base.step_up import FIELD, StepUpNeeded
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Defect, Refusal, SourceTrouble

_log = logging.getLogger(__name__)


class NotFound(Exception):
    """A thing named in the address is not there, or not in the region of who asks: nobody can tell which."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(kind)
        self.kind, self.key = kind, str(key)


Page = Callable[..., HttpResponseBase]
__all__ = ["NotFound", "OfficeRequest", "page"]


def page(*permissions: Permission, methods: tuple[str, ...] = ("GET",)) -> Callable[[Page], Page]:
    """A page for staff who hold one of the permissions (any member of staff where none is named)."""

    def wrap(view: Page) -> Page:
        @never_cache
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            office = cast(OfficeRequest, request)
            try:
                _require_one(office.actor, permissions)
                return view(office, *args, **kwargs)
            except NotFound as missing:
                record(office.actor, "not_found", missing.kind, missing.key)
                return not_found(request, Http404())
            except StepUpNeeded as asked:
                return step_up(office, asked)
            except Refusal as refusal:
                return refused(request, refusal)
            except SourceTrouble as trouble:
                return render(request, "office/refused.html", {"error": trouble}, status=503)
            except Defect as defect:
                _log.exception("defect %s", defect.code)
                request.view_failed = True  # type: ignore[attr-defined]
                return render(request, "office/refused.html", {"error": defect, "defect": True}, status=500)

        return cast(Page, guarded)

    return wrap


def _require_one(actor: Actor, permissions: tuple[Permission, ...]) -> None:
    if permissions and not any(actor.may(permission) for permission in permissions):
        actor.require(permissions[0])


def step_up(request: OfficeRequest, asked: StepUpNeeded) -> HttpResponse:
    """Ask for the second factor; the answer goes to the page that asked, with everything that was typed."""
    if request.headers.get("HX-Request"):
        back = urlencode({"next": urlsplit(request.headers.get("HX-Current-URL", "/")).path})
        response = HttpResponse(status=204)
        response["HX-Redirect"] = f"{reverse('step-up')}?{back}"
        return response
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in {FIELD, "csrfmiddlewaretoken"}
        for value in values
    ]
    action = request.path
    if request.method != "POST":
        action, kept = reverse("step-up"), [("next", request.GET.get("next") or request.get_full_path())]
    with scope(system_actor("sign_in")):
        shown = demonstration_code(request.user)
    context = {"kept": kept, "action": action, "field": FIELD, "shown": shown}
    wrong = asked if request.POST.get(FIELD) else None
    return render(request, "office/step_up.html", {**context, "error": wrong}, status=403)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What happened, why, what now. 403 for a missing permission, 409 for everything else that is refused."""
    denied = refusal.code == "permission.denied"
    template = "office/403.html" if denied else "office/refused.html"
    return render(request, template, {"error": refusal}, status=403 if denied else 409)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "office/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "office/403.html", status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "office/400.html", status=400)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Usually a form left open until the session ended."""
    return render(request, "office/expired.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """No query, no shell: this page must stand when nothing else does."""
    return render(request, "office/500.html", status=500)
