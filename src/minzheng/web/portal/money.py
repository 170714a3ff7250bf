"""Every payment of the family: month by month, the reason of each change, where the money is now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from minzheng.assessment.programmes import programme_label
from minzheng.awards.basis import household_view
from minzheng.base.queries import business_date
from minzheng.payments import queries
from minzheng.payments.queries import Paid
from minzheng.payments.types import Standing
from minzheng.values.month import Month
from minzheng.web.portal.access import ResidentRequest, resident_page
from minzheng.web.portal.mine import names_of_people, next_lines

MONTHS = 36
WORDS = {
    Standing.LISTED: "准备发放",
    Standing.WITHHELD: "暂缓，工作人员正在核实",
    Standing.ZERO: "应发不足一元，身份保留",
    Standing.QUEUED: "已交银行",
    Standing.SENT: "已交银行",
    Standing.UNKNOWN: "正在与银行核实",
    Standing.PAID: "已到账",
    Standing.FAILED: "银行没有付成，将重新发放",
    Standing.RETURNED: "银行退回，将重新发放",
    Standing.CANCELLED: "没有发放",
}


@dataclass(frozen=True)
class MonthLine:
    """One month: its payments, and why its sum is another than the month before."""

    month: Month
    payments: list[dict[str, Any]]
    changes: list[Any]

    @property
    def fen(self) -> int:
        return sum(one["paid"].payment.fen for one in self.payments if one["paid"].standing is Standing.PAID)


@resident_page()
def payments(request: ResidentRequest) -> HttpResponse:
    actor = request.actor
    assert actor.household is not None
    last = Month.of(business_date())
    first = last.plus(1 - MONTHS)
    names = names_of_people(request)
    received = household_view(actor, actor.household, last=last, months=MONTHS)
    found = queries.payments_of(actor, actor.household, first, last)
    context = {
        "months": list(_months(found, names, received)),
        "accounts": [one for one in queries.accounts_of(actor, actor.household) if one.until is None],
        "next": next_lines(request, names),
        "first": first,
        "last": last,
    }
    return render(request, "portal/payments.html", context)


def _months(found: Iterable[Paid], names: dict[int, str], received: Any) -> Iterable[MonthLine]:
    for month, group in groupby(found, key=lambda one: one.month):
        lines = [
            {
                "paid": one,
                "programme": programme_label(one.payment.programme),
                "who": names.get(one.payment.person_id or 0, ""),
                "word": WORDS[one.standing],
            }
            for one in group
        ]
        yield MonthLine(month, lines, received.changes(month))
