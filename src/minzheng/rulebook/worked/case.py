"""A worked case as it was read: facts, prior status, events, decisions, own parameters, points of time."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from minzheng.rules.parameters import ParameterSet
from minzheng.rules.timeline import Award, Key
from minzheng.values.month import Month

from .course import Course
from .spot import Spot
from .texts import Unknown


@dataclass(frozen=True)
class MonthlyPart:
    """A monthly amount over some months; None at an end means without end. fen None: unknown."""

    first: Month | None
    last: Month | None
    fen: Fraction | None

    def holds(self, month: Month) -> bool:
        return (self.first is None or self.first <= month) and (self.last is None or month <= self.last)


@dataclass(frozen=True)
class Monthly:
    """A monthly series as written: the last part that holds for a month counts; no part means nothing received."""

    parts: tuple[MonthlyPart, ...]
    more: tuple[Monthly, ...] = ()

    def at(self, month: Month) -> Fraction | None:
        own = next((p.fen for p in reversed(self.parts) if p.holds(month)), Fraction(0))
        others = [other.at(month) for other in self.more]
        if own is None or None in others:
            return None
        return own + sum((f for f in others if f is not None), Fraction(0))

    @property
    def flat(self) -> bool:
        """One amount for every month."""
        return all(p.first is None and p.last is None for p in self.parts)

    def plus(self, other: Monthly) -> Monthly:
        return Monthly(self.parts, (*self.more, other))

    def total(self, month: Month, window: int) -> Fraction | None:
        """Of the full months before `month`."""
        found = [self.at(month.plus(-k)) for k in range(1, window + 1)]
        return None if None in found else sum((f for f in found if f is not None), Fraction(0))

    def since(self, month: Month, later: Monthly) -> Monthly:
        """This series, replaced by another from a month on."""
        moved = tuple(
            MonthlyPart(max(p.first or month, month), p.last, p.fen)
            for p in later.parts
            if p.last is None or p.last >= month
        )
        return Monthly((*self.parts, *moved))


Given = Any
"""A plain value of a fact (bool, Choice, date, int), a Monthly, or UNKNOWN."""


@dataclass(frozen=True)
class Obligor:
    """Somebody who owes support and lives elsewhere: his own household, he first. None: nothing is known of it."""

    kind: str
    household: Mapping[str, Given]
    people: tuple[PersonGiven, ...]
    known: bool = True


@dataclass(frozen=True)
class PersonGiven:
    """A person of a case: facts as given, in the household from `since` until `until`."""

    name: str
    facts: Mapping[str, Given]
    age: int | None = None
    obligors: tuple[Obligor, ...] | None = None
    since: datetime.date | None = None
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Event:
    """Facts that change from a day on. `decided`: the day an authority decided about it."""

    on: datetime.date
    decided: datetime.date | None
    household: Mapping[str, Given]
    people: Mapping[str, Mapping[str, Given]]
    joins: tuple[PersonGiven, ...] = ()
    leaves: tuple[str, ...] = ()

    def in_force(self, on: datetime.date, pay_month: Month | None) -> bool:
        """Whether it counts on a day; for a payment month, only after the month of it or of its decision.

        DL-4, TM-10: what happens on the first of a month changes what is paid from the next month on, too.
        """
        if pay_month is None:
            return self.on <= on
        return Month.of(self.decided or self.on) < pay_month


@dataclass(frozen=True)
class Point:
    """When the provisions are asked: a day, or a benefit month (then on its first day)."""

    on: datetime.date
    month: Month
    monthly: bool

    def __str__(self) -> str:
        return str(self.month) if self.monthly else self.on.isoformat()


@dataclass(frozen=True)
class Expected:
    """One line of `expect`, read: what to compare is decided by `kind` (outcome, value, total, payout).

    bare: only an amount is written (`低保: 546`); in a month that is what is paid, whatever it rests on.
    """

    spot: Spot
    target: str
    who: str | None
    outcome: Any = None
    amount: Fraction | None = None
    paid: int | None = None
    bare: bool = False
    nothing: bool = False
    missing: tuple[str, ...] = ()
    exactly: bool = False
    clauses: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    payout: int | None = None
    arrears: int | None = None
    value: Any = None
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(repr=False)
class Case:
    """One worked case, ready to run."""

    spot: Spot
    id: str
    title: str
    county: str
    points: list[Point]
    household: dict[str, Given]
    people: list[PersonGiven]
    parameters: ParameterSet
    own_parameters: tuple[str, ...] = ()
    known_at: datetime.date | None = None
    applied: Mapping[str, datetime.date] = field(default_factory=dict)
    decided: Mapping[str, datetime.date] = field(default_factory=dict)
    before: Mapping[Key, Award] = field(default_factory=dict)
    events: Sequence[Event] = ()
    expected: dict[Point, list[Expected]] = field(default_factory=dict)
    sums: list[Expected] = field(default_factory=list)
    later: tuple[str, ...] = ()
    course: Course = field(default_factory=Course)
    coverage: bool = True
    size: int | None = None
    note: str = ""
    unread: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return self.spot.file


def is_unknown(value: Given) -> bool:
    return isinstance(value, Unknown)
