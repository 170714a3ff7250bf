"""Which cases an actor may see: the same region as the database's policy, said in the query as well."""

from __future__ import annotations

import uuid
from datetime import date

from django.db.models import Q

from minzheng.base.types import Actor
from minzheng.cases.models import Application, Case
from minzheng.registry.queries import household_lines
from minzheng.values.errors import Refusal


def in_scope(actor: Actor, column: str = "division", household: str = "household_id") -> Q:
    """The actor's regions, or a resident's own household, as a condition; nothing matches without either."""
    if actor.is_resident:
        return Q(**{household: actor.household})
    allowed = Q(pk__in=[])
    for region in actor.regions:
        # A range and not `like`: only operators that leak nothing reach an index under a policy.
        allowed |= Q(**{f"{column}__gte": region, f"{column}__lt": f"{int(region) + 1:0{len(region)}d}"})
    return allowed


def not_found() -> Refusal:
    """The same words whether a case is elsewhere or nowhere."""
    return Refusal(
        "case.not_found", "没有找到该办件，或不在您的管辖区域内。", next_step="请核对办件编号后重新查找。"
    )


def case_row(actor: Actor, public_id: uuid.UUID, *, lock: bool = False) -> Case:
    """One case of the actor's region; locked where something is about to change."""
    rows = Case.objects.filter(in_scope(actor), public_id=public_id)
    row = (rows.select_for_update() if lock else rows.select_related("assignee")).first()
    if row is None:
        raise not_found()
    return row


def application_row(actor: Actor, public_id: uuid.UUID) -> Application:
    row = Application.objects.filter(in_scope(actor), public_id=public_id).first()
    if row is None:
        raise Refusal("application.not_found", "没有找到该申请，或不在您的管辖区域内。")
    return row


def village_of(actor: Actor, household: int, on: date) -> str:
    """The village (12 digits) where a household of the actor's region is registered."""
    lines = household_lines(actor, [household], on=on)
    if not lines:
        raise Refusal("household.not_found", "没有找到该家庭，或不在您的管辖区域内。")
    return str(lines[0].village)
