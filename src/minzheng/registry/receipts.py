"""What is being received, written by whoever decides it: whole months, one row a programme, household and person.

Rows of the platform's own decisions carry the source `PLATFORM`; sweeps, snapshots and the law read them as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q

from minzheng.base.actions import Entry, record_all
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.actions import correct_fact, record_fact, withdraw_fact
from minzheng.registry.models import Household, Membership, Receipt
from minzheng.registry.rows import FactRow, fact_table, lock_holder, needs_reason, not_found
from minzheng.registry.where import in_scope
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


# -- set-wise ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restated:
    """What a receipt is to say. `instead_of`: the live row whose place it takes; None for one that is new."""

    household: int
    person: int | None
    programme: codes.Programme
    since: date
    until: date | None
    fen: int | None
    instead_of: int | None = None


_SUPERSEDED = """
update registry_receipt r set superseded_at = clock_timestamp()
from unnest(%(households)s::bigint[], %(ids)s::bigint[]) o (household_id, id)
where r.household_id = o.household_id and r.id = o.id and r.superseded_at is null
returning r.id, r.source
"""
_INSERTED = """
insert into registry_receipt (household_id, township, person_id, programme, since, until, fen, source, recorded_at)
select household_id, township, person_id, programme, since, until, fen, source, clock_timestamp()
from unnest(%(households)s::bigint[], %(townships)s::int[], %(persons)s::bigint[], %(programmes)s::int[],
            %(since)s::date[], %(until)s::date[], %(fen)s::bigint[], %(sources)s::int[])
     n (household_id, township, person_id, programme, since, until, fen, source)
returning id, household_id, person_id, programme, since
"""
_TWICE = """
select count(*) from registry_receipt a
join registry_receipt b on b.household_id = a.household_id and b.id <> a.id and b.programme = a.programme
     and b.person_id is not distinct from a.person_id and b.superseded_at is null
     and a.since < coalesce(b.until, 'infinity') and b.since < coalesce(a.until, 'infinity')
where a.household_id = any(%(households)s) and a.id = any(%(fresh)s)
"""


@transaction.atomic
def restate_receipts(*, actor: Actor, rows: Sequence[Restated], reason: str) -> list[int]:
    """Write many receipts at once, each instead of a live row or anew; the ids in the order given.

    As many calls of `correct_receipt` and `record_receipt` would: rows are superseded and added, each is audited, and no
    two of one programme and holder share a month. All or none.
    """
    actor.require(Permission.RECORD_FACTS)
    if not rows:
        return []
    needs_reason(reason)
    townships = _locked_townships(actor, {row.household for row in rows})
    sources = _superseded([row for row in rows if row.instead_of is not None])
    ids = _inserted(rows, townships, sources)
    with connection.cursor() as cursor:
        cursor.execute(_TWICE, {"households": [row.household for row in rows], "fresh": ids})
        if cursor.fetchone() != (0,):
            raise Refusal(
                "receipt.overlap", "同一期间已另有一条同一待遇的登记，本次没有保存。", field="since"
            )
    record_all(actor, (_entry(row, fresh, townships, reason) for row, fresh in zip(rows, ids, strict=True)))
    return ids


def _locked_townships(actor: Actor, households: set[int]) -> dict[int, int]:
    found = Household.objects.filter(in_scope(actor, Household), pk__in=households).order_by("pk")
    townships = dict(found.select_for_update().values_list("pk", "township"))
    if len(townships) != len(households):
        raise not_found()
    return townships


def _superseded(rows: Sequence[Restated]) -> dict[int, int]:
    """The source of each row that is superseded now: what takes its place keeps it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SUPERSEDED,
            {"households": [row.household for row in rows], "ids": [row.instead_of for row in rows]},
        )
        found = dict(cursor.fetchall())
    if len(found) != len(rows):
        raise Refusal("fact.not_live", "该记录不存在或已被更正。", next_step="请刷新页面，以最新记录为准。")
    return found


def _inserted(rows: Sequence[Restated], townships: dict[int, int], sources: dict[int, int]) -> list[int]:
    values: dict[str, Any] = {
        "households": [row.household for row in rows],
        "townships": [townships[row.household] for row in rows],
        "persons": [row.person for row in rows],
        "programmes": [int(row.programme) for row in rows],
        "since": [row.since for row in rows],
        "until": [row.until for row in rows],
        "fen": [row.fen for row in rows],
        "sources": [sources.get(row.instead_of or 0, int(codes.Source.PLATFORM)) for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERTED, values)
        ids = {tuple(key): int(fresh) for fresh, *key in cursor.fetchall()}
    return [ids[row.household, row.person, int(row.programme), row.since] for row in rows]


def _entry(row: Restated, fresh: int, townships: dict[int, int], reason: str) -> Entry:
    division = str(townships[row.household])
    if row.instead_of is None:
        detail: dict[str, Any] = {"source": codes.Source.PLATFORM.name.lower()}
        return Entry("record_fact", "registry.receipt", f"{row.household}/{fresh}", division, reason, detail)
    detail = {"by": fresh, "columns": ["fen", "until"]}
    return Entry(
        "correct_fact", "registry.receipt", f"{row.household}/{row.instead_of}", division, reason, detail
    )
