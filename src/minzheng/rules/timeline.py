"""How awards go on from month to month: one pure step, folded over months, and arrears of what was known late.

Nothing here reads a law or a clock: what the provisions say of a month comes in as `Found`, and decisions come in
as months. The award of the month before goes back to the provisions as read-only facts (`history`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from minzheng.rules.language.declare import Fact, Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import Status
from minzheng.values.month import Month

Holder = int | None
"""A person of the household by number; None is the household."""

Key = tuple[str, Holder]
"""A program by name and who holds its award."""


class Start(Enum):
    """From which month a confirmed award is paid."""

    AFTER_DECISION = "自作出决定的次月起"
    APPLICATION = "自申请当月起"
    DECISION = "自作出决定当月起"


@dataclass(frozen=True)
class Found:
    """What the provisions say of one program in one month; fen is payable where the status is yes.

    counting: whether the count of months goes on (a phase-out is counted per job; without the job it starts anew).
    """

    status: Status
    fen: int = 0
    counting: bool = True


@dataclass(frozen=True)
class Award:
    """What stands of a program after a month: whether it was paid, how much last, in how many months so far."""

    paid: bool = False
    fen: int = 0
    last: int = 0
    count: int = 0

    @property
    def due(self) -> int:
        return self.fen if self.paid else 0


NOTHING = Award()
State = Mapping[Key, Award]
Look = Callable[[Month, State], Mapping[Key, Found]]


def takes_effect(start: Start, *, applied: date | None, decided: date | None) -> Month | None:
    """The first month a decision is paid for; None where the case knows of no procedure."""
    if start is Start.APPLICATION and applied is not None:
        return Month.of(applied)
    if decided is None:
        return None
    return Month.of(decided) if start is Start.DECISION else Month.of(decided).plus(1)


def step(before: Award, found: Found, *, month: Month, effect: Month | None) -> Award:
    """The award after a month.

    Before the decision takes effect the month before goes on. Unknown and review never stop a payment: only a
    decision does. What ends keeps its last amount and its count, for the provisions that ask for them.
    """
    count = before.count if found.counting else 0
    if effect is not None and month < effect:
        return _paid(before, before.fen, count) if before.paid else _unpaid(before, count)
    if found.status is Status.YES:
        return _paid(before, found.fen, count)
    if before.paid and found.status in (Status.UNKNOWN, Status.REVIEW):
        return _paid(before, before.fen, count)
    return _unpaid(before, count)


def _paid(before: Award, fen: int, count: int) -> Award:
    return Award(paid=True, fen=fen, last=fen, count=count + 1)


def _unpaid(before: Award, count: int) -> Award:
    return Award(paid=False, fen=0, last=before.last, count=count)


def fold(
    months: Iterable[Month], opening: State, look: Look, effect: Callable[[Key], Month | None]
) -> dict[Month, dict[Key, Award]]:
    """The awards after each month. `look` says what the provisions find, given the awards of the month before."""
    state: dict[Key, Award] = dict(opening)
    after: dict[Month, dict[Key, Award]] = {}
    for month in months:
        found = look(month, state)
        state = {
            key: step(state.get(key, NOTHING), found[key], month=month, effect=effect(key))
            if key in found
            else state[key]
            for key in {**state, **found}
        }
        after[month] = state
    return after


# -- what the next month's provisions may read ---------------------------------------------------------------
class Reads(Enum):
    """What a fact of history says of an award."""

    RECEIVED = "上月享受"
    LAST_PAID = "最近一次发放额"
    MONTHS = "已享受月数"


@dataclass(frozen=True)
class Carried:
    """A fact that award history supplies. `counted_while`: the count starts anew where this fact is not yes."""

    fact: Fact
    program: Program
    reads: Reads
    counted_while: Fact | None = None


def carried_statuses(programs: Iterable[Program]) -> tuple[Carried, ...]:
    """The fact each program declares with `receives=`."""
    return tuple(Carried(p.receives, p, Reads.RECEIVED) for p in programs if p.receives is not None)


def history(state: State, carried: Iterable[Carried], people: int) -> dict[tuple[str, Holder], bool | int]:
    """The read-only facts of award history for the next month, by column and holder."""
    facts: dict[tuple[str, Holder], bool | int] = {}
    for one in carried:
        holders: Sequence[Holder] = [None] if one.fact.entity is Household else range(people)
        for who in holders:
            facts[one.fact.column, who] = _value(one.reads, state.get((one.program.name, who), NOTHING))
    return facts


def _value(reads: Reads, award: Award) -> bool | int:
    if reads is Reads.RECEIVED:
        return award.paid
    return award.last if reads is Reads.LAST_PAID else award.count


# -- payroll: what was known late is paid late ------------------------------------------------------------------
@dataclass(frozen=True)
class Run:
    """One payroll of a holder's award: the month's own amount, arrears by benefit month, and what was too much.

    Too much is only stated: nobody has decided to take it back.
    """

    month: Month
    regular: int
    arrears: Mapping[Month, int] = field(default_factory=dict)
    overpaid: Mapping[Month, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.regular + sum(self.arrears.values())


def payroll(known: Mapping[Month, Mapping[Month, int]]) -> list[Run]:
    """Runs in order. `known`: for each run, what is due for each benefit month as far as then known.

    Benefit months before the first run count as paid as first known.
    """
    paid: dict[Month, int] = {}
    runs: list[Run] = []
    for month in sorted(known):
        due = known[month]
        arrears: dict[Month, int] = {}
        overpaid: dict[Month, int] = {}
        for benefit in sorted(b for b in due if b < month):
            gap = due[benefit] - paid.get(benefit, 0 if runs else due[benefit])
            if gap > 0:
                arrears[benefit] = gap
                paid[benefit] = due[benefit]
            elif gap < 0:
                overpaid[benefit] = -gap
            else:
                paid[benefit] = due[benefit]
        paid[month] = due.get(month, 0)
        runs.append(Run(month, paid[month], arrears, overpaid))
    return runs
