"""The facts of one household as the engines see them: columns of the household and of each person."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .calendar import day_number
from .language.declare import DATE_BOUNDS
from .language.errors import RuleError
from .language.expr import Column
from .language.kinds import Choice, Household
from .status import NO, REVIEW, REVIEW_TAINT, UNKNOWN, UNKNOWN_TAINT, YES, Exact, Options, Span

Value = Exact | Span | Options


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from: who supplied it, since when it holds, when it was recorded."""

    name: str = ""
    since: datetime.date | None = None
    recorded: datetime.datetime | None = None
    note: str = ""


class FactError(RuleError):
    """A fact that does not fit its declaration: its name, its value, what was expected."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"{column}: {message}")
        self.column = column


def encode(column: Column, value: Any) -> Exact:
    """A plain Python value (bool, Choice, date, int fen or number) as the engines hold it."""
    kind = column.kind
    if kind.name == "bool":
        if not isinstance(value, bool):
            raise FactError(column.column, f"应为是或否，收到 {value!r}")
        return YES if value else NO
    if kind.domain is not None:
        if not isinstance(value, kind.domain):
            raise FactError(column.column, f"应为 {kind.domain.__name__} 之一，收到 {value!r}")
        assert isinstance(value, Choice)
        return value.bit
    if kind.name == "date":
        if not isinstance(value, datetime.date):
            raise FactError(column.column, f"应为日期，收到 {value!r}")
        value = day_number(value)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise FactError(column.column, f"应为整数（金额以分计），收到 {value!r}")
    assert column.bounds is not None
    if not column.bounds[0] <= value <= column.bounds[1]:
        raise FactError(column.column, f"{value} 超出可能的范围 {column.bounds[0]} 至 {column.bounds[1]}")
    return value


def unknown_value(column: Column) -> Value:
    """What a fact can be while nobody recorded it."""
    taint = REVIEW_TAINT if column.review_when_missing else UNKNOWN_TAINT
    if column.kind.name == "bool":
        return REVIEW if column.review_when_missing else UNKNOWN
    if column.kind.domain is not None:
        return Options((1 << len(column.kind.domain)) - 1, taint)
    lo, hi = column.bounds or DATE_BOUNDS
    return Span(lo, hi, taint)


@dataclass
class UnitFacts:
    """One household: encoded values by column name for the household and for each of its people.

    A column that is missing is unknown. `unit_id` and `people_ids` are the caller's own references.
    """

    unit: dict[str, Value]
    people: list[dict[str, Value]]
    unit_id: Any = None
    people_ids: Sequence[Any] = ()
    names: Sequence[str] = ()
    sources: dict[tuple[str, int | None], Source] = field(default_factory=dict)

    def source(self, column: str, who: int | None) -> Source:
        return self.sources.get((column, who), Source())

    def name(self, who: int | None) -> str:
        if who is None:
            return "家庭"
        return self.names[who] if who < len(self.names) else f"成员{who + 1}"


def unit_facts(
    columns: Iterable[Column],
    unit: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
    *,
    absent: bool = True,
    unknown: Iterable[str] = (),
    unit_id: Any = None,
    people_ids: Sequence[Any] = (),
    names: Sequence[str] = (),
) -> UnitFacts:
    """UnitFacts from plain Python values.

    A value of None is unknown. absent=True: a column that is not given takes its declared value of absence
    (the sources cover this household), unless it is named in `unknown`. Raises FactError.
    """
    known = {c.column: c for c in columns}
    left_open = set(unknown)

    def row(given: Mapping[str, Any], household: bool) -> dict[str, Value]:
        for name in given:
            if name not in known or (known[name].entity is Household) != household:
                raise FactError(name, "没有这项事实")
        result: dict[str, Value] = {}
        for name, column in known.items():
            if (column.entity is Household) != household:
                continue
            if name in given:
                value = given[name]
            elif absent and name not in left_open:
                value = getattr(column, "absent", None)
            else:
                value = None
            if value is not None:
                result[name] = encode(column, value)
        return result

    return UnitFacts(
        unit=row(unit, True),
        people=[row(p, False) for p in people],
        unit_id=unit_id,
        people_ids=people_ids,
        names=names,
    )
