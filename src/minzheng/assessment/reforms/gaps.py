"""The poverty gap: what households lack of their members' standard after a month's payments, and who they are.

Everything is a whole number of parts of a fen (`scale` of them); by township, by age and by programme it is the same
sum parted in three ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from minzheng.assessment.reforms.measures import (
    GAP_INCOME,
    GAP_PEOPLE,
    GAP_STANDARD,
    Held,
    Rows,
    is_monthly,
    open_rows,
    rows_of,
    summed,
)
from minzheng.assessment.reforms.tally import BANDS, Keys, shares
from minzheng.rules.kernel import Amounts, Results
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import YES

Units = npt.NDArray[np.bool_]
Receiving = Mapping[str, Units]
"""By monthly programme, whether somebody of each household is entitled to it."""
NOTHING = ""
"""In place of a programme: households that receive none of them."""
LEFT, HOUSEHOLDS, UNKNOWN = range(3)
"""What stands in an array by programme: parts of a fen, households with a gap, households of which it cannot be told."""


@dataclass
class Need:
    """What each household lacks before it is paid anything: its members' standard less their income, at `scale`.

    `unknown` marks households of which it cannot be told; those surely above their standard lack nothing. `people`
    marks, by person, whom the standard is for.
    """

    lack: Rows
    unknown: Units
    scale: int
    people: Units

    def part(self, units: Rows, rows: Rows) -> Need:
        return Need(self.lack[units], self.unknown[units], self.scale, self.people[rows])


def need(results: Results) -> Need:
    """From a run under the law in force: both sides of a comparison are measured against it."""
    standard, income = results.values[GAP_STANDARD], results.values[GAP_INCOME]
    counted = results.values[GAP_PEOPLE]
    assert isinstance(standard, Amounts)
    assert isinstance(income, Amounts)
    assert isinstance(counted, np.ndarray)
    if standard.den is not None or income.den is not None:
        raise TypeError("the poverty gap is measured in totals, which have one denominator")
    scale = int(np.lcm(standard.scale, income.scale))
    lack = standard.num * (scale // standard.scale) - income.num * (scale // income.scale)
    unknown = np.zeros(len(lack), bool)
    unknown[open_rows(standard)] = True
    for row in open_rows(income).tolist():
        least = income.open[row].lo
        if unknown[row] or least * scale < int(standard.num[row]) * (scale // standard.scale):
            unknown[row] = True
        else:
            lack[row] = 0
    return Need(np.where(unknown, 0, np.maximum(lack, 0)), unknown, scale, counted == YES)


@dataclass
class Gap:
    """`left` at `scale` per fen, households with a gap, households of which it cannot be told: by township.

    ages: `left` by age band. programmes: [left, households, unknown] of the households that receive each monthly
    programme, and of those that receive none; a household that receives two stands in both.
    """

    left: Rows
    households: Rows
    unknown: Rows
    scale: int
    ages: Rows
    programmes: dict[str, Rows]

    def plus(self, other: Gap, sign: int = 1) -> Gap:
        """This gap with that of other households added or taken away."""
        return Gap(
            self.left + sign * other.left,
            self.households + sign * other.households,
            self.unknown + sign * other.unknown,
            self.scale,
            self.ages + sign * other.ages,
            {name: counts + sign * other.programmes[name] for name, counts in self.programmes.items()},
        )


def receiving(held: Mapping[str, Held], keys: Keys) -> dict[str, Units]:
    """The households that receive each monthly programme of a run, whoever of them holds it."""
    found = {}
    for name, one in held.items():
        if is_monthly(one.program):
            found[name] = np.zeros(len(keys.town), bool)
            found[name][one.entitled if one.program.of is Household else keys.unit_of[one.entitled]] = True
    return found


def gap(needs: Need, month: Rows, undecided: Units, received: Receiving, keys: Keys) -> Gap:
    """What is left of the need after a month's payments; `undecided`: households of whom payments are not settled."""
    towns = len(keys.townships)
    unknown = needs.unknown | undecided
    left = np.where(unknown, 0, np.maximum(needs.lack - month * needs.scale, 0))
    poor, open_units = np.flatnonzero(left), np.flatnonzero(unknown)
    return Gap(
        _exactly(keys.town[poor], left[poor], towns, needs.scale),
        np.bincount(keys.town[poor], minlength=towns),
        np.bincount(keys.town[open_units], minlength=towns),
        needs.scale,
        _by_age(needs, left, poor, keys),
        _by_programme(left, poor, open_units, received, needs.scale),
    )


def _exactly(places: Rows, parts: Rows, size: int, scale: int) -> Rows:
    """Sums by place. Whole fen and their fractions are summed apart: each sum stays far below what is exact."""
    whole, rest = np.divmod(parts, scale)
    return summed(places, whole, size) * scale + summed(places, rest, size)


def _by_age(needs: Need, left: Rows, poor: Rows, keys: Keys) -> Rows:
    """Equal parts to the people whose standard is missed, parts that cannot be parted to the first of them.

    Where nobody of a household is counted for sure, everybody in it stands for it.
    """
    rows = rows_of(poor, keys.offsets)
    rows = rows[needs.people[rows]]
    counts = np.bincount(keys.unit_of[rows], minlength=len(left))
    nobody = poor[counts[poor] == 0]
    if len(nobody):
        rows = np.sort(np.concatenate([rows, rows_of(nobody, keys.offsets)]))
        counts = np.bincount(keys.unit_of[rows], minlength=len(left))
    return _exactly(keys.band[rows], shares(left, rows, counts, keys), len(BANDS), needs.scale)


def _by_programme(
    left: Rows, poor: Rows, open_units: Rows, received: Receiving, scale: int
) -> dict[str, Rows]:
    missing, waiting = left[poor], np.ones(len(open_units), np.int64)
    nobody_poor, nobody_open = np.ones(len(poor), bool), np.ones(len(open_units), bool)
    found = {}
    for name, units in received.items():
        among_poor, among_open = units[poor], units[open_units]
        found[name] = _counted(missing[among_poor], waiting[among_open], scale)
        nobody_poor &= ~among_poor
        nobody_open &= ~among_open
    found[NOTHING] = _counted(missing[nobody_poor], waiting[nobody_open], scale)
    return found


def _counted(missing: Rows, waiting: Rows, scale: int) -> Rows:
    whole = _exactly(np.zeros(len(missing), np.int64), missing, 1, scale)
    return np.array([whole[0], len(missing), len(waiting)], np.int64)


__all__ = ["HOUSEHOLDS", "LEFT", "NOTHING", "UNKNOWN", "Gap", "Need", "Receiving", "gap", "need", "receiving"]
