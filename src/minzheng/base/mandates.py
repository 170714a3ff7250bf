"""代办: a household lets a member of staff act for it, in one matter and for a time. Visible to it, revocable by it."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.models import Document, Mandate, Staff
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Refusal

LONGEST = timedelta(days=90)
MOST_OF_AN_AGENT = 50
"""Open mandates of one agent (the database counts): somebody who collects more is looked at by a person."""


@transaction.atomic
def grant_mandate(
    *,
    actor: Actor,
    household: int,
    division: str,
    agent: int,
    matter: Mandate.Matter,
    days: int,
    case: uuid.UUID | None = None,
    paper: Document | None = None,
) -> Mandate:
    """The household grants it itself in the portal; or an officer records the signed paper, for another's agency."""
    _require_grantor(actor, household, agent, paper)
    if not 1 <= days <= LONGEST.days:
        raise Refusal("mandate.days", f"代办期限为 1 至 {LONGEST.days} 天。", field="days")
    if not Staff.objects.filter(pk=agent, is_active=True).exists():
        raise Refusal("mandate.agent", "没有这位在岗的代办人。", field="agent")
    if Mandate.objects.filter(agent_id=agent, revoked_at=None, until__gt=timezone.now()).count() >= (
        MOST_OF_AN_AGENT
    ):
        raise Refusal(
            "mandate.too_many", "这位代办人手上的代办已经过多。", next_step="请另找代办人，或者到窗口办理。"
        )
    now = timezone.now()
    granted = Mandate.objects.create(
        household_id=household,
        division=division,
        agent_id=agent,
        matter=matter,
        case_id=case,
        paper=paper,
        until=now + timedelta(days=days),
    )
    record(actor, "grant_mandate", "mandate", granted.pk, division=division, detail={"matter": matter})
    return granted


def _require_grantor(actor: Actor, household: int, agent: int, paper: Document | None) -> None:
    if actor.is_resident:
        if actor.household != household:
            raise Refusal("mandate.not_yours", "只能为本人所在的家庭委托代办。")
        return
    actor.require(Permission.RECEIVE_CASES)
    if paper is None:
        raise Refusal("mandate.no_paper", "由工作人员登记的代办，须上传居民签字的委托书。", field="paper")
    if actor.key == f"staff:{agent}":
        raise Refusal("mandate.self", "不能给自己登记代办。", next_step="请由另一位工作人员登记。")


@transaction.atomic
def revoke_mandate(*, actor: Actor, mandate: uuid.UUID) -> None:
    """The household, its agent or an officer of the region takes it back; at once."""
    row = Mandate.objects.select_for_update().filter(pk=mandate).first()
    if row is None:
        raise Refusal("mandate.not_found", "没有找到这项代办。")
    if row.revoked_at is None:
        Mandate.objects.filter(pk=row.pk).update(revoked_at=timezone.now(), revoked_by=actor.key)
        record(actor, "revoke_mandate", "mandate", row.pk, division=row.division)


def mandates_of(household: int) -> list[Mandate]:
    """All of a household, the newest first: what it granted and what it took back."""
    return list(Mandate.objects.filter(household_id=household).select_related("agent").order_by("-since"))


def mandate_for(
    actor: Actor, household: int, matter: Mandate.Matter, *, case: uuid.UUID | None = None
) -> Mandate | None:
    """The mandate by which this member of staff may act now; None without one."""
    staff = actor.key.removeprefix("staff:")
    if not staff.isdecimal():
        return None
    return Mandate.objects.filter(
        household_id=household,
        agent_id=int(staff),
        matter=matter,
        case_id=case,
        revoked_at=None,
        since__lte=timezone.now(),
        until__gt=timezone.now(),
    ).first()
