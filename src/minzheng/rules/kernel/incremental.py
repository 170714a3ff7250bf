"""A reform's engine: only what lies downstream of the moved parameters, for the households they can touch.

The third way to run a rulebook. Everything that reads none of the moved parameters is computed once and kept as
columns; a small kernel of what is left runs again for every position of a slider. Which households a slider can touch
at all is asked of the same kernel with the parameter unknown within its range: what is decided all the same cannot
move. Results equal the ordinary kernel's, and a test says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.columns import Array, Columns, physical_type, unknown_code
from minzheng.rules.language.declare import Program
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.status import NO, Exact, Options, ends

from .cut import Cut, Cutter, Frozen
from .results import Amounts, Choices, Results
from .run import Kernel, _product, compile_book

Units = npt.NDArray[np.int64]
SAMPLE, TOO_OPEN = 20_000, 0.01
"""Households looked at before the cut is made; a value open for a larger share of them is not kept."""


@dataclass
class Moved:
    """What a moved parameter gives for the households it can touch; all others are as in the baseline.

    results: rows in the order of `units` (ascending) and of their people `rows`; only programs that can change.
    """

    units: Units
    rows: Units
    results: Results


class Reform:
    """The city with some parameters free to move.

    Made once from the columns (seconds); `move` then gives the programs that change for new values of those
    parameters, `run` all programs. ranges: how far each parameter will move (a switch or a choice: any two
    numbers); without it every household is done every time. `moving_facts` names facts of an earlier stage that
    move too: they are wanted anew each time.
    """

    def __init__(
        self,
        book: Rulebook,
        columns: Columns,
        moved: Collection[str],
        *,
        on: datetime.date,
        month: datetime.date | None = None,
        ranges: Mapping[str, tuple[Exact, Exact]] | None = None,
        compiled: bool = True,
        cache: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.book, self.columns, self.threads = book, columns, threads
        self.when: dict[str, Any] = {"on": on, "month": month}
        self._options: dict[str, Any] = {"compiled": compiled, "cache": cache}
        self.ranges = {
            key: self._with_today(key, *given)
            for key, given in (ranges or {}).items()
            if key in book.settings
        }
        self.cut = self._cut(frozenset(moved))
        ordinary = self._ordinary(self.cut, book.programs)
        self.baseline = ordinary.run(columns, threads=threads, **self.when)
        self.kernel = compile_book(self.cut.book, **self._options)
        self.ordinary = self._ordinary(self.cut, self._touched_programs(), values=False)
        self.moving_facts = self.cut.facts & frozenset(self.cut.book.columns)
        frozen, open_units = kept_columns(self.cut, columns, self.baseline)
        self.baseline.values = {}
        self._open, self._settled = np.flatnonzero(open_units), np.flatnonzero(~open_units)
        self._frozen = frozen
        self.units, self.open_units = self._touched() if self.ranges else (self._settled, self._open)
        self.frozen = subset(frozen, self.units)[0]

    def _today(self, key: str) -> Iterable[Any]:
        """The value of a parameter in each county before anything is moved."""
        for county, _, _ in self.columns.counties:
            s = Situation.at(county, self.when["on"], self.when["month"])
            yield self.book.parameters.resolve(self.book.settings[key], s.county, s.on, s.known_at).value

    def _with_today(self, key: str, low: Exact, high: Exact) -> tuple[Exact, Exact]:
        """A range that also holds what the baseline was computed with."""
        for value in self._today(key):
            if not isinstance(value, Options):
                a, b, _ = ends(value)
                low, high = min(low, a), max(high, b)
        return low, high

    # -- making -------------------------------------------------------------------------------------------------
    def _cut(self, moved: frozenset[str]) -> Cut:
        """A cut that keeps nothing that is open for many households, found on some of them."""
        step = max(1, self.columns.units // SAMPLE)
        sample, _ = subset(self.columns, np.arange(0, self.columns.units, step))
        live: set[int] = set()
        while True:
            cut = Cutter(self.book, moved, live).cut()
            found = self._ordinary(cut, ()).run(sample, threads=self.threads, **self.when)
            more = {
                id(cut.nodes[name])
                for name, (maker, column) in cut.kept.items()
                if name in cut.book.columns
                and len(_array(column, found.values[maker.name])[1]) > TOO_OPEN * max(sample.units, 1)
            }
            if not more - live:
                return cut
            live |= more

    def _ordinary(self, cut: Cut, programs: Iterable[Program], values: bool = True) -> Kernel:
        """The whole book's kernel for some programs and, with values, everything the cut keeps."""
        makers = [p for name, (p, _) in cut.kept.items() if name in cut.book.columns]
        wide = Rulebook(
            programs=self.book.programs, parameters=self.book.parameters, counties=self.book.counties,
            provisions=[*self.book.extra, *(p for p in makers if p.name not in self.book)],
        )  # fmt: skip
        names = [p.name for p in makers] if values else []
        return compile_book(wide, programs=programs, values=names, **self._options)

    def _touched_programs(self) -> list[Program]:
        names = {p.name for p in self.cut.book.programs}
        return [p for p in self.book.programs if p.name in names]

    def _touched(self) -> tuple[Units, Units]:
        """Households whose outcomes the moved parameters can change within their ranges: for the small kernel,
        and those with open kept values for the ordinary one.
        """
        when: dict[str, Any] = {"threads": self.threads, "ranges": self.ranges, **self.when}
        found = self.kernel.run(self._frozen, skip=self._open, **when)
        touched = self._undecided(found, self.columns)
        touched[self._open] = False
        part, _ = subset(self.columns, self._open)
        again = self._undecided(self.ordinary.run(part, **when), part)
        return np.flatnonzero(touched), self._open[again]

    def _undecided(self, found: Results, columns: Columns) -> npt.NDArray[np.bool_]:
        touched = np.zeros(columns.units, bool)
        for program in self.cut.book.programs:
            rows = undecided(found, program, self.cut)
            touched[rows if program.of is Household else unit_of(columns, rows)] = True
        touched[found.oversize] = False
        return touched

    # -- moving ---------------------------------------------------------------------------------------------------
    def move(self, parameters: ParameterSet, facts: Mapping[str, Array] | None = None) -> Moved:
        """The programs that change, for the households that can; only the moved parameters may differ.

        facts: people's columns of `moving_facts` under these parameters.
        """
        facts = dict(facts or {})
        if set(facts) != self.moving_facts:
            wanted = ", ".join(sorted(self.moving_facts)) or "none"
            raise RuleError(f"these parameters move facts of an earlier stage: {wanted}")
        frozen, columns, own = self._frozen, self.columns, self.frozen
        if facts:
            rows = people_rows(columns, self.units)
            own = replace(own, people=own.people | {name: array[rows] for name, array in facts.items()})
            frozen = replace(frozen, people=frozen.people | facts)
            columns = replace(columns, people=columns.people | facts)
        more, still_open = self._beyond(parameters, facts)
        parts = [(self.units, self._small(own, parameters))]
        if len(more):
            parts.append((more, self._small(subset(frozen, more)[0], parameters)))
        if len(still_open):
            part, _ = subset(columns, still_open)
            again = self.ordinary.run(part, parameters=parameters, threads=self.threads, **self.when)
            parts.append((still_open, again))
        return self._joined(parts)

    def _beyond(self, parameters: ParameterSet, facts: Mapping[str, Array]) -> tuple[Units, Units]:
        """Further households of the small kernel, and all for the ordinary one, that these values can touch."""
        if not self._within(parameters):
            return np.setdiff1d(self._settled, self.units, assume_unique=True), self._open
        changed = [
            unit_of(self.columns, np.flatnonzero(array != self.columns.people[name]))
            for name, array in facts.items()
        ]
        moved = np.unique(np.concatenate(changed)) if changed else np.zeros(0, np.int64)
        settled = np.setdiff1d(moved, np.concatenate([self._open, self.units]), assume_unique=True)
        return settled, np.union1d(self.open_units, np.intersect1d(moved, self._open))

    def _small(self, frozen: Columns, parameters: ParameterSet) -> Results:
        return self.kernel.run(frozen, parameters=parameters, threads=self.threads, **self.when)

    def _within(self, parameters: ParameterSet) -> bool:
        """Whether the moved parameters lie where the touched households were sought."""
        if not self.ranges:
            return True
        for key in self.cut.moved & frozenset(self.book.settings):
            low, high = self.ranges.get(key, (1, 0))
            for county, _, _ in self.columns.counties:
                s = Situation.at(county, self.when["on"], self.when["month"])
                value = parameters.resolve(self.book.settings[key], s.county, s.on, s.known_at).value
                if not isinstance(value, Exact) or not low <= value <= high:
                    return False
        return True

    def _joined(self, parts: list[tuple[Units, Results]]) -> Moved:
        """Results of separate households in the order of the city."""
        units = np.sort(np.concatenate([u for u, _ in parts]))
        rows = people_rows(self.columns, units)
        out = Results({}, {}, {}, {}, sum(r.full_units for _, r in parts))
        places = []
        for part, _ in parts:
            own = people_rows(self.columns, part)
            places.append((np.searchsorted(units, part), np.searchsorted(rows, own)))
        out.oversize = np.sort(
            np.concatenate([at[r.oversize] for (at, _), (_, r) in zip(places, parts, strict=True)])
        )
        for program in self.cut.book.programs:
            name = program.name
            ats = [at if program.of is Household else people for at, people in places]
            length = len(units) if program.of is Household else len(rows)
            found = [r for _, r in parts]
            out.status[name] = _placed(length, ats, [r.status[name] for r in found])
            out.conditions[name] = _placed(length, ats, [r.conditions[name] for r in found])
            if name in found[0].amount:
                amount = Amounts(np.zeros(length, np.int64), None, found[0].amount[name].scale)
                for at, r in zip(ats, found, strict=True):
                    _overwrite(amount, r.amount[name], at)
                out.amount[name] = amount
        return Moved(units, rows, out)

    def run(self, parameters: ParameterSet, facts: Mapping[str, Array] | None = None) -> Results:
        """All programs of all households under other parameter values: the baseline with what moved written over."""
        moved = self.move(parameters, facts)
        base = self.baseline
        results = Results(
            dict(base.status), dict(base.conditions), dict(base.amount), {}, moved.results.full_units
        )
        results.oversize = base.oversize
        for program in self.cut.book.programs:
            name = program.name
            at = moved.units if program.of is Household else moved.rows
            for before, after in (
                (results.status, moved.results.status), (results.conditions, moved.results.conditions),
            ):  # fmt: skip
                whole = before[name].copy()
                whole[at] = after[name]
                before[name] = whole
            if name in moved.results.amount:
                kept = base.amount[name]
                amount = Amounts(
                    kept.num.copy(), None if kept.den is None else kept.den.copy(), kept.scale, kept.open
                )
                _overwrite(amount, moved.results.amount[name], at)
                results.amount[name] = amount
        return results


def undecided(found: Results, program: Program, cut: Cut) -> Units:
    """Rows of which a condition that can change is open, or the amount of one that may hold."""
    lanes = found.conditions[program.name]
    wanted = 0x5555555555555555 & cut.lanes[program.name]
    rows: Units = np.flatnonzero((lanes ^ (lanes >> 1)) & lanes.dtype.type(wanted))
    if program.name in cut.paying:
        still_open = found.amount[program.name].open.rows
        rows = np.union1d(rows, still_open[found.status[program.name][still_open] != NO])
    return rows


def kept_columns(cut: Cut, columns: Columns, found: Results) -> tuple[Columns, npt.NDArray[np.bool_]]:
    """The columns a small kernel reads, and the households in which a kept value is open."""
    unit: dict[str, Array] = {}
    people: dict[str, Array] = {}
    open_units = np.zeros(columns.units, bool)
    for name, (maker, column) in cut.kept.items():
        if name in cut.book.columns:
            array, still_open = _array(column, found.values[maker.name])
            household = column.entity is Household
            (unit if household else people)[name] = array
            at = still_open if household else unit_of(columns, still_open)
            open_units[at] = True
    for name, fact in cut.book.columns.items():
        if not isinstance(fact, Frozen):
            household = fact.entity is Household
            (unit if household else people)[name] = (columns.unit if household else columns.people)[name]
    return Columns(columns.offsets, columns.counties, unit, people), open_units


def _placed(length: int, ats: list[Units], parts: list[Array]) -> Any:
    whole = np.zeros(length, parts[0].dtype)
    for at, part in zip(ats, parts, strict=True):
        whole[at] = part
    return whole


def unit_of(columns: Columns, rows: Units) -> Units:
    """Households of some people rows."""
    return np.searchsorted(columns.offsets, rows, side="right") - 1


def people_rows(columns: Columns, units: Units) -> Units:
    """Rows of the people of some households (ascending)."""
    sizes = columns.offsets[units + 1] - columns.offsets[units]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(columns.offsets[units] - (ends - sizes), sizes) + np.arange(total)


def subset(columns: Columns, units: npt.NDArray[np.int64]) -> tuple[Columns, npt.NDArray[np.int64]]:
    """Some households (ascending) as columns of their own, and their people rows in the whole."""
    if len(units) == columns.units:
        return columns, np.arange(columns.rows)
    sizes = columns.offsets[units + 1] - columns.offsets[units]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = people_rows(columns, units)
    counties = []
    for code, first, end in columns.counties:
        a, b = np.searchsorted(units, [first, end])
        counties.append((code, int(a), int(b)))
    unit = {name: array[units] for name, array in columns.unit.items()}
    people = {name: array[rows] for name, array in columns.people.items()}
    return Columns(offsets, counties, unit, people), rows


def _overwrite(whole: Amounts, part: Amounts, at: npt.NDArray[np.int64]) -> None:
    """Put the rows of `part` in place of rows `at`, whose order is the same."""
    common = lcm(whole.scale, part.scale)
    if part.den is not None or common != whole.scale:
        whole.den = whole.den if whole.den is not None else np.ones(len(whole.num), np.int64)
    whole.num[at] = _product(part.num, common // part.scale)
    if whole.den is not None:
        den = part.den if part.den is not None else np.ones(len(part.num), np.int64)
        whole.den[at] = _product(den, common // whole.scale)
    kept, moved = whole.open.without(at), part.open.moved(at)
    whole.open = kept.and_also(moved)


def _array(column: Frozen, found: Any) -> tuple[Array, npt.NDArray[np.int64]]:
    """A kept value as a column, and the rows in which it is still open."""
    kind = physical_type(column)
    if isinstance(found, Choices):
        still_open = np.flatnonzero(found.taint != 0)
        codes: Array = np.log2(np.maximum(found.mask & -found.mask, 1)).astype(np.int8)
        codes[still_open] = unknown_code(column)
        return codes, still_open
    if isinstance(found, Amounts):
        assert column.scale % found.scale == 0
        array: Array = found.num * (column.scale // found.scale)
        still_open = found.open.rows
        if found.den is not None:
            odd = found.den != 1
            array = np.where(odd, array // np.where(odd, found.den, 1), array)
        array = array.astype(kind)
        array[still_open] = unknown_code(column)
        return array, still_open
    return found.astype(np.int8), np.zeros(0, np.int64)


__all__ = ["Moved", "Reform", "people_rows", "subset"]
