"""The households of a file, met row by row: their numbers, village and heads, and which are held back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from minzheng.registry import codes
from minzheng.registry.imports.fields import BY_NAME
from minzheng.registry.imports.report import Report

Array = npt.NDArray[Any]


def _integers() -> Array:
    return np.zeros(0, np.int64)


@dataclass
class Households:
    """Grows batch by batch. A household has a place here, from 0; `bad` ones have a refused row."""

    places: dict[str, int] = field(default_factory=dict)
    ids: Array = field(default_factory=_integers)
    village: Array = field(default_factory=_integers)
    heads: Array = field(default_factory=_integers)
    others: Array = field(default_factory=_integers)
    first_row: Array = field(default_factory=_integers)
    bad: Array = field(default_factory=lambda: np.zeros(0, bool))

    def meet(self, names: pa.Array, rows: Array) -> tuple[Array, int]:
        """The place of each row's household, and how many of them are new."""
        encoded = names.dictionary_encode()
        before = len(self.places)
        numbered = np.array(
            [self.places.setdefault(name, len(self.places)) for name in encoded.dictionary.to_pylist()],
            np.int64,
        )
        of_row = numbered[encoded.indices.to_numpy(zero_copy_only=False)]
        first = np.full(len(self.places), -1, np.int64)
        first[of_row[::-1]] = rows[::-1]
        fresh = len(self.places) - before
        for name in ("village", "heads", "others"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(fresh, np.int64)]))
        self.first_row = np.concatenate([self.first_row, first[before:]])
        self.bad = np.concatenate([self.bad, np.zeros(fresh, bool)])
        return of_row, fresh

    def elsewhere(self, village: Array, place: Array, bad: Array) -> Array:
        """Rows that name another village than the first good row of their household."""
        order = np.flatnonzero(~bad)[::-1]
        unset = order[self.village[place[order]] == 0]
        self.village[place[unset]] = village[unset]
        differs: Array = ~bad & (village != self.village[place])
        return differs

    def positions(self, place: Array, relation: Array) -> Array:
        """0 for the head, the others numbered as they come."""
        head = relation == codes.Relation.HEAD
        self.heads += np.bincount(place[head], minlength=len(self.heads))
        others = place[~head]
        order = np.argsort(others, kind="stable")
        ordered = others[order]
        start = np.searchsorted(ordered, ordered, "left")
        position = np.zeros(len(place), np.int64)
        numbered = np.empty(len(others), np.int64)
        numbered[order] = np.arange(len(others)) - start + self.others[ordered] + 1
        position[~head] = numbered
        self.others += np.bincount(others, minlength=len(self.others))
        return position

    @property
    def inhabited(self) -> Array:
        """Households with a good row."""
        return self.heads + self.others > 0

    def judge(self, report: Report) -> None:
        """One head each. A household none of whose rows was good is in the report by its rows already."""
        for failing, code in (
            (self.inhabited & (self.heads == 0) & ~self.bad, "household.no_head"),
            (self.heads > 1, "household.two_heads"),
        ):
            report.fail(self.first_row[failing], BY_NAME["relation"].label, code)
            self.bad |= failing
