"""Small tools on arrays of day numbers, ids and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.reading import NEVER
from minzheng.rules.status import NO, YES

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Places:
    """Townships once each, and which of them everybody lives in."""

    distinct: Array
    at: Array

    @classmethod
    def of(cls, townships: Array) -> Places:
        distinct, at = np.unique(townships, return_inverse=True)
        return cls(distinct, at.astype(np.int16 if len(distinct) < 2**15 else np.int64))


def last_of_each(who: Array, by: Array | None, count: int) -> Array:
    """For each of `count` holders the row with the highest `by` (of equal ones the later row), or -1.

    Most holders have one row, so only the others' rows are sorted.
    """
    chosen = np.full(count, -1, np.int64)
    inside = np.flatnonzero(who >= 0)
    chosen[who[inside]] = inside
    if by is None:
        return chosen
    passed_over = inside[chosen[who[inside]] != inside]
    if len(passed_over):
        several = np.zeros(count, bool)
        several[who[passed_over]] = True
        rows = inside[several[who[inside]]]
        rows = rows[np.argsort(by[rows], kind="stable")]
        chosen[who[rows]] = rows
    return chosen


def locate(sorted_ids: Array, wanted: Array) -> Array:
    """Position of each wanted id among the sorted ones, or -1."""
    if not len(sorted_ids):
        return np.full(len(wanted), -1, np.int64)
    if sorted_ids[-1] - sorted_ids[0] + 1 == len(sorted_ids):
        at = wanted - sorted_ids[0]
        return np.where((at >= 0) & (at < len(sorted_ids)), at, -1)
    at = np.minimum(np.searchsorted(sorted_ids, wanted), len(sorted_ids) - 1)
    return np.where(sorted_ids[at] == wanted, at, -1)


def taken(values: Array, row: Array, otherwise: int) -> Array:
    """The value of each one's row, or `otherwise`."""
    if not len(values):
        return np.full(len(row), otherwise, values.dtype if values.dtype.kind == "i" else np.int64)
    return np.where(row >= 0, values[row], otherwise)


def anyone(who: Array, count: int) -> Array:
    hit = np.zeros(count, bool)
    hit[who] = True
    return hit


def sums(who: Array, amounts: Array, count: int) -> Array:
    total = np.zeros(count, np.int64)
    np.add.at(total, who, amounts)
    return total


def yes_no(recorded: Array) -> Array:
    return np.where(recorded > 0, YES, NO).astype(np.int8)


def county_now(division: Array) -> Array:
    """The county a division code lies in today: six digits, retired codes resolved."""
    county = division.astype(np.int64)
    while True:
        long = county > 999_999
        if not long.any():
            break
        county = np.where(long, county // 1000, county)
    for row in shipped_divisions():
        if row.successor is not None:
            county = np.where(county == row.code, row.successor, county)
    return county


def month_ordinals(days: Array) -> Array:
    """Months since year 0 of day numbers; an open end stays far away."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return np.where(days == NEVER, 10**6, months)


def _civil(days: Array) -> tuple[Array, Array, Array]:
    date64 = days.astype("datetime64[D]")
    months = date64.astype("datetime64[M]")
    in_month = (date64 - months.astype("datetime64[D]")).astype(np.int64) + 1
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return months.astype(np.int64), in_month, length


def whole_months(start: Array, end: Array) -> Array:
    """`rules.calendar.months_between` of arrays of day numbers."""
    differ = np.flatnonzero(start != end)
    if len(differ) < len(start):
        some = np.zeros(len(start), np.int64)
        some[differ] = whole_months(start[differ], end[differ]) if len(differ) else 0
        return some
    first, first_day, _length = _civil(start)
    last, last_day, length = _civil(end)
    months: Array = last - first - (last_day < np.minimum(first_day, length))
    return months


def add_years(days: Array, years: int) -> Array:
    """The corresponding day years later, or the last day of February."""
    months, in_month, _length = _civil(days)
    target = (months + 12 * years).astype("datetime64[M]")
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    day: Array = target.astype("datetime64[D]").astype(np.int64) + np.minimum(in_month, length) - 1
    return day
