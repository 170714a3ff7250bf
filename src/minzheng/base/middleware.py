"""One request of a signed-in member of staff: one transaction, one scope ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from minzheng.base.queries import actor_of
from minzheng.base.scope import scope

View = Callable[..., HttpResponseBase]


class ScopeMiddleware:
    """Gives the view `request.actor` and runs it inside the actor's scope; an exception rolls all back.

    A view of the public (nobody signed in) runs without a ticket: it sees no guarded row.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            request.actor = None  # type: ignore[attr-defined]
            return None
        actor = actor_of(request.user)
        request.actor = actor  # type: ignore[attr-defined]
        with scope(actor):
            response = view(request, *args, **kwargs)
            if callable(getattr(response, "render", None)):
                response = response.render()  # type: ignore[attr-defined]
        return response
