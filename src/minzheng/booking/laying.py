"""From hours, windows, special days and the official calendar to slots. Laying again changes nothing that is right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection

from minzheng.base.queries import work_calendar
from minzheng.booking.models import Office, SpecialDay
from minzheng.booking.types import ONE_DAY
from minzheng.values.workdays import WorkCalendar

_LAY = """
    insert into booking_slot (office_id, division, day, starts, capacity, taken)
    select %(office)s, '', day, starts, places, 0 from unnest(%(days)s::date[], %(starts)s::int[], %(places)s::int[])
        as wanted (day, starts, places)
    on conflict (office_id, day, starts) do update set capacity = greatest(excluded.capacity, booking_slot.taken)
        where booking_slot.capacity <> greatest(excluded.capacity, booking_slot.taken)
"""
# What is no longer offered takes nobody more; who holds a place keeps it until somebody cancels it with a reason.
_CLOSE = """
    update booking_slot s set capacity = s.taken
    where s.office_id = %(office)s and s.day > %(on)s and s.capacity > s.taken
      and not exists (select from unnest(%(days)s::date[], %(starts)s::int[]) as w (day, starts)
                      where w.day = s.day and w.starts = s.starts)
"""


def lay(office: Office, on: date) -> None:
    """Slots of the days after `on` that can be booked, as the office is now."""
    wanted = list(_wanted(office, on))
    values: dict[str, Any] = {
        "office": office.pk, "on": on, "days": [one[0] for one in wanted], "starts": [one[1] for one in wanted],
        "places": [one[2] for one in wanted],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, values)
        cursor.execute(_LAY, values)


def _wanted(office: Office, on: date) -> Iterable[tuple[date, int, int]]:
    calendar, until = work_calendar(), on + timedelta(days=office.ahead_days)
    special = {row.day: row for row in office.special_days.filter(day__gt=on, day__lte=until)}
    usual: dict[int, list[tuple[int, int]]] = {}
    for row in office.hours.all():
        usual.setdefault(row.weekday, []).append((row.opens, row.closes))
    places = office.per_window * office.windows.filter(closed=False).count()
    day = on
    while (day := day + ONE_DAY) <= until:
        for opens, closes, number in _open(day, special.get(day), usual, places, calendar):
            # The last slot ends when the office closes.
            for starts in range(opens, closes - office.slot_minutes + 1, office.slot_minutes):
                yield day, starts, number


def _open(
    day: date,
    special: SpecialDay | None,
    usual: dict[int, list[tuple[int, int]]],
    places: int,
    calendar: WorkCalendar,
) -> list[tuple[int, int, int]]:
    """(from, to, places a slot) of a day. A year whose calendar is not loaded is not offered: nobody knows its holidays."""
    if special is not None:
        if special.closed:
            return []
        return [(special.opens or 0, special.closes or 0, special.places or 0)]
    if day.year not in calendar.years:
        return []
    weekday = day.isoweekday()
    if calendar.is_workday(day):
        # A Saturday or Sunday worked instead of another day has the hours of a Monday, where it has none of its own.
        hours = usual.get(weekday) or (usual.get(1, []) if weekday > 5 else [])
    else:
        hours = usual.get(weekday, []) if weekday > 5 and not _in_holiday(day, calendar) else []
    return [(opens, closes, places) for opens, closes in hours]


def _in_holiday(day: date, calendar: WorkCalendar) -> bool:
    """Whether a Saturday or Sunday touches a day off that is not one: it belongs to a holiday then."""
    monday = day + timedelta(days=8 - day.isoweekday())
    friday = day - timedelta(days=day.isoweekday() - 5)
    return any(near.year in calendar.years and not calendar.is_workday(near) for near in (friday, monday))
