"""The register of near kin of staff and village committees (GV-2): who declares, who withdraws, what follows."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction

from minzheng.base.actions import record
from minzheng.base.models import Staff
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Case, KinDeclaration
from minzheng.cases.moving import Taken, natural_person_of, note
from minzheng.cases.where import in_scope, village_of
from minzheng.cases.workflow import Action
from minzheng.registry.queries import homes_of, person_lines
from minzheng.values.errors import Refusal

RELATIONS = ("配偶", "父母", "子女", "兄弟姐妹", "祖父母", "外祖父母", "孙子女", "外孙子女", "其他近亲属")


@transaction.atomic
def declare(*, actor: Actor, staff: int, person: int, relation: str, reason: str, on: date) -> KinDeclaration:
    """A member of staff is near kin of a resident. Open cases of that household are marked; the county visits them."""
    actor.require(Permission.DECLARE_KIN)
    if relation not in RELATIONS:
        raise Refusal("kin.relation", "请选择亲属关系。", field="relation")
    account = Staff.objects.filter(pk=staff).first()
    homes = homes_of(actor, person, on=on)
    if account is None or not person_lines(actor, [person]) or not homes:
        raise Refusal("kin.not_found", "没有找到该人员或者工作人员，或不在您的管辖区域内。")
    row, fresh = KinDeclaration.objects.get_or_create(
        natural_person=account.natural_person,
        person_id=person,
        withdrawn_on=None,
        defaults={
            "division": village_of(actor, homes[0], on),
            "relation": relation,
            "declared_on": on,
            "reason": reason.strip(),
        },
    )
    if fresh:
        record(actor, "declare_kin", "cases.kin", row.public_id, division=row.division, reason=reason.strip())
        for case in _open_cases(actor, person, homes):
            mark(actor, case, on)
    return row


def _open_cases(actor: Actor, person: int, homes: list[int]) -> list[Case]:
    rows = Case.objects.filter(in_scope(actor), closed_on=None, kin_registered=False)
    about = rows.filter(household_id__in=homes) | rows.filter(applicant_id=person)
    return list(about.order_by("pk").select_for_update())


def mark(actor: Actor, case: Case, on: date) -> None:
    """The case is registered apart: the county visits although it has delegated, and supervision looks at it."""
    note(
        actor,
        case,
        Action.REGISTER_KINSHIP,
        on,
        clause="GV-2",
        changes={"kin_registered": True},
    )


@transaction.atomic
def withdraw(*, actor: Actor, declaration: uuid.UUID, reason: str, on: date) -> KinDeclaration:
    """A declaration was wrong or holds no longer. Never by the one it is about."""
    actor.require(Permission.DECLARE_KIN)
    row = (
        KinDeclaration.objects.filter(in_scope(actor, household="pk"), public_id=declaration)
        .select_for_update()
        .first()
    )
    if row is None or row.withdrawn_on is not None:
        raise Refusal("kin.not_found", "没有找到该备案，或已撤销。")
    if row.natural_person == natural_person_of(actor):
        raise Refusal("kin.own", "本人的近亲属备案不能由本人撤销。", next_step="请由其他工作人员办理。")
    if not reason.strip():
        raise Refusal("kin.no_reason", "撤销备案须填写事由。", field="reason")
    row.withdrawn_on, row.reason = on, reason.strip()
    row.save(update_fields=["withdrawn_on", "reason"])
    record(actor, "withdraw_kin", "cases.kin", row.public_id, division=row.division, reason=reason.strip())
    return row


def register(taken: Taken) -> None:
    """The step of the table: this case is registered apart."""
    taken.changes |= {"kin_registered": True}
