"""Invented households over the columns of any rulebook: plausible ones, edges, and facts left unknown."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from typing import Any

from minzheng.rules.book import Rulebook
from minzheng.rules.calendar import day_number
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.declare import DATE_BOUNDS
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import NO, YES


class Households:
    """Draws households for the columns of a book. `unknown` percent of the facts are left out."""

    def __init__(self, book: Rulebook, rng: random.Random) -> None:
        self.book, self.rng = book, rng
        self.unit = [c for c in book.columns.values() if c.entity is Household]
        self.people = [c for c in book.columns.values() if c.entity is not Household]
        self.thresholds = self._thresholds()

    def _thresholds(self) -> list[int]:
        """Amounts the parameters name, and one fen on both sides: where decisions turn."""
        found = {0, 1}
        for rows in self.book.parameters.rows.values():
            for row in rows:
                if isinstance(row.value, int | Fraction) and row.value > 50:
                    whole = int(row.value)
                    found |= {whole - 1, whole, whole + 1, whole * 2, whole * 12, whole * 12 - 1}
        return sorted(found)

    def draw(self, unknown: int = 0) -> UnitFacts:
        size = self.rng.choice((1, 1, 2, 2, 3, 4, 5, 7))
        return UnitFacts(
            self._row(self.unit, unknown), [self._row(self.people, unknown) for _ in range(size)]
        )

    def _row(self, columns: list[Column], unknown: int) -> dict[str, Any]:
        row: dict[str, Any] = {}
        odd = self.rng.choice((3, 10, 30))
        for column in columns:
            if self.rng.randrange(100) >= unknown:
                value = self.value(column, odd)
                if value is not None:
                    row[column.column] = value
        return row

    def value(self, column: Column, odd: int) -> Any:
        """Mostly what absence means; `odd` percent anything the column can hold."""
        absent = getattr(column, "absent", None)
        usual = self.rng.randrange(100) >= odd
        if column.kind.name == "bool":
            usually = YES if absent is None else (YES if absent else NO)
            return usually if usual else self.rng.choice((YES, NO))
        if column.kind.domain is not None:
            members = list(column.kind.domain)
            if usual and absent is not None:
                return absent.bit
            return self.rng.choice(members[:2] if usual else members).bit
        low, high = column.bounds or DATE_BOUNDS
        if column.kind.name == "date":
            return self._date()
        if usual and (absent is not None or column.kind.name != "money"):
            return absent if absent is not None else low
        pool = [
            low,
            high,
            self.rng.randrange(low, high + 1),
            self.rng.randrange(low, min(high, low + 10) + 1),
        ]
        pool += [self.rng.choice(self.thresholds) for _ in range(8)] if column.kind.name == "money" else []
        return min(max(self.rng.choice(pool), low), high)

    def _date(self) -> int:
        year = self.rng.choice((1920, 1923, 1938, 1943, 1953, 1963, 1973, 1983, 1995, 2005, 2007, 2015, 2023))
        month, day = self.rng.choice(((1, 1), (12, 31), (12, 30), (2, 28), (7, 15)))
        return day_number(date(year, month, day))


__all__ = ["Households"]
