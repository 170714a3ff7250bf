"""更正: a family asks that what is registered of it be put right, and is answered with a reason within a limit.

Asking changes nothing in the registry. Whoever answers "corrected" has corrected it, or the source has; running awards
follow a changed fact by their own review.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases import clocks
from minzheng.cases.models import Correction
from minzheng.cases.types import Righted, Unit
from minzheng.cases.where import in_scope, village_of
from minzheng.registry.queries import members_of
from minzheng.values.errors import Refusal

LIMIT = "sla.correction"
LONGEST = 500
MOST_OPEN = 20
"""So many open requests of one family; more are brought to the window, where somebody looks at them together."""


@dataclass(frozen=True)
class Doubted:
    """What a family says is wrong: a fact of the vocabulary as it was shown, or anything else in its own words.

    person: id of the member it is about, None for the household. changed_on: since when it is otherwise; None when it
    was registered wrongly from the first.
    """

    says: str
    fact: str = ""
    label: str = "其他"
    shown: str = ""
    person: int | None = None
    changed_on: date | None = None


@transaction.atomic
def ask(*, actor: Actor, household: int, what: Doubted, client_key: uuid.UUID, on: date) -> Correction:
    """Ask that something be put right. The same key again, or the same fact while it is open, gives the one there is.

    Refuses an empty or overlong text, a day to come, somebody who is not of the household, and a family's twenty-first.
    """
    if not actor.is_resident:
        actor.require(Permission.RECEIVE_CASES)
    village = village_of(actor, household, on)
    refuse_nonsense(actor, household, what, on)
    held = _held(actor, household, what, client_key)
    if held is not None:
        return held
    limit = clocks.limit(LIMIT, Unit.WORKDAY, village[:6], on, on)
    row = Correction(
        id=client_key, division=village, household_id=household, person_id=what.person, fact=what.fact,
        label=what.label, shown=what.shown, says=what.says.strip(), changed_on=what.changed_on, raised_on=on,
        due_on=limit.due_on, problem=limit.problem, example=limit.resolved.example,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Somebody else of the family, or the same click, was there first.
        held = _held(actor, household, what, client_key)
        if held is None:
            raise
        return held
    row.refresh_from_db(fields=["raised_by", "recorded_at"])
    record(actor, "ask_correction", "cases.correction", row.pk, division=village, detail={"fact": what.fact})
    return row


def refuse_nonsense(actor: Actor, household: int, what: Doubted, on: date) -> None:
    """Refuse what cannot be so, before anything is written."""
    says = what.says.strip()
    if not says or len(says) > LONGEST:
        raise Refusal(
            "correction.says",
            f"请写明应当是什么，不超过 {LONGEST} 字。",
            field="says",
            next_step="请修改后再提交。",
        )
    if what.changed_on is not None and what.changed_on > on:
        raise Refusal(
            "correction.not_yet", "变化日期晚于今天。", field="changed_on", next_step="请核对日期。"
        )
    if what.person is not None and what.person not in {
        one.person_id for one in members_of(actor, household, on=on)
    }:
        raise Refusal(
            "correction.person", "所选的人不是这个家庭的成员。", field="fact", next_step="请刷新页面后重选。"
        )


def _held(actor: Actor, household: int, what: Doubted, key: uuid.UUID) -> Correction | None:
    rows = Correction.objects.filter(in_scope(actor), household_id=household)
    same = rows.filter(pk=key).first()
    if same is not None:
        return same
    still_open = rows.filter(answered_on=None)
    if what.fact:
        same = still_open.filter(fact=what.fact, person_id=what.person).first()
    if same is None and still_open.count() >= MOST_OPEN:
        raise Refusal(
            "correction.too_many",
            f"您家还有 {MOST_OPEN} 项更正申请没有答复，暂时不能再提。",
            next_step="请到乡镇（街道）便民服务中心一并说明。",
        )
    return same


@transaction.atomic
def answer(*, actor: Actor, correction: uuid.UUID, outcome: Righted, text: str, on: date) -> Correction:
    """Answer once, with what was found and done. Refuses a second answer, and one without a reason."""
    actor.require(Permission.RECORD_FACTS)
    row = Correction.objects.select_for_update().filter(in_scope(actor), pk=correction).first()
    if row is None:
        raise not_found()
    if row.answered_on is not None:
        raise Refusal(
            "correction.answered", "这项更正申请已经答复，不能再改。", next_step="请刷新页面查看答复。"
        )
    if not text.strip() or len(text.strip()) > LONGEST:
        raise Refusal("correction.answer", f"请写明核实情况和处理结果，不超过 {LONGEST} 字。", field="text")
    row.outcome, row.answer, row.answered_on = outcome, text.strip(), on
    row.save(update_fields=["outcome", "answer", "answered_on"])
    row.refresh_from_db(fields=["answered_by"])
    record(
        actor, "answer_correction", "cases.correction", row.pk, division=row.division, detail={"outcome": outcome.value}
    )  # fmt: skip
    return row


def not_found() -> Refusal:
    return Refusal(
        "correction.not_found", "没有找到这项更正申请，或不在您的管辖区域内。", next_step="请返回列表核对。"
    )


# -- reading ---------------------------------------------------------------------------------------------
def of_household(actor: Actor, household: int) -> list[Correction]:
    """All that a family asked, the latest first."""
    rows = Correction.objects.filter(in_scope(actor), household_id=household)
    return list(rows.order_by("-raised_on", "-recorded_at"))


def listed(actor: Actor, *, answered: bool = False) -> QuerySet[Correction]:
    """Of the actor's regions: what waits for an answer, what is due first first; or what was answered, the latest first."""
    actor.require(Permission.SEE_CASES)
    rows = Correction.objects.filter(in_scope(actor), answered_on__isnull=not answered)
    if answered:
        return rows.order_by("-answered_on", "-recorded_at")
    return rows.order_by(F("due_on").asc(nulls_first=True), "recorded_at")


def correction_of(actor: Actor, key: uuid.UUID) -> Correction:
    """One of the actor's regions or family."""
    row = Correction.objects.filter(in_scope(actor), pk=key).first()
    if row is None:
        raise not_found()
    return row
