"""A city under the law in force and under a reform, in one run, with everything that differs."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from minzheng.assessment.city import City, FirstStage
from minzheng.assessment.reforms.gaps import Gap, Need, gap, need, receiving
from minzheng.assessment.reforms.measures import Held, measure_kernel, nobody, read_results
from minzheng.assessment.reforms.overlay import Overlay, replaced_provisions
from minzheng.assessment.reforms.replaced import with_provisions
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
from minzheng.rules.book import Rulebook, leaves, outcome_reads
from minzheng.rules.columns import Columns
from minzheng.rules.joined import changed_rules
from minzheng.rules.kernel import Kernel, Results
from minzheng.rules.language.declare import Fact, Program
from minzheng.rules.language.expr import Expr, Rule, Setting
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.written import written

Say = Callable[[str], None]


@dataclass
class Priced:
    """Both sides counted. `touched`: programmes the reform can change, by what they read."""

    programs: tuple[Program, ...]
    touched: tuple[str, ...]
    keys: Keys
    before: Tally
    after: Tally
    comparison: Comparison
    gap_before: Gap
    gap_after: Gap


@dataclass
class Simulation(Priced):
    """The same with every holder on both sides, over the city it was done for."""

    city: City
    overlay: Overlay
    held_before: dict[str, Held]
    held_after: dict[str, Held]


@dataclass
class Standing:
    """A city under the law in force: what every reform is compared with."""

    city: City
    side: Side
    keys: Keys
    held: dict[str, Held]
    tally: Tally
    needs: Need
    gap: Gap

    @staticmethod
    def of(city: City, side: Side, columns: Columns | None = None) -> Standing:
        """columns: the city's under the law in force, where somebody has them already."""
        keys = Keys.of(city.columns, city.loaded.township, city.loaded.manifest.on)
        held, results = side.run(city, side.book.parameters, keys, columns)
        needs = need(results)
        return Standing(city, side, keys, held, tally(held, keys), needs, _gap(needs, held, keys))

    def against(self, overlay: Overlay, *, how: Mapping[str, Any], say: Say) -> Simulation:
        """A reform over the same city. Raises `Refusal` for one that does not fit the rulebook."""
        city, keys, book = self.city, self.keys, self.side.book
        new = replaced_provisions(overlay, book, city.loaded.manifest.on)
        parameters = in_force_now(overlay, city.loaded.manifest.on).parameters(book.parameters)
        touched = touched_programs(book, overlay.keys, tuple(new))
        side = Side(with_provisions(book, new), **how) if new else self.side
        say("按改革方案核算全市")
        after, _results = side.run(city, parameters, keys)
        say("比较与汇总")
        return Simulation(
            book.programs, touched, keys, self.tally, tally(after, keys),
            compare(self.held, after, keys, touched), self.gap, _gap(self.needs, after, keys),
            city, overlay, self.held, after,
        )  # fmt: skip

    def under(self, side: Side) -> Simulation:
        """The same city under another edition of the rulebook. side: that edition's."""
        book, other, keys = self.side.book, side.book, self.keys
        names = tuple(changed_rules(written(book), written(other)))
        mine, others = book.parameters.rows, other.parameters.rows
        moved_keys = tuple(key for key in mine.keys() | others.keys() if mine.get(key) != others.get(key))
        touched = {*touched_programs(book, moved_keys, names), *touched_programs(other, moved_keys, names)}
        after, _results = side.run(self.city, other.parameters, keys)
        programs = {one.name: one for one in (*book.programs, *other.programs)}
        before = {name: self.held.get(name) or nobody(one, keys) for name, one in programs.items()}
        after = {name: after.get(name) or nobody(one, keys) for name, one in programs.items()}
        in_order = tuple(sorted(programs.values(), key=lambda one: one.rank))
        moved = tuple(one.name for one in in_order if one.name in touched)
        return Simulation(
            in_order, moved, keys, tally(before, keys), tally(after, keys),
            compare(before, after, keys, moved), self.gap, _gap(self.needs, after, keys),
            self.city, Overlay(), before, after,
        )  # fmt: skip


def simulate(
    city: City,
    book: Rulebook,
    overlay: Overlay,
    *,
    compiled: bool = True,
    cache: Path | None = None,
    threads: int | None = None,
    say: Say | None = None,
) -> Simulation:
    """Price a reform over a city. Raises `Refusal` for a reform that does not fit the rulebook."""
    report = say or (lambda _what: None)
    how: dict[str, Any] = {"compiled": compiled, "cache": cache, "threads": threads}
    report("按现行规定核算全市")
    standing = Standing.of(city, Side(open_to_reform(book), **how))
    return standing.against(overlay, how=how, say=report)


def _gap(needs: Need, held: dict[str, Held], keys: Keys) -> Gap:
    undecided = undecided_units(held, keys, held.keys())
    return gap(needs, month_of(held, keys), undecided, receiving(held, keys), keys)


class Side:
    """One rulebook over a city: both stages and what is read from them."""

    def __init__(
        self,
        book: Rulebook,
        *,
        compiled: bool = True,
        cache: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.book, self.threads = book, threads
        self.first = FirstStage(book, compiled=compiled, cache=cache)
        self.kernel: Kernel = measure_kernel(book, compiled=compiled, cache=cache)

    def with_values(self, parameters: ParameterSet) -> Side:
        """The same rules with other values: nothing is compiled."""
        other = copy.copy(self)
        other.book = self.book.with_parameters(parameters)
        return other

    def run(
        self, city: City, parameters: ParameterSet, keys: Keys, columns: Columns | None = None
    ) -> tuple[dict[str, Held], Results]:
        """What every programme comes to, and the results it is read from."""
        columns = columns or self.columns(city, parameters)
        on, month = when(city)
        results = self.kernel.run(columns, on=on, month=month, parameters=parameters, threads=self.threads)
        return read_results(self.book.programs, results, keys.unit_of, columns.offsets), results

    def columns(self, city: City, parameters: ParameterSet) -> Columns:
        on, month = when(city)
        return self.first.complete(city, on=on, month=month, parameters=parameters, threads=self.threads)


def when(city: City) -> tuple[datetime.date, datetime.date]:
    """The day of law and the benefit month of a snapshot."""
    manifest = city.loaded.manifest
    return manifest.on, manifest.month.first_day


def in_force_now(overlay: Overlay, on: datetime.date) -> Overlay:
    """The same reform with values of a later day taken as in force: the question is what they would change."""
    changes = tuple(
        c if c.since is None or c.since <= on else type(c)(c.key, c.value, c.place, None, None)
        for c in overlay.changes
    )
    return replace(overlay, changes=changes)


def later_changes(overlay: Overlay, on: datetime.date) -> list[str]:
    """Keys of values, and names of texts, that begin after the day of the snapshot."""
    keys = [c.key for c in overlay.changes if c.since is not None and c.since > on]
    return [*keys, *(name for name, day in overlay.texts if day > on)]


# -- what a reform can reach -------------------------------------------------------------------------------------


def touched_programs(
    book: Rulebook, settings: tuple[str, ...], provisions: tuple[str, ...]
) -> tuple[str, ...]:
    """Programmes that read one of these parameters or provisions, directly or through anything."""
    reach = Reach(book, settings, provisions)
    return tuple(p.name for p in book.programs if reach.of_program(p))


class Reach:
    """Whether a node depends on some parameters or provisions, obligors' households included."""

    def __init__(self, book: Rulebook, settings: tuple[str, ...], provisions: tuple[str, ...] = ()) -> None:
        self.settings, self.provisions = frozenset(settings), frozenset(provisions)
        self.book = book
        self._known: dict[int, bool] = {}
        self.facts: frozenset[str] = frozenset()
        """Facts of obligors elsewhere that the reform can change. The first stage itself reads them as nothing."""
        self.facts = frozenset(f.column for f in book.gathered if f.gathered and self(f.gathered.value))
        self._known = {}

    def of_program(self, program: Program) -> bool:
        if program.name in self.provisions:
            return True
        from minzheng.rulebook.programs import TO_THE_YUAN

        parts: list[Expr] = [program, *([program.amount] if program.amount is not None else [])]
        payment = TO_THE_YUAN.get(program.name)
        return any(
            self(part) for part in (*parts, *([self.book[payment.name]] if payment is not None else []))
        )

    def __call__(self, node: Expr) -> bool:
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = self._reads(node)
        return known

    def _reads(self, node: Expr) -> bool:
        if isinstance(node, Setting):
            return node.key in self.settings
        if isinstance(node, Fact):
            return node.column in self.facts
        if isinstance(node, Rule):
            return node.name in self.provisions or any(self(leaf) for leaf in outcome_reads(node))
        return any(self(leaf) for leaf in leaves(node) if leaf is not node)
