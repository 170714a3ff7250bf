"""A reform's engine: only what lies downstream of the moved parameters, over frozen columns of the rest.

The third way to run a rulebook. Everything that reads none of the moved parameters is computed once and kept as
columns; a small kernel of what is left runs again for every position of a slider. Households in which a kept value
is still open are done by the ordinary kernel each time. Results equal the ordinary kernel's, and a test says so.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.book import Rulebook, leaves, outcome_reads
from minzheng.rules.bounds import static_bounds
from minzheng.rules.columns import Array, Columns, physical_type, unknown_code
from minzheng.rules.language.declare import Citation, Program, Provision, Version
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import Aggregate, Column, Expr, Rule, Setting
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.scales import static_scale

from .results import Amounts, Choices, Results
from .run import Kernel, _product, compile_book


class Frozen(Column):
    """The kept value of a rule or an aggregate."""

    def __init__(self, name: str, node: Expr, people: bool) -> None:
        self.column, self.label, self.kind = name, name, node.kind
        self.entity = node.entity if people else Household
        self.often_unknown = self.review_when_missing = False
        self.bounds = None
        if node.kind.name in ("money", "number", "date"):
            lo, hi = static_bounds(node)
            self.scale = static_scale(node)
            self.bounds = (int(lo // 1) - 1, int(-(-hi // 1)) + 1)


@dataclass
class Cut:
    """The parts of a book on both sides of the moved parameters."""

    moved: frozenset[str]
    kept: dict[str, tuple[Provision, Frozen]]
    """Name of the frozen column: the provision that makes it (a rule of the book, or a wrapped aggregate)."""
    book: Rulebook
    """What is downstream, reading frozen columns."""
    untouched: tuple[Program, ...]
    """Programs no moved parameter can change."""
    facts: frozenset[str]
    """Facts an earlier stage makes from what the moved parameters change."""


class Cutter:
    """Rewrites the rules downstream of some parameters so that everything else is a column."""

    def __init__(self, book: Rulebook, moved: Collection[str]) -> None:
        self.book, self.moved = book, frozenset(moved)
        self._downstream: dict[int, bool] = {}
        self._rewritten: dict[int, Provision | Program] = {}
        self._frozen: dict[int, Frozen] = {}
        self._keep: list[Expr] = []
        self.kept: dict[str, tuple[Provision, Frozen]] = {}
        self.facts: frozenset[str] = frozenset()
        self.facts = self._moving_facts()
        self._downstream.clear()

    def cut(self) -> Cut:
        touched = [p for p in self.book.programs if self._touches(p)]
        programs = [self._rule(p) for p in touched]
        assert all(isinstance(p, Program) for p in programs)
        small = Rulebook(
            programs=[p for p in programs if isinstance(p, Program)],
            parameters=self.book.parameters,
            counties=self.book.counties,
            stages=False,
        )
        untouched = tuple(p for p in self.book.programs if not self._touches(p))
        return Cut(self.moved, self.kept, small, untouched, self.facts)

    def _moving_facts(self) -> frozenset[str]:
        return frozenset(
            fact.column
            for fact in self.book.gathered
            if fact.gathered is not None and self.reads_moved(fact.gathered.value)
        )

    def _touches(self, program: Program) -> bool:
        return self.reads_moved(program) or (program.amount is not None and self.reads_moved(program.amount))

    def reads_moved(self, node: Expr) -> bool:
        known = self._downstream.get(id(node))
        if known is None:
            if isinstance(node, Setting):
                known = node.key in self.moved
            elif isinstance(node, Column):
                known = node.column in self.facts
            elif isinstance(node, Rule):
                known = any(self.reads_moved(leaf) for leaf in outcome_reads(node))
            else:
                known = any(self.reads_moved(leaf) for leaf in leaves(node) if leaf is not node)
            self._downstream[id(node)] = known
            self._keep.append(node)
        return known

    # -- rewriting ----------------------------------------------------------------------------------------------
    def _rule(self, rule: Rule) -> Provision | Program:
        done = self._rewritten.get(id(rule))
        if done is None:
            done = self._program(rule) if isinstance(rule, Program) else self._provision(rule)
            self._rewritten[id(rule)] = done
        return done

    def _program(self, program: Program) -> Program:
        result = copy.copy(program)
        result.requires = tuple(self._condition(p) for p in program.requires)
        if program.amount is not None:
            result.amount = self._condition(program.amount)
        return result

    def _condition(self, provision: Provision) -> Provision:
        """A provision in its place; an untouched one becomes a provision that reads its frozen column."""
        if self.reads_moved(provision) or not _freezable(provision):
            found = self._rule(provision)
            assert isinstance(found, Provision)
            return found
        done = self._rewritten.get(id(provision))
        if done is None:
            done = self._wrap(provision.name, provision, self._value(provision), provision.versions[0])
            self._rewritten[id(provision)] = done
        assert isinstance(done, Provision)
        return done

    def _value(self, node: Expr) -> Expr:
        """An untouched node as a frozen column; a run-time quotient is done again from what it divides."""
        if isinstance(node, Provision) and not _freezable(node):
            return self._rule(node)
        return self._freeze(node)

    def _provision(self, rule: Rule) -> Provision:
        assert isinstance(rule, Provision)
        result = copy.copy(rule)
        result.versions = []
        for version in rule.versions:
            assert version.expr is not None
            changed = copy.copy(version)
            changed.expr = self._expr(version.expr)
            result.versions.append(changed)
        return result

    def _expr(self, node: Expr) -> Expr:
        if isinstance(node, Rule):
            return self._rule(node) if self.reads_moved(node) else self._value(node)
        if isinstance(node, Aggregate) and not self.reads_moved(node) and _freezable(node):
            return self._freeze(node)
        if not node.operands():
            return node
        result = copy.copy(node)
        for name, value in vars(node).items():
            if isinstance(value, Expr):
                setattr(result, name, self._expr(value))
        return result

    def _freeze(self, node: Expr) -> Frozen:
        found = self._frozen.get(id(node))
        if found is None:
            people = node.entity is not Household and node.entity is not None
            name = f"kept{len(self.kept)}"
            found = self._frozen[id(node)] = Frozen(name, node, people)
            self._keep.append(node)
            maker = node if isinstance(node, Provision) else self._named(name, node)
            self.kept[name] = (maker, found)
        return found

    def _named(self, name: str, node: Expr) -> Provision:
        first = self.book.provisions[0].versions[0]
        return self._wrap(f"{name}_value", node, node, first)

    @staticmethod
    def _wrap(name: str, like: Expr, expr: Expr, version: Version) -> Provision:
        entity = like.entity if like.entity is not None else Household
        citation = Citation(version.citation.instrument, version.citation.article, ())
        text = Version(
            lambda: expr, citation, "", None, None, version.sentence, "", version.declared_at, expr
        )
        result = Provision(name, name, entity, text)
        result.kind = like.kind
        return result


def _freezable(node: Expr) -> bool:
    if isinstance(node, Program):
        return True
    if node.kind.name not in ("money", "number", "date"):
        return True
    try:
        static_scale(node)
    except RuleError:
        return False
    return True


class Reform:
    """The city with some parameters free to move.

    Made once from the columns (seconds); `run` then gives all programs for new values of those parameters.
    `moving_facts` names facts of an earlier stage that move with them: `run` wants them anew each time.
    """

    def __init__(
        self,
        book: Rulebook,
        columns: Columns,
        moved: Collection[str],
        *,
        on: datetime.date,
        month: datetime.date | None = None,
        compiled: bool = True,
        cache: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.book, self.columns, self.threads = book, columns, threads
        self.when = {"on": on, "month": month}
        self.cut = Cutter(book, moved).cut()
        makers = [p for p, _ in self.cut.kept.values()]
        wide = Rulebook(
            programs=book.programs, parameters=book.parameters, counties=book.counties,
            provisions=[*book.extra, *(p for p in makers if p.name not in book)],
        )  # fmt: skip
        ordinary = compile_book(wide, values=[p.name for p in makers], compiled=compiled, cache=cache)
        self.baseline = ordinary.run(columns, threads=threads, **self.when)  # type: ignore[arg-type]
        self.kernel = compile_book(self.cut.book, compiled=compiled, cache=cache)
        self.ordinary = compile_book(wide, programs=self._touched(), compiled=compiled, cache=cache)
        self.moving_facts = self.cut.facts & frozenset(self.cut.book.columns)
        self.frozen = self._columns()

    def _touched(self) -> list[Program]:
        names = {p.name for p in self.cut.book.programs}
        return [p for p in self.book.programs if p.name in names]

    # -- keeping --------------------------------------------------------------------------------------------------
    def _columns(self) -> Columns:
        unit: dict[str, Array] = {}
        people: dict[str, Array] = {}
        open_units = np.zeros(self.columns.units, bool)
        for name, (maker, column) in self.cut.kept.items():
            if name in self.cut.book.columns:
                array, still_open = _array(column, self.baseline.values[maker.name])
                household = column.entity is Household
                (unit if household else people)[name] = array
                open_units[still_open if household else self._unit_of(still_open)] = True
        for name, fact in self.cut.book.columns.items():
            if not isinstance(fact, Frozen):
                home = self.columns.unit if fact.entity is Household else self.columns.people
                (unit if fact.entity is Household else people)[name] = home[name]
        self.open_units = np.flatnonzero(open_units)
        return Columns(self.columns.offsets, self.columns.counties, unit, people)

    def _unit_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.searchsorted(self.columns.offsets, rows, side="right") - 1

    # -- moving ---------------------------------------------------------------------------------------------------
    def run(self, parameters: ParameterSet, facts: Mapping[str, Array] | None = None) -> Results:
        """All programs under other parameter values. Only the moved parameters may differ.

        facts: people's columns of `moving_facts` under these parameters.
        """
        self._move(dict(facts or {}))
        small = self.kernel.run(self.frozen, parameters=parameters, threads=self.threads, **self.when)  # type: ignore[arg-type]
        results = Results(
            dict(self.baseline.status), dict(self.baseline.conditions), dict(self.baseline.amount), {}
        )
        if len(self.open_units):
            self._mend(small, parameters)
        for program in self.cut.book.programs:
            results.status[program.name] = small.status[program.name]
            results.conditions[program.name] = small.conditions[program.name]
            if program.name in small.amount:
                results.amount[program.name] = small.amount[program.name]
        results.full_units = small.full_units
        return results

    def _move(self, facts: dict[str, Array]) -> None:
        if set(facts) != self.moving_facts:
            wanted = ", ".join(sorted(self.moving_facts)) or "none"
            raise RuleError(f"these parameters move facts of an earlier stage: {wanted}")
        self.frozen.people.update(facts)
        if facts:
            self.columns = replace(self.columns, people=self.columns.people | facts)

    def _mend(self, small: Results, parameters: ParameterSet) -> None:
        """Households with an open kept value, by the ordinary kernel, written over the small one's."""
        part, rows = subset(self.columns, self.open_units)
        again = self.ordinary.run(part, parameters=parameters, threads=self.threads, **self.when)  # type: ignore[arg-type]
        for program in self.cut.book.programs:
            at = self.open_units if program.of is Household else rows
            small.status[program.name][at] = again.status[program.name]
            small.conditions[program.name][at] = again.conditions[program.name]
            if program.name in small.amount:
                _overwrite(small.amount[program.name], again.amount[program.name], at)


def subset(columns: Columns, units: npt.NDArray[np.int64]) -> tuple[Columns, npt.NDArray[np.int64]]:
    """Some households (ascending) as columns of their own, and their people rows in the whole."""
    sizes = columns.offsets[units + 1] - columns.offsets[units]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = np.repeat(columns.offsets[units] - offsets[:-1], sizes) + np.arange(offsets[-1])
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


def programs_of(kernel: Kernel) -> Iterable[Program]:
    return kernel.source.plan.programs
