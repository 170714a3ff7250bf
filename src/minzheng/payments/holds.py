"""Holding money back and letting it go: one presses, two release."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import DatabaseError, IntegrityError, transaction

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.payments.errors import changed_meanwhile, not_found
from minzheng.payments.models import Account, Hold, Lift, Payment
from minzheng.payments.types import HoldKind
from minzheng.registry.queries import township_of_household
from minzheng.values.errors import Refusal


@transaction.atomic
def hold_payments(
    *,
    actor: Actor,
    kind: HoldKind,
    division: str,
    reason: str,
    client_key: uuid.UUID,
    household: int | None = None,
    target: int | None = None,
    payment: uuid.UUID | None = None,
    on: date | None = None,
) -> Hold:
    """Nothing more is paid to the target until two people lift it. `division` is where it lies.

    target: id of the person, household, award or account; payment: of a single payment. STOP takes a division only.
    """
    actor.require(Permission.HOLD_PAYMENTS)
    done = Hold.objects.filter(client_key=client_key).first()
    if done is not None:
        return done
    if not reason.strip():
        raise Refusal("hold.no_reason", "暂缓发放须填写事由。", field="reason")
    if not actor.covers(division):
        raise Refusal("hold.elsewhere", "该对象不在您的管辖区域内。", field="division")
    if household is not None:
        township_of_household(actor, household)
    row = Hold.objects.create(
        kind=kind, division=division, household_id=household, target=target, payment_id=payment, reason=reason,
        actor=actor.key, on=on or business_date(), client_key=client_key,
    )  # fmt: skip
    record(
        actor, "hold_payments", f"payments.{kind}", row.public_id, division=division, reason=reason,
        detail={"kind": str(kind)},
    )  # fmt: skip
    return row


def stop_payments(
    *, actor: Actor, division: str, reason: str, client_key: uuid.UUID, on: date | None = None
) -> Hold:
    """The red button: nothing of the division is released or sent until two people let it go."""
    return hold_payments(
        actor=actor, kind=HoldKind.STOP, division=division, reason=reason, client_key=client_key, on=on
    )


def hold_account(*, actor: Actor, account: Account, reason: str, client_key: uuid.UUID) -> Hold:
    """For money going to one account; a new account is another one and not held."""
    return hold_payments(
        actor=actor, kind=HoldKind.ACCOUNT, division=account.division, reason=reason, client_key=client_key,
        household=account.household_id, target=account.pk,
    )  # fmt: skip


def hold_payment(*, actor: Actor, payment: Payment, reason: str, client_key: uuid.UUID) -> Hold:
    """A payment is not made, and not made again."""
    return hold_payments(
        actor=actor, kind=HoldKind.PAYMENT, division=payment.division, reason=reason, client_key=client_key,
        household=payment.household_id, payment=payment.pk,
    )  # fmt: skip


@transaction.atomic
def lift_hold(*, actor: Actor, hold: uuid.UUID, reason: str) -> Lift:
    """Agree that a hold goes. It does with the second natural person; the same person twice is one."""
    actor.require(Permission.HOLD_PAYMENTS)
    row = Hold.objects.filter(public_id=hold).first()
    if row is None or not actor.covers(row.division):
        raise not_found("hold", "暂缓登记")
    if not reason.strip():
        raise Refusal("hold.no_reason", "恢复发放须填写事由。", field="reason")
    lifts = list(row.lifts.order_by("seq"))
    mine = next((one for one in lifts if str(one.natural_person) == actor.natural_person), None)
    if mine is not None:
        return mine
    if len(lifts) == 2:
        return lifts[1]
    if not actor.natural_person:
        raise _in_person()
    try:
        with transaction.atomic():
            lift = Lift.objects.create(
                hold=row, division=row.division, seq=len(lifts) + 1, natural_person=actor.natural_person,
                actor=actor.key, reason=reason,
            )  # fmt: skip
    except IntegrityError as refused:
        # Somebody else lifted it at the same moment.
        raise changed_meanwhile("暂缓登记") from refused
    except DatabaseError as refused:
        raise _in_person() from refused
    record(
        actor, "lift_hold", f"payments.{row.kind}", row.public_id, division=row.division, reason=reason,
        detail={"seq": lift.seq},
    )  # fmt: skip
    return lift


def _in_person() -> Refusal:
    return Refusal("hold.in_person", "恢复发放须由两名在岗人员本人先后确认。")
