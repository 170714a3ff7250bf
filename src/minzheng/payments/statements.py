"""The bank's statement of a treasury account, kept; and money the bank called paid that never left the account."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date
from typing import Any

from django.db import connection, transaction

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.payments.bank.returns import read_statement
from minzheng.payments.bank.types import Statement as Parsed
from minzheng.payments.errors import not_found
from minzheng.payments.models import Payer, Payment, Statement, Transfer
from minzheng.payments.queries.books import books_of
from minzheng.payments.queries.reconciliation import is_never_paid
from minzheng.payments.types import Book, Phase
from minzheng.values.errors import Refusal

_LINES = {
    "line": "int", "payment_id": "uuid", "fen": "bigint", "booked_on": "date", "reference": "text",
}  # fmt: skip


@transaction.atomic
def read_statement_file(*, actor: Actor, content: bytes) -> Statement:
    """Keep a statement; the same bytes a second time are the same row. Raises `Refusal` when it is not whole."""
    actor.require(Permission.RELEASE_PAYROLL)
    sha256 = hashlib.sha256(content).hexdigest()
    before = Statement.objects.filter(sha256=sha256).first()
    if before is not None:
        return before
    parsed = read_statement(content)
    row = Statement.objects.create(
        county=_county_of(parsed), sha256=sha256, number=parsed.number[:64], since=parsed.since,
        until=parsed.until, opening_fen=parsed.opening_fen, closing_fen=parsed.closing_fen,
    )  # fmt: skip
    columns: dict[str, list[Any]] = {name: [getattr(line, name) for line in parsed.lines] for name in _LINES}
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in _LINES.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into payments_statementline (statement_id, county, {', '.join(_LINES)})"
            f" select %(statement)s, %(county)s, {', '.join(_LINES)} from unnest({arrays}) as l ({', '.join(_LINES)})",
            columns | {"statement": row.pk, "county": row.county},
        )
    record(actor, "read_statement", "payments.statement", row.pk, division=row.county)
    return row


@transaction.atomic
def report_never_paid(*, actor: Actor, payment: uuid.UUID, reason: str, on: date | None = None) -> Transfer:
    """The bank reported success and its own statement shows no such money: taken back, so that it can be paid anew.

    Refuses where the statement does not say so. Done twice it is done once.
    """
    actor.require(Permission.CHECK_PAYROLL)
    if not reason.strip():
        raise Refusal("payment.no_reason", "认定未到账须填写事由。", field="reason")
    row = Payment.objects.select_for_update(of=("self",)).filter(pk=payment).first()
    if row is None or not actor.covers(row.division):
        raise not_found("payment", "付款")
    post = Transfer.objects.filter(payment_id=payment, phase=Phase.POST).first()
    done = Transfer.objects.filter(payment_id=payment, phase=Phase.RETURN).first()
    if done is not None:
        return done
    if post is None or not is_never_paid(payment):
        raise Refusal(
            "payment.on_statement",
            "对账单没有显示该笔付款未到账，不能认定。",
            next_step="请先读入覆盖记账日的对账单。",
        )
    books = books_of(post.county, post.programme)
    made = Transfer.objects.create(
        id=uuid.UUID(hashlib.md5(f"return|{post.pk}".encode(), usedforsecurity=False).hexdigest()),
        phase=Phase.RETURN, county=post.county, division=post.division, household_id=post.household_id,
        programme=post.programme, payroll_id=post.payroll_id, payment_id=post.payment_id, award_id=post.award_id,
        month=post.month, claim_no=post.claim_no, fen=post.fen, debit_id=books[Book.DELIVERED],
        credit_id=books[Book.TREASURY], settles=post.pk, code="STMT", reason=reason, on=on or business_date(),
    )  # fmt: skip
    record(actor, "report_never_paid", "payments.payment", payment, division=row.division, reason=reason)
    return made


def _county_of(parsed: Parsed) -> str:
    """Whose treasury the statement is of: a handful of accounts, compared in the clear and not shown."""
    for payer in Payer.objects.order_by("-pk"):
        if payer.number.open_after_recording() == parsed.account:
            return payer.county
    raise Refusal(
        "statement.unknown_account",
        "对账单的账户不是登记的付款账户，未登记。",
        next_step="请核对付款账户登记。",
    )
