"""What a household has been receiving over the years, from its receipts: periods, months, and totals of years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.models import Receipt
from minzheng.registry.where import in_scope
from minzheng.values.month import Month, months_between


@dataclass(frozen=True)
class Stretch:
    """One programme at one monthly amount from a month on; `until` is the first month without it."""

    person_id: int | None
    programme: codes.Programme
    fen: int | None
    since: date
    until: date | None

    def runs_in(self, month: Month) -> bool:
        """Whether it runs on the first day of the month, as a month's payment asks."""
        return self.since <= month.first_day and (self.until is None or self.until > month.first_day)


@dataclass(frozen=True)
class Received:
    """The stretches that touch the months from `first` to `last`: those that run in the last one first."""

    first: Month
    last: Month
    stretches: tuple[Stretch, ...]

    @property
    def years(self) -> list[int]:
        return list(range(self.first.year, self.last.year + 1))

    @property
    def months(self) -> list[Month]:
        """The newest first."""
        return list(months_between(self.first, self.last))[::-1]

    def now(self) -> list[Stretch]:
        """What runs in the last month."""
        return [one for one in self.stretches if one.runs_in(self.last)]

    def in_year(self, stretch: Stretch, year: int) -> int:
        """Fen of a stretch in the months of a year that are shown."""
        shown = [month for month in months_between(self.first, self.last) if month.year == year]
        return (stretch.fen or 0) * sum(stretch.runs_in(month) for month in shown)

    def of_year(self, year: int) -> int:
        return sum(self.in_year(stretch, year) for stretch in self.stretches)

    def of_month(self, month: Month) -> int:
        return sum(stretch.fen or 0 for stretch in self.stretches if stretch.runs_in(month))


def received(
    actor: Actor, household: int, *, first: Month, last: Month, known_at: datetime | None = None
) -> Received:
    """What one household of the region received from `first` to `last`, as known now or at a moment."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    known = Q(superseded_at=None)
    if known_at is not None:
        known = Q(recorded_at__lte=known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=known_at))
    rows = Receipt.objects.filter(
        in_scope(actor, Receipt),
        known,
        Q(until=None) | Q(until__gt=first.first_day),
        household_id=household,
        since__lte=last.first_day,
    )
    return Received(first, last, _ordered(rows.order_by("programme", "person_id"), last))


def _ordered(rows: Iterable[Receipt], last: Month) -> tuple[Stretch, ...]:
    """What still runs first, then the latest begun."""
    found = [
        Stretch(row.person_id, codes.Programme(row.programme), row.fen, row.since, row.until) for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (not one.runs_in(last), -one.since.toordinal())))
