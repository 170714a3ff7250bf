"""Rows in force as plain values, kept with each edition of the rulebook that a decision rests on, and back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from minzheng.rules.parameters import Row

_DAYS = ("since", "until", "known_from", "checked")


def rows_as_plain(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [_plain(row) for row in rows]


def _plain(row: Row) -> dict[str, Any]:
    found = dict(vars(row))
    for name in _DAYS:
        found[name] = found[name].isoformat() if found[name] is not None else None
    found["value"] = None if row.value is None else str(Fraction(row.value))
    return found


def rows_of_plain(plain: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    return tuple(_row(one) for one in plain)


def _row(plain: Mapping[str, Any]) -> Row:
    found = dict(plain)
    for name in _DAYS:
        found[name] = datetime.date.fromisoformat(found[name]) if found[name] is not None else None
    if found["value"] is not None:
        exact = Fraction(found["value"])
        found["value"] = int(exact) if exact.denominator == 1 else exact
    return Row(**found)


__all__ = ["rows_as_plain", "rows_of_plain"]
