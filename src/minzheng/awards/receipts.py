"""What is being received, written downward: the registry's receipts say what the awards say, month by month.

Sweeps, snapshots and the law's `上月享受` read receipts and need nothing above the registry. A row that an award wrote or
took over is remembered (`Written`), so that only rows of its own are corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.awards.folding import Stretch, joined
from minzheng.awards.models import Award, Written
from minzheng.awards.queries import terms_of
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
    amount: list[Stretch[int | None]] = [
        Stretch(one.since, one.until, None if award.programme in RECOGNISED else one.what.fen)
        for one in terms_of(award)
    ]
    return [
        Line(one.since.first_day, one.until.first_day if one.until else None, one.what)
        for one in joined(amount)
    ]


def standing(award: Award) -> dict[int, Line]:
    """What the registry says of an award now, by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.id, r.since, r.until, r.fen from awards_written w"
            " join registry_receipt r on r.household_id = w.household_id and r.id = w.receipt_id"
            " where w.award_id = %s and r.superseded_at is null order by r.since",
            [award.pk],
        )
        return {row: Line(since, until, fen) for row, since, until, fen in cursor.fetchall()}


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


def write_down(actor: Actor, award: Award, *, reason: str) -> None:
    """Make the registry say what the award says. Rows that already do are left alone, so that twice is once."""
    _claim(actor, award, reason)
    have, want = standing(award), wanted(award)
    kept = {row: line for row, line in have.items() if line in want}
    missing = [line for line in want if line not in kept.values()]
    other = {row: (line, _same_begin(missing, line)) for row, line in have.items() if row not in kept}
    for row, (_line, new) in other.items():
        if new is None:
            withdraw_fact(actor=actor, row=FactRow("receipt", award.household_id, row), reason=reason)
    for row, (_line, new) in other.items():
        if new is not None:
            missing.remove(new)
            place = FactRow("receipt", award.household_id, row)
            _remember(
                award, correct_receipt(actor=actor, row=place, until=new.until, fen=new.fen, reason=reason).id
            )
    for line in missing:
        _remember(award, _record(actor, award, line, reason))


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
