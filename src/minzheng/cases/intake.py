"""Before an application: what the platform offers, and what is still worth asking."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from minzheng.assessment.programmes import programme_label
from minzheng.assessment.queries import Filter, leads
from minzheng.assessment.types import LEADS, Supplier
from minzheng.assessment.words import ask_label, supplier_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases.lines import line_for
from minzheng.cases.stating import Statement, preview
from minzheng.cases.where import village_of
from minzheng.rules.explain.determine import Need, Outcome
from minzheng.rules.status import NO


@dataclass(frozen=True)
class Offer:
    """A programme the household seems entitled to and may apply for. Nothing is granted by it (GV-1)."""

    lead: uuid.UUID
    programme: str
    label: str
    person: int | None
    fen: int | None
    sentence: str
    clauses: tuple[str, ...]
    expires_on: date


def offers(actor: Actor, household: int, on: date) -> list[Offer]:
    """Live leads about a household that somebody may apply for, the first in rank first. The household's own as well."""
    village_of(actor, household, on)
    if not actor.is_resident:
        actor.require(Permission.SEE_LEADS)
    with scope(system_actor("offers")) as platform:
        rows = list(leads(platform, Filter(kinds=LEADS)).filter(household_id=household, expires_on__gte=on))
    return [
        Offer(
            row.public_id,
            row.programme,
            programme_label(row.programme),
            row.person_id,
            row.fen,
            row.sentence,
            tuple(row.clauses),
            row.expires_on,
        )
        for row in rows
        if line_for(row.programme) is not None
    ]


@dataclass(frozen=True)
class Question:
    """A fact that could still change an outcome. who: position in the household, person: the id; None for the household."""

    name: str
    who: int | None
    person: int | None
    label: str
    supplier: Supplier
    programmes: tuple[str, ...]


def questions(actor: Actor, household: int, statements: Sequence[Statement], on: date) -> list[Question]:
    """What to ask next, the fewest first: only facts that an undecided outcome of some line depends on."""
    found = preview(actor, household, statements, on)
    people = list(found.facts.people_ids)
    asked: dict[Need, list[str]] = {}
    for outcome in sorted(filter(_undecided, found.outcomes), key=lambda one: len(one.ask_first)):
        for need in dict.fromkeys((*outcome.ask_first, *outcome.needs)):
            asked.setdefault(need, []).append(outcome.program.name)
    return [
        Question(
            name,
            who,
            None if who is None else int(people[who]),
            ask_label(name),
            supplier_of(name),
            tuple(dict.fromkeys(programmes)),
        )
        for (name, who), programmes in asked.items()
    ]


def _undecided(outcome: Outcome) -> bool:
    return (
        outcome.in_force
        and outcome.status != NO
        and bool(outcome.needs)
        and line_for(outcome.program.name) is not None
    )
