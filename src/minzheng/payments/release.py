"""Releasing an approved payroll: the gate read again, the ledger, the bank file and the outbox in one transaction."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import opener
from minzheng.base.types import Actor, Permission
from minzheng.payments import gate, sql
from minzheng.payments.bank.files import file_name, write_batch
from minzheng.payments.bank.types import Batch, Format, Instruction, WrittenFile
from minzheng.payments.bank.types import Payer as PayerAccount
from minzheng.payments.build import locked, step
from minzheng.payments.errors import changed_meanwhile
from minzheng.payments.faults import reach
from minzheng.payments.funds import FUNDS, PURPOSES
from minzheng.payments.models import BankFile, Outbox, Payer, Payroll
from minzheng.payments.models.accounts import ACCOUNT_COLUMN, ACCOUNT_TABLE
from minzheng.payments.queries.books import books_of
from minzheng.payments.queries.stops import stopped
from minzheng.payments.types import Book, FileState, PayrollState, file_id
from minzheng.values.errors import Refusal

_AT_ONCE = 5_000

_GATE = f"""
    with candidate as materialized (
        select p.* from payments_payment p where p.payroll_id = %(payroll)s and p.live and p.fen > 0
    ), {gate.SETS}, found as (
        select c.id, {gate.reasons(at_release=True)} as reasons from candidate c {gate.JOINED_AT_RELEASE}
    )
    update payments_payment p set live = false, withheld_at_release = found.reasons
    from found where p.id = found.id and found.reasons <> '{{}}'
"""

_BOOK = """
    insert into payments_transfer (id, phase, county, division, household_id, programme, payroll_id, payment_id,
        award_id, month, claim_no, fen, debit_id, credit_id, reissue_of, reissue_phase, reissue_payment, reissue_fen,
        code, reason, on_day, actor)
    select p.id, 'pending', %(county)s, p.division, p.household_id, p.programme, p.payroll_id, p.id,
        p.award_id, p.month, p.claim_no, p.fen, %(debit)s, %(credit)s, s.id, s.phase, s.payment_id, s.fen,
        '', '', %(on)s, (select guard.scope_actor())
    from payments_payment p left join payments_transfer s on s.id = p.reissue_of
    where p.payroll_id = %(payroll)s and p.live and p.fen > 0
"""

_INSTRUCTIONS = """
    select t.id, a.holder_name, a.sealed_number, a.public_id::text, a.bank_code, t.fen
    from payments_transfer t join payments_payment p on p.id = t.id join payments_account a on a.id = p.account_id
    where t.payroll_id = %s and t.phase = 'pending' order by t.id
"""


@transaction.atomic
def release_payroll(
    *,
    actor: Actor,
    payroll: uuid.UUID,
    version: int,
    form: Format = Format.CSV_GB18030,
    on: date | None = None,
) -> Payroll:
    """Pay what three people signed, less what the facts of now keep back. Released twice it is released once.

    What is withheld is not lost: the next payroll lists it again.
    """
    actor.require(Permission.RELEASE_PAYROLL)
    on = on or business_date()
    row = locked(actor, payroll)
    if row.state in (PayrollState.RELEASED, PayrollState.CLOSED):
        return row
    if row.version != version:
        raise changed_meanwhile("发放表")
    if row.state != PayrollState.APPROVED:
        raise Refusal(
            "payroll.not_approved",
            "发放表尚未由三人签署完毕，不能发放。",
            next_step="请先完成经办、复核、审批。",
        )
    # From here to the commit nobody holds anything back unseen: a hold waits, and one that waits no more is seen.
    sql.run("select payments_wait_for_holds()", [])
    if stopped(row.county):
        raise Refusal(
            "payroll.stopped", "本区域已紧急停付，不能发放。", next_step="须由两名有权人员先后恢复后再发放。"
        )
    # The gate and what is sent are read city-wide: a guardian's name, an account's other users.
    with scope(system_actor("payroll")), sql.whole_lists():
        withheld = sql.run(_GATE, {"payroll": row.id})
        reach("release.gated")
        sent = _book(row, on)
        reach("release.booked")
        if sent:
            _file(row, form, on)
        reach("release.filed")
    step(row, PayrollState.RELEASED)
    if not sent:
        step(row, PayrollState.CLOSED, reason="没有需要送银行的付款")
    reach("release.released")
    record(
        actor, "release_payroll", "payments.payroll", row.id, division=row.county,
        detail={"digest": row.digest, "sent": sent, "withheld_at_release": withheld, "fen": row.fen},
    )  # fmt: skip
    return row


def write_file(row: BankFile, folder: Path) -> WrittenFile:
    """The bank file, written again from the ledger: the same bytes each time, or none.

    Opens account numbers: the audit entry of the release covers the batch.
    """
    batch = Batch(
        number=row.number,
        payer=PayerAccount(row.payer.name, row.payer.number.open_after_recording(), row.payer.bank_code),
        pay_on=row.pay_on, made_at=timezone.localtime(row.made_at), count=row.count, fen=row.fen,
        instructions=_instructions(row.payroll_id, PURPOSES[row.payroll.programme]),
    )  # fmt: skip
    return write_batch(batch, Format(row.format), folder)


# -- beneath ---------------------------------------------------------------------------------------------


def _book(row: Payroll, on: date) -> int:
    books = ledger_accounts(row.county, row.programme)
    return sql.run(
        _BOOK,
        {"payroll": row.id, "county": row.county, "on": on, "debit": books[Book.TREASURY],
         "credit": books[Book.PAYABLE]},
    )  # fmt: skip


def ledger_accounts(county: str, programme: str) -> dict[Book, int]:
    """The books of a county and programme, made when first needed."""
    sql.run(
        "insert into payments_ledgeraccount (county, programme, book, fund)"
        " select %s, %s, unnest(%s::text[]), %s on conflict do nothing",
        [county, programme, Book.values, FUNDS[programme]],
    )
    return books_of(county, programme)


def _file(row: Payroll, form: Format, on: date) -> None:
    payer = Payer.objects.filter(county=row.county, until=None).first()
    if payer is None:
        raise Refusal(
            "payroll.no_payer",
            "本县（市、区）没有登记付款账户，不能发放。",
            next_step="请先登记财政付款账户。",
        )
    ((count, fen),) = sql.rows(
        "select count(*), sum(fen) from payments_transfer where payroll_id = %s and phase = 'pending'",
        [row.id],
    )
    number = _number(row)
    made = BankFile(
        id=file_id(row.id), payroll=row, county=row.county, number=number, format=form, payer=payer,
        name=file_name(number, form), count=count, fen=int(fen), pay_on=on,
        made_at=timezone.now().replace(microsecond=0), state=FileState.QUEUED,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="minzheng-") as folder:
        written = write_file(made, Path(folder))
    made.sha256, made.size = written.sha256, written.size
    made.save(force_insert=True)
    Outbox.objects.create(topic="bank_file", subject=made.id, county=row.county)


def _number(row: Payroll) -> str:
    """The batch's name at the bank: county, programme, month, run."""
    return f"{row.county}-{row.programme.replace('_', '')[:10].upper()}-{row.month:%Y%m}-{row.run:02d}"


def _instructions(payroll: uuid.UUID, purpose: str) -> Iterator[Instruction]:
    unseal = opener(table=ACCOUNT_TABLE, column=ACCOUNT_COLUMN)
    with connection.connection.cursor(name="payments_instructions") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(_INSTRUCTIONS, [payroll])
        for payment, name, blob, place, bank_code, fen in cursor:
            yield Instruction(payment, name, unseal(bytes(blob), place), bank_code, fen, purpose)
