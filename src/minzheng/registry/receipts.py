"""What is being received, written by whoever decides it: whole months, one row a programme, household and person.

Rows of the platform's own decisions carry the source `PLATFORM`; sweeps, snapshots and the law read them as any other.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.actions import correct_fact, record_fact, withdraw_fact
from minzheng.registry.models import Membership, Receipt
from minzheng.registry.rows import FactRow, fact_table, lock_holder
from minzheng.values.errors import Refusal


class _Same:
    """Stands for what a correction leaves as it is; None already means without an end, without an amount."""


SAME: Final = _Same()


@transaction.atomic
def record_receipt(
    *,
    actor: Actor,
    household: int,
    person: int | None,
    programme: codes.Programme,
    since: date,
    until: date | None,
    fen: int | None,
    reason: str,
    source: codes.Source = codes.Source.PLATFORM,
) -> FactRow:
    """A household (or one person of it) receives a programme from the first of a month until that of another.

    fen a month; None for what is recognised and pays nothing. The same row again is the row that is there; another
    one of the same programme and person in the same months is refused.
    """
    actor.require(Permission.RECORD_FACTS)
    lock_holder(actor, fact_table("receipt"), household)
    if person is not None:
        _check_tied(household, person, since)
    values = {"person_id": person, "programme": programme, "since": since, "until": until, "fen": fen}
    standing = _standing(household, person, programme, since, until)
    for row in standing:
        if (row.since, row.until, row.fen) == (since, until, fen):
            return FactRow("receipt", household, row.pk)
    if standing:
        raise Refusal(
            "receipt.overlap",
            f"该期间已登记享受“{programme.label}”。",
            field="since",
            next_step="请先更正或终止原登记。",
        )
    return record_fact(
        actor=actor, table="receipt", holder=household, values=values, source=source, reason=reason
    )


@transaction.atomic
def end_receipt(*, actor: Actor, row: FactRow, until: date, reason: str) -> FactRow | None:
    """Nothing is received from the month `until` on. None where nothing is left: it was recorded for no month."""
    standing = _live(actor, row)
    if standing.until == until:
        return row
    if until <= standing.since:
        withdraw_fact(actor=actor, row=row, reason=reason)
        return None
    return correct_receipt(actor=actor, row=row, until=until, reason=reason)


@transaction.atomic
def correct_receipt(
    *,
    actor: Actor,
    row: FactRow,
    reason: str,
    since: date | _Same = SAME,
    until: date | _Same | None = SAME,
    fen: int | _Same | None = SAME,
) -> FactRow:
    """Supersede the row by one with other months or another amount; what nothing changes is left as it is."""
    standing = _live(actor, row)
    told: dict[str, Any] = {"since": since, "until": until, "fen": fen}
    values = {name: value for name, value in told.items() if value is not SAME}
    if all(getattr(standing, name) == value for name, value in values.items()):
        return row
    first, last = values.get("since", standing.since), values.get("until", standing.until)
    programme = codes.Programme(standing.programme)
    others = _standing(row.holder, standing.person_id, programme, first, last)
    if any(other.pk != standing.pk for other in others):
        raise Refusal("receipt.overlap", f"该期间已另有一条“{programme.label}”的登记。", field="since")
    return correct_fact(
        actor=actor, row=row, values=values, source=codes.Source(standing.source), reason=reason
    )


def _live(actor: Actor, row: FactRow) -> Receipt:
    actor.require(Permission.RECORD_FACTS)
    lock_holder(actor, fact_table("receipt"), row.holder)
    found = Receipt.objects.filter(household_id=row.holder, pk=row.id, superseded_at=None).first()
    if found is None:
        raise Refusal("fact.not_live", "该记录不存在或已被更正。", next_step="请刷新页面，以最新记录为准。")
    return found


def _standing(
    household: int, person: int | None, programme: codes.Programme, since: date, until: date | None
) -> list[Receipt]:
    """Live rows of the programme for the same holder that share a month with the period."""
    held = Q(person=None) if person is None else Q(person_id=person)
    rows = Receipt.objects.filter(
        held,
        Q(until=None) | Q(until__gt=since),
        household_id=household,
        programme=programme,
        superseded_at=None,
    )
    return list(rows if until is None else rows.filter(since__lt=until))


def _check_tied(household: int, person: int, since: date) -> None:
    """Somebody who belongs to the household in or after the first month; the law asks who, not since when."""
    ties = Membership.objects.filter(
        Q(until=None) | Q(until__gt=since), household_id=household, person_id=person, superseded_at=None
    )
    if not ties.exists():
        raise Refusal(
            "receipt.not_member",
            "该人员在所填期间不是本户成员。",
            field="person",
            next_step="请核对家庭成员。",
        )
