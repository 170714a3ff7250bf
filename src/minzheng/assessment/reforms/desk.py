"""The reform desk's engine: a city kept at hand, priced again within moments whenever a slider moves.

A household need not be looked at again when every touched programme is decided for it, to the fen, although the moved
parameters may be anything between their ends: the engine's own arithmetic of ranges proves it. Everybody else is run
again through both stages; nothing is compiled. What was proved is kept: for one or two sliders that move, and for one
that moves while any others stand where they were put.
"""

from __future__ import annotations

import functools
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from minzheng.assessment.city import City
from minzheng.assessment.reforms.gaps import Gap, Need, Receiving, gap, receiving
from minzheng.assessment.reforms.measures import Held, Rows, measure_kernel, read_results
from minzheng.assessment.reforms.overlay import Change, Overlay
from minzheng.assessment.reforms.part import Part, Parts, Ranged
from minzheng.assessment.reforms.simulate import (
    Priced,
    Reach,
    Side,
    Simulation,
    Standing,
    touched_programs,
    when,
)
from minzheng.assessment.reforms.sliders import SLIDERS, Slider
from minzheng.assessment.reforms.tally import (
    Comparison,
    Keys,
    Tally,
    compare,
    month_of,
    tally,
    undecided_units,
)
from minzheng.rulebook import open_to_reform
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.written import texts_of

KEPT = 6
"""How many sets of moved sliders stay prepared; each holds the columns of the households it can touch."""
FEW = 2
"""Up to so many sliders their households are found beforehand; more at once run over all that any slider can touch."""
RECENT = 64
K = TypeVar("K")
V = TypeVar("V")
Say = Callable[[str], None]


@dataclass
class Prepared:
    """Households some sliders can touch, and what they come to under the law in force."""

    part: Part
    keys: Keys
    touched: tuple[str, ...]
    facts: frozenset[str]
    held: dict[str, Held]
    before: Tally
    gap_before: Gap
    month: Rows
    other_undecided: npt.NDArray[np.bool_]
    other_received: Receiving
    needs: Need
    rest: tuple[Rows, Rows]


@dataclass
class Counted:
    """Prepared households counted at one position."""

    after: Tally
    comparison: Comparison
    gap: Gap


@dataclass
class Anchored:
    """A slider that moves while others stand: the whole city where it stood, and there the households it can touch."""

    prepared: Prepared
    city: Priced
    there: Counted


Spot = tuple[str, frozenset[tuple[str, Fraction]]]
"""The slider that moves, and where the others stand."""


class Desk:
    """A city under the law in force, and every position of the sliders beside it."""

    def __init__(
        self,
        city: City,
        book: Rulebook,
        sliders: tuple[Slider, ...] = SLIDERS,
        *,
        compiled: bool = True,
        cache: Path | None = None,
        threads: int | None = None,
        say: Say | None = None,
    ) -> None:
        report = say or (lambda _what: None)
        book = open_to_reform(book)
        self.city, self.book, self.threads = city, book, threads
        self.sliders = {slider.key: slider for slider in sliders}
        on, month = when(city)
        self.when: dict[str, Any] = {"on": on, "month": month, "threads": threads}
        report("编译规则")
        self.how: dict[str, Any] = {"compiled": compiled, "cache": cache, "threads": threads}
        side = Side(book, **self.how)
        self.touched = touched_programs(book, tuple(self.sliders), ())
        self.kernel = measure_kernel(book, programs=self.touched, gap=False, compiled=compiled, cache=cache)
        report("按现行规定核算全市")
        columns = side.columns(city, book.parameters)
        self.standing = Standing.of(city, side, columns)
        self.keys, self.needs = self.standing.keys, self.standing.needs
        self.before, self.gap_before = self.standing.tally, self.standing.gap
        self.month = month_of(self.standing.held, self.keys)
        untouched = [p.name for p in book.programs if p.name not in self.touched]
        self.other_undecided = undecided_units(self.standing.held, self.keys, untouched)
        self.other_received = receiving({name: self.standing.held[name] for name in untouched}, self.keys)
        report("找出滑块可能影响的家庭")
        source = self.kernel.source
        names = {c.column for c in (*source.unit_columns, *source.person_columns)}
        self.parts = Parts(city, book, side.first, columns, names, self.when)
        self.wide = self._reachable()
        """The households that some position of all sliders together can touch."""
        self._everything = self._standing(self.wide)
        self._prepared: OrderedDict[frozenset[str], Prepared] = OrderedDict()
        self._anchors: OrderedDict[Spot, Anchored] = OrderedDict()
        self._recent: OrderedDict[Spot, tuple[dict[str, Fraction], Priced]] = OrderedDict()
        report("已就绪")

    def simulate(self, overlay: Overlay) -> Simulation:
        """Any reform over the whole city, compared with what stands."""
        return self.standing.against(overlay, how=self.how, say=lambda _what: None)

    def side_of(self, book: Rulebook) -> Side:
        """Another text of the rulebook, compiled where it computes something else."""
        opened, standing = open_to_reform(book), self.standing.side
        if texts_of(opened) == texts_of(standing.book):
            return standing
        return Side(opened, **self.how)

    def under(self, side: Side) -> Simulation:
        """The whole city under another text, compared with what stands."""
        return self.standing.under(side)

    # -- moving ----------------------------------------------------------------------------------------------------
    def price(self, positions: Mapping[str, Fraction]) -> Priced:
        """The city with these sliders at these positions (as people write them), the others where the law has them."""
        anchored = self._anchored(positions)
        if anchored is not None:
            there, here = anchored.there, self._count(anchored.prepared, positions)
            city = anchored.city
            return replace(
                city,
                after=city.after.plus(there.after, -1).plus(here.after),
                comparison=city.comparison.plus(there.comparison, -1).plus(here.comparison),
                gap_after=city.gap_after.plus(there.gap, -1).plus(here.gap),
            )
        prepared = self.prepare(frozenset(positions))
        here = self._count(prepared, positions)
        priced = Priced(
            self.book.programs,
            prepared.touched,
            self.keys,
            self.before,
            self.before.plus(prepared.before, -1).plus(here.after),
            here.comparison.adding_unchanged(*prepared.rest),
            self.gap_before,
            self.gap_before.plus(prepared.gap_before, -1).plus(here.gap),
        )
        self._remember(positions, priced)
        return priced

    def _count(self, prepared: Prepared, positions: Mapping[str, Fraction]) -> Counted:
        held = self._run(prepared.part, prepared.keys, prepared.facts, self._at(positions))
        comparison = compare(prepared.held, held, prepared.keys, prepared.touched)
        undecided = prepared.other_undecided | undecided_units(held, prepared.keys, self.touched)
        received = {**prepared.other_received, **receiving(held, prepared.keys)}
        month = prepared.month + comparison.change
        left = gap(prepared.needs, month, undecided, received, prepared.keys)
        return Counted(tally(held, prepared.keys), comparison, left)

    def prepare(self, moved: frozenset[str]) -> Prepared:
        """The households these sliders can touch, found once for a set of few sliders: the first move."""
        facts, touched = self._facts(tuple(moved)), touched_programs(self.book, tuple(moved), ())
        if len(moved) > FEW:
            return replace(self._everything, facts=facts, touched=touched)
        return _kept(self._prepared, moved, lambda: self._prepare(moved, facts, touched), KEPT)

    def _prepare(self, moved: frozenset[str], facts: frozenset[str], touched: tuple[str, ...]) -> Prepared:
        ranged = self._ranged({key: self.sliders[key] for key in moved})
        wide = self.parts.narrowed(self.wide, facts, ranged)
        part = self.parts.chosen(wide, self._open_units(wide, facts, ranged))
        return replace(self._standing(part), facts=facts, touched=touched)

    def _standing(self, part: Part) -> Prepared:
        """A part under the law in force."""
        keys = self.keys.part(part.units, part.rows, part.columns.offsets)
        held = self._held(part.columns, keys, self.book.parameters)
        month, other = self.month[part.units], self.other_undecided[part.units]
        undecided = other | undecided_units(held, keys, self.touched)
        needs = self.needs.part(part.units, part.rows)
        others = {name: units[part.units] for name, units in self.other_received.items()}
        left = gap(needs, month, undecided, {**others, **receiving(held, keys)}, keys)
        return Prepared(
            part, keys, self.touched, frozenset(), held, tally(held, keys), left, month, other, others, needs,
            self._rest(keys),
        )  # fmt: skip

    # -- one slider moves, the others stand ------------------------------------------------------------------------
    def _remember(self, positions: Mapping[str, Fraction], priced: Priced) -> None:
        for spot in _spots(positions):
            self._recent[spot] = (dict(positions), priced)
            self._recent.move_to_end(spot)
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _anchored(self, positions: Mapping[str, Fraction]) -> Anchored | None:
        """What is known of a slider that moves while the others stand: from the second position on."""
        if len(positions) < FEW:
            return None
        spots = list(_spots(positions))
        for spot in spots:
            if spot in self._anchors:
                self._anchors.move_to_end(spot)
                return self._anchors[spot]
        for spot in spots:
            if spot in self._recent:
                stood, city = self._recent[spot]
                make = functools.partial(self._anchor, spot[0], stood, city)
                return _kept(self._anchors, spot, make, KEPT)
        return None

    def _anchor(self, key: str, stood: dict[str, Fraction], city: Priced) -> Anchored:
        facts = self._facts(tuple(stood))
        here = self._at(stood)
        ranged = Ranged(here, {key: self._ends(self.sliders[key])})
        wide = self.parts.narrowed(self.parts.rebased(self.wide, here), facts, ranged)
        part = self.parts.chosen(wide, self._open_units(wide, facts, ranged))
        prepared = replace(self._standing(part), facts=facts, touched=city.touched)
        return Anchored(prepared, city, self._count(prepared, stood))

    def _rest(self, keys: Keys) -> tuple[Rows, Rows]:
        """Households by township and people by age that the sliders cannot touch."""
        return self.keys.households - keys.households, self.keys.people - keys.people

    def _run(
        self, part: Part, keys: Keys, facts: frozenset[str], parameters: ParameterSet
    ) -> dict[str, Held]:
        return self._held(self.parts.columns_under(part, parameters, facts), keys, parameters)

    def _held(self, columns: Columns, keys: Keys, parameters: ParameterSet) -> dict[str, Held]:
        results = self.kernel.run(columns, parameters=parameters, **self.when)
        return read_results(self._programs(), results, keys.unit_of, columns.offsets)

    def _programs(self) -> list[Any]:
        return [p for p in self.book.programs if p.name in self.touched]

    # -- what can be touched ------------------------------------------------------------------------------------------
    def _facts(self, moved: tuple[str, ...]) -> frozenset[str]:
        return Reach(self.book, moved).facts

    def _at(self, positions: Mapping[str, Fraction]) -> Ranged:
        """The parameters with the sliders where they stand: both ends are one."""
        exact = {key: self.sliders[key].encoded(value) for key, value in positions.items()}
        return Ranged(self.book.parameters, {key: (value, value) for key, value in exact.items()})

    def _reachable(self) -> Part:
        facts, ranged = self._facts(tuple(self.sliders)), self._ranged(self.sliders)
        whole = self.parts.whole(facts, ranged)
        return self.parts.chosen(whole, self._open_units(whole, facts, ranged))

    def _ranged(self, sliders: Mapping[str, Slider]) -> Ranged:
        """Each of these parameters anywhere between its ends, or where the law has it."""
        return Ranged(self.book.parameters, {key: self._ends(slider) for key, slider in sliders.items()})

    def _ends(self, slider: Slider) -> tuple[Fraction, Fraction]:
        ends = [slider.encoded(slider.low), slider.encoded(slider.high)]
        for county in self.book.counties:
            found = self.book.parameters.resolve(slider.parameter, county, self.when["on"])
            if found.known:
                assert isinstance(found.value, int | Fraction)
                ends.append(Fraction(found.value))
        return min(ends), max(ends)

    def _open_units(self, part: Part, facts: frozenset[str], ranged: Ranged) -> Rows:
        """Households of a part in which some touched programme is not decided, to the fen, at every position."""
        columns = self.parts.columns_under(part, ranged, facts)
        found = np.zeros(columns.units, bool)
        for first, end in _pieces(columns):
            piece = _slice(columns, first, end)
            results = self.kernel.run(piece, parameters=ranged, **self.when)
            unit_of = np.repeat(np.arange(piece.units), np.diff(piece.offsets))
            held = read_results(self._programs(), results, unit_of, piece.offsets)
            for one in held.values():
                units = one.undecided if one.program.of is Household else unit_of[one.undecided]
                found[first + units] = True
        return np.flatnonzero(found)


def overlay_of_positions(positions: Mapping[str, Fraction]) -> Overlay:
    """The reform that a position of the sliders is."""
    return Overlay(changes=tuple(Change(key, value) for key, value in positions.items()))


PIECE = 100_000


def _pieces(columns: Columns) -> list[tuple[int, int]]:
    """Spans of households within counties, so that a wide run never holds the whole city's ranges at once."""
    return [
        (start, min(start + PIECE, end))
        for _code, first, end in columns.counties
        for start in range(first, end, PIECE)
    ]


def _slice(columns: Columns, first: int, end: int) -> Columns:
    """Consecutive households of one county; shares the arrays."""
    code = next(code for code, low, high in columns.counties if low <= first < high)
    rows = slice(int(columns.offsets[first]), int(columns.offsets[end]))
    return Columns(
        columns.offsets[first : end + 1] - columns.offsets[first],
        [(code, 0, end - first)],
        {name: array[first:end] for name, array in columns.unit.items()},
        {name: array[rows] for name, array in columns.people.items()},
    )


def _spots(positions: Mapping[str, Fraction]) -> Iterator[Spot]:
    """Each slider of a position with where the others stand."""
    for key in positions:
        yield key, frozenset((other, value) for other, value in positions.items() if other != key)


def _kept(store: OrderedDict[K, V], key: K, make: Callable[[], V], most: int) -> V:
    """A value made once and kept among the last used ones."""
    if key not in store:
        store[key] = make()
        while len(store) > most:
            store.popitem(last=False)
    store.move_to_end(key)
    return store[key]


def slider_times(desk: Desk, rounds: int = 5) -> dict[str, list[float]]:
    """Milliseconds of engine time for many positions spread between the sliders' ends.

    Each slider alone, each while two others stand elsewhere, and each while all others do. `later` are the moves of
    a slider that moved before; `first` what its first moves take; `jump` all sliders put elsewhere at once.
    """
    keys = list(desk.sliders)
    times: dict[str, list[float]] = {"first": [], "later": [], "jump": []}
    for at, key in enumerate(keys):
        for others in ([], [keys[at - 1], keys[at - 2]], [one for one in keys if one != key]):
            stand = {other: _spread(desk.sliders[other], 1 + at % (rounds - 1), rounds) for other in others}
            warm = 2 if others else 1
            for turn in range(rounds + warm):
                positions = {**stand, key: _spread(desk.sliders[key], turn % (rounds + 1), rounds)}
                spent = _milliseconds(desk, positions)
                jumped = turn == 0 and len(others) > FEW
                times["later" if turn >= warm else "jump" if jumped else "first"].append(spent)
    return times


def _milliseconds(desk: Desk, positions: Mapping[str, Fraction]) -> float:
    began = time.perf_counter()
    desk.price(positions)
    return (time.perf_counter() - began) * 1000


def _spread(slider: Slider, turn: int, rounds: int) -> Fraction:
    steps = int((slider.high - slider.low) / slider.step)
    return slider.low + slider.step * (steps * turn // rounds)
