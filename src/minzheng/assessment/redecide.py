"""Families reckoned anew for another day with the facts that were seen of them: what a changed standard makes of the same family.

A standard is no change of circumstances (DY-3): whoever is recomputed for it is not looked into again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from minzheng.assessment.canonical import canonical, document_of
from minzheng.assessment.kept_text import keep_text
from minzheng.assessment.models import Decision, RulebookText
from minzheng.base.actions import Entry, record_all
from minzheng.base.types import Actor, Permission
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.explain.determine import determine
from minzheng.rules.facts import UnitFacts


@dataclass(frozen=True, eq=False)
class Seen:
    """A family as it was seen: its facts, where it lived, and what was known by when.

    of: the decision that saw it; None where the registry was read for it now.
    """

    facts: UnitFacts
    division: str
    county: str
    known_at: datetime
    of: Decision | None = None


@transaction.atomic
def keep_recalculations(
    *,
    actor: Actor,
    wanted: Sequence[tuple[Seen, date]],
    published_by: date,
    purpose: str,
    book: Rulebook,
) -> list[Decision]:
    """Keep what the rules of each day, those published by a day, say of families as they were seen, in the order given.

    Each is a decision of its own that replays like any other; written and audited together.
    """
    actor.require(Permission.DECIDE)
    text = keep_text(book)
    rows = [_decision(actor, seen, on, published_by, purpose, book, text) for seen, on in wanted]
    kept = Decision.objects.bulk_create(rows, batch_size=200)
    record_all(actor, (_entry(row, seen, purpose) for row, (seen, _on) in zip(kept, wanted, strict=True)))
    return kept


def _decision(
    actor: Actor,
    seen: Seen,
    on: date,
    published_by: date,
    purpose: str,
    book: Rulebook,
    text: RulebookText,
) -> Decision:
    situation = Situation.at(seen.county, on, known_at=published_by)
    determination = determine(book, seen.facts, situation, steps=False)
    content = canonical(document_of(determination, seen.known_at))
    return Decision(
        division=seen.division,
        household_id=seen.facts.unit_id,
        on=on,
        known_at=seen.known_at,
        actor=actor.key,
        purpose=purpose,
        rulebook=text,
        content=content,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )


def _entry(row: Decision, seen: Seen, purpose: str) -> Entry:
    detail: dict[str, Any] = {"digest": row.digest}
    if seen.of is not None:
        detail["of"] = str(seen.of.pk)
    return Entry("keep_decision", "assessment.decision", row.pk, row.division, purpose, detail)
