"""A calendar month and the questions the law asks of it. Days are plain `datetime.date`."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Self

from minzheng.values.errors import Refusal

_WRITTEN = re.compile(r"([0-9]{4})-?([0-9]{2})")


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A month, written `2023-12`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 12 and 1 <= self.year <= 9999):
            raise Refusal("month.unreadable", "月份不存在：月应在 01 至 12 之间。")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2023-12` or `202312`, ASCII digits only."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or not text.isascii():
            raise Refusal("month.unreadable", "月份无法识别：应写作 2023-12。")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def from_ordinal(cls, ordinal: int) -> Self:
        """The month counted from January of year 0, as `ordinal` counts it."""
        year, month = divmod(ordinal, 12)
        return cls(year, month + 1)

    @property
    def ordinal(self) -> int:
        return self.year * 12 + self.number - 1

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def plus(self, months: int) -> Self:
        """The month so many months later (earlier when negative)."""
        return self.from_ordinal(self.ordinal + months)

    def months_since(self, earlier: Month) -> int:
        return self.ordinal - earlier.ordinal

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.number)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from `first` to `last`, both included; none when `last` is earlier."""
    return (Month.from_ordinal(n) for n in range(first.ordinal, last.ordinal + 1))


def full_years(birth: date, on: date) -> int:
    """Age in full years (周岁) on a day: the year is full on the birthday itself.

    A birthday on 29 February is full on 1 March of a common year.
    """
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
