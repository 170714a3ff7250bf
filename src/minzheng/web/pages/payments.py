"""Paying: the payrolls of a month, one payroll with its signatures, one payment down to its clauses, holds, the bank."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.awards.models import Event
from minzheng.awards.types import Origin
from minzheng.base import step_up
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Actor, Permission
from minzheng.payments import actions, queries
from minzheng.payments.funds import FUNDS
from minzheng.payments.models import Payroll
from minzheng.payments.types import SIGNING, HoldKind, PayrollState, Signing
from minzheng.registry import queries as registry
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.queries import division_name
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.web.access import NotFound, OfficeRequest, page

PAGE_ROWS = 50
TABS = {"all": "全部", "arrears": "补发", "withheld": "暂缓", "zero": "零金额"}
TONES = {
    PayrollState.BUILDING: "blue", PayrollState.LISTED: "amber", PayrollState.PREPARED: "amber",
    PayrollState.CHECKED: "amber", PayrollState.APPROVED: "blue", PayrollState.RELEASED: "green",
    PayrollState.CLOSED: "", PayrollState.CANCELLED: "red",
}  # fmt: skip
_MISSING = frozenset({"payroll.not_found", "payment.not_found", "hold.not_found", "household.not_found"})


def counties_of(actor: Actor) -> list[tuple[str, str]]:
    """The counties in charge, or the one a narrower region lies in."""
    current = [str(row.code) for row in shipped_divisions() if row.level == 6 and row.valid_to is None]
    return [(code, division_name(code)) for code in current if actor.covers(code)]


# -- the payrolls of a month ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """Which payrolls the address asks for."""

    month: str = ""
    programme: str = ""
    county: str = ""

    @property
    def query(self) -> str:
        return urlencode([(name, value) for name, value in vars(self).items() if value])


def _asked(request: OfficeRequest) -> Asked:
    given = request.GET
    month = given.get("month", "")
    return Asked(
        month if _month(month) else "",
        given.get("programme", "") if given.get("programme") in FUNDS else "",
        given.get("county", "") if given.get("county") in dict(counties_of(request.actor)) else "",
    )


def _month(text: str) -> Month | None:
    try:
        return Month.parse(text)
    except (ValueError, Refusal):
        return None


@page(Permission.SEE_PAYMENTS)
def payrolls(request: OfficeRequest) -> HttpResponse:
    """Payrolls, the newest first; the total under the list is of the whole list, not of the page."""
    return _show_payrolls(request)


def _show_payrolls(request: OfficeRequest, refusal: Refusal | None = None) -> HttpResponse:
    asked = _asked(request)
    found = queries.payrolls(
        request.actor, month=_month(asked.month), county=asked.county, programme=asked.programme
    )
    count = found.count()
    pages = max(1, -(-count // PAGE_ROWS))
    number = min(_number(request.GET.get("page", "")), pages)
    rows = list(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
    context = {
        "trail": [("", "发放")],
        "asked": asked,
        "rows": [_line(row) for row in rows],
        "count": count,
        "page": number,
        "pages": pages,
        "near": [n for n in range(number - 2, number + 3) if 0 < n <= pages],
        "query": asked.query,
        "counties": counties_of(request.actor),
        "programmes": [(name, programme_label(name)) for name in FUNDS],
        "may_build": request.actor.may(Permission.PREPARE_PAYROLL),
        "this_month": Month.of(business_date()),
        "refusal": refusal,
        "tried": request.POST if refusal else {},
    }
    return render(request, "office/payrolls.html", context, status=409 if refusal else 200)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 100_000 else 1


def _line(row: Payroll) -> dict[str, Any]:
    state = PayrollState(row.state)
    return {
        "row": row,
        "programme": programme_label(row.programme),
        "county": division_name(row.county),
        "month": Month.of(row.month),
        "state": state,
        "tone": TONES[state],
    }


def _asked_month(request: OfficeRequest) -> Month:
    month = _month(request.POST.get("month", ""))
    if month is None:
        raise Refusal("payroll.month", "请填写发放月份，例如 2023-12。", field="month")
    return month


@page(Permission.PREPARE_PAYROLL, methods=("POST",))
def build(request: OfficeRequest) -> HttpResponse:
    """Make the payroll of a county, programme and month; the same again is the same payroll."""
    try:
        month = _asked_month(request)
        row = actions.build_payroll(
            actor=request.actor,
            county=request.POST.get("county", ""),
            programme=request.POST.get("programme", ""),
            month=month,
        )
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show_payrolls(request, refusal)
    return redirect("payroll", payroll=row.id)


# -- one payroll ---------------------------------------------------------------------------------------------------
@page(Permission.SEE_PAYMENTS)
def payroll(request: OfficeRequest, payroll: uuid.UUID) -> HttpResponse:
    return _show(request, payroll)


def _show(request: OfficeRequest, payroll: uuid.UUID, refusal: Refusal | None = None) -> HttpResponse:
    try:
        view = queries.payroll_view(request.actor, payroll)
    except Refusal as missing:
        if missing.code in _MISSING:
            raise NotFound("payroll", payroll) from None
        raise
    row = view.row
    tab = request.GET.get("tab", "all") if request.GET.get("tab") in TABS else "all"
    found = queries.lines(request.actor, row, tab)
    count = found.count()
    pages = max(1, -(-count // PAGE_ROWS))
    number = min(_number(request.GET.get("page", "")), pages)
    lines = list(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
    standings = queries.standings([line.id for line in lines])
    people = registry.person_lines(
        request.actor, [one for line in lines for one in (line.person_id, line.payee_id) if one]
    )
    context = {
        "trail": [
            (reverse("payrolls"), "发放"),
            ("", f"{programme_label(row.programme)} {Month.of(row.month)}"),
        ],
        **_line(row),
        "view": view,
        "names": names_of_actors([one.actor for one in view.signatures]),
        "sign": _next_signing(request.actor, row),
        "may_release": row.state == PayrollState.APPROVED and request.actor.may(Permission.RELEASE_PAYROLL),
        "may_change": row.state in _OPEN and request.actor.may(Permission.PREPARE_PAYROLL),
        "may_discard": row.state in _OPEN
        and any(
            request.actor.may(one)
            for one in (Permission.PREPARE_PAYROLL, Permission.CHECK_PAYROLL, Permission.RELEASE_PAYROLL)
        ),
        "tabs": TABS,
        "tab": tab,
        "lines": [
            {
                "line": line,
                "standing": standings[line.id],
                "who": people[line.person_id].name if line.person_id in people else "",
                "payee": people[line.payee_id].name if line.payee_id in people else "",
                "month": Month.of(line.month),
            }
            for line in lines
        ],
        "count": count,
        "page": number,
        "pages": pages,
        "refusal": refusal,
    }
    return render(request, "office/payroll.html", context, status=409 if refusal else 200)


_OPEN = (PayrollState.LISTED, PayrollState.PREPARED, PayrollState.CHECKED, PayrollState.APPROVED)


def _next_signing(actor: Actor, row: Payroll) -> Signing | None:
    """The signature that is due and that somebody like the actor gives."""
    for signing, rule in SIGNING.items():
        if row.state == rule.before and actor.may(rule.by):
            return signing
    return None


@page(Permission.SEE_PAYMENTS, methods=("POST",))
def act(request: OfficeRequest, payroll: uuid.UUID) -> HttpResponse:
    """Sign, release, list anew, give up: on exactly the version and content that was shown."""
    step_up.require(request)
    what = request.POST.get("what", "")
    version = request.POST.get("version", "")
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
    reason = request.POST.get("reason", "").strip()
    try:
        said = _do(request, payroll, what, number, reason)
    except Refusal as refusal:
        if refusal.code in _MISSING:
            raise NotFound("payroll", payroll) from None
        if refusal.code == "permission.denied":
            raise
        return _show(request, payroll, refusal)
    messages.success(request, said)
    return redirect("payroll", payroll=payroll)


def _do(request: OfficeRequest, payroll: uuid.UUID, what: str, version: int, reason: str) -> str:
    actor = request.actor
    if what in Signing.values:
        actions.sign_payroll(
            actor=actor,
            payroll=payroll,
            signing=Signing(what),
            digest=request.POST.get("digest", ""),
            version=version,
        )
        return f"已签署（{Signing(what).label}）。"
    if what == "release":
        actions.release_payroll(actor=actor, payroll=payroll, version=version)
        return "已发放：已记账并生成银行文件，等待送出。"
    if what == "rebuild":
        actions.rebuild_payroll(actor=actor, payroll=payroll, version=version, reason=reason)
        return "已按现在的事实重新编制，原来的签署不再有效。"
    if what == "discard":
        actions.discard_payroll(actor=actor, payroll=payroll, version=version, reason=reason)
        return "已作废，没有发放任何资金。"
    raise Refusal("payroll.no_action", "没有选择要办理的事项。", next_step="请返回发放表选择后提交。")


# -- one payment ---------------------------------------------------------------------------------------------------
@page(Permission.SEE_PAYMENTS)
def payment(request: OfficeRequest, payment: uuid.UUID) -> HttpResponse:
    """From the fen to the clause: payment, award, decision, facts; and to the bank's answer."""
    try:
        view = queries.payment_view(request.actor, payment)
    except Refusal as missing:
        if missing.code in _MISSING:
            raise NotFound("payment", payment) from None
        raise
    line = view.payment
    people = registry.person_lines(request.actor, [one for one in (line.person_id, line.payee_id) if one])
    context = {
        "trail": [
            (reverse("payrolls"), "发放"),
            (reverse("payroll", args=[line.payroll_id]), programme_label(line.programme)),
            ("", "付款"),
        ],
        "view": view,
        "line": line,
        "month": Month.of(line.month),
        "programme": programme_label(line.programme),
        "who": people[line.person_id].name if line.person_id in people else "",
        "payee": people[line.payee_id].name if line.payee_id in people else "",
        "may_hold": request.actor.may(Permission.HOLD_PAYMENTS),
        "key": uuid.uuid4(),
        "brought": _brought(view),
    }
    return render(request, "office/payment.html", context)


def _brought(view: queries.PaymentView) -> Event | None:
    """Where no decision of the platform is behind a payment: the record by which its award was taken over."""
    if view.decision is not None or view.award.origin != Origin.TAKEN_OVER:
        return None
    return view.award.events.order_by("version").first()


# -- holds and the red button --------------------------------------------------------------------------------------
@page(Permission.SEE_PAYMENTS)
def holds(request: OfficeRequest) -> HttpResponse:
    return _show_holds(request)


def _show_holds(request: OfficeRequest, refusal: Refusal | None = None) -> HttpResponse:
    found = queries.holds(request.actor)
    context = {
        "trail": [(reverse("payrolls"), "发放"), ("", "暂缓与紧急停付")],
        "holds": found,
        "counties": counties_of(request.actor),
        "may_hold": request.actor.may(Permission.HOLD_PAYMENTS),
        "key": uuid.uuid4(),
        "refusal": refusal,
        "stop": HoldKind.STOP,
    }
    return render(request, "office/holds.html", context, status=409 if refusal else 200)


@page(Permission.HOLD_PAYMENTS, methods=("POST",))
def hold(request: OfficeRequest) -> HttpResponse:
    """The red button for a county, a single payment, or agreeing that a hold goes. Only letting go asks a fresh factor."""
    if request.POST.get("what") == "lift":
        step_up.require(request)
    reason = request.POST.get("reason", "").strip()
    try:
        key = uuid.UUID(request.POST.get("key", ""))
        if request.POST.get("what") == "stop":
            actions.stop_payments(
                actor=request.actor, division=request.POST.get("county", ""), reason=reason, client_key=key
            )
            messages.success(request, "已紧急停付：该地区不再发放和送出，须两人同意方可恢复。")
        elif request.POST.get("what") == "payment":
            row = queries.payment_view(request.actor, uuid.UUID(request.POST.get("payment", ""))).payment
            actions.hold_payment(actor=request.actor, payment=row, reason=reason, client_key=key)
            messages.success(request, "已暂缓这笔付款，须两人同意方可恢复。")
        else:
            actions.lift_hold(
                actor=request.actor, hold=uuid.UUID(request.POST.get("hold", "")), reason=reason
            )
            messages.success(request, "已记录您的同意；两人同意后恢复。")
    except ValueError:
        return _show_holds(
            request, Refusal("hold.incomplete", "页面不完整，没有办理。", next_step="请刷新页面后重新办理。")
        )
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show_holds(request, refusal)
    return redirect("holds")


# -- the bank ------------------------------------------------------------------------------------------------------
@page(Permission.SEE_PAYMENTS)
def bank(request: OfficeRequest) -> HttpResponse:
    """Files to and from the bank, and whether list, ledger and file agree to the fen."""
    return bank_page(request)


def bank_page(request: OfficeRequest, refusal: Refusal | None = None) -> HttpResponse:
    """The page itself, for what is posted from it as well."""
    month = _month(request.GET.get("month", "")) or Month.of(business_date())
    may_release = request.actor.may(Permission.RELEASE_PAYROLL)
    context = {
        "trail": [(reverse("payrolls"), "发放"), ("", "银行与对账")],
        "month": month,
        "treasury": [
            (line, division_name(line.county), programme_label(line.programme))
            for line in queries.reconciliation(request.actor, month)
        ],
        "files": queries.bank_files(request.actor)[:PAGE_ROWS],
        "returns": queries.return_files(request.actor)[:PAGE_ROWS],
        "never": queries.never_paid(request.actor),
        "most": PAGE_ROWS,
        "may_release": may_release,
        "may_check": request.actor.may(Permission.CHECK_PAYROLL),
        "payers": queries.payers(request.actor) if may_release else [],
        "counties": counties_of(request.actor),
        "refusal": refusal,
    }
    return render(request, "office/bank.html", context, status=409 if refusal else 200)
