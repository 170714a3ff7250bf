"""Coming in with two factors, in steps that are no session yet: nobody is signed in before the last of them.

What has been shown so far stands in the visitor's session as a `Half`: it opens no page, ends after ten minutes, and
dies when the account changes meanwhile. Wrong name, wrong password, closed account: one answer, in the same time.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from minzheng.base import factors, passwords, residents, sessions, window_codes
from minzheng.base.actions import record
from minzheng.base.attempts import Try, spend, succeeded
from minzheng.base.models import Staff, WindowCode
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.values.errors import Refusal

DOOR = "staff"
_HALF = "half"
_HALF_SECONDS = 600


class Need(StrEnum):
    """What is still to be shown before somebody is in."""

    CODE = "code"
    ENROL = "enrol"
    PASSWORD = "password"  # noqa: S105 (a step, not a password)


@dataclass(frozen=True)
class Half:
    """Somebody who has shown a part: which account, what is still needed, since when."""

    staff: int
    typed: str
    needs: list[str]
    seal: str
    at: int


class StaffBackend(ModelBackend):
    """Name and password of an active account; demonstration accounts in demonstration mode only."""

    def user_can_authenticate(self, user: Staff | AnonymousUser | None) -> bool:
        if isinstance(user, Staff) and user.is_demo and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)


def begin(request: HttpRequest, *, username: str, password: str) -> Need:
    """Check name and password; what is needed next. `Refusal`: wrong (without saying what), or too many failures."""
    attempt = spend(request, DOOR, _normal(username))
    staff = authenticate(request, username=username.strip(), password=password)
    if not isinstance(staff, Staff):
        raise _wrong(attempt)
    succeeded(attempt.id)
    with scope(system_actor("sign_in")):
        factors.demonstration_code(staff)
        needs = [Need.CODE if factors.is_enrolled(staff) else Need.ENROL]
    if passwords.is_too_old(staff):
        needs.append(Need.PASSWORD)
    _remember(request, staff, username, needs)
    return needs[0]


def recover(request: HttpRequest, *, username: str, window_code: str, password: str = "") -> Need:
    """Come in with a code from the window: to open the account, or after losing the password or the second factor."""
    attempt = spend(request, DOOR, _normal(username))
    with scope(system_actor("sign_in")) as system:
        found = window_codes.redeem(username.strip(), window_code)
        needs = _after_window_code(request, found, password) if found else None
        if found is None or needs is None:
            raise _wrong(attempt, "账号、窗口验证码或口令不正确，或者验证码已经过期。")
        window_codes.use(found)
        if found.purpose != WindowCode.Purpose.PASSWORD:
            factors.end(found.staff)
        record(system, "use_window_code", "staff", found.staff_id, detail={"purpose": found.purpose})
    succeeded(attempt.id)
    _remember(request, found.staff, username, needs)
    return needs[0]


def _after_window_code(request: HttpRequest, code: WindowCode, password: str) -> list[Need] | None:
    match code.purpose:
        case WindowCode.Purpose.OPEN:
            return [Need.PASSWORD, Need.ENROL]
        case WindowCode.Purpose.PASSWORD:
            return [Need.PASSWORD, Need.CODE]
    known = authenticate(request, username=code.staff.username, password=password)
    return [Need.ENROL] if known == code.staff else None


def half(request: HttpRequest) -> tuple[Half, Staff] | None:
    """Who stands at the door half way in; nobody when it is too long ago or the account changed."""
    kept: dict[str, Any] | None = request.session.get(_HALF)
    if kept is None or kept["at"] < time.time() - _HALF_SECONDS:
        return None
    staff = Staff.objects.filter(pk=kept["staff"], is_active=True).first()
    if staff is None or kept["seal"] != staff.get_session_auth_hash():
        return None
    return Half(**kept), staff


def show_code(request: HttpRequest, code: str) -> Staff | None:
    """The second factor; the account when that was all, None when more is needed."""
    here, staff = _require_half(request, Need.CODE)
    attempt = spend(request, "factor", str(staff.pk))
    with scope(system_actor("sign_in")):
        right = factors.check(staff, code)
    if not right:
        raise _wrong(attempt, "动态口令不正确或者已经用过。", "请等手机上显示下一个口令后再输入。")
    succeeded(attempt.id)
    return _advance(request, here, staff)


def enrolment(request: HttpRequest) -> factors.Enrolment:
    """What to scan, for who is to bind a second factor now."""
    _here, staff = _require_half(request, Need.ENROL)
    with scope(system_actor("sign_in")):
        return factors.begin(staff)


def enrol(request: HttpRequest, code: str) -> Staff | None:
    """Bind the second factor by a first code from it."""
    here, staff = _require_half(request, Need.ENROL)
    attempt = spend(request, "factor", str(staff.pk))
    with scope(system_actor("sign_in")) as system:
        right = factors.confirm(staff, code)
        if right:
            record(system, "bind_factor", "staff", staff.pk)
    if not right:
        raise _wrong(
            attempt, "动态口令不正确，没有绑定。", "请核对手机时间是否准确，再输入当前显示的六位数字。"
        )
    succeeded(attempt.id)
    return _advance(request, here, staff)


def choose_password(request: HttpRequest, password: str) -> Staff | None:
    """The holder's own choice, at the opening of an account, after losing it, or when it is too old."""
    here, staff = _require_half(request, Need.PASSWORD)
    passwords.require_good(password, staff)
    with scope(system_actor("sign_in")) as system:
        staff.set_password(password)
        staff.save(update_fields=["password"])
        record(system, "choose_password", "staff", staff.pk)
    staff.refresh_from_db()
    return _advance(request, here, staff)


def _advance(request: HttpRequest, here: Half, staff: Staff) -> Staff | None:
    rest = here.needs[1:]
    if rest:
        _remember(request, staff, here.typed, [Need(one) for one in rest])
        return None
    del request.session[_HALF]
    residents.forget(request)
    actor = actor_of(staff)
    with scope(actor):
        login(request, staff, backend=f"{StaffBackend.__module__}.{StaffBackend.__name__}")
        record(actor, "sign_in", "staff", staff.pk)
    sessions.opened(request, staff)
    return staff


def typed_name(here: Half) -> str:
    """The name as it counts at the door: for remembering the browser under it."""
    return _normal(here.typed)


def sign_out(request: HttpRequest) -> None:
    """Close the session; nothing happens when there is none."""
    if isinstance(request.user, Staff):
        actor = actor_of(request.user)
        sessions.closed(request)
        with scope(actor):
            record(actor, "sign_out", "staff", request.user.pk)
            logout(request)


def _remember(request: HttpRequest, staff: Staff, typed: str, needs: list[Need]) -> None:
    request.session.cycle_key()
    request.session[_HALF] = asdict(
        Half(
            staff.pk,
            typed.strip(),
            [str(need) for need in needs],
            staff.get_session_auth_hash(),
            int(time.time()),
        )
    )


def _require_half(request: HttpRequest, need: Need) -> tuple[Half, Staff]:
    found = half(request)
    if found is None or found[0].needs[0] != need:
        raise Refusal("sign_in.again", "登录步骤已经过期。", next_step="请从头登录。", field="username")
    return found


def _normal(username: str) -> str:
    return username.strip().lower()


def _wrong(
    attempt: Try,
    message: str = "账号或口令不正确。",
    next_step: str = "请核对后重试；忘记口令请联系本单位系统管理员。",
) -> Refusal:
    """One answer for every way to be wrong. What was typed is kept as a blind index only: people type anything there."""
    with scope(system_actor("sign_in")) as system:
        record(system, "sign_in_failed", "sign_in", attempt.subject.hex())
    return Refusal("sign_in.wrong", message, next_step=next_step)
