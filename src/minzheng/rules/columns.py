"""Facts of many households as arrays sorted by household: what the kernel reads and a snapshot holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .book import Rulebook
from .facts import UnitFacts
from .language.expr import Column
from .language.kinds import Household
from .status import Options, Span

Array = npt.NDArray[Any]


def physical_type(column: Column) -> np.dtype[Any]:
    """The array type of a column; the smallest value of a number or date type stands for unknown."""
    if column.kind.name == "bool" or column.kind.domain is not None:
        return np.dtype(np.int8)
    if column.kind.name == "date":
        return np.dtype(np.int32)
    assert column.bounds is not None
    for name in ("int8", "int16", "int32", "int64"):
        info = np.iinfo(name)
        if info.min < column.bounds[0] * column.scale and column.bounds[1] * column.scale <= info.max:
            return np.dtype(name)
    raise OverflowError(f"{column.column}: bounds do not fit 64 bits")


def unknown_code(column: Column) -> int:
    """What stands for unknown in the array of a column."""
    if column.kind.name == "bool":
        return 1 if column.review_when_missing else 2
    if column.kind.domain is not None:
        return -1
    return int(np.iinfo(physical_type(column)).min)


@dataclass
class Columns:
    """Households and their people as arrays.

    offsets: int64[n+1], people of household u are rows offsets[u]:offsets[u+1]. counties: (code, first, end)
    of consecutive households. unit and people: arrays by column name, of `physical_type`.
    """

    offsets: npt.NDArray[np.int64]
    counties: list[tuple[str, int, int]]
    unit: dict[str, Array]
    people: dict[str, Array]

    @property
    def units(self) -> int:
        return len(self.offsets) - 1

    @property
    def rows(self) -> int:
        return int(self.offsets[-1])

    @property
    def nbytes(self) -> int:
        arrays = [self.offsets, *self.unit.values(), *self.people.values()]
        return sum(int(a.nbytes) for a in arrays)

    @staticmethod
    def from_units(book: Rulebook, units: Sequence[UnitFacts], county: str) -> Columns:
        """Arrays of a few households of one county."""
        offsets = np.cumsum([0, *(len(u.people) for u in units)]).astype(np.int64)
        unit: dict[str, Array] = {}
        people: dict[str, Array] = {}
        for name, column in book.columns.items():
            if column.entity is Household:
                unit[name] = _array(column, [u.unit.get(name) for u in units])
            else:
                people[name] = _array(column, [p.get(name) for u in units for p in u.people])
        return Columns(offsets, [(county, 0, len(units))], unit, people)

    def unit_facts(self, book: Rulebook, u: int) -> UnitFacts:
        """The facts of one household, for the reference engine. A column that is not held is unknown."""
        return next(self.facts_of(book, [u]))

    def facts_of(self, book: Rulebook, units: Sequence[int]) -> Iterator[UnitFacts]:
        """The facts of some households in the order asked, each column read once for all of them."""
        sizes = [int(self.offsets[u + 1] - self.offsets[u]) for u in units]
        rows = [int(self.offsets[u]) + k for u, size in zip(units, sizes, strict=True) for k in range(size)]
        unit: list[dict[str, Any]] = [{} for _ in units]
        people: list[dict[str, Any]] = [{} for _ in rows]
        for name, column in book.columns.items():
            household = column.entity is Household
            held = (self.unit if household else self.people).get(name)
            if held is not None:
                _put(column, held[list(units) if household else rows], unit if household else people)
        start = 0
        for at, (u, size) in enumerate(zip(units, sizes, strict=True)):
            yield UnitFacts(unit[at], people[start : start + size], unit_id=u)
            start += size


def _put(column: Column, values: Array, into: list[dict[str, Any]]) -> None:
    """Put the known ones of a column's values into the holders' facts."""
    for at in np.flatnonzero(values != unknown_code(column)).tolist():
        into[at][column.column] = _decode(column, values[at])


def _array(column: Column, values: list[Any]) -> Array:
    nothing = unknown_code(column)
    codes = [nothing if v is None or isinstance(v, Span | Options) else _code(column, v) for v in values]
    return np.array(codes, dtype=physical_type(column))


def _code(column: Column, value: Any) -> int:
    if column.kind.domain is not None:
        return int(value).bit_length() - 1
    return int(value * column.scale)


def _decode(column: Column, raw: Any) -> Any:
    """A known value as the reference engine holds it."""
    code = int(raw)
    if column.kind.domain is not None:
        return 1 << code
    return code if column.scale == 1 else Fraction(code, column.scale)
