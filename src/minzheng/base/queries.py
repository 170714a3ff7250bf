"""Reading staff, regions, the business date and the audit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from minzheng.base.models import BusinessDate, CalendarYear, HandOver, RegionInCharge, Staff
from minzheng.base.types import RESIDENT, Actor, Permission, Role
from minzheng.rulebook import calendar
from minzheng.values.errors import Refusal
from minzheng.values.workdays import WorkCalendar, YearPlan

GENESIS = "0" * 64


def business_date() -> date:
    """The day the platform works on: the day that was set, else today in China."""
    with connection.cursor() as cursor:
        # Asked a dozen times for one page: the row's model would cost more than the question.
        cursor.execute("select day from base_businessdate where id = 1")
        row: tuple[date] | None = cursor.fetchone()
    return row[0] if row else timezone.localdate()


def published_by(on: date, known_at: datetime | None = None) -> date:
    """The last day on which a value may have been published to take part in a decision about the day `on`.

    Rows of the registry carry the real moment of recording; publications belong to the days of law. Where the business
    date lags behind the clock (a demonstration), what was published after it is the future, whatever the clock says.
    known_at: as it was known at a moment; one at or after the business date is no other than now. A day to come is
    asked with what is due to begin until then.
    """
    today = business_date()
    if known_at is not None and (asked := timezone.localdate(known_at)) < today:
        return asked
    return max(today, on)


def business_date_is_set() -> bool:
    """Whether somebody set the day; without that the platform works on today."""
    return BusinessDate.objects.filter(id=1).exists()


def regions_of(staff: Staff, *, on: date) -> tuple[str, ...]:
    """The divisions in charge on a day, the widest first, none inside another."""
    held = RegionInCharge.objects.filter(staff=staff, since__lte=on).exclude(until__lte=on)
    widest: list[str] = []
    for code in sorted(held.values_list("division", flat=True), key=lambda code: (len(code), code)):
        if not any(code.startswith(region) for region in widest):
            widest.append(code)
    return tuple(widest)


def actor_of(staff: Staff) -> Actor:
    """The actor a signed-in member of staff is, with the regions in charge today (by the real calendar)."""
    return Actor(
        key=f"staff:{staff.pk}",
        name=staff.name,
        regions=regions_of(staff, on=timezone.localdate()),
        roles=frozenset(Role(role) for role in staff.roles),
        natural_person=str(staff.natural_person),
    )


def added_years() -> tuple[YearPlan, ...]:
    """The years of the work calendar that administrators entered; of two entries of a year the later one."""
    newest = CalendarYear.objects.order_by("year", "-recorded_at", "-id").distinct("year")
    return tuple(YearPlan(row.year, frozenset(row.rest), frozenset(row.work), row.document) for row in newest)


def work_calendar() -> WorkCalendar:
    """The official calendar: the years that ship, and those that were entered, which hold instead."""
    return calendar.work_calendar(added_years())


def successor_of(staff: int) -> int | None:
    """Who took over the work of somebody who left, over several hand-overs; None for who has not left."""
    over = dict(HandOver.objects.order_by("at").values_list("leaver_id", "successor_id"))
    seen = {staff}
    found = over.get(staff)
    while found in over and found not in seen:
        seen.add(found)
        found = over[found]
    return found


def names_of_actors(keys: Iterable[str]) -> dict[str, str]:
    """Who stands behind the keys of an audit or a ledger, in words; a job of the platform by its own name."""
    numbers = {key: key.removeprefix("staff:") for key in keys if key.startswith("staff:")}
    staff = Staff.objects.in_bulk([int(number) for number in numbers.values()])
    named = {key: staff[int(number)].name for key, number in numbers.items() if int(number) in staff}
    return {key: named.get(key, "申请人" if key.startswith(RESIDENT) else "平台自动") for key in keys}


@dataclass(frozen=True)
class ChainState:
    """What checking the audit chain found. Keep `count` and `head` elsewhere to notice a cut or rewritten tail."""

    count: int
    head: str
    broken_at: int | None = None
    unlinked: int = 0

    @property
    def holds(self) -> bool:
        return self.broken_at is None and self.unlinked == 0


_CHAIN = """
select link.number, link.previous, link.digest, entry.id::text,
       (extract(epoch from entry.at) * 1000000)::bigint::text,
       entry.actor, entry.verb, entry.subject_kind, entry.subject, entry.division, entry.reason, entry.detail::text
from base_auditlink link left join base_auditentry entry on entry.id = link.entry
order by link.number
"""


def audit_chain(actor: Actor, *, anchor: tuple[int, str] | None = None) -> ChainState:
    """Recompute the whole chain, from the entries themselves and not with the database's own function.

    `anchor` is a (count, head) noted earlier and kept elsewhere: the chain must still pass through it.
    """
    if settings.CITY not in actor.regions:
        raise Refusal("audit.not_citywide", "核验审计链须有全市范围的权限。")
    actor.require(Permission.SEE_AUDIT)
    previous, expected = GENESIS, 0
    anchored = anchor is None or anchor == (0, GENESIS)
    with connection.cursor() as cursor:
        cursor.execute(_CHAIN)
        for number, said_previous, digest, *content in cursor:
            expected += 1
            if (
                number != expected
                or said_previous != previous
                or digest != entry_digest(number, previous, content)
            ):
                return ChainState(expected - 1, previous, broken_at=expected)
            previous = digest
            anchored = anchored or anchor == (number, digest)
        cursor.execute(
            "select count(*) from base_auditentry e where not exists"
            " (select from base_auditlink l where l.entry = e.id)"
        )
        (unlinked,) = cursor.fetchone()
    return ChainState(expected, previous, broken_at=None if anchored else expected + 1, unlinked=unlinked)


def entry_digest(number: int, previous: str, content: list[str | None]) -> str:
    """SHA-256 over the entry's place and its columns as text, separated by the unit separator."""
    fields = [str(number), previous, *[value or "" for value in content]]
    return hashlib.sha256("\x1f".join(fields).encode()).hexdigest()
