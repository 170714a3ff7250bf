"""What is read from a run over a city: who is entitled, what each is paid, who stands behind a household's benefit.

Money here is whole fen as paid: each programme rounded by its own provision, or half up to the fen. An amount that
is not settled is never counted as paid; it is counted apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from minzheng.rulebook.national.dibao import dibao_member
from minzheng.rulebook.national.household import counts_as_member
from minzheng.rulebook.national.property import standard_of_all
from minzheng.rulebook.obligors import obligor_family_income
from minzheng.rulebook.programs import TO_THE_YUAN
from minzheng.rules.book import Rulebook
from minzheng.rules.kernel import Amounts, Kernel, Results, compile_book
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import REVIEW, UNKNOWN, YES
from minzheng.values.errors import Defect

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

_MEMBERS = {"dibao": dibao_member.name, "phase_out": dibao_member.name}
GAP_STANDARD, GAP_INCOME = standard_of_all.name, obligor_family_income.name
"""The poverty gap of a household: its members' standard, less their countable income, less what they are paid."""
GAP_PEOPLE = counts_as_member.name
"""Whom that standard is for."""
_LARGEST_EXACT = 1 << 53


def members_of(program: Program) -> str:
    """The provision that says which people a household's benefit is for."""
    return _MEMBERS.get(program.name, counts_as_member.name)


def is_cash(program: Program) -> bool:
    return program.amount is not None


def is_monthly(program: Program) -> bool:
    """Paid every month: what a household's month and a year of twelve of them are made of."""
    return program.cadence == "monthly" and is_cash(program)


def measure_kernel(
    book: Rulebook,
    *,
    programs: Collection[str] | None = None,
    gap: bool = True,
    compiled: bool = True,
    cache: Path | None = None,
) -> Kernel:
    """A kernel of programmes (all by default) with their payments and the people they are for."""
    chosen = [p for p in book.programs if programs is None or p.name in programs]
    values = [TO_THE_YUAN[p.name].name for p in chosen if p.name in TO_THE_YUAN]
    values += [members_of(p) for p in chosen if p.of is Household]
    values += [GAP_STANDARD, GAP_INCOME, GAP_PEOPLE] if gap else []
    return compile_book(book, programs=chosen, values=dict.fromkeys(values), compiled=compiled, cache=cache)


@dataclass
class Held:
    """One programme in one run. Rows are households or people, as the programme's holder is.

    paid: rows with a settled amount, `fen` beside them. unsettled: entitled, the amount not known yet.
    people: people rows the programme is for.
    """

    program: Program
    status: npt.NDArray[np.int8]
    entitled: Rows
    unknown: Rows
    review: Rows
    paid: Rows
    fen: Rows
    unsettled: Rows
    people: Rows

    @property
    def undecided(self) -> Rows:
        """Holders of whom the law does not say yet whether they are entitled, or to how much, in no order."""
        return np.concatenate([self.unknown, self.review, self.unsettled])


def read_results(
    programs: Iterable[Program], results: Results, unit_of: Rows, offsets: Rows
) -> dict[str, Held]:
    """What a run says of each of these programmes."""
    return {p.name: _held(p, results, unit_of, offsets) for p in programs}


def _held(program: Program, results: Results, unit_of: Rows, offsets: Rows) -> Held:
    status = results.status[program.name]
    some = np.flatnonzero(status)
    entitled, unknown, review = (some[status[some] == one] for one in (YES, UNKNOWN, REVIEW))
    none = np.zeros(0, np.int64)
    people = _people(program, results, entitled, offsets) if program.of is Household else entitled
    if not is_cash(program):
        return Held(program, status, entitled, unknown, review, none, none, none, people)
    rounding = TO_THE_YUAN.get(program.name)
    amounts = results.amount[program.name] if rounding is None else results.values[rounding.name]
    assert isinstance(amounts, Amounts)
    unsettled = np.intersect1d(entitled, open_rows(amounts), assume_unique=True)
    paid = np.setdiff1d(entitled, unsettled, assume_unique=True) if len(unsettled) else entitled
    fen = whole_fen(amounts, paid)
    return Held(program, status, entitled, unknown, review, paid, fen, unsettled, people)


def nobody(program: Program, keys: Holders) -> Held:
    """A programme that a rulebook does not have: nobody is entitled to it."""
    none = np.zeros(0, np.int64)
    status = np.zeros(len(keys.of_holders(program)), np.int8)
    return Held(program, status, none, none, none, none, none, none, none)


class Holders(Protocol):
    """Who can hold a programme: households or people."""

    def of_holders(self, program: Program) -> Rows: ...


def _people(program: Program, results: Results, entitled: Rows, offsets: Rows) -> Rows:
    """The people of entitled households whom the benefit is for."""
    counted = results.values[members_of(program)]
    assert isinstance(counted, np.ndarray)
    rows = rows_of(entitled, offsets)
    people: Rows = rows[counted[rows] == YES]
    return people


def rows_of(units: Rows, offsets: Rows) -> Rows:
    """The people rows of some households, in order."""
    sizes = offsets[units + 1] - offsets[units]
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    rows: Rows = np.repeat(offsets[units] - (ends - sizes), sizes) + np.arange(total)
    return rows


def open_rows(amounts: Amounts) -> Rows:
    return np.sort(np.fromiter(amounts.open, np.int64, len(amounts.open)))


def whole_fen(amounts: Amounts, rows: Rows) -> Rows:
    """Whole fen of settled rows, half up: the one rounding. An amount rounded by its provision is whole already."""
    whole = np.full(len(rows), amounts.scale, np.int64)
    if amounts.den is not None:
        whole *= amounts.den[rows]
    fen: Rows = (amounts.num[rows] * 2 + whole) // (whole * 2)
    return fen


def summed(keys: Rows, weights: Rows, size: int) -> Rows:
    """Exact sums of whole numbers by key. Doubles hold every whole number below 2**53, and that is checked."""
    if len(weights) and int(np.abs(weights).sum()) >= _LARGEST_EXACT:
        raise Defect("金额合计超出可精确表示的范围。", code="reform.sum_too_large")
    sums: Rows = np.bincount(keys, weights=weights, minlength=size).astype(np.int64)
    return sums
