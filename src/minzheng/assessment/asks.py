"""What is still to be found out: the reference engine asked about the few findings that are neither yes nor no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.assessment.findings import FEW_QUESTIONS, Found
from minzheng.assessment.types import Kind
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.columns import Columns
from minzheng.rules.explain.determine import Explainer, fewest_first
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import REVIEW, UNKNOWN

Say = Callable[[int, int], None]


def with_asks(
    found: Found,
    book: Rulebook,
    columns: Columns,
    conditions: Mapping[str, npt.NDArray[Any]],
    situation_of: Callable[[int], Situation],
    say: Say | None = None,
) -> tuple[Found, dict[str, int]]:
    """The findings with their questions, without those that too many facts would have to settle.

    conditions: by programme, as the kernel left them. The second value counts what was left out, by reason and
    programme; the totals of the sweep keep them all.
    """
    open_ones = np.flatnonzero((found.kind == Kind.CLARIFY) | (found.kind == Kind.UNSETTLED)).tolist()
    by_unit: dict[int, list[int]] = defaultdict(list)
    for at in open_ones:
        by_unit[int(found.unit[at])].append(at)
    kept = np.ones(len(found), bool)
    left_out: dict[str, int] = defaultdict(int)
    asking = _Asking(found, book, columns, conditions)
    read = columns.facts_of(book, list(by_unit))
    for done, ((unit, rows), facts) in enumerate(zip(by_unit.items(), read, strict=True)):
        for at, asks in zip(rows, asking.of(facts, situation_of(unit), unit, rows), strict=True):
            reason = _left_out(found, at, book, asks)
            if reason:
                kept[at] = False
                left_out[f"{reason}:{_programme(found, book, at).name}"] += 1
            else:
                found.asks[at] = asks
        for at in _same_question(found, [at for at in rows if kept[at]]):
            kept[at] = False
            left_out[f"same_question:{_programme(found, book, at).name}"] += 1
        if say is not None and (done % 256 == 255 or done + 1 == len(by_unit)):
            say(done + 1, len(by_unit))
    return found.kept(kept), dict(left_out)


def _programme(found: Found, book: Rulebook, at: int) -> Program:
    return book.programs[int(found.programme[at])]


class _Asking:
    """The reference engine asked for what the undecided conditions of a finding still need, and nothing else."""

    def __init__(
        self, found: Found, book: Rulebook, columns: Columns, conditions: Mapping[str, npt.NDArray[Any]]
    ) -> None:
        self.found, self.book, self.columns, self.conditions = found, book, columns, conditions

    def of(
        self, facts: UnitFacts, situation: Situation, unit: int, rows: list[int]
    ) -> list[list[tuple[str, int | None]]]:
        """For findings of one household: first what settles one condition with the fewest questions, then the rest."""
        explainer = Explainer(Evaluation(self.book, facts, situation))
        first = int(self.columns.offsets[unit])
        return [self._needs(explainer, at, first) for at in rows]

    def _needs(self, explainer: Explainer, at: int, first: int) -> list[tuple[str, int | None]]:
        program = _programme(self.found, self.book, at)
        household = program.of is Household
        row = int(self.found.unit[at] if household else self.found.tie[at])
        who = None if household else row - first
        packed = int(self.conditions[program.name][row])
        groups = [
            explainer.needs(provision, explainer.holder(provision, who))
            for k, provision in enumerate(program.requires)
            if (packed >> (2 * k)) & 3 in (UNKNOWN, REVIEW)
        ]
        return [
            (name, None if i is None else first + i) for name, i in fewest_first([g for g in groups if g])
        ]


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
