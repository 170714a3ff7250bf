"""Who calls: a key, its purposes, its regions, how often; every call leaves a trace before anything is looked up.

No cookie is read: the session of a member of staff opens nothing here, and so no request can be forged by a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.http import HttpRequest

from minzheng.base import api_keys
from minzheng.base.actions import record
from minzheng.base.api_keys import ApiClient, Scope
from minzheng.base.scope import scope
from minzheng.base.types import Actor
from minzheng.values.errors import Refusal

WINDOW_SECONDS = 60
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TooMany(Refusal):
    """The key has been used too often within a minute."""


class Nobody(Refusal):
    """No key, or one that opens nothing; always the same words."""


class SystemKey:
    """The callable ninja asks first, before it reads anything of the request."""

    openapi_type = "apiKey"

    def __call__(self, request: HttpRequest) -> ApiClient:
        try:
            client = api_keys.client_of(request)
        except Refusal as refusal:
            raise Nobody(refusal.code, refusal.message, next_step=refusal.next_step) from None
        with scope(client.actor):
            record(client.actor, "api_call", "api", subject_of(request))
        if api_keys.calls_within(client, WINDOW_SECONDS) > settings.API_CALLS_PER_MINUTE:
            raise TooMany(
                "api.too_many",
                "这个密钥一分钟内的请求过多。",
                next_step="请一分钟后再试；需要更高频次的，请向安全管理员提出。",
            )
        return client


@contextmanager
def called(request: HttpRequest, purpose: Scope) -> Iterator[Actor]:
    """One call in the key's own scope and transaction; a refusal takes everything back and is recorded."""
    client = client_in(request)
    try:
        with scope(client.actor) as actor:
            client.require(purpose)
            yield actor
    except Refusal as refusal:
        with scope(client.actor):
            record(client.actor, "api_refused", "api", subject_of(request), detail={"code": refusal.code})
        raise


def subject_of(request: HttpRequest) -> str:
    """Which address, and the ids in it that are ids: nothing else that a caller may have put there is kept."""
    match = request.resolver_match
    assert match is not None
    ids = [str(value) for value in match.kwargs.values() if _ID.fullmatch(str(value))]
    return " ".join([str(request.method), match.route, *ids])[:200]


def client_in(request: HttpRequest) -> ApiClient:
    return cast(ApiClient, request.auth)  # type: ignore[attr-defined]
