"""Three signatures over one pinned content, each by another natural person. The database checks who, what and when."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import DatabaseError, transaction

from minzheng.base.actions import record
from minzheng.base.types import Actor
from minzheng.payments.build import locked, step
from minzheng.payments.errors import changed_meanwhile
from minzheng.payments.faults import reach
from minzheng.payments.models import Payroll, Signature
from minzheng.payments.types import SIGNING, Signing
from minzheng.values.errors import Refusal


@transaction.atomic
def sign_payroll(*, actor: Actor, payroll: uuid.UUID, signing: Signing, digest: str, version: int) -> Payroll:
    """Sign the content whose digest was shown, as maker, checker or approver. The same signature twice is once."""
    rule = SIGNING[signing]
    actor.require(rule.by)
    row = locked(actor, payroll)
    if _signed_already(actor, row, signing, digest):
        return row
    if row.version != version or row.digest != digest or row.state != rule.before:
        raise changed_meanwhile("发放表")
    _refuse_second_place(actor, row)
    try:
        with transaction.atomic():
            Signature.objects.create(
                payroll=row, county=row.county, digest=digest, signing=signing,
                natural_person=uuid.UUID(actor.natural_person), actor=actor.key,
            )  # fmt: skip
    except DatabaseError as refused:
        raise _not_theirs() from refused
    reach("sign.signed")
    step(row, rule.after, **_signed(signing, actor))
    reach("sign.stepped")
    record(
        actor, f"sign_payroll_{signing}", "payments.payroll", row.id, division=row.county,
        detail={"digest": digest, "fen": row.fen, "lines": row.lines},
    )  # fmt: skip
    return row


def _signed(signing: Signing, actor: Actor) -> dict[str, Any]:
    return {signing.value: uuid.UUID(actor.natural_person)}


def _signed_already(actor: Actor, row: Payroll, signing: Signing, digest: str) -> bool:
    return (
        bool(actor.natural_person)
        and Signature.objects.filter(
            payroll=row, digest=digest, signing=signing, natural_person=actor.natural_person
        ).exists()
        and row.digest == digest
    )


def _refuse_second_place(actor: Actor, row: Payroll) -> None:
    """The friendly form of what the database refuses: one natural person, one place."""
    if not actor.natural_person:
        raise _not_theirs()
    if Signature.objects.filter(payroll=row, digest=row.digest, natural_person=actor.natural_person).exists():
        raise Refusal(
            "payroll.same_person",
            "经办、复核、审批须由三名不同的人员签署，您已签署过这份发放表。",
            next_step="请由另一名同事签署。",
        )


def _not_theirs() -> Refusal:
    return Refusal("payroll.not_signer", "发放表只能由在岗的发放人员本人签署。")
