"""What the separated administrators do: accounts (system), roles and regions (security). Nobody does it to himself.

The database refuses as well, by the roles of the ticket's own account; here it is said in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from minzheng.base.actions import open_account, record
from minzheng.base.models import CalendarYear, HandOver, RegionInCharge, Staff
from minzheng.base.types import Actor, Permission, Role
from minzheng.values import identity
from minzheng.values.errors import Refusal
from minzheng.values.workdays import YearPlan

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})


@transaction.atomic
def open_staff_account(*, actor: Actor, username: str, name: str, unit: str, identity_number: str) -> Staff:
    """A new account without roles, regions and password. The identity number is kept as an index of the person only."""
    actor.require(Permission.MANAGE_STAFF)
    for value, field, label in (
        (username, "username", "账号"),
        (name, "name", "姓名"),
        (unit, "unit", "单位"),
    ):
        if not value.strip() or not value.isprintable():
            raise Refusal("staff.missing", f"请填写{label}。", field=field)
    if not username.strip().isascii() or not username.strip().replace("-", "").isalnum():
        raise Refusal("staff.username", "账号只用字母、数字和连字符。", field="username")
    number = identity.parse(identity_number, on=timezone.localdate()).reveal_for("开设工作人员账号")
    return open_account(
        actor=actor,
        username=username.strip(),
        name=name.strip(),
        unit=unit.strip(),
        roles=(),
        regions=(),
        since=timezone.localdate(),
        identity=number,
    )


@transaction.atomic
def close_account(*, actor: Actor, staff: int, reason: str, successor: int | None = None) -> None:
    """Close an account: its sessions end at their next request. Open work goes to the successor, where one is named."""
    actor.require(Permission.MANAGE_STAFF)
    subject = _somebody_else(actor, staff)
    _require_reason(reason)
    if not subject.is_active:
        raise Refusal("staff.closed", "该账号已经停用。")
    if successor is not None:
        _hand_over(actor, subject, successor, reason)
    subject.is_active = False
    subject.save(update_fields=["is_active"])
    record(actor, "close_account", "staff", subject.pk, reason=reason, detail={"successor": successor})


def _hand_over(actor: Actor, leaver: Staff, successor: int, reason: str) -> None:
    heir = Staff.objects.filter(pk=successor, is_active=True).exclude(pk=leaver.pk).first()
    if heir is None:
        raise Refusal("handover.successor", "没有这位在岗的接手人员。", field="successor")
    if str(heir.natural_person) == actor.natural_person:
        raise Refusal("handover.own", "不能把工作移交给自己。", field="successor")
    HandOver.objects.create(leaver=leaver, successor=heir, reason=reason[:200])
    record(actor, "hand_over", "staff", leaver.pk, reason=reason, detail={"successor": heir.pk})


@transaction.atomic
def reopen_account(*, actor: Actor, staff: int, reason: str) -> None:
    """Take an account into use again; its holder comes in with a code from the window."""
    actor.require(Permission.MANAGE_STAFF)
    subject = _somebody_else(actor, staff)
    _require_reason(reason)
    subject.is_active = True
    subject.save(update_fields=["is_active"])
    record(actor, "reopen_account", "staff", subject.pk, reason=reason)


@transaction.atomic
def set_roles(*, actor: Actor, staff: int, roles: Iterable[Role], reason: str) -> None:
    """Give an account exactly these roles, from its next request on."""
    actor.require(Permission.MANAGE_REGIONS)
    subject = _somebody_else(actor, staff)
    _require_reason(reason)
    wanted = sorted({str(role) for role in roles})
    _require_separation(subject, frozenset(Role(role) for role in wanted))
    before = sorted(subject.roles)
    if wanted == before:
        return
    subject.roles = wanted
    subject.save(update_fields=["roles"])
    record(actor, "set_roles", "staff", subject.pk, reason=reason, detail={"before": before, "after": wanted})


def _require_separation(subject: Staff, wanted: frozenset[Role]) -> None:
    others = Staff.objects.filter(natural_person=subject.natural_person, is_active=True).exclude(
        pk=subject.pk
    )
    held = wanted | {Role(role) for other in others for role in other.roles}
    if held & ADMINISTRATORS and len(held) > 1:
        raise Refusal(
            "staff.separation",
            "系统管理、安全管理、审计监督三个岗位须由不同的人担任，并且不兼其他岗位。",
            field="roles",
            next_step="同一个人的其他账号也计算在内。",
        )


@transaction.atomic
def give_region(*, actor: Actor, staff: int, division: str, since: date, reason: str) -> RegionInCharge:
    """Put a division in charge of somebody, from a day on."""
    actor.require(Permission.MANAGE_REGIONS)
    subject = _somebody_else(actor, staff)
    _require_reason(reason)
    _require_from_today(since, "since")
    region = RegionInCharge(staff=subject, division=division.strip(), since=since)
    try:
        region.clean_fields()
    except ValidationError as error:
        raise Refusal("region.code", " ".join(error.messages), field="division") from None
    if RegionInCharge.objects.filter(staff=subject, division=region.division, since=since).exists():
        raise Refusal("region.given", "这一天已经登记过该区划。", field="division")
    region.save()
    record(
        actor,
        "give_region",
        "staff",
        subject.pk,
        reason=reason,
        detail={"division": region.division, "since": since.isoformat()},
    )
    return region


@transaction.atomic
def end_region(*, actor: Actor, region: int, until: date, reason: str) -> None:
    """End a division's charge: `until` is the first day without it."""
    actor.require(Permission.MANAGE_REGIONS)
    row = RegionInCharge.objects.select_for_update().filter(pk=region).first()
    if row is None:
        raise Refusal("region.unknown", "没有这条管辖记录。")
    _somebody_else(actor, row.staff_id)
    _require_reason(reason)
    _require_from_today(until, "until")
    if until <= row.since or (row.until is not None and row.until <= timezone.localdate()):
        raise Refusal("region.ended", "这条管辖已经结束，或者还没有开始。", field="until")
    row.until = until
    row.save(update_fields=["until"])
    record(
        actor,
        "end_region",
        "staff",
        row.staff_id,
        reason=reason,
        detail={"division": row.division, "until": until.isoformat()},
    )


@transaction.atomic
def record_calendar_year(
    *, actor: Actor, year: int, rest: Iterable[date], work: Iterable[date], document: str
) -> CalendarYear:
    """Enter the holidays of a year from their notice. Clocks that already ran keep the version they ran with."""
    actor.require(Permission.MANAGE_CALENDAR)
    if not document.strip():
        raise Refusal("calendar.no_document", "请填写放假通知的名称和文号。", field="document")
    plan = YearPlan(year, frozenset(rest), frozenset(work), document.strip()[:200])
    if not plan.rest:
        raise Refusal("calendar.no_rest", "请填写放假的工作日。", field="rest")
    row = CalendarYear.objects.create(
        year=year, rest=sorted(plan.rest), work=sorted(plan.work), document=plan.document
    )
    record(actor, "record_calendar_year", "calendar_year", year, reason=plan.document)
    return row


def _somebody_else(actor: Actor, staff: int) -> Staff:
    subject = Staff.objects.select_for_update().filter(pk=staff).first()
    if subject is None:
        raise Refusal("staff.unknown", "没有这个账号。")
    if str(subject.natural_person) == actor.natural_person:
        raise Refusal("staff.own", "不能管理自己的账号。", next_step="请由另一位管理员办理。")
    return subject


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("staff.no_reason", "请填写事由。", field="reason")


def _require_from_today(day: date, field: str) -> None:
    if day < timezone.localdate():
        raise Refusal("region.past", "只能从今天或以后的日期开始变更，不能改动过去。", field=field)
