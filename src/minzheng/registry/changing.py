"""A change of a family saved once: what a form's key stands for, claimed before the change is made."""

from __future__ import annotations

import uuid

from django.db import connection

from minzheng.base.types import Actor, Permission
from minzheng.registry.models import Change, Household
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal


def claim(*, actor: Actor, household: int, client_key: uuid.UUID, kind: str, digest: str) -> bool:
    """Whether the change is to be made now; False when it was, under the same key. In the change's transaction.

    A second press waits here until the first is through. A key that stands for something else is refused.
    """
    actor.require(Permission.RECORD_FACTS)
    village = (
        Household.objects.filter(in_scope(actor, Household), pk=household)
        .values_list("village", flat=True)
        .first()
    )
    if village is None:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_change (client_key, division, household_id, kind, digest)"
            " values (%s, %s, %s, %s, %s) on conflict (client_key) do nothing returning id",
            [client_key, str(village), household, kind, digest],
        )
        if cursor.fetchone():
            return True
    if not was_made(actor, household=household, client_key=client_key, kind=kind):
        raise Refusal("change.key", "页面标识已用于其他事项，没有保存。", next_step="请重新打开页面后填写。")
    return False


def was_made(actor: Actor, *, household: int, client_key: uuid.UUID, kind: str) -> bool:
    """Whether the form with this key has been saved for the household."""
    actor.require(Permission.RECORD_FACTS)
    return Change.objects.filter(client_key=client_key, household_id=household, kind=kind).exists()
