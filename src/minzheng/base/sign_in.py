"""Signing in and out: who may, how often one may fail, and the record of it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.models import AuditEntry, Staff
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index
from minzheng.values.errors import Refusal

FAILURES_ALLOWED = 5
FAILURES_WITHIN = timedelta(minutes=15)


class StaffBackend(ModelBackend):
    """Name and password of an active account; demonstration accounts in demonstration mode only."""

    def user_can_authenticate(self, user: Staff | AnonymousUser | None) -> bool:
        if isinstance(user, Staff) and user.is_demo and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)


def sign_in(request: HttpRequest, *, username: str, password: str) -> Staff:
    """Open a session for the account, or raise `Refusal`: wrong (without saying what), or too many failures.

    The typed name is kept as a blind index only: people type identity numbers into such fields.
    """
    subject = blind_index(username.strip().lower(), column="staff.username").hex()
    _refuse_after_failures(subject)
    staff = authenticate(request, username=username.strip(), password=password)
    if not isinstance(staff, Staff):
        with scope(system_actor("sign_in")) as system:
            record(system, "sign_in_failed", "sign_in", subject)
        raise Refusal(
            "sign_in.wrong", "账号或口令不正确。", next_step="请核对后重试；忘记口令请联系本单位系统管理员。"
        )
    actor = actor_of(staff)
    with scope(actor):
        login(request, staff)
        record(actor, "sign_in", "staff", staff.pk)
    return staff


def sign_out(request: HttpRequest) -> None:
    """Close the session; nothing happens when there is none."""
    if isinstance(request.user, Staff):
        actor = actor_of(request.user)
        with scope(actor):
            record(actor, "sign_out", "staff", request.user.pk)
            logout(request)


def _refuse_after_failures(subject: str) -> None:
    since = timezone.now() - FAILURES_WITHIN
    with scope(system_actor("sign_in")):
        failures = AuditEntry.objects.filter(
            subject_kind="sign_in", subject=subject, verb="sign_in_failed", at__gte=since
        ).count()
    if failures >= FAILURES_ALLOWED:
        minutes = int(FAILURES_WITHIN.total_seconds() // 60)
        raise Refusal(
            "sign_in.locked",
            f"连续输错次数过多，该账号暂停登录 {minutes} 分钟。",
            next_step="请稍后再试，或联系本单位系统管理员。",
        )
