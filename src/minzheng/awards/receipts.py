"""What is being received, written downward: the registry's receipts say what the awards say, month by month.

Sweeps, snapshots and the law's `上月享受` read receipts and need nothing above the registry. A row that an award wrote or
took over is remembered (`Written`), so that only rows of its own are corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.awards.folding import Stretch, joined
from minzheng.awards.models import Award, Term, Written
from minzheng.awards.queries import stretches_of
from minzheng.awards.types import Origin
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.actions import record_fact, withdraw_fact
from minzheng.registry.receipts import correct_receipt, end_receipt
from minzheng.registry.rows import FactRow
from minzheng.rulebook.programs import PROGRAMS

#: Programmes that recognise and pay nothing: their receipts carry no amount.
RECOGNISED = frozenset(program.name for program in PROGRAMS if program.cadence == "status")


@dataclass(frozen=True)
class Line:
    """A receipt as it stands or as it should: months and fen."""

    since: date
    until: date | None
    fen: int | None


def wanted(award: Award) -> list[Line]:
    """What the registry should say of an award."""
    return lines_of(award, award.terms.all())


def lines_of(award: Award, terms: Iterable[Term]) -> list[Line]:
    """What the registry should say of an award that has these terms."""
    amount: list[Stretch[int | None]] = [
        Stretch(one.since, one.until, None if award.programme in RECOGNISED else one.what.fen)
        for one in stretches_of(terms)
    ]
    return [
        Line(one.since.first_day, one.until.first_day if one.until else None, one.what)
        for one in joined(amount)
    ]


def standing(award: Award) -> dict[int, Line]:
    """What the registry says of an award now, by row."""
    return standing_of([award]).get(award.pk, {})


def standing_of(awards: Iterable[Award]) -> dict[int, dict[int, Line]]:
    """What the registry says of awards now: by award, by row."""
    found: dict[int, dict[int, Line]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select w.award_id, r.id, r.since, r.until, r.fen from awards_written w"
            " join registry_receipt r on r.household_id = w.household_id and r.id = w.receipt_id"
            " where w.award_id = any(%s) and r.superseded_at is null order by r.since",
            [[award.pk for award in awards]],
        )
        for award, row, since, until, fen in cursor.fetchall():
            found.setdefault(award, {})[row] = Line(since, until, fen)
    return found


def _unclaimed(award: Award) -> dict[int, Line]:
    """Rows of the same holder and programme that no award wrote and that reach into its months."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.id, r.since, r.until, r.fen from registry_receipt r"
            " where r.household_id = %s and r.person_id is not distinct from %s and r.programme = %s"
            " and r.superseded_at is null and (r.until is null or r.until > %s)"
            " and (%s::date is null or r.since < %s::date)"
            " and not exists (select from awards_written w where w.receipt_id = r.id) order by r.since",
            [
                award.household_id,
                award.person_id,
                int(RECEIVED_AS[award.programme]),
                award.since,
                award.ends,
                award.ends,
            ],
        )
        return {row: Line(since, until, fen) for row, since, until, fen in cursor.fetchall()}


_WITH_UNCLAIMED = """
select a.id from awards_award a
join unnest(%(ids)s::bigint[], %(codes)s::int[]) k (id, code) on k.id = a.id
where exists (select from registry_receipt r where r.household_id = a.household_id
              and r.person_id is not distinct from a.person_id and r.programme = k.code
              and r.superseded_at is null and (r.until is null or r.until > a.since)
              and (a.ends is null or r.since < a.ends)
              and not exists (select from awards_written w where w.receipt_id = r.id))
"""


def with_unclaimed(awards: Sequence[Award]) -> set[int]:
    """Which awards have rows of the same holder and programme that no award wrote and that reach into their months."""
    values = {
        "ids": [award.pk for award in awards],
        "codes": [int(RECEIVED_AS[award.programme]) for award in awards],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WITH_UNCLAIMED, values)
        return {award for (award,) in cursor.fetchall()}


def _claim(actor: Actor, award: Award, reason: str) -> None:
    """What was received before the award stays on record up to it; what reaches into its months is the award's own.

    A row that came along when the person moved is not history of this household: the whole of it is the award's.
    """
    for row, line in _unclaimed(award).items():
        if line.since < award.since and award.origin != Origin.CARRIED_OVER:
            end_receipt(
                actor=actor, row=FactRow("receipt", award.household_id, row), until=award.since, reason=reason
            )
        else:
            _remember(award, row)


@dataclass(frozen=True)
class Plan:
    """What makes the registry say what an award says. written: lines, each instead of a row or anew."""

    withdrawn: tuple[int, ...]
    written: tuple[tuple[int | None, Line], ...]


def planned(have: dict[int, Line], want: list[Line]) -> Plan:
    """Rows that say what is wanted stay; one that begins in a wanted month is corrected; the others are withdrawn."""
    kept = [line for line in have.values() if line in want]
    missing = [line for line in want if line not in kept]
    withdrawn: list[int] = []
    written: list[tuple[int | None, Line]] = []
    for row, line in have.items():
        if line in want:
            continue
        new = _same_begin(missing, line)
        if new is None:
            withdrawn.append(row)
        else:
            missing.remove(new)
            written.append((row, new))
    return Plan(tuple(withdrawn), (*written, *((None, line) for line in missing)))


def write_down(actor: Actor, award: Award, *, reason: str) -> None:
    """Make the registry say what the award says. Rows that already do are left alone, so that twice is once."""
    _claim(actor, award, reason)
    plan = planned(standing(award), wanted(award))
    for row in plan.withdrawn:
        withdraw_fact(actor=actor, row=FactRow("receipt", award.household_id, row), reason=reason)
    for instead_of, line in plan.written:
        if instead_of is None:
            _remember(award, _record(actor, award, line, reason))
            continue
        place = FactRow("receipt", award.household_id, instead_of)
        _remember(
            award, correct_receipt(actor=actor, row=place, until=line.until, fen=line.fen, reason=reason).id
        )


def _same_begin(lines: list[Line], line: Line) -> Line | None:
    return next((one for one in lines if one.since == line.since), None)


def _record(actor: Actor, award: Award, line: Line, reason: str) -> int:
    """A new row. Not by `record_receipt`, which asks who belongs to the household: a person who moved away was paid
    here until then.
    """
    values = {
        "person_id": award.person_id, "programme": RECEIVED_AS[award.programme], "since": line.since,
        "until": line.until, "fen": line.fen,
    }  # fmt: skip
    return record_fact(
        actor=actor, table="receipt", holder=award.household_id, values=values, source=codes.Source.PLATFORM,
        reason=reason,
    ).id  # fmt: skip


def _remember(award: Award, row: int) -> None:
    Written(
        award=award, household_id=award.household_id, division=award.division, version=award.version,
        receipt_id=row,
    ).save(force_insert=True)  # fmt: skip
