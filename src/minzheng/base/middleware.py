"""One request of a signed-in member of staff, or of a resident: one transaction, one scope ticket, one actor."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase

from minzheng.base import residents
from minzheng.base.models import Staff
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope
from minzheng.base.sessions import is_idle
from minzheng.base.sign_in import sign_out
from minzheng.base.types import Actor

_NOT_FOUND = (Http404, PermissionDenied)


class ScopedRequest(HttpRequest):
    """A request as a view behind sign-in gets it."""

    actor: Actor
    user: Staff


class ScopeMiddleware:
    """Sets `request.actor` and runs the view, and the rendering of its page, inside the actor's scope.

    The actor is the signed-in member of staff, else the resident whose session this is (who is no `request.user`: no
    page of the office opens). Nobody signed in: no actor, no ticket, no guarded row.
    A view that raises has all its writes rolled back, except when it only says "not found" or "not permitted":
    then the record of the attempt stays. A streamed response is produced after the scope has closed, so exports are
    built before they are returned.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, Staff):
            if is_idle(request):
                sign_out(request)
                request.session.flush()
                return redirect_to_login(request.get_full_path())
            return self._answer(request, actor_of(request.user))
        resident = residents.resident_of(request)
        if resident is not None:
            with scope(resident):
                belongs = residents.still_belongs(resident)
            if belongs:
                return self._answer(request, resident)
            residents.leave(request)
        return self.get_response(request)

    def _answer(self, request: HttpRequest, actor: Actor) -> HttpResponseBase:
        request.actor = actor  # type: ignore[attr-defined]
        with scope(actor):
            response = self.get_response(request)
            if getattr(request, "view_failed", False):
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        request.view_failed = not isinstance(exception, _NOT_FOUND)  # type: ignore[attr-defined]
