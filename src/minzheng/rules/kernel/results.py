"""What a kernel found: exact numbers, choices and statuses of many households as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.columns import Array
from minzheng.rules.status import Options, Span, span

Ints = npt.NDArray[np.int64]


class Open(Mapping[int, Span]):
    """The rows of an amount that are not settled, each with its range; arrays inside, a Span when asked.

    rows are ascending. Row k lies between lo/(lo_den*scale) and hi/(hi_den*scale).
    """

    def __init__(self, rows: Ints, parts: tuple[Ints, Ints, Ints, Ints, Ints], scale: int) -> None:
        self.rows, self.parts, self.scale = rows, parts, scale

    @staticmethod
    def nothing() -> Open:
        none = np.zeros(0, np.int64)
        return Open(none, (none, none, none, none, none), 1)

    @staticmethod
    def gathered(pieces: list[tuple[Ints, tuple[Ints, ...]]], scale: int) -> Open:
        """From (rows, parts) in any order; parts are lo, its den, hi, its den, taint."""
        if not pieces:
            return Open.nothing()
        rows = np.concatenate([r for r, _ in pieces])
        order = np.argsort(rows, kind="stable")
        lo, lo_den, hi, hi_den, taint = (
            np.concatenate([p[k] for _, p in pieces]).astype(np.int64)[order] for k in range(5)
        )
        return Open(rows[order], (lo, lo_den, hi, hi_den, taint), scale)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())

    def __getitem__(self, row: int) -> Span:
        k = int(np.searchsorted(self.rows, row))
        if k == len(self.rows) or self.rows[k] != row:
            raise KeyError(row)
        lo, lo_den, hi, hi_den, taint = (int(p[k]) for p in self.parts)
        found = span(Fraction(lo, lo_den * self.scale), Fraction(hi, hi_den * self.scale), taint)
        assert isinstance(found, Span)
        return found

    def without(self, rows: Ints) -> Open:
        """The open rows that are none of `rows`."""
        kept = ~np.isin(self.rows, rows)
        lo, lo_den, hi, hi_den, taint = (p[kept] for p in self.parts)
        return Open(self.rows[kept], (lo, lo_den, hi, hi_den, taint), self.scale)

    def moved(self, to: Ints) -> Open:
        """The same ranges at rows to[row]; `to` is ascending."""
        return Open(to[self.rows], self.parts, self.scale)

    def and_also(self, other: Open) -> Open:
        if not len(other):
            return self
        if not len(self):
            return other
        if self.scale != other.scale:
            raise ValueError("two open parts of one amount have one scale")
        return Open.gathered([(self.rows, self.parts), (other.rows, other.parts)], self.scale)


@dataclass
class Amounts:
    """Exact numbers of many rows: num/den (den None: the same `scale` for all), and the rows still open.

    Row i is num[i] / (den[i] * scale), unless it is in `open`.
    """

    num: Ints
    den: Ints | None
    scale: int
    open: Open = field(default_factory=Open.nothing)

    def value(self, row: int) -> int | Fraction | Span:
        found = self.open.get(row) if len(self.open) else None
        if found is not None:
            return found
        den = 1 if self.den is None else int(self.den[row])
        return Fraction(int(self.num[row]), den * self.scale)


@dataclass
class Choices:
    """Masks of a choice by row; rows with a taint are still open."""

    mask: Array
    taint: npt.NDArray[np.int8]

    def value(self, row: int) -> int | Options:
        mask, taint = int(self.mask[row]), int(self.taint[row])
        return Options(mask, taint) if taint else mask


@dataclass
class Results:
    """What a kernel found: by program, per household or per person row, and requested values by rule.

    conditions: two bits for each requirement of the program in declared order. full_units: households that the
    fast manner could not decide. oversize: households of more members than a kernel holds, a review each.
    """

    status: dict[str, npt.NDArray[np.int8]]
    conditions: dict[str, Array]
    amount: dict[str, Amounts]
    values: dict[str, npt.NDArray[np.int8] | Amounts | Choices]
    full_units: int = 0
    oversize: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def value(self, rule: str, row: int) -> Any:
        found = self.values[rule]
        return int(found[row]) if isinstance(found, np.ndarray) else found.value(row)


__all__ = ["Amounts", "Choices", "Open", "Results"]
