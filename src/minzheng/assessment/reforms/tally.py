"""Counting a run, and comparing two: by township, by age, by programme; households that gain, lose, or cannot be told.

Everything is a whole number of households, people or fen. A township is a place in `Keys.townships`; counties are
sums of townships.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from minzheng.assessment.reforms.measures import Held, Rows, is_monthly, rows_of, summed
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import Array, Columns
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import NO, YES

BANDS = ("0—17岁", "18—59岁", "60—69岁", "70—79岁", "80岁以上", "出生日期未知")
_BAND_STARTS = (18, 60, 70, 80)
CLASSES = ("gain", "lose", "same", "undecided")
"""A household's month under the reform against its month now; undecided where a touched programme is on either side."""
STEPS = (-50000, -20000, -10000, -5000, 0, 5000, 10000, 20000, 50000)
"""Edges, in fen, of the distribution of changes a month; a change of nothing is no change."""


@dataclass
class Keys:
    """Where each household lies and how old each person is; how many there are of each."""

    townships: Rows
    town: Rows
    offsets: Rows
    unit_of: Rows
    row_town: Rows
    band: Rows
    households: Rows
    people: Rows

    @staticmethod
    def of(columns: Columns, township: Array, on: datetime.date) -> Keys:
        townships, town = np.unique(township.astype(np.int64), return_inverse=True)
        return Keys.made(
            townships, town.astype(np.int64), columns.offsets, age_bands(columns.people["born"], on)
        )

    @staticmethod
    def made(townships: Rows, town: Rows, offsets: Rows, band: Rows) -> Keys:
        unit_of = np.repeat(np.arange(len(town)), np.diff(offsets))
        households = np.bincount(town, minlength=len(townships))
        people = np.bincount(band, minlength=len(BANDS))
        return Keys(townships, town, offsets, unit_of, town[unit_of], band, households, people)

    def part(self, units: Rows, rows: Rows, offsets: Rows) -> Keys:
        """The same of some households (ascending) and their people."""
        return Keys.made(self.townships, self.town[units], offsets, self.band[rows])

    def of_holders(self, program: Program) -> Rows:
        """The township of each holder of a programme."""
        return self.town if program.of is Household else self.row_town


def age_bands(born: Array, on: datetime.date) -> Rows:
    """The age band of each person on a day; the last one where the birth date is not known."""
    edges = [day_number(on.replace(year=on.year - years, day=_same_day(on, years))) for years in _BAND_STARTS]
    band = np.zeros(len(born), np.int64)
    for edge in edges:
        band += born <= edge
    band[born == np.iinfo(born.dtype).min] = len(BANDS) - 1
    return band


def _same_day(on: datetime.date, years: int) -> int:
    """The day of the month so many years before; 28 February for a 29th that did not exist."""
    leap = (on.year - years) % 4 == 0 and ((on.year - years) % 100 != 0 or (on.year - years) % 400 == 0)
    return 28 if (on.month, on.day) == (2, 29) and not leap else on.day


@dataclass
class Tally:
    """One run counted. Arrays are by township, `ages` and `age_fen` by band; keyed by programme."""

    yes: dict[str, Rows] = field(default_factory=dict)
    unknown: dict[str, Rows] = field(default_factory=dict)
    review: dict[str, Rows] = field(default_factory=dict)
    unsettled: dict[str, Rows] = field(default_factory=dict)
    fen: dict[str, Rows] = field(default_factory=dict)
    people: dict[str, Rows] = field(default_factory=dict)
    ages: dict[str, Rows] = field(default_factory=dict)
    age_fen: dict[str, Rows] = field(default_factory=dict)

    def plus(self, other: Tally, sign: int = 1) -> Tally:
        """This tally with another added to (or taken from) its programmes."""
        result = Tally()
        for name in _PARTS:
            mine: dict[str, Rows] = getattr(self, name)
            theirs: dict[str, Rows] = getattr(other, name)
            summed_up = {
                key: array + sign * theirs[key] if key in theirs else array for key, array in mine.items()
            }
            setattr(result, name, summed_up)
        return result


_PARTS = ("yes", "unknown", "review", "unsettled", "fen", "people", "ages", "age_fen")


def tally(held: Mapping[str, Held], keys: Keys) -> Tally:
    """Count one run."""
    result, towns = Tally(), len(keys.townships)
    for name, one in held.items():
        town = keys.of_holders(one.program)
        for part, rows in (("yes", one.entitled), ("unknown", one.unknown), ("review", one.review)):
            getattr(result, part)[name] = np.bincount(town[rows], minlength=towns)
        result.unsettled[name] = np.bincount(town[one.unsettled], minlength=towns)
        result.fen[name] = summed(town[one.paid], one.fen, towns)
        result.people[name] = np.bincount(keys.row_town[one.people], minlength=towns)
        result.ages[name] = np.bincount(keys.band[one.people], minlength=len(BANDS))
        result.age_fen[name] = _fen_by_age(one, keys)
    return result


def _fen_by_age(one: Held, keys: Keys) -> Rows:
    """Who the money is for, by age: what a household is paid in equal parts to the people it is for.

    Fen that cannot be parted go to the first of them, so that the bands add up to the programme. Where nobody of a
    household is counted for sure (its amount is settled all the same), everybody in it stands for it.
    """
    if one.program.of is not Household:
        return summed(keys.band[one.paid], one.fen, len(BANDS))
    fen = np.zeros(len(keys.town), np.int64)
    fen[one.paid] = one.fen
    rows = one.people
    counts = np.bincount(keys.unit_of[rows], minlength=len(keys.town))
    nobody = one.paid[counts[one.paid] == 0]
    if len(nobody):
        rows = np.sort(np.concatenate([rows, rows_of(nobody, keys.offsets)]))
        counts = np.bincount(keys.unit_of[rows], minlength=len(keys.town))
    return summed(keys.band[rows], shares(fen, rows, counts, keys), len(BANDS))


def shares(whole: Rows, rows: Rows, counts: Rows, keys: Keys) -> Rows:
    """Each person's part of what a household has: equal ones, what cannot be parted going to the first of them.

    whole, counts: by household; rows: the people it is for (ascending), `counts` of each household among them.
    """
    units = keys.unit_of[rows]
    place = np.arange(len(rows)) - (np.cumsum(counts) - counts)[units]
    share, rest = np.divmod(whole[units], counts[units])
    parts: Rows = share + (place < rest)
    return parts


# -- two runs side by side -------------------------------------------------------------------------------------


@dataclass
class Comparison:
    """A reform against the law in force, over the same households.

    households, people: [class, township], [class, band]. gained, lost: fen a month by township.
    moves: by programme [came in, settled, left, became open] by township, of holders. steps: households by change.
    """

    households: Rows
    people: Rows
    gained: Rows
    lost: Rows
    steps: Rows
    moves: dict[str, Rows]
    classes: npt.NDArray[np.int8]
    change: Rows

    def adding_unchanged(self, households: Rows, people: Rows) -> Comparison:
        """With households that are the same on both sides and were not compared one by one."""
        mine, theirs = self.households.copy(), self.people.copy()
        mine[CLASSES.index("same")] += households
        theirs[CLASSES.index("same")] += people
        return replace(self, households=mine, people=theirs)

    def plus(self, other: Comparison, sign: int = 1) -> Comparison:
        """Counts with those of other households added or taken away; single households are no longer told apart."""
        none = np.zeros(0, np.int64)
        return Comparison(
            self.households + sign * other.households,
            self.people + sign * other.people,
            self.gained + sign * other.gained,
            self.lost + sign * other.lost,
            self.steps + sign * other.steps,
            {name: moves + sign * other.moves[name] for name, moves in self.moves.items()},
            none.astype(np.int8),
            none,
        )


def compare(
    before: Mapping[str, Held], after: Mapping[str, Held], keys: Keys, touched: Collection[str]
) -> Comparison:
    """Compare two runs of the same households. Only touched programmes can differ."""
    towns = len(keys.townships)
    change = month_of(after, keys, touched) - month_of(before, keys, touched)
    open_units = undecided_units(before, keys, touched) | undecided_units(after, keys, touched)
    classes = np.where(open_units, 3, np.where(change > 0, 0, np.where(change < 0, 1, 2))).astype(np.int8)
    households, people = _by_class(classes, keys)
    told = np.flatnonzero((change != 0) & ~open_units)
    town, moved = keys.town[told], change[told]
    return Comparison(
        households,
        people,
        summed(town, np.maximum(moved, 0), towns),
        summed(town, np.maximum(-moved, 0), towns),
        np.bincount(np.searchsorted(STEPS, moved, side="right"), minlength=len(STEPS) + 1),
        {name: _moves(before[name], after[name], keys) for name in before if name in touched},
        classes,
        change,
    )


def _by_class(classes: npt.NDArray[np.int8], keys: Keys) -> tuple[Rows, Rows]:
    """Households by class and township, people by class and age; those that stay the same are what is left over."""
    households = np.zeros((len(CLASSES), len(keys.townships)), np.int64)
    people = np.zeros((len(CLASSES), len(BANDS)), np.int64)
    same = CLASSES.index("same")
    for at in range(len(CLASSES)):
        if at != same:
            units = np.flatnonzero(classes == at)
            households[at] = np.bincount(keys.town[units], minlength=len(keys.townships))
            people[at] = np.bincount(keys.band[rows_of(units, keys.offsets)], minlength=len(BANDS))
    households[same] = keys.households - households.sum(axis=0)
    people[same] = keys.people - people.sum(axis=0)
    return households, people


def month_of(held: Mapping[str, Held], keys: Keys, programmes: Collection[str] | None = None) -> Rows:
    """What each household is paid a month, in fen, by these programmes together."""
    result = np.zeros(len(keys.town), np.int64)
    for name, one in held.items():
        if is_monthly(one.program) and (programmes is None or name in programmes):
            units = one.paid if one.program.of is Household else keys.unit_of[one.paid]
            result += summed(units, one.fen, len(result))
    return result


def undecided_units(held: Mapping[str, Held], keys: Keys, touched: Collection[str]) -> npt.NDArray[np.bool_]:
    """Households in which a touched monthly programme is not settled for somebody."""
    result = np.zeros(len(keys.town), bool)
    for name, one in held.items():
        if name in touched and is_monthly(one.program):
            result[one.undecided if one.program.of is Household else keys.unit_of[one.undecided]] = True
    return result


def _moves(before: Held, after: Held, keys: Keys) -> Rows:
    town = keys.of_holders(before.program)
    changed = np.flatnonzero(before.status != after.status)
    was, now, where = before.status[changed], after.status[changed], town[changed]
    kinds = (
        (was == NO) & (now == YES),
        (was != NO) & (now == YES),
        (was == YES) & (now == NO),
        (was == YES) & (now != NO),
    )
    size = len(keys.townships)
    return np.stack([np.bincount(where[kind], minlength=size) for kind in kinds])


__all__ = [
    "BANDS", "CLASSES", "STEPS", "Comparison", "Keys", "Tally", "age_bands", "compare", "month_of", "shares", "tally",
    "undecided_units",
]  # fmt: skip
