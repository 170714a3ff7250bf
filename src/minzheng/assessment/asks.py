"""What is still to be found out: the reference engine asked about the few findings that are neither yes nor no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from minzheng.assessment.findings import FEW_QUESTIONS, Found
from minzheng.assessment.types import Kind
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.columns import Columns
from minzheng.rules.explain.determine import Outcome, determine
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household

Say = Callable[[int, int], None]


def only(book: Rulebook, programs: list[Program]) -> Rulebook:
    """The same book asked for some of its programs."""
    other = object.__new__(Rulebook)
    other.__dict__.update(book.__dict__)
    other.programs = tuple(p for p in book.programs if any(p is one for one in programs))
    return other


def with_asks(
    found: Found,
    book: Rulebook,
    columns: Columns,
    situation_of: Callable[[int], Situation],
    say: Say | None = None,
) -> tuple[Found, dict[str, int]]:
    """The findings with their questions, without those that too many facts would have to settle.

    The second value counts what was left out, by reason and programme; the totals of the sweep keep them all.
    """
    open_ones = np.flatnonzero((found.kind == Kind.CLARIFY) | (found.kind == Kind.UNSETTLED)).tolist()
    by_unit: dict[int, list[int]] = defaultdict(list)
    for at in open_ones:
        by_unit[int(found.unit[at])].append(at)
    kept = np.ones(len(found), bool)
    left_out: dict[str, int] = defaultdict(int)
    for done, (unit, rows) in enumerate(by_unit.items()):
        outcomes = _outcomes(found, book, columns, situation_of(unit), unit, rows)
        for at, outcome in zip(rows, outcomes, strict=True):
            first = int(columns.offsets[unit])
            asks = [(name, None if who is None else first + who) for name, who in _in_order(outcome)]
            reason = _left_out(found, at, book, asks)
            if reason:
                kept[at] = False
                left_out[f"{reason}:{outcome.program.name}"] += 1
            else:
                found.asks[at] = asks
        for at in _same_question(found, [at for at in rows if kept[at]]):
            kept[at] = False
            left_out[f"same_question:{book.programs[int(found.programme[at])].name}"] += 1
        if say is not None and (done % 256 == 255 or done + 1 == len(by_unit)):
            say(done + 1, len(by_unit))
    return found.kept(kept), dict(left_out)


def _outcomes(
    found: Found, book: Rulebook, columns: Columns, situation: Situation, unit: int, rows: list[int]
) -> list[Outcome]:
    programs = [book.programs[int(found.programme[at])] for at in rows]
    determination = determine(only(book, programs), columns.unit_facts(book, unit), situation, steps=False)
    first = int(columns.offsets[unit])
    return [
        determination.of(p.name, None if p.of is Household else int(found.tie[at]) - first)
        for p, at in zip(programs, rows, strict=True)
    ]


def _in_order(outcome: Outcome) -> list[tuple[str, int | None]]:
    """First what settles one condition with the fewest questions, then the rest."""
    return list(dict.fromkeys([*outcome.ask_first, *outcome.needs]))


def _same_question(found: Found, rows: list[int]) -> list[int]:
    """Of one household's findings those about somebody who does not receive that another finding's questions settle.

    The one that stays is of somebody who receives, else of the programme tried first; it names the others in `also`.
    """
    first: dict[frozenset[tuple[str, int | None]], int] = {}
    folded = []
    for at in sorted(
        rows, key=lambda at: (found.kind[at] == Kind.CLARIFY, found.programme[at], found.tie[at])
    ):
        question = frozenset(found.asks[at])
        kept = first.setdefault(question, at)
        if kept != at and found.kind[at] == Kind.CLARIFY:
            also = found.also.setdefault(kept, [])
            if found.programme[at] not in (*also, found.programme[kept]):
                also.append(int(found.programme[at]))
            folded.append(at)
    return folded


def _left_out(found: Found, at: int, book: Rulebook, asks: list[tuple[str, int | None]]) -> str:
    """Why a finding about somebody who does not receive is not raised; empty where it is."""
    if found.kind[at] != Kind.CLARIFY:
        return ""
    if any(name in book.settings for name, _who in asks):
        return "authority"
    return "many_questions" if len(asks) > FEW_QUESTIONS else ""
