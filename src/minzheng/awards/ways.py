"""What happens to awards when it is not the amount that changes: a wrong approval is undone, a person or household moves.

Nothing is edited: what was wrong ends from its beginning and stays on record, what follows a person is an award of its own
that names its predecessor.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Q

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.models import Decision
from minzheng.awards import hands
from minzheng.awards.actions import award_number, change_amount, stop_award, village_of
from minzheng.awards.folding import Stretch
from minzheng.awards.models import Award, Task
from minzheng.awards.queries import amounts_of, in_scope, members_in
from minzheng.awards.queries import month as month_of
from minzheng.awards.receipts import write_down
from minzheng.awards.said import Document, covered, opened
from minzheng.awards.tasks import note
from minzheng.awards.types import Amount, Cause, Ground, Origin, TaskKind
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.rulebook.programs import PROGRAMS
from minzheng.rules.language.kinds import Household as HouseholdEntity
from minzheng.values.errors import Refusal
from minzheng.values.month import Month, months_between

WHOLE = frozenset(program.name for program in PROGRAMS if program.of is HouseholdEntity)


@dataclass(frozen=True)
class Reversal:
    """A wrong approval undone. `candidates`: months and fen that were due by it; what of it was paid is marked, and whether
    it is asked back is for a person to decide (SA-2).
    """

    award: Award
    candidates: tuple[tuple[Month, int], ...]


@transaction.atomic
def reverse_award(
    *,
    actor: Actor,
    award: uuid.UUID,
    decision: Decision | uuid.UUID,
    reason: str,
    case: uuid.UUID | None = None,
    version: int | None = None,
    on: date | None = None,
) -> Reversal:
    """The approval was wrong: nothing is due from the beginning on, by a new decision that does not grant it.

    Whoever was merely granted a wrong amount gets the right one by `change_amount` (CORRECTED).
    """
    actor.require(Permission.CONFIRM_CASES)
    row = hands.locked(actor, award, version)
    on = on or business_date()
    document = opened(actor, decision)
    says = document.says(row.programme, row.person_id)
    if document.decision.household_id != row.household_id or says is None or says.grants:
        raise Refusal(
            "award.still_granted",
            "重新认定的结果仍为“符合”或者不是该户的认定，不能撤销。",
            next_step="只是金额有误的，请按更正办理。",
            article="SA-2",
        )
    due = _due_until(row, Month.of(on))
    done = stop_award(
        actor=actor, award=award, last=None, ground=Ground.REVERSED, reason=reason, case=case,
        decision=document.decision, on=on,
    )  # fmt: skip
    return Reversal(done, due)


def _due_until(row: Award, last: Month) -> tuple[tuple[Month, int], ...]:
    held = amounts_of(row)
    months = months_between(Month.of(row.since), last)
    return tuple((m, one.what) for m in months for one in held if one.holds(m) and one.what)


@transaction.atomic
def carry_over(
    *,
    actor: Actor,
    award: uuid.UUID,
    household: int,
    since: Month,
    decision: Decision | uuid.UUID,
    reason: str,
    version: int | None = None,
    on: date | None = None,
) -> Award:
    """A personal award follows its person to another household from a month on, as a decision about that household says.

    The old one ends the month before. Twice gives the same award.
    """
    actor.require(Permission.CONFIRM_CASES)
    row = hands.locked(actor, award, version)
    if row.person_id is None:
        raise Refusal(
            "award.not_personal", "以家庭为单位的待遇不随个人转移。", next_step="请按家庭变化重新认定。"
        )
    before = row.successors.filter(household_id=household).first()
    if before is not None:
        return before
    document = opened(actor, decision)
    says = (
        document.says(row.programme, row.person_id) if document.decision.household_id == household else None
    )
    if says is None or not says.grants or says.fen is None or says.exact is None:
        raise Refusal(
            "award.not_granted", "该人员在新家庭中不符合该待遇，不能转移。", next_step="请按停发办理。"
        )
    on = on or business_date()
    ends = month_of(row.ends)
    if since <= Month.of(row.since) or (ends is not None and ends <= since):
        raise Refusal("award.period", "转入月份不在该待遇期间内。", field="since")
    stop_award(
        actor=actor, award=award, last=since.plus(-1), ground=Ground.HOUSEHOLD_CHANGED, reason=reason, on=on
    )
    step = hands.Step("carry_over", on, reason.strip())
    ground = Ground(row.ground) if ends is not None else Ground.NONE
    fresh = Award(
        number=award_number(row.programme, document.decision.division, since),
        division=village_of(actor, household),
        household_id=household,
        person_id=row.person_id,
        programme=row.programme,
        origin=Origin.CARRIED_OVER,
        decision=document.decision,
        predecessor=row,
        since=since.first_day,
        ground=ground,
        review_class=row.review_class,
        review_due=row.review_due,
        verb=step.verb,
        reason=step.reason,
        on=on,
    )
    fresh.save(force_insert=True)
    fresh.refresh_from_db()
    hands.cover(fresh, [(row.person_id, Stretch(since, ends, None))])
    amount = Amount(since, ends, says.fen, says.exact)
    hands.add_terms(fresh, [amount], cause=Cause.CHANGED, decision=document.decision.pk)
    write_down(actor, fresh, reason=step.reason)
    hands.audited(actor, fresh, step, predecessor=str(row.public_id))
    return fresh


# -- households that split or merge ----------------------------------------------------------------------


@dataclass
class Regrouped:
    """What became of the awards: of another amount or cover, carried over to another household, for a person to look at."""

    changed: list[Award] = field(default_factory=list)
    carried: list[Award] = field(default_factory=list)
    tasks: list[Award] = field(default_factory=list)


@transaction.atomic
def regroup(
    *, actor: Actor, households: Sequence[int], since: Month, reason: str, on: date | None = None
) -> Regrouped:
    """After a split, a merger, a move of one person: every running award of these households follows who lives where.

    The households are decided anew. A household's award covers who counts now and pays what the decision says; a personal
    one follows its person; whatever the law no longer grants (or does not know) is left running and looked at by a person,
    since less or nothing needs a procedure (DY-4).
    """
    actor.require(Permission.CONFIRM_CASES)
    on = on or business_date()
    documents = {one: _decided(actor, one, reason, on) for one in dict.fromkeys(households)}
    done = Regrouped()
    for row in _running(actor, list(documents), since):
        _follow(actor, row, documents, since, reason, on, done)
    return done


def _decided(actor: Actor, household: int, reason: str, on: date) -> Document | None:
    """What the law says of a household now; None for one that is closed."""
    try:
        return Document(keep_decision(actor=actor, household=household, purpose=reason, on=on))
    except Refusal as refusal:
        if refusal.code != "facts.closed":
            raise
        return None


def _running(actor: Actor, households: Sequence[int], since: Month) -> list[Award]:
    held = Q(ends=None) | Q(ends__gt=since.first_day)
    rows = Award.objects.filter(in_scope(actor), held, household_id__in=households)
    # Who gives somebody up comes before who takes him in: nobody is covered twice.
    return sorted(rows, key=lambda one: (one.person_id is None, one.pk))


def _follow(
    actor: Actor,
    row: Award,
    documents: dict[int, Document | None],
    since: Month,
    reason: str,
    on: date,
    done: Regrouped,
) -> None:
    here = documents[row.household_id]
    if row.person_id is not None and (here is None or row.person_id not in here.people):
        there = next((h for h, d in documents.items() if d is not None and row.person_id in d.people), None)
        _carry(actor, row, there, documents, since, reason, on, done)
        return
    says = None if here is None else here.says(row.programme, row.person_id)
    if here is None or says is None or not says.grants or says.fen is None:
        _look(row, since, on, done)
        return
    people = covered(here, row.programme, row.person_id)
    before = (row.version, set(members_in(row, since)))
    after = change_amount(
        actor=actor, award=row.public_id, since=since, decision=here.decision, cause=Cause.CHANGED,
        covered=people, reason=reason, on=on, last=_last(row),
    )  # fmt: skip
    if (after.version, set(people)) != before:
        done.changed.append(after)


def _carry(
    actor: Actor,
    row: Award,
    there: int | None,
    documents: dict[int, Document | None],
    since: Month,
    reason: str,
    on: date,
    done: Regrouped,
) -> None:
    document = None if there is None else documents[there]
    says = None if document is None else document.says(row.programme, row.person_id)
    if there is None or document is None or says is None or not says.grants:
        _look(row, since, on, done)
        return
    done.carried.append(
        carry_over(
            actor=actor, award=row.public_id, household=there, since=since, decision=document.decision,
            reason=reason, on=on,
        )
    )  # fmt: skip


def _look(row: Award, since: Month, on: date, done: Regrouped) -> None:
    note(row, TaskKind.REGROUPED, key=str(since), due=on, detail={"since": str(since)})
    done.tasks.append(row)


def _last(row: Award) -> Month | None:
    ends = month_of(row.ends)
    return None if ends is None else ends.plus(-1)


# -- a household that moved --------------------------------------------------------------------------------


@transaction.atomic
def follow_place(*, actor: Actor, household: int, on: date | None = None) -> int:
    """The awards of a household are where it lives now. How many moved; twice is once."""
    actor.require(Permission.CONFIRM_CASES)
    place = village_of(actor, household)
    rows = Award.objects.select_for_update().filter(household_id=household).exclude(division=place)
    step = hands.Step("move", on or business_date(), "家庭迁移")
    for row in rows:
        hands.next_version(actor, row, step, division=place)
    Task.objects.filter(household_id=household).exclude(division=place).update(division=place)
    return len(rows)
