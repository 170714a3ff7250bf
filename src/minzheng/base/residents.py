"""Residents come in with identity number, name and a one-time code; their session is of its own kind, never of staff.

Known or not, reachable or not, dead or alive: the answer is the same, and takes the same way. The registry is asked
through a function that is handed in, since it lies above this layer.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from minzheng.base.actions import record
from minzheng.base.attempts import spend, succeeded
from minzheng.base.models import ResidentCode, ResidentPhone, Staff
from minzheng.base.phones import opened_number
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index
from minzheng.base.senders import send_in_background, sender
from minzheng.base.types import Actor, resident_actor
from minzheng.values.errors import Refusal

VALID = timedelta(minutes=5)
TRIES = 5
ASKED_PER_HOUR = 5
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 4 * 3600
_NAME = "居民"
_SESSION, _HALF = "resident", "resident_half"


@dataclass(frozen=True)
class Known:
    """Somebody of the registry, alive, with the household of theirs."""

    person: int
    household: int


Finder = Callable[[Actor], Known | None]


def ask_code(request: HttpRequest, *, number: str, find: Finder) -> str:
    """Send a code to the telephone on record, if there is somebody; returns what a demonstration shows, else nothing.

    `number` is what counts against guessing; `find` compares number and name. A demonstration shows a code in either
    case; one that nobody was found for opens nothing.
    """
    if isinstance(request.user, Staff):
        raise Refusal(
            "resident.staff_here",
            "这个浏览器里登录着工作人员账号。",
            next_step="请先退出，或者换一个浏览器。",
        )
    by = sender()
    asked = spend(request, "resident_ask", number, failures=ASKED_PER_HOUR)
    key, clear = uuid.uuid4(), f"{secrets.randbelow(1_000_000):06d}"
    with scope(system_actor("sign_in")) as system:
        found = find(system)
        phone = _phone_of(found)
        if found is not None and (phone or _shows_codes()):
            ResidentCode.objects.create(
                id=key,
                person_id=found.person,
                household_id=found.household,
                code=_index(key, clear),
                expires_at=timezone.now() + VALID,
            )
    if phone:
        text = f"【民政服务】登录验证码 {clear}，5 分钟内有效。工作人员不会向您索要验证码。"
        send_in_background(by, phone, text, reference=str(key))
    request.session.cycle_key()
    request.session[_HALF] = {"code": str(key), "at": int(time.time()), "asked": asked.id}
    request.session.pop(_SESSION, None)
    return clear if _shows_codes() else ""


def is_half_way(request: HttpRequest) -> bool:
    half = request.session.get(_HALF)
    return half is not None and half["at"] > time.time() - VALID.total_seconds()


def enter(request: HttpRequest, typed: str) -> Actor:
    """Come in with the code; `Refusal`, always the same, when it is wrong, old, used or was never sent."""
    half = request.session.get(_HALF)
    key = uuid.UUID(half["code"]) if half else uuid.UUID(int=0)
    attempt = spend(request, "resident_code", str(key), failures=TRIES)
    with scope(system_actor("sign_in")):
        found = _used(key, typed.strip()) if half else None
    if found is None or half is None:
        raise Refusal(
            "resident.wrong_code",
            "验证码不正确，或者已经失效。",
            field="code",
            next_step="请核对短信；超过五分钟请重新获取。没有收到的，请核对号码和姓名，或到便民服务中心登记手机号码。",
        )
    succeeded(attempt.id, half["asked"])
    del request.session[_HALF]
    request.session.cycle_key()
    now = int(time.time())
    request.session[_SESSION] = {
        "person": found.person_id,
        "household": found.household_id,
        "since": now,
        "seen": now,
    }
    actor = resident_actor(found.person_id, found.household_id, _NAME)
    with scope(actor):
        record(actor, "sign_in", "person", found.person_id)
    return actor


def resident_of(request: HttpRequest) -> Actor | None:
    """The resident whose session this is, when it is neither idle nor too old."""
    kept: dict[str, int] | None = request.session.get(_SESSION)
    if kept is None:
        return None
    now = int(time.time())
    if now - kept["seen"] > IDLE_SECONDS or now - kept["since"] > LONGEST_SECONDS:
        leave(request)
        return None
    if now - kept["seen"] >= 60:
        request.session[_SESSION] = {**kept, "seen": now}
    return resident_actor(kept["person"], kept["household"], _NAME)


def still_belongs(actor: Actor) -> bool:
    """Whether the resident is alive and of the household today, as the registry says. Inside the resident's scope."""
    ask: Callable[[Actor], bool] = import_string(settings.RESIDENT_STILL)
    return ask(actor)


def forget(request: HttpRequest) -> None:
    """A member of staff comes in by the same browser: the resident goes out first."""
    for key in (_SESSION, _HALF):
        request.session.pop(key, None)


def leave(request: HttpRequest) -> None:
    """Out, with nothing of the session left."""
    request.session.flush()


def _phone_of(found: Known | None) -> str:
    """The telephone in use. The row is looked for in either case, so that the way is the same."""
    row = ResidentPhone.objects.filter(person_id=found.person if found else 0, until=None).first()
    return opened_number(row) if row else ""


def _used(key: uuid.UUID, typed: str) -> ResidentCode | None:
    row = ResidentCode.objects.select_for_update().filter(pk=key).first()
    given = _index(key, typed)
    if row is None or row.used_at or row.tries >= TRIES or row.expires_at <= timezone.now():
        return None
    if not secrets.compare_digest(bytes(row.code), given):
        ResidentCode.objects.filter(pk=key).update(tries=row.tries + 1)
        return None
    ResidentCode.objects.filter(pk=key).update(used_at=timezone.now())
    return row


def _shows_codes() -> bool:
    return bool(settings.DEMO and not settings.SMS_GATEWAY)


def _index(key: uuid.UUID, clear: str) -> Any:
    return blind_index(f"{key}|{clear}", column="resident_code")
