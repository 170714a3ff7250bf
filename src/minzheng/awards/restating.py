"""Other amounts for many awards at once: what `change_amount` does for one, in a few statements. Nothing is asked here.

The caller holds the awards locked. Each gets one next version with its terms, tells the registry, and is audited; the
database judges every term as ever.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.awards import hands
from minzheng.awards.models import Award, Term, Written
from minzheng.awards.receipts import Line, lines_of, planned, standing_of, with_unclaimed, write_down
from minzheng.awards.types import Amount, Cause
from minzheng.base.actions import Entry, record_all
from minzheng.base.types import Actor
from minzheng.registry.receipts import Restated, restate_receipts


@dataclass(frozen=True)
class Restatement:
    """An award and its amounts in the order they are recorded, each on a kept decision."""

    award: Award
    amounts: tuple[tuple[Amount, uuid.UUID], ...]


_NEXT_VERSION = """
update awards_award a set version = a.version + 1, verb = 'change', on_day = %(on)s, reason = %(reason)s, by_case = null
from unnest(%(ids)s::bigint[], %(versions)s::int[]) seen (id, version)
where a.id = seen.id and a.version = seen.version
"""


def restate_awards(
    actor: Actor, changes: Sequence[Restatement], *, cause: Cause, reason: str, on: date
) -> None:
    """Write these amounts. An award that is not as the caller read it any more stops all."""
    if not changes:
        return
    awards = [one.award for one in changes]
    values: dict[str, Any] = {
        "on": on,
        "reason": reason,
        "ids": [award.pk for award in awards],
        "versions": [award.version for award in awards],
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_VERSION, values)
        if cursor.rowcount != len(awards):
            raise hands.changed_meanwhile()
    for award in awards:
        award.version += 1
    terms = Term.objects.bulk_create(_terms(changes, cause), batch_size=1000)
    _tell_registry(actor, awards, terms, reason)
    record_all(actor, (_entry(award, reason) for award in awards))


def _terms(changes: Sequence[Restatement], cause: Cause) -> list[Term]:
    return [
        Term(
            **hands.of(one.award),
            since=amount.since.first_day,
            until=amount.until.first_day if amount.until else None,
            fen=amount.fen,
            exact=amount.exact_text,
            decision_id=decision,
            cause=cause,
        )
        for one in changes
        for amount, decision in one.amounts
    ]


def _entry(award: Award, reason: str) -> Entry:
    detail = {"version": award.version, "programme": award.programme}
    return Entry("award_change", "awards.award", award.public_id, award.division, reason, detail)


# -- what is received, told downward -------------------------------------------------------------------------


def _tell_registry(actor: Actor, awards: Sequence[Award], fresh: Sequence[Term], reason: str) -> None:
    """As `write_down` for each. Where more is to be done than another amount or month, it is done by it."""
    added: defaultdict[int, list[Term]] = defaultdict(list)
    for term in fresh:
        added[term.award_id].append(term)
    odd = with_unclaimed(awards)
    have = standing_of([award for award in awards if award.pk not in odd])
    rows: list[tuple[Award, Restated]] = []
    for award in awards:
        plan = None if award.pk in odd else planned(
            have.get(award.pk, {}), lines_of(award, [*award.terms.all(), *added[award.pk]])
        )  # fmt: skip
        if plan is None or plan.withdrawn:
            award.refresh_from_db()
            write_down(actor, award, reason=reason)
        else:
            rows += [(award, _restated(award, instead_of, line)) for instead_of, line in plan.written]
    ids = restate_receipts(actor=actor, rows=[row for _award, row in rows], reason=reason)
    Written.objects.bulk_create(
        [
            Written(**hands.of(award), receipt_id=receipt)
            for (award, _row), receipt in zip(rows, ids, strict=True)
        ]
    )


def _restated(award: Award, instead_of: int | None, line: Line) -> Restated:
    return Restated(
        household=award.household_id,
        person=award.person_id,
        programme=RECEIVED_AS[award.programme],
        since=line.since,
        until=line.until,
        fen=line.fen,
        instead_of=instead_of,
    )
