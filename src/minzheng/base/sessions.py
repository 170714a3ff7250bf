"""Sessions of staff: what is open where, ended from afar or by idleness; a second factor that must be fresh.

That a changed role, region, password or account ends a session at its next request is the session's own hash
(`Staff.get_session_auth_hash`), renewed by the database.
"""

from __future__ import annotations

import re
import time
import uuid
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.attempts import address_of
from minzheng.base.models import Staff, StaffSession
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor

FACTOR_AT = "factor_at"
_SEEN = "seen"
_NOTED_EVERY = 60
_LONGEST = timedelta(days=1)


def opened(request: HttpRequest, staff: Staff) -> None:
    """After both factors: note the session, and that the second factor is fresh."""
    now = int(time.time())
    request.session[FACTOR_AT] = request.session[_SEEN] = now
    with scope(system_actor("sign_in")):
        StaffSession.objects.create(
            staff=staff,
            session_key=str(request.session.session_key),
            device=device_name(request.headers.get("User-Agent", "")),
            place=address_of(request)[:45],
        )


def closed(request: HttpRequest) -> None:
    with scope(system_actor("sign_in")):
        StaffSession.objects.filter(session_key=request.session.session_key, ended_at=None).update(
            ended_at=timezone.now()
        )


def is_idle(request: HttpRequest) -> bool:
    """Whether nobody used the session for too long; notes the use otherwise, once a minute."""
    seen = request.session.get(_SEEN)
    if seen is None:
        return False
    now = int(time.time())
    if settings.SESSION_IDLE_SECONDS and now - seen > settings.SESSION_IDLE_SECONDS:
        return True
    if now - seen >= _NOTED_EVERY:
        request.session[_SEEN] = now
        with scope(system_actor("sign_in")):
            StaffSession.objects.filter(session_key=request.session.session_key).update(
                seen_at=timezone.now()
            )
    return False


def sessions_of(actor: Actor) -> list[StaffSession]:
    """The holder's own open sessions, the latest first."""
    return list(
        StaffSession.objects.filter(
            staff_id=_own(actor), ended_at=None, seen_at__gt=timezone.now() - _LONGEST
        ).order_by("-since")
    )


def end_session(*, actor: Actor, session: uuid.UUID) -> None:
    """End one of one's own sessions: its next request is that of a stranger."""
    found = StaffSession.objects.filter(pk=session, staff_id=_own(actor), ended_at=None).first()
    if found is None:
        return
    _store()(found.session_key).delete()
    StaffSession.objects.filter(pk=found.pk).update(ended_at=timezone.now())
    record(actor, "end_session", "staff", _own(actor))


def _own(actor: Actor) -> int:
    return int(actor.key.removeprefix("staff:"))


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


_BROWSERS = (
    ("Edg/", "Edge"), ("MicroMessenger", "微信"), ("QQBrowser", "QQ 浏览器"), ("360", "360 浏览器"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"), ("Android", "安卓"), ("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(agent: str) -> str:
    """A browser and a system in words, from what the browser says of itself; never its text."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "其他程序")
    system = next((name for mark, name in _SYSTEMS if re.search(mark, agent)), "")
    return f"{browser}（{system}）" if system else browser
