"""Reading accounts, for their administrators: lists with a constant number of queries, one account with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from minzheng.base.models import (
    AuditEntry,
    HandOver,
    RegionInCharge,
    RoleChange,
    Staff,
    WindowCode,
)
from minzheng.base.queries import names_of_actors
from minzheng.base.types import Actor, Permission, Role

PAGE = 50
_HISTORY = 50


@dataclass(frozen=True)
class StaffAsked:
    """What is looked for in the list of accounts."""

    text: str = ""
    role: str = ""
    division: str = ""
    closed: bool = False


@dataclass(frozen=True)
class StaffLine:
    """An account in a list."""

    staff: Staff
    roles: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """Something that was done to an account."""

    entry: AuditEntry
    who: str


@dataclass(frozen=True)
class StaffView:
    """One account as its administrators see it: never a password, a secret, an identity number."""

    staff: Staff
    roles: tuple[Role, ...]
    regions: tuple[RegionInCharge, ...]
    codes: tuple[WindowCode, ...]
    same_person: tuple[Staff, ...]
    role_changes: tuple[tuple[RoleChange, str], ...]
    handed_to: Staff | None
    changes: tuple[Change, ...]


def staff_page(actor: Actor, asked: StaffAsked, number: int) -> tuple[Page[Any], list[StaffLine]]:
    """Accounts by name, fifty a page."""
    _require_administrator(actor)
    rows = Staff.objects.filter(is_active=not asked.closed).order_by("username")
    if asked.text:
        rows = rows.filter(
            Q(username__icontains=asked.text) | Q(name__icontains=asked.text) | Q(unit__icontains=asked.text)
        )
    if asked.role:
        rows = rows.filter(roles__contains=[asked.role])
    today = timezone.localdate()
    if asked.division:
        held = _in_force(today).filter(staff=OuterRef("pk"), division__startswith=asked.division)
        rows = rows.filter(Exists(held))
    rows = rows.prefetch_related(Prefetch("regions", _in_force(today).order_by("division"), to_attr="held"))
    page = Paginator(rows, PAGE).get_page(number)
    return page, [_line(staff) for staff in page]


def _line(staff: Staff) -> StaffLine:
    held: list[RegionInCharge] = staff.held  # type: ignore[attr-defined]
    return StaffLine(
        staff, tuple(str(Role(role).label) for role in staff.roles), tuple(one.division for one in held)
    )


def staff_view(actor: Actor, pk: int) -> StaffView | None:
    """One account with what was done to it."""
    _require_administrator(actor)
    staff = Staff.objects.filter(pk=pk).first()
    if staff is None:
        return None
    entries = list(
        AuditEntry.objects.filter(subject_kind="staff", subject=str(pk)).order_by("-at")[:_HISTORY]
    )
    roles = list(RoleChange.objects.filter(staff=staff).order_by("-at", "-id")[:_HISTORY])
    names = names_of_actors({entry.actor for entry in entries} | {one.changed_by for one in roles})
    over = HandOver.objects.filter(leaver=staff).select_related("successor").first()
    return StaffView(
        staff=staff,
        roles=tuple(Role(role) for role in staff.roles),
        regions=tuple(staff.regions.order_by("-since", "division")),
        codes=tuple(staff.window_codes.order_by("-asked_at")[:10]),
        same_person=tuple(
            Staff.objects.filter(natural_person=staff.natural_person).exclude(pk=pk).order_by("username")
        ),
        role_changes=tuple((one, names[one.changed_by]) for one in roles),
        handed_to=over.successor if over else None,
        changes=tuple(Change(entry, names[entry.actor]) for entry in entries),
    )


def colleagues(actor: Actor, staff: Staff) -> list[Staff]:
    """Who may take over somebody's work: people of the same unit, else everybody in use."""
    _require_administrator(actor)
    others = Staff.objects.filter(is_active=True).exclude(natural_person=staff.natural_person)
    of_unit = list(others.filter(unit=staff.unit).order_by("username")) if staff.unit else []
    return of_unit or list(others.order_by("username"))


def _in_force(on: date) -> QuerySet[RegionInCharge]:
    return RegionInCharge.objects.filter(since__lte=on).exclude(until__lte=on)


def _require_administrator(actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_STAFF):
        actor.require(Permission.MANAGE_REGIONS)
