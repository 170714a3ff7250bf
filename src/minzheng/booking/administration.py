"""Opening an office, its capacity, windows and special days. Each change lays the slots to come anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import F

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.booking.laying import lay
from minzheng.booking.models import Office, OpeningHours, SpecialDay, Window
from minzheng.booking.types import Hours, Kind, written_reason
from minzheng.values.errors import Refusal


@transaction.atomic
def open_office(
    *,
    actor: Actor,
    kind: Kind,
    division: str,
    name: str,
    address: str,
    phone: str,
    hours: Sequence[Hours],
    windows: int,
    example: bool,
    on: date | None = None,
) -> Office:
    """An office with its windows and hours; opening the same again changes nothing."""
    actor.require(Permission.MANAGE_OFFICES)
    if not actor.covers(division):
        raise Refusal("office.elsewhere", "该区划不在您的管辖区域内。", field="division")
    row, made = Office.objects.get_or_create(
        kind=kind,
        division=division,
        name=name,
        defaults={"address": address, "phone": phone, "example": example},
    )
    if made:
        Window.objects.bulk_create(Window(office=row, number=n) for n in range(1, windows + 1))
        OpeningHours.objects.bulk_create(
            OpeningHours(office=row, weekday=one.weekday, opens=one.opens, closes=one.closes) for one in hours
        )
        record(actor, "open_office", "booking.office", row.pk, division=division)
    lay(row, on or business_date())
    return row


@transaction.atomic
def set_capacity(*, actor: Actor, office: int, per_window: int, ahead_days: int, version: int) -> Office:
    """How many each window serves in a slot, and how far ahead may be booked. Places already taken stay."""
    row = _office(actor, office)
    if (row.per_window, row.ahead_days) == (per_window, ahead_days):
        return row
    if row.version != version:
        raise _changed()
    if not (1 <= per_window <= 20 and 1 <= ahead_days <= 90):
        raise Refusal(
            "office.measures", "每个窗口每个时段 1 至 20 对（人），提前 1 至 90 天。", field="per_window"
        )
    Office.objects.filter(pk=row.pk).update(
        per_window=per_window, ahead_days=ahead_days, version=F("version") + 1
    )
    return _laid(actor, row, "set_capacity")


@transaction.atomic
def set_window(*, actor: Actor, window: int, closed: bool) -> Office:
    """Close or open a window; the slots to come lose or gain its places."""
    found = Window.objects.filter(pk=window).first()
    if found is None:
        raise Refusal("office.not_found", "没有找到该窗口，或不在您的管辖区域内。")
    row = _office(actor, found.office_id)
    if Window.objects.filter(pk=window, closed=not closed).update(closed=closed):
        return _laid(actor, row, "close_window" if closed else "open_window")
    return row


@transaction.atomic
def set_special_day(
    *,
    actor: Actor,
    office: int,
    day: date,
    reason: str,
    hours: tuple[int, int] | None,
    places: int | None = None,
) -> SpecialDay:
    """A day to come closed (`hours` None), or open with these hours and places a slot. Set again, the later holds.

    Whoever holds a place on a day that closes keeps it until the office cancels it with a reason.
    """
    row = _office(actor, office)
    if day <= business_date():
        raise Refusal("office.past", "只能安排以后的日子。", field="day")
    said = written_reason(reason, "请填写说明，公众会看到。")
    if hours is not None and not (0 <= hours[0] < hours[1] <= 1440 and places and 1 <= places <= 200):
        raise Refusal("office.hours", "请填写起止时间（先后要对）和每个时段可约 1 至 200。", field="opens")
    opens, closes = hours or (None, None)
    made, _new = SpecialDay.objects.update_or_create(
        office=row, day=day,
        defaults={
            "closed": hours is None, "opens": opens, "closes": closes,
            "places": places if hours else None, "reason": said,
        },
    )  # fmt: skip
    _laid(actor, row, "set_special_day")
    return made


@transaction.atomic
def drop_special_day(*, actor: Actor, office: int, day: date) -> None:
    """The day is like its weekday again."""
    row = _office(actor, office)
    if SpecialDay.objects.filter(office=row, day=day, day__gt=business_date()).delete()[0]:
        _laid(actor, row, "drop_special_day")


def _office(actor: Actor, pk: int) -> Office:
    actor.require(Permission.MANAGE_OFFICES)
    row = Office.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None or not actor.covers(row.division):
        raise Refusal("office.not_found", "没有找到该办理点，或不在您的管辖区域内。")
    return row


def _laid(actor: Actor, row: Office, verb: str) -> Office:
    row.refresh_from_db()
    lay(row, business_date())
    record(actor, verb, "booking.office", row.pk, division=row.division)
    return row


def _changed() -> Refusal:
    return Refusal("office.changed", "别人刚刚改过。", next_step="请刷新页面，看过再改。")
