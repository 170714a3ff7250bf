"""Why an award pays what it pays: from a month back to its decision, the clauses, the facts with their sources, the parameters.

Read from the kept decision itself and not from the registry of today: what stands here is what was seen when it was
decided.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from minzheng.assessment.decide import rulebook
from minzheng.assessment.models import Decision
from minzheng.assessment.programmes import programme_label
from minzheng.awards.folding import Stretch, at
from minzheng.awards.models import Award, Event, Term
from minzheng.awards.queries import amounts_of, awards_of, members_in, term_for, terms_of
from minzheng.awards.said import Document, Says
from minzheng.awards.types import GROUNDS, Cause, Ground
from minzheng.base.types import Actor
from minzheng.rules.book import Rulebook, reads
from minzheng.rules.language.declare import Parameter, Program
from minzheng.rules.language.expr import Column, Rule
from minzheng.values.month import Month


@dataclass(frozen=True)
class Clause:
    """A provision that was applied: its name and label, how it came out, its citation."""

    name: str
    label: str
    status: str
    citation: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A fact the outcome was computed from, with who said so and since when. person None: the household."""

    name: str
    label: str
    person: int | None
    value: Any
    source: str
    since: date | None
    recorded: datetime | None
    note: str


@dataclass(frozen=True)
class Value:
    """A parameter as it held: `value` as written in the decision."""

    key: str
    label: str
    value: Any
    place: str
    since: date | None
    document: str
    example: bool


@dataclass(frozen=True)
class Basis:
    """Everything under one month of an award. Without a decision (taken over) only the term speaks."""

    award: Award
    month: Month
    fen: int
    exact: str
    term: Term
    cause: Cause
    members: tuple[int, ...]
    decision: Decision | None
    case: uuid.UUID | None
    outcome: Says | None
    clauses: tuple[Clause, ...]
    facts: tuple[Fact, ...]
    parameters: tuple[Value, ...]

    @property
    def rests_on_examples(self) -> bool:
        return any(one.example for one in self.parameters)


def basis_of(award: Award, month: Month, term: Term | None = None) -> Basis | None:
    """What is under a month of an award the caller was given; None where nothing runs in it.

    `term` instead of the one that holds now: what stood when a payment was made.
    """
    term = term or term_for(award, month)
    if term is None:
        return None
    decision = term.decision
    case = Event.objects.get(award=award, version=term.version).by_case
    found: dict[str, Any] = {"outcome": None, "clauses": (), "facts": (), "parameters": ()}
    if decision is not None:
        found = _under(Document(decision), award)
    return Basis(
        award=award,
        month=month,
        fen=term.fen,
        exact=term.exact,
        term=term,
        cause=Cause(term.cause),
        members=tuple(members_in(award, month)),
        decision=decision,
        case=case or award.case_id,
        **found,
    )


def _under(document: Document, award: Award) -> dict[str, Any]:
    book = rulebook()
    says = document.says(award.programme, award.person_id)
    read = Read(book, award.programme)
    who = None if award.person_id is None else document.people.index(award.person_id)
    return {
        "outcome": says,
        "clauses": tuple(_clauses(document, book, award.programme, who)),
        "facts": tuple(_facts(document, book, read.facts)),
        "parameters": tuple(_parameters(document, book, read.parameters)),
    }


class Read:
    """The facts, parameters and rules a programme's outcome and amount are computed from, by the rulebook in force."""

    def __init__(self, book: Rulebook, programme: str) -> None:
        self.facts: set[str] = set()
        self.parameters: set[str] = set()
        self.rules: set[str] = set()
        seen: set[int] = set()
        stack: list[Rule] = [book.program(programme)] if programme in book else []
        while stack:
            rule = stack.pop()
            if id(rule) in seen:
                continue
            seen.add(id(rule))
            self.rules.add(rule.name)
            for leaf in reads(rule):
                if isinstance(leaf, Rule):
                    stack.append(leaf)
                elif isinstance(leaf, Parameter):
                    self.parameters.add(leaf.key)
                elif isinstance(leaf, Column):
                    self.facts.add(leaf.column)


def _clauses(document: Document, book: Rulebook, programme: str, who: int | None) -> Iterable[Clause]:
    for one in document.content["outcomes"]:
        if one["programme"] == programme and one["person"] == who:
            for name, status in one["conditions"]:
                yield _clause(book, name, status)
            amount = _amount_rule(book, programme)
            if amount is not None:
                yield amount


def _clause(book: Rulebook, name: str, status: str) -> Clause:
    """A provision that is no longer in the rulebook keeps its recorded name."""
    if name not in book:
        return Clause(name, name, status, "", ())
    citation = book[name].citation
    return Clause(name, book[name].label, status, str(citation), tuple(citation.clauses))


def _amount_rule(book: Rulebook, programme: str) -> Clause | None:
    program = book.program(programme) if programme in book else None
    if not isinstance(program, Program) or program.amount is None:
        return None
    return _clause(book, program.amount.name, "amount")


def _facts(document: Document, book: Rulebook, wanted: set[str]) -> Iterable[Fact]:
    facts = document.content["facts"]
    holders: list[tuple[int | None, dict[str, Any]]] = [(None, facts["household"])]
    holders += list(zip(document.people, facts["people"], strict=True))
    for person, row in holders:
        for name, fact in row.items():
            if name in wanted and fact["value"] is not None:
                column = book.columns.get(name)
                yield Fact(
                    name,
                    getattr(column, "label", name),
                    person,
                    fact["value"],
                    fact["source"],
                    date.fromisoformat(fact["since"]) if fact["since"] else None,
                    datetime.fromisoformat(fact["recorded"]) if fact["recorded"] else None,
                    fact["note"],
                )


def _parameters(document: Document, book: Rulebook, wanted: set[str]) -> Iterable[Value]:
    for key, row in document.content["parameters"].items():
        if key in wanted and row.get("document") is not None:
            setting = book.settings.get(key)
            yield Value(
                key,
                getattr(setting, "label", key),
                row["value"],
                row["place"],
                date.fromisoformat(row["since"]),
                row["document"],
                row["example"],
            )


# -- what changed and why --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """From a month on an award pays another amount (or nothing): what it was, what it is, the cause, the clause."""

    award: Award
    month: Month
    before: int
    after: int
    cause: Cause
    ground: Ground
    clause: str
    reason: str
    on: date
    case: uuid.UUID | None
    differs: tuple[Difference, ...]

    @property
    def gap(self) -> int:
        return self.after - self.before

    @property
    def label(self) -> str:
        """The cause in words, the ground where it ended."""
        return self.ground.label if self.ground is not Ground.NONE else self.cause.label


@dataclass(frozen=True)
class Difference:
    """Something a later decision saw otherwise than the one before: kind is fact or parameter."""

    kind: str
    name: str
    label: str
    person: int | None
    before: Any
    after: Any


def what_changed(award: Award) -> list[Change]:
    """Every month in which the amount is another than the month before, in order, with its cause."""
    events = {event.version: event for event in award.events.all()}
    found: list[Change] = []
    before: Stretch[Term] | None = None
    for one in terms_of(award):
        gap = before is not None and before.until != one.since
        if gap and before is not None and before.until is not None:
            found.append(_ending(award, before, before.until, events))
        fen = 0 if before is None or gap else before.what.fen
        if before is None or gap or one.what.fen != fen:
            found.append(_change(award, before if not gap else None, one, fen, events))
        before = one
    if before is not None and before.until is not None:
        found.append(_ending(award, before, before.until, events))
    return found


def _change(
    award: Award, before: Stretch[Term] | None, one: Stretch[Term], fen: int, events: dict[int, Event]
) -> Change:
    term, event = one.what, events[one.what.version]
    says = Document(term.decision).says(award.programme, award.person_id) if term.decision else None
    return Change(
        award, one.since, fen, term.fen, Cause(term.cause), Ground.NONE, "、".join(says.clauses) if says else "",
        event.reason, event.on, event.by_case, differences(award, before.what if before else None, term),
    )  # fmt: skip


def _ending(award: Award, before: Stretch[Term], month: Month, events: dict[int, Event]) -> Change:
    """The end: by a term of its own, or the end that the last amount was given beforehand."""
    terms = sorted(award.terms.all(), key=lambda one: -one.pk)
    ended = [one for one in terms if not one.runs and Month.of(one.since) <= month]
    term = ended[0] if ended else before.what
    event = events[term.version]
    ground = Ground(award.ground) if award.ground else Ground.TERM_OVER
    return Change(
        award, month, before.what.fen, 0, Cause.ENDED, ground, GROUNDS[ground].clause, event.reason, event.on,
        event.by_case, differences(award, before.what, term) if ended else (),
    )  # fmt: skip


def differences(award: Award, before: Term | None, after: Term) -> tuple[Difference, ...]:
    """What the decision behind a term saw otherwise than the one behind the term before, as far as the programme reads it."""
    if before is None or before.decision is None or after.decision is None:
        return ()
    if before.decision_id == after.decision_id:
        return ()
    book = rulebook()
    read = Read(book, award.programme)
    old, new = Document(before.decision), Document(after.decision)
    return (
        *_fact_differences(book, old, new, read.facts),
        *_parameter_differences(book, old, new, read.parameters),
    )


def _fact_differences(book: Rulebook, old: Document, new: Document, wanted: set[str]) -> Iterable[Difference]:
    was, now = _values(old), _values(new)
    for person, name in sorted(was.keys() | now.keys(), key=lambda key: (key[0] or 0, key[1])):
        a, b = was.get((person, name)), now.get((person, name))
        if name in wanted and a != b:
            yield Difference("fact", name, getattr(book.columns.get(name), "label", name), person, a, b)


def _values(document: Document) -> dict[tuple[int | None, str], Any]:
    facts = document.content["facts"]
    rows: list[tuple[int | None, dict[str, Any]]] = [(None, facts["household"])]
    rows += list(zip(document.people, facts["people"], strict=True))
    return {(person, name): fact["value"] for person, row in rows for name, fact in row.items()}


def _parameter_differences(
    book: Rulebook, old: Document, new: Document, wanted: set[str]
) -> Iterable[Difference]:
    was, now = old.content["parameters"], new.content["parameters"]
    for key in sorted((was.keys() | now.keys()) & wanted):
        a, b = was.get(key, {}).get("value"), now.get(key, {}).get("value")
        if a != b:
            yield Difference("parameter", key, getattr(book.settings.get(key), "label", key), None, a, b)


# -- a household on one screen ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One award over the months of a view: fen by month in their order, None where nothing runs."""

    award: Award
    label: str
    amounts: tuple[int | None, ...]
    changes: tuple[Change, ...]

    @property
    def total(self) -> int:
        return sum(fen or 0 for fen in self.amounts)


@dataclass(frozen=True)
class HouseholdView:
    """What a family receives: every programme, month by month, and what changed against the month before."""

    months: tuple[Month, ...]
    rows: tuple[Row, ...]

    def total(self, month: Month) -> int:
        at = self.months.index(month)
        return sum(row.amounts[at] or 0 for row in self.rows)

    def changes(self, month: Month) -> list[Change]:
        """Why this month's sum is another than last month's: the differences add up to the gap."""
        return [one for row in self.rows for one in row.changes if one.month == month]


def household_view(actor: Actor, household: int, *, last: Month, months: int = 36) -> HouseholdView:
    """The awards of one household over the months up to `last`, running ones first."""
    shown = tuple(last.plus(back - months + 1) for back in range(months))
    rows = []
    for award in awards_of(actor, household).prefetch_related("terms__decision", "events"):
        held = amounts_of(award)
        amounts = tuple(at(held, month) for month in shown)
        if any(fen is not None for fen in amounts):
            rows.append(Row(award, programme_label(award.programme), amounts, tuple(what_changed(award))))
    return HouseholdView(shown, tuple(rows))
