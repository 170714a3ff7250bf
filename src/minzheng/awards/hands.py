"""One change of an award: its next version, then the rows of that version. Beneath `actions`; nothing is asked here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from minzheng.awards.folding import Stretch
from minzheng.awards.models import Award, Member, Term
from minzheng.awards.types import Amount, Cause
from minzheng.base.actions import record
from minzheng.base.types import Actor
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@dataclass(frozen=True)
class Step:
    """What is done to an award, for its ledger and the audit."""

    verb: str
    on: date
    reason: str
    by_case: uuid.UUID | None = None


def changed_meanwhile() -> Refusal:
    return Refusal(
        "award.changed",
        "该待遇已由他人办理变更，您的操作没有保存。",
        next_step="请刷新页面，按最新情况办理。",
    )


def locked(actor: Actor, public_id: uuid.UUID | str, version: int | None) -> Award:
    """The award, locked for this transaction. `version` is the one the caller saw, when it saw one."""
    from minzheng.awards.queries import in_scope, not_found

    row = Award.objects.select_for_update().filter(in_scope(actor), public_id=public_id).first()
    if row is None:
        raise not_found()
    if version is not None and row.version != version:
        raise changed_meanwhile()
    return row


def next_version(actor: Actor, award: Award, step: Step, **columns: Any) -> Award:
    """The award's next version with these columns; the database leaves an event."""
    now = {
        "verb": step.verb, "on": step.on, "reason": step.reason, "by_case": step.by_case, **columns,
    }  # fmt: skip
    done = Award.objects.filter(pk=award.pk, version=award.version).update(version=F("version") + 1, **now)
    if done != 1:
        raise changed_meanwhile()
    award.refresh_from_db()
    audited(actor, award, step)
    return award


def audited(actor: Actor, award: Award, step: Step, **detail: Any) -> None:
    """The audit entry of a change."""
    record(
        actor,
        f"award_{step.verb}",
        "awards.award",
        award.public_id,
        division=award.division,
        reason=step.reason,
        detail={"version": award.version, "programme": award.programme, **detail},
    )


def of(award: Award) -> dict[str, Any]:
    """Columns every row of an award carries; the database sets them again from the award itself."""
    return {
        "award": award, "household_id": award.household_id, "division": award.division, "version": award.version,
    }  # fmt: skip


def add_terms(award: Award, amounts: Sequence[Amount], *, cause: Cause, decision: uuid.UUID | None) -> None:
    """Amounts of this version. The award's end follows them."""
    Term.objects.bulk_create(
        [
            Term(
                **of(award),
                since=one.since.first_day,
                until=one.until.first_day if one.until else None,
                fen=one.fen,
                exact=one.exact_text,
                decision_id=decision,
                cause=cause,
            )
            for one in amounts
        ]
    )
    award.refresh_from_db()


def add_end(award: Award, since: Month, *, cause: Cause, decision: uuid.UUID | None) -> None:
    """From a month on nothing is due any more."""
    Term(
        **of(award), since=since.first_day, until=None, runs=False, fen=0, exact="0", decision_id=decision,
        cause=cause,
    ).save(force_insert=True)  # fmt: skip
    award.refresh_from_db()


def live_members(award: Award) -> list[Member]:
    return list(Member.objects.filter(award=award, superseded_at=None).order_by("person_id", "since"))


def cover(award: Award, wanted: Sequence[tuple[int, Stretch[None]]]) -> None:
    """Make the members of an award be these, each with its months; rows that already say so are left alone."""
    want = {(person, months.since.first_day, _day(months.until)) for person, months in wanted}
    have = {(row.person_id, row.since, row.until): row for row in live_members(award)}
    old = [row.pk for said, row in have.items() if said not in want]
    if old:
        with connection.cursor() as cursor:
            cursor.execute("update awards_member set superseded_at = now() where id = any(%s)", [old])
    fresh = [
        Member(**of(award), person_id=person, since=since, until=until)
        for person, since, until in sorted(want - have.keys(), key=str)
    ]
    try:
        with transaction.atomic():
            Member.objects.bulk_create(fresh)
    except IntegrityError as error:
        raise _overlap(error) from error


def cut_members(award: Award, until: Month) -> None:
    """Nobody is covered from a month on."""
    rows = [
        (row.person_id, Stretch(Month.of(row.since), _month(row.until), None)) for row in live_members(award)
    ]
    cover(award, [(person, one) for person, months in rows if (one := _cut(months, until)) is not None])


def _cut(months: Stretch[None], until: Month) -> Stretch[None] | None:
    if months.since >= until:
        return None
    end = until if months.until is None or months.until > until else months.until
    return Stretch(months.since, end, None)


def _day(month: Month | None) -> date | None:
    return None if month is None else month.first_day


def _month(day: date | None) -> Month | None:
    return None if day is None else Month.of(day)


def _overlap(error: IntegrityError) -> Exception:
    """An exclusion of the database in an officer's words; anything else is what it is."""
    text = str(error)
    if "one_of_a_family" not in text and "member_once" not in text:
        return error
    return Refusal(
        "award.excluded",
        "有人员在同一月份已享受不能同时享受的待遇，本次没有保存。",
        article="ST-1",
        next_step="请先办理原待遇的停发或变更，再重新办理。",
    )
