"""Some households of a city with what reaches them from obligors elsewhere: the rows a moved parameter runs over.

What other people owe is gathered again only from those whose own first stage the parameters can change; everybody
else's stays as it is under the law in force.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from minzheng.assessment.city import City, FirstStage, with_people
from minzheng.assessment.reforms.measures import Rows, open_rows
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns
from minzheng.rules.kernel import Amounts, Open, Results
from minzheng.rules.kernel.incremental import subset
from minzheng.rules.language.declare import Parameter
from minzheng.rules.parameters import ParameterSet, Resolved
from minzheng.rules.stages import Edges, gather
from minzheng.rules.status import NO, UNKNOWN_TAINT, YES, Exact, Span


class Ranged(ParameterSet):
    """Parameters of which some may be anything between two ends: what is decided all the same, no value changes."""

    def __init__(self, base: ParameterSet, ends: Mapping[str, tuple[Exact, Exact]]) -> None:
        super().__init__(base.declared.values(), ())
        self.base = base
        self.fixed: dict[str, Exact | Span] = {
            key: low if low == high else Span(low, high, UNKNOWN_TAINT) for key, (low, high) in ends.items()
        }

    def resolve(self, parameter: Parameter, *where: Any, **more: Any) -> Resolved:
        found = self.fixed.get(parameter.key)
        return (
            self.base.resolve(parameter, *where, **more)
            if found is None
            else Resolved(parameter, found, None)
        )


@dataclass
class Owing:
    """The obligors of a part: `columns` are the households whose first stage can change, at `rows` of `standing`.

    standing: the first stage of all obligors' households under the law in force. edges: rows of the part, rows of
    `standing`.
    """

    columns: Columns
    rows: Rows
    standing: Results
    edges: dict[str, Edges]


@dataclass
class Part:
    """Households (`units` of the city, ascending) with their people rows, columns, and who may owe them."""

    units: Rows
    rows: Rows
    columns: Columns
    owing: Owing | None


class Parts:
    """Cuts parts out of a city. `names`: the columns the second stage reads."""

    def __init__(
        self,
        city: City,
        book: Rulebook,
        first: FirstStage,
        columns: Columns,
        names: Collection[str],
        when: dict[str, Any],
    ) -> None:
        self.book, self.first, self.when = book, first, when
        self.columns = _only(columns, names)
        """The city's columns under the law in force, gathered facts included."""
        self.edges = city.edges
        source = first.kernel.source
        own = [c.column for c in (*source.unit_columns, *source.person_columns)]
        self.own = _only(first.own_columns(city), own)
        self.unit_of = np.repeat(np.arange(columns.units), np.diff(columns.offsets))

    def whole(self, facts: frozenset[str], ranged: ParameterSet) -> Part:
        """The whole city as a part; shares its arrays."""
        units, rows = np.arange(self.columns.units), np.arange(self.columns.rows)
        return Part(units, rows, self.columns, self._owing(facts, ranged))

    def _owing(self, facts: frozenset[str], ranged: ParameterSet) -> Owing | None:
        """All obligors of the city's people."""
        if not facts:
            return None
        others = np.unique(np.concatenate([e.other[e.other >= 0] for e in self.edges.values()]))
        columns, their_rows = subset(self.own, np.unique(self.unit_of[others]))
        standing = self._run(columns, self.book.parameters)
        place = np.full(self.own.rows, -1, np.int64)
        place[their_rows] = np.arange(len(their_rows))
        edges = {
            name: Edges(e.person, np.where(e.other >= 0, place[e.other], -1))
            for name, e in self.edges.items()
        }
        moving = Owing(columns, np.arange(columns.rows), standing, edges)
        return self._loose(moving, ranged)

    def narrowed(self, part: Part, facts: frozenset[str], ranged: ParameterSet) -> Part:
        """The same households, for fewer parameters that move: of the obligors only those these can change."""
        owing = None if part.owing is None or not facts else self._loose(part.owing, ranged)
        return Part(part.units, part.rows, part.columns, owing)

    def rebased(self, part: Part, parameters: ParameterSet) -> Part:
        """The same households where what obligors owe stands as under these parameters and not as under the law."""
        if part.owing is None:
            return part
        owing = part.owing
        standing = merged(owing.standing, self._run(owing.columns, parameters), owing.rows)
        return Part(
            part.units, part.rows, part.columns, Owing(owing.columns, owing.rows, standing, owing.edges)
        )

    def chosen(self, part: Part, units: Rows) -> Part:
        """Some households of a part (ascending, counted within it)."""
        columns, rows = subset(part.columns, units)
        owing = None if part.owing is None else _owed_to(part.owing, rows, part.columns.rows)
        return Part(part.units[units], part.rows[rows], columns, owing)

    def _run(self, columns: Columns, parameters: ParameterSet) -> Results:
        return self.first.kernel.run(columns, parameters=parameters, **self.when)

    def _loose(self, owing: Owing, ranged: ParameterSet) -> Owing:
        """Of the obligors those whose first stage is not the same at every position."""
        found = self._run(owing.columns, ranged)
        unit_of = np.repeat(np.arange(owing.columns.units), np.diff(owing.columns.offsets))
        loose = np.zeros(owing.columns.units, bool)
        for value in found.values.values():
            if isinstance(value, Amounts):
                loose[unit_of[open_rows(value)]] = True
            else:
                assert isinstance(value, np.ndarray)
                loose[unit_of[(value != YES) & (value != NO)]] = True
        columns, rows = subset(owing.columns, np.flatnonzero(loose))
        return Owing(columns, owing.rows[rows], owing.standing, owing.edges)

    def columns_under(self, part: Part, parameters: ParameterSet, facts: frozenset[str]) -> Columns:
        """The part's columns under other parameters: gathered facts that can change are gathered again."""
        if part.owing is None:
            return part.columns
        found = self._run(part.owing.columns, parameters)
        values = merged(part.owing.standing, found, part.owing.rows)
        return with_people(
            part.columns,
            {
                fact.column: gather(fact, values, part.owing.edges[fact.gathered.over], part.columns.rows)
                for fact in self.book.gathered
                if fact.gathered is not None and fact.column in facts
            },
        )


def _only(columns: Columns, names: Collection[str]) -> Columns:
    unit = {name: array for name, array in columns.unit.items() if name in names}
    people = {name: array for name, array in columns.people.items() if name in names}
    return Columns(columns.offsets, columns.counties, unit, people)


def _owed_to(owing: Owing, rows: Rows, size: int) -> Owing:
    """What remains of the obligors when only the people at `rows` (of `size`) are asked about."""
    local = np.full(size, -1, np.int64)
    local[rows] = np.arange(len(rows))
    edges = {name: _inside(e, local) for name, e in owing.edges.items()}
    asked = np.zeros(_length(owing.standing), bool)
    for e in edges.values():
        asked[e.other[e.other >= 0]] = True
    unit_of = np.repeat(np.arange(owing.columns.units), np.diff(owing.columns.offsets))
    columns, their_rows = subset(owing.columns, np.unique(unit_of[asked[owing.rows]]))
    asked[owing.rows[their_rows]] = True
    kept = np.flatnonzero(asked)
    place = np.full(len(asked), -1, np.int64)
    place[kept] = np.arange(len(kept))
    return Owing(
        columns,
        place[owing.rows[their_rows]],
        _picked(owing.standing, kept, place),
        {name: Edges(e.person, np.where(e.other >= 0, place[e.other], -1)) for name, e in edges.items()},
    )


def _picked(results: Results, rows: Rows, place: Rows) -> Results:
    """The values of some rows (ascending); `place` says where each of all rows comes to lie, -1 for none."""
    values: dict[str, Any] = {}
    for name, value in results.values.items():
        if isinstance(value, Amounts):
            opened = value.open
            kept = place[opened.rows] >= 0
            lo, lo_den, hi, hi_den, taint = (part[kept] for part in opened.parts)
            still = Open(place[opened.rows[kept]], (lo, lo_den, hi, hi_den, taint), opened.scale)
            values[name] = Amounts(value.num[rows], None, value.scale, still)
        else:
            assert isinstance(value, np.ndarray)
            values[name] = value[rows]
    return Results({}, {}, {}, values)


def _length(results: Results) -> int:
    """How many people rows the values of a first stage have."""
    value = next(iter(results.values.values()))
    return len(value.num) if isinstance(value, Amounts) else len(np.asarray(value))


def _inside(edges: Edges, local: Rows) -> Edges:
    """The edges of the people of a part, by their rows in it."""
    person = local[edges.person]
    kept = person >= 0
    return Edges(person[kept], edges.other[kept])


def merged(standing: Results, found: Results, rows: Rows) -> Results:
    """Values of all, with those found anew at `rows` (ascending)."""
    values: dict[str, Any] = {}
    for name, old in standing.values.items():
        new = found.values[name]
        if isinstance(old, Amounts):
            assert isinstance(new, Amounts)
            assert old.den is None
            assert new.den is None
            assert old.scale == new.scale
            num = old.num.copy()
            num[rows] = new.num
            values[name] = Amounts(
                num, None, old.scale, old.open.without(rows).and_also(new.open.moved(rows))
            )
        else:
            assert isinstance(old, np.ndarray)
            assert isinstance(new, np.ndarray)
            status = old.copy()
            status[rows] = new
            values[name] = status
    return Results({}, {}, {}, values)
