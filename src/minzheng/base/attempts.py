"""How often one may fail at a door, so that guessing is hopeless and yet nobody can lock out somebody else.

A browser one came in with before has a budget of its own for that name; all other browsers together share one a name
and one a network address. A name that does not exist is counted like one that does, so that the answer tells nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from minzheng.base.models import Attempt, Device
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index
from minzheng.values.errors import Refusal

FAILURES = 10
FAILURES_OF_ADDRESS = 60
WITHIN = timedelta(hours=1)
DEVICE_COOKIE = "minzheng_device"
_DEVICE_DAYS = 180
_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Try:
    """An attempt that was paid for and has not succeeded yet."""

    id: int
    subject: bytes
    device: bytes | None


def spend(request: HttpRequest, door: str, typed: str, *, failures: int = FAILURES) -> Try:
    """Pay for one attempt before anything is compared; `Refusal` when the budget is used up.

    Paying first, under a lock, means that a hundred attempts at once are a hundred attempts.
    """
    subject = blind_index(typed, column=f"door.{door}")
    address = blind_index(address_of(request), column="door.address")
    with scope(system_actor("sign_in")):
        device = _known_device(request, subject)
        _lock(subject, address)
        tried = Attempt.objects.filter(door=door, failed=True, at__gt=timezone.now() - WITHIN)
        spent = tried.filter(subject=subject, device=device).count() >= failures
        if device is None:
            spent = spent or tried.filter(address=address, device=None).count() >= FAILURES_OF_ADDRESS
        if not spent:
            row = Attempt.objects.create(door=door, subject=subject, device=device, address=address)
            return Try(row.pk, subject, device)
    raise Refusal(
        "sign_in.wait",
        "尝试次数过多，请一小时后再试。",
        next_step="平时使用的电脑或手机不受影响；急用请到本单位系统管理员处或者窗口办理。",
    )


def succeeded(*attempts: int) -> None:
    """These attempts (by their ids) were right: they no longer count. Old ones are cleared away on the occasion."""
    with scope(system_actor("sign_in")):
        Attempt.objects.filter(pk__in=attempts).update(failed=False)
        Attempt.objects.filter(at__lt=timezone.now() - _KEPT).delete()


def remember_device(request: HttpRequest, response: HttpResponseBase, door: str, typed: str) -> None:
    """After coming in whole: this browser is known for this name from now on."""
    token = request.COOKIES.get(DEVICE_COOKIE, "")
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        token = secrets.token_urlsafe(32)
    with scope(system_actor("sign_in")):
        Device.objects.update_or_create(
            subject=blind_index(typed, column=f"door.{door}"),
            token=blind_index(token, column="door.device"),
            defaults={"seen_at": timezone.now()},
        )
    response.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=_DEVICE_DAYS * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


_TOKEN_LENGTH = 43


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: behind so many proxies of ours, what the outermost of them saw."""
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if settings.PROXIES else []
    if len(seen) >= settings.PROXIES > 0:
        return str(seen[-settings.PROXIES]).strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _known_device(request: HttpRequest, subject: bytes) -> bytes | None:
    token = request.COOKIES.get(DEVICE_COOKIE, "")
    index = blind_index(token, column="door.device")
    since = timezone.now() - timedelta(days=_DEVICE_DAYS)
    known = Device.objects.filter(subject=subject, token=index, seen_at__gt=since).exists()
    return index if known else None


def _lock(*keys: bytes) -> None:
    with connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key.hex()])
