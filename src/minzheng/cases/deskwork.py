"""Who works on a case: assigning, handing over everything of somebody who leaves, handing on to another township."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction

from minzheng.base.models import Staff
from minzheng.base.queries import actor_of
from minzheng.base.types import Actor, Permission
from minzheng.cases import clocks
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case
from minzheng.cases.moving import label_of, natural_person_of, note
from minzheng.cases.where import case_row, in_scope, village_of
from minzheng.cases.workflow import Action
from minzheng.values.errors import Refusal

AT_ONCE = 500


@transaction.atomic
def assign(*, actor: Actor, case: uuid.UUID, staff: int | None, version: int, on: date) -> Case:
    """Give a case to somebody who may work on it, or back to nobody."""
    actor.require(Permission.RECEIVE_CASES)
    row = case_row(actor, case, lock=True)
    _same_version(row, version)
    if row.closed_on is not None:
        raise Refusal("case.closed", "该办件已办结，不再分派。")
    account = None if staff is None else able(staff, row)
    return note(
        actor,
        row,
        Action.ASSIGN,
        on,
        clause="GV-4",
        fields={"staff": staff},
        changes={"assignee": account},
    )


@transaction.atomic
def count_from(*, actor: Actor, case: uuid.UUID, parameter: str, since: date, on: date) -> Case:
    """A limit of the case's line that runs from a day the law names and not from a step, say a death. Twice is once."""
    actor.require(Permission.RECEIVE_CASES)
    row = case_row(actor, case, lock=True)
    begun = clocks.count_from(row, line_of(row.line), parameter, since, on)
    if begun is None:
        return row
    said = {"parameter": parameter, "since": since.isoformat()}
    return note(actor, row, Action.SET_DEADLINE, on, clause=begun.clause, fields=said)


def _same_version(row: Case, version: int) -> None:
    if row.version != version:
        raise Refusal(
            "case.changed",
            "该办件已由他人办理，您看到的不是最新情况，您的操作没有保存。",
            next_step="请刷新页面，按最新情况办理。",
        )


def able(staff: int, row: Case) -> Staff:
    """The account, if somebody uses it who may see cases and is in charge of this place."""
    account = Staff.objects.filter(pk=staff, is_active=True).first()
    able = None if account is None else actor_of(account)
    if account is None or able is None or not able.may(Permission.SEE_CASES) or not able.covers(row.division):
        raise Refusal(
            "case.not_able",
            "该账号不能办理这里的办件：不在用、没有岗位，或者不管辖这里。",
            field="staff",
            next_step="请另选一名工作人员。",
        )
    return account


@transaction.atomic
def hand_over(*, actor: Actor, leaver: int, to: int | None, on: date) -> int:
    """Every open case of somebody goes to somebody else (or to nobody). Returns how many; call again while it is `AT_ONCE`."""
    actor.require(Permission.RECEIVE_CASES)
    rows = Case.objects.filter(in_scope(actor), assignee_id=leaver, closed_on=None).order_by("pk")
    moved = 0
    for row in rows.select_for_update()[:AT_ONCE]:
        account = None if to is None else able(to, row)
        note(
            actor,
            row,
            Action.ASSIGN,
            on,
            clause="GV-4",
            reason="人员变动移交",
            fields={"staff": to, "from": leaver},
            changes={"assignee": account},
        )
        moved += 1
    return moved


@transaction.atomic
def transfer(
    *, actor: Actor, case: uuid.UUID, version: int, reason: str, on: date, client_key: uuid.UUID | None = None
) -> Case:
    """Follow a household that moved: the case goes where the registry says the household is now.

    Somebody in charge of both places does it (the county inside a county, the city between counties). Limits go on.
    """
    actor.require(Permission.RECEIVE_CASES)
    row = case_row(actor, case, lock=True)
    if client_key is not None and row.events.filter(client_key=client_key).exists():
        return row
    _same_version(row, version)
    if row.household_id is None or row.closed_on is not None:
        raise Refusal("case.no_transfer", "已办结或者不属于家庭的办件不能移交。")
    if line_of(row.line).step(Action.TRANSFER, row.state, row.mode) is None:
        label = label_of(line_of(row.line), Action.TRANSFER)
        raise Refusal("case.wrong_state", f"该办件目前不能办理“{label}”。")
    if not reason.strip():
        raise Refusal("case.no_reason", "移交须填写事由。", field="reason")
    place = village_of(actor, row.household_id, on)
    if place == row.division:
        raise Refusal(
            "case.same_place",
            "该家庭的登记地没有变化，不需要移交。",
            next_step="请先在家庭登记中办理迁移。",
        )
    return note(
        actor,
        row,
        Action.TRANSFER,
        on,
        clause="HH-5",
        reason=reason.strip(),
        fields={"from": row.division, "to": place, "by": str(natural_person_of(actor) or "")},
        changes={"division": place, "assignee": None},
    )
