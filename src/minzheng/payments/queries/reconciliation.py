"""Do list, ledger and bank file say the same to the fen, and did the money the bank reported leave the account?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db import connection

from minzheng.base.types import Actor, Permission
from minzheng.payments.funds import Fund
from minzheng.payments.types import Book
from minzheng.values.month import Month


@dataclass(frozen=True)
class TreasuryLine:
    """One county, programme and fund of a month's payrolls, in fen. `agrees`: list, ledger and file are one sum."""

    county: str
    programme: str
    fund: Fund
    payrolls: int
    count: int
    listed_fen: int
    ledger_fen: int
    file_fen: int
    paid_fen: int
    voided_fen: int
    returned_fen: int
    open_fen: int
    withheld: int

    @property
    def agrees(self) -> bool:
        settled = self.paid_fen + self.voided_fen + self.returned_fen + self.open_fen
        return self.listed_fen == self.ledger_fen == self.file_fen == settled


_LINES = """
    with p as (
        select r.county, r.programme, r.id from payments_payroll r
        where r.state in ('released', 'closed') and r.month = %(month)s
        and (%(county)s = '' or r.county = %(county)s) and (%(programme)s = '' or r.programme = %(programme)s)
    ), listed as (
        -- What was signed for and not withheld: of these lines the ledger must hold exactly one pending row each.
        select p.id, coalesce(sum(l.fen) filter (where l.withheld = '{}' and l.withheld_at_release = '{}'), 0) as fen,
               count(*) filter (where l.withheld <> '{}' or l.withheld_at_release <> '{}') as withheld
        from p join payments_payment l on l.payroll_id = p.id group by 1
    ), moved as (
        select p.id, count(t.id) as count, coalesce(sum(t.fen), 0) as fen,
               coalesce(sum(t.fen) filter (where s.phase = 'post' and b.id is null), 0) as paid,
               coalesce(sum(t.fen) filter (where s.phase = 'void'), 0) as voided,
               coalesce(sum(t.fen) filter (where b.id is not null), 0) as returned,
               coalesce(sum(t.fen) filter (where s.id is null), 0) as open
        from p left join payments_transfer t on t.payroll_id = p.id and t.phase = 'pending'
        left join payments_transfer s on s.settles = t.id left join payments_transfer b on b.settles = s.id
        group by 1
    )
    select p.county, p.programme, count(*), sum(moved.count), coalesce(sum(listed.fen), 0), sum(moved.fen),
           coalesce(sum(f.fen), 0), sum(moved.paid), sum(moved.voided), sum(moved.returned), sum(moved.open),
           coalesce(sum(listed.withheld), 0)
    from p left join listed on listed.id = p.id join moved on moved.id = p.id
    left join payments_bankfile f on f.payroll_id = p.id
    group by 1, 2 order by 1, 2
"""


def reconciliation(
    actor: Actor, month: Month, *, county: str = "", programme: str = ""
) -> list[TreasuryLine]:
    """The month's payrolls by county, programme and fund: list = ledger = bank file, and what became of the money."""
    from minzheng.payments.funds import FUNDS

    actor.require(Permission.SEE_PAYMENTS)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"month": month.first_day, "county": county, "programme": programme})
        return [
            TreasuryLine(place, name, FUNDS[name], *(int(number) for number in numbers))
            for place, name, *numbers in cursor.fetchall()
        ]


@dataclass(frozen=True)
class Balance:
    """A book of a county and programme: what entered less what left, in fen."""

    county: str
    programme: str
    fund: Fund
    book: Book
    fen: int


def balances(actor: Actor, *, county: str = "") -> list[Balance]:
    """Every book's balance, as sums over the ledger. Over all books they come to nothing."""
    actor.require(Permission.SEE_PAYMENTS)
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.county, a.programme, a.fund, a.book, coalesce(sum(m.fen), 0) from payments_ledgeraccount a"
            " left join (select credit_id as book, fen from payments_transfer"
            " union all select debit_id, -fen from payments_transfer) m on m.book = a.id"
            " where %s = '' or a.county = %s group by 1, 2, 3, 4 order by 1, 2, 4",
            [county, county],
        )
        return [
            Balance(place, programme, Fund(fund), Book(book), int(fen))
            for place, programme, fund, book, fen in cursor.fetchall()
        ]


@dataclass(frozen=True)
class NeverPaid:
    """A payment the bank called paid, on a day its statement covers and shows no such money."""

    payment_id: uuid.UUID
    county: str
    programme: str
    fen: int
    booked_on: date


_NEVER = """
    select t.payment_id, t.county, t.programme, t.fen, t.on_day from payments_transfer t
    where t.phase = 'post' and not exists (select from payments_transfer b where b.settles = t.id)
    and exists (select from payments_statement s where s.county = t.county and t.on_day between s.since and s.until)
    and not exists (select from payments_statementline l where l.payment_id = t.payment_id and l.fen = -t.fen)
"""


def never_paid(actor: Actor, *, county: str = "") -> list[NeverPaid]:
    """Successes that were reported and are not on the statement."""
    actor.require(Permission.SEE_PAYMENTS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_NEVER} and (%s = '' or t.county = %s) order by t.county, t.on_day", [county, county]
        )
        return [NeverPaid(*row) for row in cursor.fetchall()]


def is_never_paid(payment: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"select exists ({_NEVER} and t.payment_id = %s)", [payment])
        return bool(cursor.fetchone()[0])
