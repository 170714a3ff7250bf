"""发放日历: when each programme is paid in a month, what is late, and the county's arrangement of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.payments import actions, queries
from minzheng.payments.funds import FUNDS
from minzheng.payments.queries import PayLine
from minzheng.payments.types import PaidState, Rest
from minzheng.registry.queries import division_name
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.web.access import OfficeRequest, page
from minzheng.web.pages.payments import counties_of

TONES = {
    PaidState.PAID: "green", PaidState.UNDER_WAY: "blue", PaidState.SOON: "amber", PaidState.AHEAD: "",
    PaidState.LATE: "red", PaidState.NOT_ARRANGED: "",
}  # fmt: skip
WHICH = {"": "按月", "late": "已逾期", "soon": "七天内应发"}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; a list by `which` spans months, the calendar is one month's."""

    month: str = ""
    county: str = ""
    which: str = ""

    @property
    def query(self) -> str:
        return urlencode([(name, value) for name, value in vars(self).items() if value])


def lines_of(actor: Actor, asked: Asked, on: date) -> list[PayLine]:
    """The list behind the page and behind its counts."""
    if asked.which == "late":
        return queries.late(actor, on=on, county=asked.county)
    if asked.which == "soon":
        return queries.soon(actor, on=on, county=asked.county)
    return queries.calendar(actor, _month(asked.month) or Month.of(on), on=on, county=asked.county)


@page(Permission.SEE_PAYMENTS, methods=("GET", "POST"))
def paydays(request: OfficeRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request)
    given = request.POST
    try:
        new = actions.set_paydays(
            actor=request.actor, county=given.get("county", ""), programmes=given.getlist("programme"),
            since=_required_month(given.get("since", "")), day=_number(given.get("day", "")),
            rest=_rest(given.get("rest", "")), document=given.get("document", ""),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, refusal)
    messages.success(request, f"已登记 {new} 项待遇的发放日。" if new else "发放日早已如此登记，没有变化。")
    return redirect(f"{reverse('paydays')}?{urlencode({'month': given.get('since', '')})}")


def _show(request: OfficeRequest, refusal: Refusal | None = None) -> HttpResponse:
    actor, on = request.actor, business_date()
    asked = _asked(request)
    month = _month(asked.month) or Month.of(on)
    counts = vars(queries.waiting(actor, on=on))
    rows = lines_of(actor, asked, on)
    context: dict[str, Any] = {
        "trail": [(reverse("payrolls"), "发放"), ("", "发放日历")],
        "asked": asked,
        "month": month,
        "near": [month.plus(step) for step in (-1, 1)],
        "tabs": [(which, label, counts.get(which)) for which, label in WHICH.items()],
        "rows": [_line(row) for row in rows],
        "counties": counties_of(actor),
        "programmes": [(name, programme_label(name)) for name in FUNDS],
        "rests": Rest.choices,
        "may_set": actor.may(Permission.PREPARE_PAYROLL),
        "this_month": Month.of(on),
        "refusal": refusal,
        "tried": request.POST if refusal else {},
        "chosen": request.POST.getlist("programme") if refusal else [],
    }
    return render(request, "office/paydays.html", context, status=409 if refusal else 200)


def _line(line: PayLine) -> dict[str, Any]:
    return {
        "line": line,
        "programme": programme_label(line.programme),
        "county": division_name(line.county),
        "tone": TONES[line.state],
        "begun": line.payroll is not None,
    }


def _asked(request: OfficeRequest) -> Asked:
    given = request.GET
    return Asked(
        given.get("month", "") if _month(given.get("month", "")) else "",
        given.get("county", "") if given.get("county") in dict(counties_of(request.actor)) else "",
        given.get("which", "") if given.get("which") in WHICH else "",
    )


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except (ValueError, Refusal):
        return None


def _required_month(text: str) -> Month:
    return _month(text) or _refuse("since", "请填写起始月份，例如 2024-01。")


def _number(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 3:
        return int(text)
    return _refuse("day", "发放日应为 1 至 31 日，31 日即每月最后一日。")


def _rest(text: str) -> Rest:
    return Rest(text) if text in Rest.values else _refuse("rest", "请选择遇休息日提前还是顺延。")


def _refuse(field: str, message: str) -> NoReturn:
    raise Refusal(f"payday.{field}", message, field=field)
