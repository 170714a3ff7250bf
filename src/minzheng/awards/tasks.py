"""What a person has to look at about a running award: found once a cause, closed by the case that deals with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from minzheng.awards.models import Award, Task
from minzheng.awards.queries import in_scope, not_found, text_after
from minzheng.awards.types import TaskKind
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Refusal


def note(award: Award, kind: TaskKind, *, key: str, due: date, detail: Mapping[str, Any]) -> bool:
    """Note a task unless it was noted before for the same cause; whether it is new."""
    _row, fresh = Task.objects.get_or_create(
        award=award,
        kind=kind,
        key=key,
        defaults={
            "household_id": award.household_id,
            "division": award.division,
            "due": due,
            "found_on": due,
            "detail": dict(detail),
        },
    )
    return fresh


def open_tasks(actor: Actor, *, county: str = "") -> QuerySet[Task]:
    """What is to be looked at in the actor's regions, the longest due first."""
    actor.require(Permission.SEE_CASES)
    rows = Task.objects.filter(in_scope(actor), closed_on=None).select_related("award")
    if county:
        rows = rows.filter(division__gte=county, division__lt=text_after(county))
    return rows.order_by("due", "id")


@transaction.atomic
def close_task(*, actor: Actor, task: uuid.UUID, on: date, case: uuid.UUID | None = None) -> Task:
    """The task is dealt with: by a case, or because it passed. Closing twice is closing once."""
    actor.require(Permission.RECEIVE_CASES)
    row = Task.objects.select_for_update().filter(in_scope(actor), public_id=task).first()
    if row is None:
        raise not_found()
    if row.closed_on is not None:
        return row
    if case is None and TaskKind(row.kind) is TaskKind.NOT_ENTITLED:
        raise Refusal("task.needs_case", "不再符合条件的，须开办复核办件，不能直接了结。", article="DY-4")
    row.closed_on, row.case_id = on, case
    row.save(update_fields=["closed_on", "case_id"])
    record(
        actor,
        "award_task_closed",
        "awards.task",
        row.public_id,
        division=row.division,
        detail={"kind": row.kind},
    )
    return row
