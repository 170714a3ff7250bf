"""Building a payroll: its lines listed city-wide by the platform, then pinned by a digest the database reckons.

One transaction: broken off anywhere, nothing of it was there. Built twice, it is the same payroll.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.payments import listing, sql
from minzheng.payments.errors import changed_meanwhile, not_found
from minzheng.payments.faults import reach
from minzheng.payments.funds import FUNDS
from minzheng.payments.models import Payment, Payroll
from minzheng.payments.models.payroll import OPEN
from minzheng.payments.types import PayrollState, payroll_id
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@transaction.atomic
def build_payroll(
    *,
    actor: Actor,
    county: str,
    programme: str,
    month: Month,
    on: date | None = None,
) -> Payroll:
    """List what is due in a county of a programme up to a month and not yet paid.

    While one is open for the county and programme, that one is given back as it is. Refuses when nothing is to be paid.
    """
    actor.require(Permission.PREPARE_PAYROLL)
    on = on or business_date()
    _check(actor, county, programme, month, on)
    open_one = _open(county, programme)
    if open_one is not None:
        return open_one
    payroll = _begin(county, programme, month, on)
    if payroll is None:
        # Somebody else began it at the same moment and has finished by now.
        return _open(county, programme) or _none_left()
    _list(payroll)
    payroll = pin(payroll)
    if not Payment.objects.filter(payroll=payroll).exists():
        raise _none_to_pay()
    _noted(actor, "build_payroll", payroll)
    return payroll


@transaction.atomic
def rebuild_payroll(*, actor: Actor, payroll: uuid.UUID, version: int, reason: str) -> Payroll:
    """List again what is open, with the facts of now. Signatures given before were of another content and fall away."""
    actor.require(Permission.PREPARE_PAYROLL)
    row = _in_hand(actor, payroll, version, reason)
    step(row, PayrollState.BUILDING, reason=reason)
    with scope(system_actor("payroll")):
        Payment.objects.filter(payroll=row).delete()
    _list(row)
    row = pin(row)
    _noted(actor, "rebuild_payroll", row, reason)
    return row


@transaction.atomic
def discard_payroll(*, actor: Actor, payroll: uuid.UUID, version: int, reason: str) -> Payroll:
    """An open payroll is given up: nothing of it is paid, and what it listed is free for the next."""
    if not any(
        actor.may(one)
        for one in (Permission.PREPARE_PAYROLL, Permission.CHECK_PAYROLL, Permission.RELEASE_PAYROLL)
    ):
        actor.require(Permission.PREPARE_PAYROLL)
    row = _in_hand(actor, payroll, version, reason)
    step(row, PayrollState.CANCELLED, reason=reason)
    with scope(system_actor("payroll")):
        Payment.objects.filter(payroll=row, live=True).update(live=False)
    _noted(actor, "discard_payroll", row, reason)
    return row


def step(row: Payroll, state: PayrollState, *, reason: str = "", **columns: Any) -> Payroll:
    """The payroll's next version; the database refuses a step that is not in the table, and a version passed by."""
    row.state, row.version, row.reason = state, row.version + 1, reason
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=["state", "version", "reason", *columns])
    row.refresh_from_db()
    return row


def pin(row: Payroll) -> Payroll:
    """Close the list: digest and totals are the database's own."""
    with scope(system_actor("payroll")):
        step(row, PayrollState.LISTED)
    reach("build.pinned")
    return row


def locked(actor: Actor, payroll: uuid.UUID) -> Payroll:
    """The payroll, locked; one of another county is as one that does not exist."""
    row = Payroll.objects.select_for_update().filter(pk=payroll).first()
    if row is None or not actor.covers(row.county):
        raise not_found("payroll", "发放表")
    return row


# -- beneath ---------------------------------------------------------------------------------------------


def _check(actor: Actor, county: str, programme: str, month: Month, on: date) -> None:
    if not actor.covers(county) or len(county) != 6:
        raise Refusal("payroll.elsewhere", "该县（市、区）不在您的管辖区域内。", field="county")
    if programme not in FUNDS:
        raise Refusal("payroll.not_paid", "该项目不发放资金。", field="programme")
    if month > Month.of(on):
        raise Refusal(
            "payroll.ahead", "不能提前编制以后月份的发放表。", field="month", next_step="请在当月编制。"
        )


def _open(county: str, programme: str) -> Payroll | None:
    return Payroll.objects.filter(county=county, programme=programme, state__in=OPEN).first()


def _none_left() -> Payroll:
    raise changed_meanwhile("发放表")


def _none_to_pay() -> Refusal:
    return Refusal(
        "payroll.nothing",
        "没有需要发放的待遇：该月应发的均已列入以前的发放表，或没有在享待遇。",
        next_step="如有遗漏，请核对待遇的起始月份与金额。",
    )


def _begin(county: str, programme: str, month: Month, on: date) -> Payroll | None:
    """A new payroll in the next run of the month, None when another transaction was quicker."""
    runs = Payroll.objects.filter(county=county, programme=programme, month=month.first_day)
    run = runs.count()
    row = Payroll(
        id=payroll_id(county, programme, month, run), county=county, programme=programme,
        month=month.first_day, run=run, on=on,
    )  # fmt: skip
    made = sql.row(
        "insert into payments_payroll (id, county, programme, month, run, state, version, lines, fen, withheld,"
        " zeros, on_day, reason) values (%s, %s, %s, %s, %s, 'building', 1, 0, 0, 0, 0, %s, '')"
        " on conflict do nothing returning id",
        [row.id, county, programme, row.month, run, on],
    )
    if made is None:
        return None
    reach("build.begun")
    row.refresh_from_db()
    return row


def _list(row: Payroll) -> None:
    """Write the lines by one statement: judged, named and counted in the database, nothing of them is held here."""
    asked = {
        "payroll": row.id, "county": row.county, "programme": row.programme, "month": row.month,
        "low": row.county.ljust(12, "0"), "high": row.county.ljust(12, "9"),
    }  # fmt: skip
    with scope(system_actor("payroll")), sql.whole_lists():
        sql.run(listing.NEW_CLAIMS, asked)
        reach("build.claimed")
        sql.run(listing.LINES, asked)
    reach("build.listed")


def _in_hand(actor: Actor, payroll: uuid.UUID, version: int, reason: str) -> Payroll:
    if not reason.strip():
        raise Refusal("payroll.no_reason", "退回或作废发放表须填写事由。", field="reason")
    row = locked(actor, payroll)
    if row.version != version:
        raise changed_meanwhile("发放表")
    if row.state not in OPEN:
        raise Refusal("payroll.not_open", "发放表已发放或已作废，不能再改动。")
    return row


def _noted(actor: Actor, verb: str, row: Payroll, reason: str = "") -> None:
    record(
        actor, verb, "payments.payroll", row.id, division=row.county, reason=reason,
        detail={"programme": row.programme, "month": f"{row.month:%Y-%m}", "run": row.run, "lines": row.lines,
                "fen": row.fen, "withheld": row.withheld, "digest": row.digest},
    )  # fmt: skip
