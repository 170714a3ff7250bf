"""Money that should not have been paid: found, ordered back where there was fraud, suspended by an appeal, refunded."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction

from minzheng.awards.models import Award
from minzheng.awards.queries import in_scope as award_scope
from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.errors import changed_meanwhile, not_found
from minzheng.payments.models import Recovery, Transfer
from minzheng.payments.release import ledger_accounts
from minzheng.payments.sanctions import sanction
from minzheng.payments.types import NAMESPACE, Book, Phase, RecoveryKind, RecoveryState
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

_SUMS = """
    select coalesce(sum(t.fen), 0)::bigint, coalesce((
        select sum(coalesce(payments_due(m.award_id, m.month), 0)) from payments_monthpaid m
        where m.award_id = %(award)s and m.month >= %(since)s and m.month < %(until)s and m.fen > 0), 0)::bigint
    from payments_transfer t where t.award_id = %(award)s and t.month >= %(since)s and t.month < %(until)s
    and t.phase = 'post' and not exists (select from payments_transfer b where b.settles = t.id)
"""


@transaction.atomic
def open_recovery(
    *,
    actor: Actor,
    award: uuid.UUID,
    kind: RecoveryKind,
    since: Month,
    last: Month,
    reason: str,
    client_key: uuid.UUID,
    on: date | None = None,
) -> Recovery:
    """What an award was paid from `since` to `last` beyond what its terms say now. A candidate: nobody owes it yet.

    The award is redetermined first; refuses where nothing was paid beyond what is due.
    """
    actor.require(Permission.CONFIRM_CASES)
    done = Recovery.objects.filter(client_key=client_key).first()
    if done is not None:
        return done
    _needs(reason)
    row = Award.objects.filter(award_scope(actor), public_id=award).first()
    if row is None:
        raise not_found("award", "待遇")
    first, until = since.first_day, last.plus(1).first_day
    ((paid, due),) = sql.rows(_SUMS, {"award": row.pk, "since": first, "until": until})
    if paid <= due:
        raise Refusal(
            "recovery.nothing", "这些月份没有多发：已入账的没有超过应发的。",
            next_step="如系骗取，请先重新核定这些月份的待遇，再登记追回。",
        )  # fmt: skip
    made = Recovery.objects.create(
        division=row.division, household_id=row.household_id, award_id=row.pk, programme=row.programme, kind=kind,
        state=RecoveryState.CANDIDATE, since=first, until=until, paid_fen=paid, due_fen=due,
        fen=paid - due, reason=reason, on=on or business_date(), client_key=client_key,
    )  # fmt: skip
    _noted(actor, "open_recovery", made, reason)
    return made


@transaction.atomic
def order_recovery(
    *,
    actor: Actor,
    recovery: uuid.UUID,
    version: int,
    fine_fen: int,
    document: str,
    reason: str,
    on: date | None = None,
) -> Recovery:
    """Order what was obtained by fraud back (SA-1). Without fraud: refused (SA-2).

    A fine may be set beside it, then in the range the law gives; `fine_fen` 0 sets none.
    """
    row = _in_hand(actor, recovery, version, reason)
    on = on or business_date()
    if row.kind != RecoveryKind.FRAUD:
        raise Refusal(
            "recovery.no_fraud", "没有虚报、隐瞒、伪造的，不责令退回，也不罚款；只作标记。", article="SA-2"
        )
    if not document.strip():
        raise Refusal("recovery.no_document", "责令退回须填写文书号。", field="document")
    says = sanction(county=row.division[:6], on=on, wrongly_received=row.fen, concealed=True, fine=fine_fen)
    if says.refund != row.fen or (fine_fen and not says.lawful):
        raise Refusal(
            "recovery.fine", f"罚款应在 {says.fine_low} 分至 {says.fine_high} 分之间。", field="fine",
            article="国务院令第649号第六十八条",
        )  # fmt: skip
    row.fine_low_fen, row.fine_high_fen, row.fine_fen = says.fine_low, says.fine_high, fine_fen or None
    row.document = document
    return _step(actor, row, RecoveryState.ORDERED, reason, "order_recovery", on)


def suspend_recovery(
    *, actor: Actor, recovery: uuid.UUID, version: int, appeal: str, reason: str
) -> Recovery:
    """An appeal suspends it: nothing is taken until it is over."""
    if not appeal.strip():
        raise Refusal("recovery.no_appeal", "中止追回须填写复议或诉讼案号。", field="appeal")
    with transaction.atomic():
        row = _in_hand(actor, recovery, version, reason)
        row.appeal = appeal
        return _step(actor, row, RecoveryState.SUSPENDED, reason, "suspend_recovery")


def resume_recovery(*, actor: Actor, recovery: uuid.UUID, version: int, reason: str) -> Recovery:
    """The appeal left the order standing."""
    with transaction.atomic():
        row = _in_hand(actor, recovery, version, reason)
        if row.state != RecoveryState.SUSPENDED:
            raise _no_step(row)
        return _step(actor, row, RecoveryState.ORDERED, reason, "resume_recovery")


def drop_recovery(*, actor: Actor, recovery: uuid.UUID, version: int, reason: str) -> Recovery:
    """Nothing is taken (any more)."""
    with transaction.atomic():
        row = _in_hand(actor, recovery, version, reason)
        return _step(actor, row, RecoveryState.DROPPED, reason, "drop_recovery")


@transaction.atomic
def record_refund(
    *,
    actor: Actor,
    recovery: uuid.UUID,
    fen: int,
    reference: str,
    client_key: uuid.UUID,
    on: date | None = None,
) -> Transfer:
    """Money came back from the family: a row of the ledger, never beyond what is to be recovered. The same key is once."""
    actor.require(Permission.CHECK_PAYROLL)
    row = _locked(actor, recovery)
    number = uuid.uuid5(NAMESPACE, f"refund|{client_key}")
    done = Transfer.objects.filter(pk=number).first()
    if done is not None:
        return done
    if row.state not in (RecoveryState.ORDERED, RecoveryState.CANDIDATE):
        raise _no_step(row)
    if not 0 < fen <= row.fen - row.refunded_fen:
        raise Refusal(
            "recovery.amount",
            f"退款应大于零，且不超过尚未退回的 {row.fen - row.refunded_fen} 分。",
            field="fen",
        )
    books = ledger_accounts(row.division[:6], row.programme)
    made = Transfer.objects.create(
        id=number, phase=Phase.REFUND, county=row.division[:6], division=row.division, household_id=row.household_id,
        programme=row.programme, award_id=row.award_id, month=row.since, claim_no=0, fen=fen,
        debit_id=books[Book.REFUNDED], credit_id=books[Book.TREASURY], recovery_id=row.pk,
        reason=f"退款 {reference}".strip(), on=on or business_date(),
    )  # fmt: skip
    _noted(actor, "record_refund", row, reference)
    return made


# -- beneath ---------------------------------------------------------------------------------------------


def _needs(reason: str) -> None:
    if not reason.strip():
        raise Refusal("recovery.no_reason", "办理追回须填写事由。", field="reason")


def _locked(actor: Actor, recovery: uuid.UUID) -> Recovery:
    row = Recovery.objects.select_for_update().filter(public_id=recovery).first()
    if row is None or not actor.covers(row.division):
        raise not_found("recovery", "追回登记")
    return row


def _in_hand(actor: Actor, recovery: uuid.UUID, version: int, reason: str) -> Recovery:
    actor.require(Permission.CONFIRM_CASES)
    _needs(reason)
    row = _locked(actor, recovery)
    if row.version != version:
        raise changed_meanwhile("追回登记")
    return row


_STEPS = {
    RecoveryState.ORDERED: (RecoveryState.CANDIDATE, RecoveryState.SUSPENDED),
    RecoveryState.SUSPENDED: (RecoveryState.ORDERED,),
    RecoveryState.DROPPED: (RecoveryState.CANDIDATE, RecoveryState.ORDERED, RecoveryState.SUSPENDED),
}


def _step(
    actor: Actor, row: Recovery, state: RecoveryState, reason: str, verb: str, on: date | None = None
) -> Recovery:
    if row.state not in _STEPS[state]:
        raise _no_step(row)
    row.state, row.version, row.reason, row.on = state, row.version + 1, reason, on or business_date()
    row.save()
    row.refresh_from_db()
    _noted(actor, verb, row, reason)
    return row


def _no_step(row: Recovery) -> Refusal:
    return Refusal("recovery.state", f"该追回登记处于“{RecoveryState(row.state).label}”，不能这样办理。")


def _noted(actor: Actor, verb: str, row: Recovery, reason: str) -> None:
    record(
        actor, verb, "payments.recovery", row.public_id, division=row.division, reason=reason,
        detail={"kind": row.kind, "fen": row.fen},
    )  # fmt: skip
