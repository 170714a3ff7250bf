"""Payrolls: their list, one with its signatures and what is different from the month before, its lines and where they stand."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.errors import not_found
from minzheng.payments.models import BankFile, Payment, Payroll, PayrollEvent, Signature
from minzheng.payments.models.payroll import OPEN
from minzheng.payments.queries.places import in_counties
from minzheng.payments.types import Standing, Withheld
from minzheng.values.month import Month


@dataclass(frozen=True)
class Reason:
    """How many lines a reason keeps back, and how much."""

    reason: Withheld
    count: int
    fen: int

    @property
    def label(self) -> str:
        return self.reason.label


@dataclass(frozen=True)
class Sum:
    """Lines of one month of a payroll, the month itself or arrears on it."""

    month: Month
    arrears: bool
    count: int
    fen: int


@dataclass(frozen=True)
class Difference:
    """What makes this payroll differ from the month before; over all causes `fen` adds up to the whole difference."""

    label: str
    count: int
    fen: int


@dataclass(frozen=True)
class PayrollView:
    """One payroll. `changes` is empty where no earlier month was paid; `before` is that month's payroll."""

    row: Payroll
    signatures: tuple[Signature, ...]
    events: tuple[PayrollEvent, ...]
    months: tuple[Sum, ...]
    withheld: tuple[Reason, ...]
    before: Payroll | None
    changes: tuple[Difference, ...]
    file: BankFile | None


def payrolls(
    actor: Actor,
    *,
    month: Month | None = None,
    county: str = "",
    programme: str = "",
    open_only: bool = False,
) -> QuerySet[Payroll]:
    """Payrolls of the actor's counties, the newest first."""
    actor.require(Permission.SEE_PAYMENTS)
    found = Payroll.objects.filter(in_counties(actor))
    if month is not None:
        found = found.filter(month=month.first_day)
    if county:
        found = found.filter(county=county)
    if programme:
        found = found.filter(programme=programme)
    if open_only:
        found = found.filter(state__in=OPEN)
    return found.order_by("-month", "county", "programme", "-run")


def payroll_view(actor: Actor, payroll: uuid.UUID) -> PayrollView:
    """A payroll with everything somebody needs before signing it."""
    row = payrolls(actor).filter(pk=payroll).first()
    if row is None:
        raise not_found("payroll", "发放表")
    before = _before(row)
    return PayrollView(
        row=row,
        signatures=tuple(row.signatures.order_by("at")),
        events=tuple(row.events.order_by("version")),
        months=tuple(
            Sum(Month.of(month), bool(arrears), count, int(fen))
            for month, arrears, count, fen in sql.rows(_MONTHS, [row.month, row.id])
        ),
        withheld=tuple(
            Reason(Withheld(reason), count, int(fen)) for reason, count, fen in sql.rows(_WITHHELD, [row.id])
        ),
        before=before,
        changes=_changes(row, before),
        file=BankFile.objects.filter(payroll=row).first(),
    )


def lines(actor: Actor, row: Payroll, which: str = "all") -> QuerySet[Payment]:
    """Lines of a payroll the actor was given: all, those withheld, arrears, or of no money; by place."""
    actor.require(Permission.SEE_PAYMENTS)
    found = Payment.objects.filter(payroll=row)
    if which == "withheld":
        found = found.exclude(withheld=[], withheld_at_release=[])
    elif which == "arrears":
        found = found.exclude(month=row.month, claim_no=0)
    elif which == "zero":
        found = found.filter(fen=0)
    return found.order_by("division", "id")


def standings(payments: Iterable[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    """Where each of these payments stands, read from the ledger and the file it travels in."""
    asked = list(payments)
    if not asked:
        return {}
    return {payment: Standing(standing) for payment, standing in sql.rows(_STANDING, [asked])}


# -- beneath ---------------------------------------------------------------------------------------------

_MONTHS = """
    select p.month, (p.month <> %s or p.claim_no > 0), count(*), sum(p.fen) from payments_payment p
    where p.payroll_id = %s and p.withheld = '{}' and p.withheld_at_release = '{}' group by 1, 2 order by 1, 2
"""
_WITHHELD = """
    select reason, count(*), sum(p.fen) from payments_payment p
    cross join lateral unnest(p.withheld || p.withheld_at_release) reason
    where p.payroll_id = %s group by 1 order by 2 desc, 1
"""

#: The ledger speaks first. A file a reader may not see is a file that was sent.
_STANDING = """
    select p.id, case
        when b.id is not null then 'returned'
        when s.phase = 'post' then 'paid'
        when s.phase = 'void' then 'failed'
        when t.id is not null then case f.state when 'queued' then 'queued' when 'sending' then 'queued'
            when 'unknown' then 'unknown' else 'sent' end
        when p.withheld <> '{}' or p.withheld_at_release <> '{}' then 'withheld'
        when not p.live then 'cancelled'
        when p.fen = 0 then 'zero'
        else 'listed' end
    from payments_payment p
    left join payments_transfer t on t.id = p.id
    left join payments_transfer s on s.settles = t.id
    left join payments_transfer b on b.settles = s.id
    left join payments_bankfile f on f.payroll_id = p.payroll_id
    where p.id = any(%s)
"""

#: Award by award: what is paid of the month itself, beside the same of the payroll before.
_CHANGES = """
    with line as (
        select payroll_id, award_id, fen, month = %(month)s and claim_no = 0 as own,
               withheld = '{}' and withheld_at_release = '{}' as paid
        from payments_payment where payroll_id = %(now)s
        union all
        select payroll_id, award_id, fen, month = %(month_before)s and claim_no = 0,
               withheld = '{}' and withheld_at_release = '{}'
        from payments_payment where payroll_id = %(before)s
    ), side as (
        select coalesce(n.award_id, b.award_id) as award_id, n.fen as now, b.fen as before, n.paid as pays, b.paid as paid
        from (select * from line where own and payroll_id = %(now)s) n
        full join (select * from line where own and payroll_id = %(before)s) b on b.award_id = n.award_id
    ), cause as (
        select case
            when pays and paid and now <> before then case when now > before then 'raised' else 'lowered' end
            when pays and not coalesce(paid, false) then case when before is null then 'new' else 'resumed' end
            when paid and not coalesce(pays, false) then case when now is null then 'ended' else 'withheld' end
            end as cause,
            coalesce(case when pays then now end, 0) - coalesce(case when paid then before end, 0) as fen
        from side
        union all
        select case when payroll_id = %(now)s then 'arrears' else 'arrears_before' end,
               case when payroll_id = %(now)s then fen else -fen end
        from line where not own and paid
    )
    select cause, count(*), sum(fen) from cause where cause is not null group by 1
"""
_CAUSES = {
    "new": "新增", "ended": "停发", "raised": "增发", "lowered": "减发", "withheld": "本月暂缓",
    "resumed": "恢复发放", "arrears": "本月补发", "arrears_before": "上月补发不再有",
}  # fmt: skip


def _before(row: Payroll) -> Payroll | None:
    """The payroll of the last month that was paid."""
    return (
        Payroll.objects.filter(
            county=row.county,
            programme=row.programme,
            run=0,
            month__lt=row.month,
            state__in=["released", "closed"],
        )
        .order_by("-month")
        .first()
    )


def _changes(row: Payroll, before: Payroll | None) -> tuple[Difference, ...]:
    if before is None or row.run:
        return ()
    found = {
        cause: (count, int(fen))
        for cause, count, fen in sql.rows(
            _CHANGES,
            {"now": row.id, "before": before.id, "month": row.month, "month_before": before.month},
        )
    }
    return tuple(Difference(label, *found[cause]) for cause, label in _CAUSES.items() if cause in found)
