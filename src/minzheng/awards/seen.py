"""On what facts a running amount is reckoned anew: those its decision saw; taken over without one, those the registry has.

What another system granted was never decided here. Its amount is recomputed only where the registry's facts explain it:
reckoned for the month before the change they give the same sum, to the fen. Everything else is for a person to look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from minzheng.assessment.canonical import facts_in
from minzheng.assessment.decide import decide_many
from minzheng.assessment.models import Decision
from minzheng.assessment.payment import payable_of
from minzheng.assessment.redecide import Seen
from minzheng.awards.models import Award, Term
from minzheng.awards.said import Document
from minzheng.base.types import Actor
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.determine import Determination
from minzheng.rules.status import NO, YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


def seen_by(decision: Decision, book: Rulebook) -> Seen:
    """The family as a kept decision saw it."""
    document = Document(decision)
    return Seen(
        facts=facts_in(document.content, book),
        division=decision.division,
        county=document.content["situation"]["county"],
        known_at=datetime.fromisoformat(document.content["known_at"]),
        of=decision,
    )


@dataclass(frozen=True)
class Taken:
    """A family whose award was taken over. `why`: why the registry's facts do not explain the amount; empty where they do.

    seen None: household or person is no longer there.
    """

    seen: Seen | None
    why: str


def seen_in_registry(
    actor: Actor, awards: Sequence[tuple[Award, Term]], before: Month, *, book: Rulebook
) -> dict[int, Taken]:
    """By award: the family as the registry knows it for a month (the first one of an award that began later).

    Decided under what was in force and published then, so that the amount taken over can be held against it.
    """
    months: defaultdict[Month, list[tuple[Award, Term]]] = defaultdict(list)
    for award, term in awards:
        months[max(before, Month.of(award.since))].append((award, term))
    found: dict[int, Taken] = {}
    for month, some in months.items():
        now = datetime.now(UTC)
        households = list(dict.fromkeys(award.household_id for award, _term in some))
        decided = _decided(actor, households, month.last_day, now, book)
        for award, term in some:
            found[award.pk] = _taken(award, term, decided.get(award.household_id), now)
    return found


def _decided(
    actor: Actor, households: list[int], on: date, now: datetime, book: Rulebook
) -> dict[int, Determination]:
    """The households that stand on a day, decided; one that is closed is left out (found by halving)."""
    try:
        rows = decide_many(actor, households, on=on, known_at=now, book=book, steps=False)
    except Refusal as refusal:
        if refusal.code != "facts.closed":
            raise
        if len(households) == 1:
            return {}
        half = len(households) // 2
        return _decided(actor, households[:half], on, now, book) | _decided(
            actor, households[half:], on, now, book
        )
    return dict(zip(households, rows, strict=True))


def _taken(award: Award, term: Term, found: Determination | None, now: datetime) -> Taken:
    people = [] if found is None else list(found.facts.people_ids)
    if found is None or (award.person_id is not None and award.person_id not in people):
        return Taken(None, "接管的待遇没有认定记录，登记中该户或者该人员已不在，须复核")
    seen = Seen(found.facts, award.division[:9], found.situation.county, now)
    who = None if award.person_id is None else people.index(award.person_id)
    return Taken(seen, _not_explained(found, award.programme, who, term.fen))


def _not_explained(found: Determination, programme: str, who: int | None, fen: int) -> str:
    outcome = found.of(programme, who)
    if outcome.status == NO:
        return "接管的待遇没有认定记录，按登记的事实不符合条件，须复核"
    payable = payable_of(found, outcome) if outcome.status == YES else None
    if payable is None:
        return "接管的待遇没有认定记录，登记的事实不足以核算，须复核"
    if payable != fen:
        return f"接管金额每月 {_yuan(fen)} 元，按登记的事实核算为 {_yuan(payable)} 元，须复核"
    return ""


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
