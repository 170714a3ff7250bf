"""From outcomes of a whole city to leads and reviews, as arrays: entitled minus received, received minus entitled.

Pure: no database, no clock. One row a finding; `asks` of the few that want facts come from the reference engine.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.assessment.types import Kind
from minzheng.registry.snapshot import Loaded, Received
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns
from minzheng.rules.kernel.run import Amounts, Results
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import NO, REVIEW, UNKNOWN, YES

Array = npt.NDArray[Any]
NONE = -1
"""No amount: not known, or nothing is paid in money."""
FEW_QUESTIONS = 3
"""Somebody who does not receive and is neither yes nor no becomes a lead where at most so many facts settle it."""


@dataclass
class Found:
    """Findings by column. `unit` and `tie` are rows of the snapshot (tie -1: the household as a whole).

    programme: position in the book's programs. deciding: position among the program's requirements, -1 for a yes.
    fen, received: a month, NONE where there is none. asks: (fact, person's row or None) by finding. also: further
    programmes that the same questions settle, by finding.
    """

    unit: Array
    tie: Array
    programme: Array
    kind: Array
    outcome: Array
    fen: Array
    received: Array
    deciding: Array
    asks: dict[int, list[tuple[str, int | None]]] = field(default_factory=dict)
    also: dict[int, list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.unit)

    def kept(self, mask: Array) -> Found:
        """The findings of a mask, in their order; asks follow."""
        at = np.flatnonzero(mask)
        moved = {int(k): int(i) for i, k in enumerate(at)}
        asks = {moved[k]: said for k, said in self.asks.items() if k in moved}
        also = {moved[k]: said for k, said in self.also.items() if k in moved}
        return Found(**{name: getattr(self, name)[at] for name in _COLUMNS}, asks=asks, also=also)

    @property
    def gap(self) -> Array:
        """What a month makes or would make a difference, in fen; 0 where it is not known."""
        fen, received = np.maximum(self.fen, 0), np.maximum(self.received, 0)
        unpaid = (self.kind == Kind.ENTITLED) | (self.kind == Kind.CLARIFY)
        differs = np.where(self.kind == Kind.AMOUNT, np.abs(fen - received), received)
        gap: Array = np.where(unpaid, fen, differs)
        return gap


_COLUMNS = ("unit", "tie", "programme", "kind", "outcome", "fen", "received", "deciding")


@dataclass
class Totals:
    """Holders by township, programme, outcome and whether they receive; and by county, programme, deciding rule."""

    outcomes: list[tuple[int, str, int, bool, int, int]] = field(default_factory=list)
    """(township, programme, outcome, receiving, holders, fen)"""
    clauses: list[tuple[int, str, str, int, int]] = field(default_factory=list)
    """(county, programme, provision, outcome, holders)"""


class Comparison:
    """Outcomes against receipts, programme by programme. Work over everybody is kept to a few plain passes."""

    def __init__(
        self, book: Rulebook, loaded: Loaded, columns: Columns, results: Results, received: Received
    ) -> None:
        self.book, self.loaded, self.columns, self.results = book, loaded, columns, results
        self.received = received
        self.unit_of_tie = np.repeat(np.arange(columns.units), np.diff(columns.offsets))
        self.several = _in_several(loaded.person_id)
        self.townships, place = np.unique(loaded.township, return_inverse=True)
        self.place_of_unit = place.astype(np.int16)
        self.place_of_tie = self.place_of_unit[self.unit_of_tie]
        self.totals = Totals()

    def found(self) -> Found:
        """Every finding of every programme, unranked."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(self._programme, range(len(self.book.programs)), self.book.programs))
        parts = [found for found, _totals in made]
        for _found, totals in made:
            self.totals.outcomes += totals.outcomes
            self.totals.clauses += totals.clauses
        columns: dict[str, Any] = {n: np.concatenate([getattr(p, n) for p in parts]) for n in _COLUMNS}
        return Found(**columns)

    # -- one programme ---------------------------------------------------------------------------------------------

    def _programme(self, at: int, program: Program) -> tuple[Found, Totals]:
        status = self.results.status[program.name]
        of_unit = program.of is Household
        receiving, amount, stated = self._received(program, len(status))
        repeated = np.zeros(0, np.int64) if of_unit else self._repeated(status, receiving)
        totals = self._count(program, status, receiving, repeated)
        where = np.flatnonzero(receiving | (status != NO))
        where = where[~np.isin(where, repeated) | receiving[where]]
        payable = self.payable(program, where)
        kind = _kinds(status[where], receiving[where], payable, amount[where], stated[where])
        kept = kind != 0
        where, kind, payable = where[kept], kind[kept], payable[kept]
        said = status[where]
        found = Found(
            (where if of_unit else self.unit_of_tie[where]).astype(np.int64),
            np.full(len(where), NONE, np.int64) if of_unit else where.astype(np.int64),
            np.full(len(where), at, np.int16),
            kind,
            said,
            np.where(said == YES, payable, NONE),
            np.where(receiving[where] & stated[where], amount[where], NONE),
            self._deciding(program, where, said),
        )
        return found, totals

    def _received(self, program: Program, rows: int) -> tuple[Array, Array, Array]:
        """Who receives it, how much a month, and whether the amount was recorded."""
        receiving, amount = np.zeros(rows, bool), np.zeros(rows, np.int64)
        stated = np.ones(rows, bool)
        if program.cadence == "once":
            return receiving, amount, stated
        mine = self.received.programme == int(RECEIVED_AS[program.name])
        if program.of is not Household:
            mine &= self.received.tie >= 0
        row = (self.received.unit if program.of is Household else self.received.tie)[mine]
        fen = self.received.fen[mine]
        receiving[row] = True
        np.add.at(amount, row, np.maximum(fen, 0))
        stated[row[fen < 0]] = False
        return receiving, amount, stated

    def payable(self, program: Program, rows: Array) -> Array:
        """Fen a month of some rows, rounded as it is paid; NONE where open or nothing is paid in money."""
        from minzheng.rulebook.programs import TO_THE_YUAN

        provision = TO_THE_YUAN.get(program.name)
        if program.amount is None:
            return np.full(len(rows), NONE, np.int64)
        if provision is None:
            return whole_fen(self.results.amount[program.name], rows)
        amounts = self.results.values[provision.name]
        assert isinstance(amounts, Amounts)
        return whole_fen(amounts, rows)

    def _repeated(self, status: Array, receiving: Array) -> Array:
        """Rows of people tied to several households that are not looked at: they are where they receive, else where
        most is certain.
        """
        rows = self.several
        ids = self.loaded.person_id[rows]
        weight = _CERTAINTY[status[rows]] + 8 * receiving[rows]
        order = np.lexsort([rows, -weight, ids])
        best = np.zeros(len(rows), bool)
        if len(rows):
            best[order[np.concatenate([[True], np.diff(ids[order]) != 0])]] = True
        return rows[~best]

    # -- counting --------------------------------------------------------------------------------------------------

    def _deciding(self, program: Program, rows: Array | slice, status: Array) -> Array:
        """The first requirement whose outcome is the programme's, -1 for a yes and for a programme not in force."""
        packed = self.results.conditions[program.name][rows]
        if not program.in_force(self.loaded.manifest.on):
            return np.full(len(packed), NONE, np.int16)
        deciding = _first_of(packed, NO, len(program.requires))
        for value in (REVIEW, UNKNOWN):
            these = np.flatnonzero(status == value)
            deciding[these] = _first_of(packed[these], value, len(program.requires))
        deciding[status == YES] = NONE
        return deciding

    def _count(self, program: Program, status: Array, receiving: Array, repeated: Array) -> Totals:
        totals = Totals()
        place = self.place_of_unit if program.of is Household else self.place_of_tie
        key = place.astype(np.int32) * 8 + status * 2 + receiving
        holders = np.bincount(key, minlength=len(self.townships) * 8)
        holders -= np.bincount(key[repeated], minlength=len(holders))
        entitled = np.flatnonzero(status == YES)
        entitled = entitled[~np.isin(entitled, repeated)]
        sums = np.zeros(len(holders), np.int64)
        np.add.at(sums, key[entitled], np.maximum(self.payable(program, entitled), 0))
        for k in np.flatnonzero(holders).tolist():
            township = int(self.townships[k // 8])
            totals.outcomes.append(
                (township, program.name, k % 8 // 2, bool(k % 2), int(holders[k]), int(sums[k]))
            )
        totals.clauses += self._clauses(program, status, repeated)
        return totals

    def _clauses(
        self, program: Program, status: Array, repeated: Array
    ) -> list[tuple[int, str, str, int, int]]:
        """By county; a programme has at most 30 requirements, the place 0 is for none of them."""
        starts = self.columns.offsets
        counted = []
        for county, first, end in self.columns.counties:
            low, high = (first, end) if program.of is Household else (int(starts[first]), int(starts[end]))
            here = slice(low, high)
            key = (self._deciding(program, here, status[here]) + 1) * 4 + status[here]
            found = np.bincount(key, minlength=4)
            mine = repeated[(repeated >= low) & (repeated < high)] - low
            found -= np.bincount(key[mine], minlength=len(found))
            found[YES] = 0
            for k in np.flatnonzero(found).tolist():
                which = k // 4 - 1
                name = program.requires[which].name if which >= 0 else program.name
                counted.append((int(county), program.name, name, k % 4, int(found[k])))
        return counted


def _first_of(packed: Array, value: int, length: int) -> Array:
    """Position of the first two-bit condition that has a value; -1 where none has. Works in the array's own type."""
    pairs = packed.dtype.type(sum(1 << (2 * k) for k in range(length)))
    differs = packed ^ packed.dtype.type(value * int(pairs))
    hit = ~(differs | (differs >> 1)) & pairs
    position = np.bitwise_count((hit & -hit) - packed.dtype.type(1)) // 2
    found: Array = np.where(hit == 0, NONE, position.astype(np.int16)).astype(np.int16)
    return found


_CERTAINTY = np.zeros(4, np.int64)
_CERTAINTY[[NO, REVIEW, UNKNOWN, YES]] = [0, 1, 2, 3]


def _in_several(person_id: Array) -> Array:
    """Rows of people who have more than one."""
    order = np.argsort(person_id, kind="stable")
    same = np.diff(person_id[order]) == 0
    repeated = np.concatenate([[False], same]) | np.concatenate([same, [False]])
    rows: Array = np.sort(order[repeated]) if len(person_id) else np.zeros(0, np.int64)
    return rows


def _kinds(status: Array, receiving: Array, payable: Array, amount: Array, stated: Array) -> Array:
    """The kind of finding of each row, 0 for none."""
    kind = np.zeros(len(status), np.int8)
    undecided = (status == UNKNOWN) | (status == REVIEW)
    kind[(status == YES) & ~receiving] = Kind.ENTITLED
    kind[undecided & ~receiving] = Kind.CLARIFY
    kind[(status == NO) & receiving] = Kind.ENDED
    kind[undecided & receiving] = Kind.UNSETTLED
    comparable = (status == YES) & receiving & stated & (payable >= 0)
    kind[comparable & (payable != amount)] = Kind.AMOUNT
    return kind


def whole_fen(amounts: Amounts, rows: Array) -> Array:
    """num/(den*scale) of some rows rounded half up; NONE where the amount is open. Exact: no float, no wrap."""
    num = amounts.num[rows].astype(np.int64)
    den = np.full(len(rows), amounts.scale, np.int64)
    if amounts.den is not None:
        den *= amounts.den[rows]
    limit = (1 << 61) - 1
    if len(num) and max(int(np.abs(num).max()), int(den.max())) > limit:
        raise OverflowError("an amount is too large to be rounded")
    fen: Array = (2 * num + den) // (2 * den)
    if len(amounts.open):
        fen[np.isin(rows, np.fromiter(amounts.open, np.int64, len(amounts.open)))] = NONE
    return fen
