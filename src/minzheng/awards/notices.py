"""告知: what ends or changes without a case is told to the family in writing (DY-4): what, from when, why, and what to do.

A task of the kind `notice` waits for its letter; it is dealt with when the letter reached the family.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from minzheng.assessment.programmes import programme_label
from minzheng.assessment.replay import seen_again
from minzheng.awards.basis import Change, what_changed
from minzheng.awards.models import Award, Task, Term
from minzheng.awards.queries import in_scope, not_found
from minzheng.awards.tasks import close_task, open_tasks
from minzheng.awards.types import GROUNDS, Cause, TaskKind
from minzheng.base.types import Actor, Permission
from minzheng.cases import notices
from minzheng.cases.models import LetterRow
from minzheng.cases.notices import Told
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.status import NO
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@dataclass(frozen=True)
class Waiting:
    """Something to be told: the task, and its letter once it is written."""

    task: Task
    letter: LetterRow | None

    @property
    def award(self) -> Award:
        return self.task.award

    @property
    def since(self) -> Month:
        return Month.parse(self.task.detail["since"])


def to_tell(actor: Actor) -> QuerySet[Task]:
    """What the families of the actor's regions have still to be told, the longest waiting first."""
    return open_tasks(actor).filter(kind=TaskKind.NOTICE)


def waiting(actor: Actor, tasks: Iterable[Task]) -> list[Waiting]:
    """Tasks with their letters, in one query."""
    rows = list(tasks)
    written = notices.letters_about(actor, [one.public_id for one in rows])
    return [Waiting(one, written.get(one.public_id)) for one in rows]


@transaction.atomic
def tell(*, actor: Actor, task: uuid.UUID, on: date) -> LetterRow:
    """Write the letter of a notice; twice is once."""
    row = _task(actor, task)
    return notices.tell(
        actor=actor,
        household=row.award.household_id,
        person=row.award.person_id,
        about=row.public_id,
        told=_told(row.award, Month.parse(row.detail["since"])),
        on=on,
    )


@transaction.atomic
def delivered(*, actor: Actor, task: uuid.UUID, how: str, delivered_on: date, on: date) -> LetterRow:
    """The letter reached the family: the task is dealt with."""
    row = _task(actor, task)
    letter = notices.letters_about(actor, [row.public_id]).get(row.public_id)
    if letter is None:
        raise Refusal("letter.not_written", "告知书还没有出具，不能登记送达。", next_step="请先出具告知书。")
    sent = notices.deliver(actor=actor, letter=letter.public_id, how=how, delivered_on=delivered_on, on=on)
    close_task(actor=actor, task=row.public_id, on=on)
    return sent


def _task(actor: Actor, task: uuid.UUID) -> Task:
    actor.require(Permission.RECEIVE_CASES)
    rows = Task.objects.select_for_update(of=("self",)).filter(in_scope(actor), kind=TaskKind.NOTICE)
    row = rows.select_related("award").filter(public_id=task).first()
    if row is None:
        raise not_found()
    return row


def _told(award: Award, month: Month) -> Told:
    """From the change of that month: what was due, what is due, the ground with its article, the law's answer."""
    change = next((one for one in what_changed(award) if one.month == month), None)
    if change is None:
        raise Refusal(
            "notice.no_change",
            "该待遇在这个月没有变动，不能出具告知书。",
            next_step="变动已被更正的，请直接了结。",
        )
    ended = change.cause is Cause.ENDED
    rule = GROUNDS[change.ground] if ended else None
    return Told(
        title="待遇停发告知书" if ended else "待遇调整告知书",
        opening=(_what(award, change), f"事由：{change.label}。{change.reason}。"),
        closing=("情况有变化、重新符合条件的，可以再次申请。",) if ended else (),
        outcome=_outcome(award, month) if ended else None,
        clauses=(rule.article,) if rule else (),
        clause_ids=tuple(dict.fromkeys(one for one in ("DY-4", rule.clause if rule else "") if one)),
    )


def _what(award: Award, change: Change) -> str:
    whose = "您" if award.person_id is not None else "您家"
    name = f"{whose}享受的{programme_label(award.programme)}（编号 {award.number}）"
    since = _month(change.month)
    if change.cause is Cause.ENDED:
        last = _month(change.month.plus(-1))
        return f"{name}，自{since}起停发，发放到{last}，此前每月{_yuan(change.before)}。"
    return f"{name}，自{since}起由每月{_yuan(change.before)}调整为每月{_yuan(change.after)}。"


def _month(month: Month) -> str:
    return f"{month.year}年{month.number}月"


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}元"


def _outcome(award: Award, month: Month) -> tuple[Determination, Outcome] | None:
    """The refusal the end rests on, decided again from what it saw; nothing where it rests on none or reads otherwise now."""
    terms = Term.objects.filter(award=award, runs=False, since__lte=month.first_day)
    term = terms.exclude(decision=None).select_related("decision__rulebook").order_by("-pk").first()
    found = None if term is None or term.decision is None else seen_again(term.decision)
    if found is None:
        return None
    people = list(found.facts.people_ids)
    if award.person_id is not None and award.person_id not in people:
        return None
    outcome = found.of(award.programme, None if award.person_id is None else people.index(award.person_id))
    return (found, outcome) if outcome.status == NO else None
