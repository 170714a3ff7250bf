"""For the machines that watch: is it alive, can it serve, and figures without anybody in them.

`/health/` says yes or no to anyone. `/metrics/` answers only this machine itself, asked directly, or whoever shows the
token of `MINZHENG_METRICS_TOKEN`; to everybody else it is not there.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import shutil
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from minzheng.base.metrics import exposition
from minzheng.database import Role, address, copies, home

_LEAST_BYTES = 512 << 20
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a slow database restarts no web process."""
    return JsonResponse({"live": True})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Requests can be served: 200, or 503 with the parts that are not ready. Says nothing about why."""
    parts = {name: check() for name, check in _PARTS.items()}
    return JsonResponse(
        {"ready": all(parts.values()), "parts": parts}, status=200 if all(parts.values()) else 503
    )


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    if not (_is_this_machine(request) or _has_token(request)):
        raise Http404
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_this_machine(request: HttpRequest) -> bool:
    """Asked from here and not passed on: behind a proxy on this machine everybody seems to be here."""
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return near and not any(request.META.get(name) for name in _PASSED_ON)


def _has_token(request: HttpRequest) -> bool:
    token = os.environ.get("MINZHENG_METRICS_TOKEN", "")
    shown = request.headers.get("Authorization", "")
    return len(token) >= 32 and hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


def _whole() -> bool:
    """No restore is under way."""
    try:
        return not copies.is_unfinished(address(Role.APP))
    except OSError:
        return False


def _disk() -> bool:
    return shutil.disk_usage(home()).free >= _LEAST_BYTES


_PARTS: dict[str, Callable[[], bool]] = {"database": _database, "whole": _whole, "disk": _disk}
