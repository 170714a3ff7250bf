"""What is being drawn, as rows of receipts: programme codes, amounts, months from and to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from minzheng.demo.figures import MEASURES_SINCE
from minzheng.demo.livelihood import STANDARD_YEAR
from minzheng.demo.people import TODAY, City, Ints


class Programme(IntEnum):
    """Codes of the registry, with the words a sweep may use for them."""

    DIBAO = 1
    SINGLE = 2
    TEKUN = 3
    EDGE = 4
    RIGID = 5
    RELIEF = 6
    PHASE_OUT = 7
    LIVING_SUBSIDY = 8
    CARE_SUBSIDY = 9
    OLD_AGE = 10
    ORPHAN = 11
    UNATTENDED = 12
    STUDY_AID = 13
    LEFT_BEHIND = 14
    CENTENARIAN = 18

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Programme.DIBAO: "最低生活保障",
    Programme.SINGLE: "单人户低保",
    Programme.TEKUN: "特困人员救助供养",
    Programme.EDGE: "低保边缘家庭",
    Programme.RIGID: "刚性支出困难家庭",
    Programme.RELIEF: "临时救助",
    Programme.PHASE_OUT: "低保渐退",
    Programme.LIVING_SUBSIDY: "困难残疾人生活补贴",
    Programme.CARE_SUBSIDY: "重度残疾人护理补贴",
    Programme.OLD_AGE: "高龄补贴",
    Programme.ORPHAN: "孤儿基本生活保障",
    Programme.UNATTENDED: "事实无人抚养儿童",
    Programme.STUDY_AID: "孤儿助学",
    Programme.LEFT_BEHIND: "农村留守儿童",
    Programme.CENTENARIAN: "百岁老人补助",
}

NO_MONEY = -1
NOBODY = -1
OPEN = 0
STANDARD_YEAR_BEFORE = (12 * 652 * 100, 6_157 * 100)
NEW_YEAR = int(np.datetime64("2023-01-01", "D").astype(int))
#: Whoever draws something on the business date drew it the month before as well.
LATEST_START = int(np.datetime64("2023-11-01", "D").astype(int))


@dataclass
class Receipts:
    """Rows collected: household and person are positions in the city, days are firsts of months, money fen a month."""

    parts: list[tuple[Ints, ...]] = field(default_factory=list)

    def add(
        self, programme: Programme, household: Ints, person: Ints | int, fen: Ints | int, since: Ints,
        until: Ints | int = OPEN,
    ) -> None:  # fmt: skip
        columns = (int(programme), household, person, fen, since, until)
        self.parts.append(tuple(np.broadcast_to(np.asarray(c, np.int64), household.shape) for c in columns))

    def columns(self) -> tuple[Ints, ...]:
        """Programme, household, person, fen, since, until."""
        return tuple(np.concatenate(column) for column in zip(*self.parts, strict=True))

    def current(self, programme: Programme) -> tuple[Ints, Ints]:
        """Households and persons who draw it on the business date."""
        kind, household, person, _fen, since, until = self.columns()
        now = (kind == programme) & (since <= TODAY) & ((until == OPEN) | (until > TODAY))
        return household[now], person[now]


def month_start(year: int, month: int) -> int:
    return int((np.datetime64(f"{year}-01", "M") + (month - 1)).astype("datetime64[D]").astype(int))


def first_of_months(
    chance: np.random.Generator, count: int, first: tuple[int, int], last: tuple[int, int]
) -> Ints:
    """Random firsts of months from the one to the other, both included."""
    begin = first[0] * 12 + first[1] - 1
    end = last[0] * 12 + last[1] - 1
    month = chance.integers(begin, end + 1, count) - 1970 * 12
    return np.asarray(month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64))


def month_of(day: Ints, plus: int = 0) -> Ints:
    """The first of the month of those days, or of a later one."""
    month = np.asarray(day).astype("datetime64[D]").astype("datetime64[M]") + plus
    return np.asarray(month.astype("datetime64[D]").astype(np.int64))


def month_of_year(day: Ints) -> Ints:
    """1 to 12."""
    return np.asarray(
        np.asarray(day).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    )


def starts(chance: np.random.Generator, count: int) -> Ints:
    """When those who draw it for long began: before the Ten Measures."""
    last = (MEASURES_SINCE.year, MEASURES_SINCE.month - 1)
    return first_of_months(chance, count, (2019, 1), last)


def measures_months(chance: np.random.Generator, count: int) -> Ints:
    """Months since the Ten Measures up to the one before the business date: every award has been paid once."""
    return first_of_months(chance, count, (MEASURES_SINCE.year, MEASURES_SINCE.month), (2023, 11))


def add_dibao(receipts: Receipts, homes: Ints, fen: Ints, earlier: Ints, since: Ints) -> None:
    """Rows from when it began; who drew it before 2023 drew `earlier`, by the standards of then."""
    before = since < NEW_YEAR
    receipts.add(Programme.DIBAO, homes, NOBODY, fen, np.maximum(since, NEW_YEAR))
    old = homes[before]
    receipts.add(Programme.DIBAO, old, NOBODY, earlier[before], since[before], NEW_YEAR)


def before_the_rise(city: City, homes: Ints, fen: Ints, members: Ints) -> Ints:
    """What households that now get `fen` got before the standards rose in 2023, in whole yuan."""
    urban, rural = (
        (now - then) // 1200 * 100 for now, then in zip(STANDARD_YEAR, STANDARD_YEAR_BEFORE, strict=True)
    )
    return np.asarray(np.maximum(fen - members * np.where(city.urban[homes], urban, rural), 0))
