"""From outcomes of a whole city to leads and reviews, as arrays: entitled minus received, received minus entitled.

Pure: no database, no clock. One row a finding; `asks` of the few that want facts come from the reference engine.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    """Outcomes against receipts, programme by programme."""

    def __init__(
        self, book: Rulebook, loaded: Loaded, columns: Columns, results: Results, received: Received
    ) -> None:
        self.book, self.loaded, self.columns, self.results = book, loaded, columns, results
        self.received = received
        self.unit_of_tie = np.repeat(np.arange(columns.units), np.diff(columns.offsets))
        self.first_tie = _first_tie(loaded.person_id)
        self.totals = Totals()

    def found(self) -> Found:
        """Every finding of every programme, unranked."""
        parts = [self._programme(at, program) for at, program in enumerate(self.book.programs)]
        columns: dict[str, Any] = {n: np.concatenate([getattr(p, n) for p in parts]) for n in _COLUMNS}
        return Found(**columns)

    # -- one programme ---------------------------------------------------------------------------------------------

    def _programme(self, at: int, program: Program) -> Found:
        status = self.results.status[program.name]
        of_unit = program.of is Household
        rows = len(status)
        receiving, amount, stated = self._received(program, rows)
        payable = self.payable(program)
        examined = np.ones(rows, bool) if of_unit else self.first_tie
        self._count(program, status, receiving, payable, examined)
        if not of_unit:
            status = self._best_tie(status, receiving)
            examined = examined | receiving | (status != NO)
        kind = _kinds(status, receiving, payable, amount, stated) * examined
        where = np.flatnonzero(kind)
        unit = where if of_unit else self.unit_of_tie[where]
        return Found(
            unit.astype(np.int64),
            np.where(of_unit, NONE, where).astype(np.int64),
            np.full(len(where), at, np.int16),
            kind[where],
            status[where],
            np.where(status[where] == YES, payable[where], NONE),
            np.where(receiving[where] & stated[where], amount[where], NONE),
            self._deciding(program, where, status[where]),
        )

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

    def payable(self, program: Program) -> Array:
        """Fen a month by row, rounded as it is paid; NONE where open or nothing is paid in money."""
        from minzheng.rulebook.programs import TO_THE_YUAN

        rows = len(self.results.status[program.name])
        provision = TO_THE_YUAN.get(program.name)
        if program.amount is None:
            return np.full(rows, NONE, np.int64)
        if provision is None:
            return whole_fen(self.results.amount[program.name])
        amounts = self.results.values[provision.name]
        assert isinstance(amounts, Amounts)
        return whole_fen(amounts)

    def _best_tie(self, status: Array, receiving: Array) -> Array:
        """A person tied to several households is looked at once: where they receive, else where most is certain."""
        if self.first_tie.all():
            return status
        ids = self.loaded.person_id
        weight = _CERTAINTY[status] + 8 * receiving
        order = np.lexsort([np.arange(len(ids)), -weight, ids])
        best = np.zeros(len(ids), bool)
        best[order[np.concatenate([[True], np.diff(ids[order]) != 0])]] = True
        return np.where(best | receiving, status, NO).astype(status.dtype)

    # -- counting --------------------------------------------------------------------------------------------------

    def _deciding(self, program: Program, rows: Array, status: Array) -> Array:
        """The first requirement whose outcome is the programme's, -1 for a yes and for a programme not in force."""
        packed = self.results.conditions[program.name][rows].astype(np.int64)
        deciding = np.full(len(rows), NONE, np.int16)
        if not program.in_force(self.loaded.manifest.on):
            return deciding
        for k in reversed(range(len(program.requires))):
            deciding[((packed >> (2 * k)) & 3) == status] = k
        deciding[status == YES] = NONE
        return deciding

    def _count(
        self, program: Program, status: Array, receiving: Array, payable: Array, examined: Array
    ) -> None:
        township = self.loaded.township if program.of is Household else self.loaded.township[self.unit_of_tie]
        township, status, receiving = township[examined], status[examined], receiving[examined]
        fen = np.where((status == YES) & (payable[examined] > 0), payable[examined], 0)
        key = township.astype(np.int64) * 8 + status * 2 + receiving
        distinct, back = np.unique(key, return_inverse=True)
        holders = np.bincount(back, minlength=len(distinct))
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, back, fen)
        for k, count, total in zip(distinct.tolist(), holders.tolist(), sums.tolist(), strict=True):
            self.totals.outcomes.append((k // 8, program.name, k % 8 // 2, bool(k % 2), count, total))
        self._count_clauses(program, np.flatnonzero(examined), status, township // 1000)

    def _count_clauses(self, program: Program, rows: Array, status: Array, county: Array) -> None:
        open_ones = (status == REVIEW) | (status == UNKNOWN) | (status == NO)
        rows, status, county = rows[open_ones], status[open_ones], county[open_ones]
        deciding = self._deciding(program, rows, status)
        key = (county.astype(np.int64) * 64 + deciding + 1) * 4 + status
        distinct, counts = np.unique(key, return_counts=True)
        for k, count in zip(distinct.tolist(), counts.tolist(), strict=True):
            place, which = k // 256, k // 4 % 64 - 1
            name = program.requires[which].name if which >= 0 else program.name
            self.totals.clauses.append((place, program.name, name, k % 4, count))


_CERTAINTY = np.zeros(4, np.int64)
_CERTAINTY[[NO, REVIEW, UNKNOWN, YES]] = [0, 1, 2, 3]


def _first_tie(person_id: Array) -> Array:
    """True at the first row of each person."""
    first = np.zeros(len(person_id), bool)
    first[np.unique(person_id, return_index=True)[1]] = True
    return first


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


def whole_fen(amounts: Amounts) -> Array:
    """num/(den*scale) rounded half up; NONE where the amount is open. Exact: no float, no wrap."""
    num = amounts.num
    den = np.full(len(num), amounts.scale, np.int64) if amounts.den is None else amounts.den * amounts.scale
    limit = (1 << 61) - 1
    if len(num) and max(int(np.abs(num).max()), int(den.max())) > limit:
        raise OverflowError("an amount is too large to be rounded")
    fen: Array = (2 * num + den) // (2 * den)
    if len(amounts.open):
        fen[np.fromiter(amounts.open, np.int64, len(amounts.open))] = NONE
    return fen


def counties_of(loaded: Loaded, found: Found) -> Iterator[tuple[str, Array]]:
    """Each county of the snapshot with a mask of its findings."""
    for code, first, end in loaded.columns.counties:
        yield code, (found.unit >= first) & (found.unit < end)
