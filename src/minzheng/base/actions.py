"""Recording, opening sealed values, setting the business date, giving staff their roles and regions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.base.models import AuditEntry, BusinessDate, RegionInCharge, Staff
from minzheng.base.sealed import Sealed, blind_index
from minzheng.base.types import Actor, Permission, Role
from minzheng.values.errors import Refusal


def record(
    actor: Actor,
    verb: str,
    subject_kind: str,
    subject: object,
    *,
    reason: str = "",
    division: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write an audit entry in the caller's transaction. Must run inside the actor's `scope`.

    The database sets actor and time itself, from the ticket; a ticket of another actor is refused here.
    """
    return AuditEntry.objects.create(
        verb=verb,
        subject_kind=subject_kind,
        subject=str(subject),
        division=division,
        reason=reason,
        detail=detail or {},
        actor=actor.key,
    )


def reveal(actor: Actor, sealed: Sealed, *, purpose: str) -> str:
    """The clear text of a sealed value. The audit entry is written first; without a purpose nothing opens."""
    actor.require(Permission.REVEAL_IDENTITY)
    if not purpose.strip():
        raise Refusal("reveal.no_purpose", "查看完整信息须填写用途。", field="purpose")
    record(actor, "reveal", sealed.table, sealed.row, reason=purpose, detail={"column": sealed.column})
    return sealed.open_after_recording()


@transaction.atomic
def set_business_date(*, actor: Actor, day: date, reason: str) -> BusinessDate:
    """Make `day` the day the platform works on."""
    actor.require(Permission.SET_BUSINESS_DATE)
    if not reason.strip():
        raise Refusal("business_date.no_reason", "设定业务日期须填写事由。", field="reason")
    before = BusinessDate.objects.select_for_update().filter(id=1).first()
    row, _created = BusinessDate.objects.update_or_create(id=1, defaults={"day": day})
    was = before.day.isoformat() if before else ""
    record(actor, "set_business_date", "business_date", day, reason=reason, detail={"before": was})
    return row


@transaction.atomic
def open_account(
    *,
    actor: Actor,
    username: str,
    name: str,
    roles: Iterable[Role],
    regions: Iterable[str],
    since: date,
    password: str | None = None,
    unit: str = "",
    is_demo: bool = False,
    identity: str = "",
) -> Staff:
    """A new account. Without a password its holder opens it with a code from the window.

    `identity` is the holder's identity number: kept as the number of the natural person (a blind index), so that two
    accounts of one person count as one. A member of staff opens accounts without roles, regions and password.
    """
    actor.require(Permission.MANAGE_STAFF)
    if Staff.objects.filter(username=username).exists():
        raise Refusal("staff.username_taken", "账号已存在。", field="username", next_step="请换一个账号。")
    staff = Staff(
        username=username, name=name, roles=[str(role) for role in roles], unit=unit, is_demo=is_demo
    )
    if identity:
        staff.natural_person = uuid.UUID(bytes=blind_index(identity, column="staff.natural_person"))
    staff.set_password(password)
    staff.save()
    for division in regions:
        region = RegionInCharge(staff=staff, division=division, since=since)
        region.clean_fields()
        region.save()
    record(
        actor,
        "open_account",
        "staff",
        staff.pk,
        detail={"roles": list(staff.roles), "regions": list(regions)},
    )
    staff.refresh_from_db()
    return staff
