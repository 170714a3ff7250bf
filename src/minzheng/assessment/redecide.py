"""A kept decision reckoned anew for another day with the facts it saw: what a changed standard makes of the same family.

A standard is no change of circumstances (DY-3): whoever is recomputed for it is not looked into again.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.db import transaction

from minzheng.assessment.canonical import canonical, document_of, facts_in
from minzheng.assessment.decide import rulebook
from minzheng.assessment.models import Decision, RulebookText
from minzheng.assessment.replay import rule_texts
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.explain.determine import determine


@transaction.atomic
def keep_recalculation(
    *, actor: Actor, of: Decision, on: date, purpose: str, book: Rulebook | None = None
) -> Decision:
    """Keep what the rules of `on` say of the facts of an earlier decision; replays like any other decision."""
    actor.require(Permission.DECIDE)
    book = book or rulebook()
    before = json.loads(of.content)
    situation = Situation.at(before["situation"]["county"], on)
    determination = determine(book, facts_in(before, book), situation, steps=False)
    known_at = datetime.fromisoformat(before["known_at"])
    content = canonical(document_of(determination, known_at))
    row = Decision(
        division=of.division,
        household_id=of.household_id,
        on=on,
        known_at=known_at,
        actor=actor.key,
        purpose=purpose,
        rulebook=_text_of(book),
        content=content,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )
    row.save(force_insert=True)
    detail = {"digest": row.digest, "of": str(of.pk)}
    record(
        actor,
        "keep_decision",
        "assessment.decision",
        row.pk,
        division=row.division,
        reason=purpose,
        detail=detail,
    )
    return row


def _text_of(book: Rulebook) -> RulebookText:
    found = RulebookText.objects.filter(hash=book.hash).first()
    if found is not None:
        return found
    columns: dict[str, Any] = {"rules": rule_texts(book)}
    if any(field.name == "enacted" for field in RulebookText._meta.get_fields()):
        from minzheng.assessment.enacting.plain import rows_as_plain

        columns["enacted"] = rows_as_plain(book.enacted)
    return RulebookText.objects.create(hash=book.hash, **columns)
