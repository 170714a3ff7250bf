"""Recording, opening sealed values, setting the business date, giving staff their roles and regions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
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


@dataclass(frozen=True)
class Entry:
    """An audit entry to be written, as `record` takes it."""

    verb: str
    subject_kind: str
    subject: object
    division: str = ""
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def record_all(actor: Actor, entries: Iterable[Entry]) -> int:
    """Many entries as `record` writes one, in one statement; returns how many."""
    rows = [
        AuditEntry(
            verb=one.verb,
            subject_kind=one.subject_kind,
            subject=str(one.subject),
            division=one.division,
            reason=one.reason,
            detail=one.detail,
            actor=actor.key,
        )
        for one in entries
    ]
    return len(AuditEntry.objects.bulk_create(rows, batch_size=1000))


def reveal(actor: Actor, sealed: Sealed, *, purpose: str) -> str:
    """The clear text of a sealed value. The audit entry is written first; without a purpose nothing opens."""
    actor.require(Permission.REVEAL_IDENTITY)
    if not purpose.strip():
        raise Refusal("reveal.no_purpose", "查看完整信息须填写用途。", field="purpose")
    record(actor, "reveal", sealed.table, sealed.row, reason=purpose, detail={"column": sealed.column})
    return sealed.open_after_recording()


#: There is no way back but the one that empties everything.
BACK_ONLY_BY_REBUILDING = (
    "要回到以前，只有重建演示城市（minzheng demo build --replace --day 日期）：其中办过的事也一并清空。"
)


def require_movable_day() -> None:
    """Refused where the day is the calendar's."""
    if not settings.DEMO:
        raise Refusal(
            "business_date.production",
            "正式环境的业务日期就是当天，不能设定或推进。",
            next_step="需要演练以后的日子，请另建一套演示环境（MINZHENG_DEMO=1）。",
        )


@transaction.atomic
def set_business_date(*, actor: Actor, day: date, reason: str) -> BusinessDate:
    """Make `day` the day the platform works on, without running the days between: for setting up, not for going on
    (`days.ask_days`). Never backwards, and never in production, where the calendar's day holds.
    """
    actor.require(Permission.SET_BUSINESS_DATE)
    require_movable_day()
    if not reason.strip():
        raise Refusal("business_date.no_reason", "设定业务日期须填写事由。", field="reason")
    before = BusinessDate.objects.select_for_update().filter(id=1).first()
    if before is not None and day < before.day:
        raise Refusal(
            "business_date.backwards",
            f"业务日期已是 {before.day:%Y-%m-%d}，不能后退。",
            field="day",
            next_step=BACK_ONLY_BY_REBUILDING,
        )
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
