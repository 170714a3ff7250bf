"""Codes handed over at the window: two administrators make one, its owner uses it once within a day.

With it an account is opened, a lost second factor is replaced, a forgotten password is chosen anew by its owner.
Nobody ever sets or learns the password or the secret of somebody else. The separation is the database's.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.models import Staff, WindowCode
from minzheng.base.sealed import blind_index
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Refusal

VALID = timedelta(hours=24)
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 10


@transaction.atomic
def ask_window_code(*, actor: Actor, staff: int, purpose: WindowCode.Purpose, reason: str) -> WindowCode:
    """The system administrator asks for a code for somebody else; an earlier one that is still open is dropped."""
    actor.require(Permission.MANAGE_STAFF)
    subject = _somebody_else(actor, staff)
    if not reason.strip():
        raise Refusal("window_code.no_reason", "请填写事由。", field="reason")
    WindowCode.objects.filter(staff=subject, used_at=None, dropped_at=None).update(dropped_at=timezone.now())
    asked = WindowCode.objects.create(staff=subject, purpose=purpose, reason=reason.strip()[:200])
    record(actor, "ask_window_code", "staff", subject.pk, reason=reason, detail={"purpose": purpose})
    return asked


@transaction.atomic
def agree_window_code(*, actor: Actor, code: uuid.UUID) -> str:
    """The security administrator agrees; returns the code, which is shown this once and kept as a blind index only."""
    actor.require(Permission.MANAGE_REGIONS)
    asked = WindowCode.objects.select_for_update().filter(pk=code, used_at=None, dropped_at=None).first()
    if asked is None or asked.agreed_at is not None:
        raise Refusal("window_code.gone", "这项申请已经办理或者作废。", next_step="请刷新页面查看。")
    _somebody_else(actor, asked.staff_id)
    if str(asked.asked_person) == actor.natural_person:
        raise Refusal("window_code.same_person", "提出和同意须由两个人办理。")
    clear = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    asked.code = _index(asked.pk, clear)
    asked.expires_at = timezone.now() + VALID
    asked.agreed_at = timezone.now()
    asked.save(update_fields=["code", "expires_at", "agreed_at"])
    record(actor, "agree_window_code", "staff", asked.staff_id, detail={"purpose": asked.purpose})
    return clear


@transaction.atomic
def drop_window_code(*, actor: Actor, code: uuid.UUID) -> None:
    """Either administrator takes an open code back."""
    if not actor.may(Permission.MANAGE_STAFF):
        actor.require(Permission.MANAGE_REGIONS)
    asked = WindowCode.objects.filter(pk=code, used_at=None, dropped_at=None).first()
    if asked is not None:
        WindowCode.objects.filter(pk=asked.pk).update(dropped_at=timezone.now())
        record(actor, "drop_window_code", "staff", asked.staff_id)


def open_codes() -> list[WindowCode]:
    """What waits for agreement or for its owner."""
    return list(
        WindowCode.objects.filter(used_at=None, dropped_at=None)
        .select_related("staff")
        .order_by("agreed_at", "asked_at")
    )


def redeem(username: str, typed: str) -> WindowCode | None:
    """The code of an account when it is right and in time; locked for use. For the door."""
    found = (
        WindowCode.objects.select_for_update(of=("self",))
        .select_related("staff")
        .filter(
            staff__username=username,
            staff__is_active=True,
            used_at=None,
            dropped_at=None,
            expires_at__gt=timezone.now(),
        )
        .first()
    )
    clear = typed.strip().upper().replace(" ", "").replace("-", "")
    # The index is computed in either case, so that the answer takes the same time.
    given = _index(found.pk if found else uuid.UUID(int=0), clear)
    return found if found and found.code and secrets.compare_digest(bytes(found.code), given) else None


def use(code: WindowCode) -> None:
    WindowCode.objects.filter(pk=code.pk).update(used_at=timezone.now())


def _index(code: uuid.UUID, clear: str) -> bytes:
    return blind_index(f"{code}|{clear}", column="window_code")


def _somebody_else(actor: Actor, staff: int) -> Staff:
    subject = Staff.objects.filter(pk=staff, is_active=True).first()
    if subject is None:
        raise Refusal("staff.unknown", "没有这个在用的账号。")
    if str(subject.natural_person) == actor.natural_person:
        raise Refusal("window_code.own", "不能给自己办理。", next_step="请由另一位管理员办理。")
    return subject
