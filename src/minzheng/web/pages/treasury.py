"""What the treasury does beside payrolls: files from the bank brought by hand, the paying account, overpaid money."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.base import step_up
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.payments import actions, queries
from minzheng.payments.types import ReadState, RecoveryKind, RecoveryState
from minzheng.registry import queries as registry
from minzheng.values.errors import Refusal
from minzheng.values.money import parse_yuan
from minzheng.values.month import Month
from minzheng.web.access import OfficeRequest, page
from minzheng.web.pages.payments import bank_page

PAGE_ROWS = 50
LARGEST = 64 << 20
"""Bytes of a bank's file: a hundred thousand lines are some ten million."""
STATES = {"": "全部", **{state.value: state.label for state in RecoveryState}}


# -- the bank's files by hand, the paying account --------------------------------------------------------------------
@page(Permission.RELEASE_PAYROLL, methods=("POST",))
def upload(request: OfficeRequest) -> HttpResponse:
    """A return or a statement that came another way. The same file again is nothing new."""
    step_up.require(request)
    try:
        messages.success(request, _read(request, *_given(request)))
    except Refusal as refusal:
        return _bank(request, refusal)
    return redirect("bank")


def _given(request: OfficeRequest) -> tuple[str, bytes]:
    file = request.FILES.get("file")
    if file is None or file.size is None or not 0 < file.size <= LARGEST:
        raise Refusal(
            "bank.no_file", "没有收到文件，或文件过大。", field="file", next_step="请选择银行给出的原文件。"
        )
    return file.name or "", file.read()


def _read(request: OfficeRequest, name: str, content: bytes) -> str:
    if b"MZDZ" in content[:64]:
        kept = actions.read_statement_file(actor=request.actor, content=content)
        return f"对账单 {kept.number} 已登记。"
    row = actions.read_return_file(actor=request.actor, name=name, content=content)
    if row.state == ReadState.REFUSED:
        raise Refusal("bank.refused", f"回盘文件没有登记：{row.problem}", field="file")
    return (
        f"回盘文件已登记：入账或退回 {row.booked} 笔，已登记过 {row.repeated} 笔，不能登记 {row.faults} 行，"
        f"未答复 {row.unanswered} 笔。"
    )


@page(Permission.RELEASE_PAYROLL, methods=("POST",))
def payer(request: OfficeRequest) -> HttpResponse:
    """The account a county pays from."""
    step_up.require(request)
    given = request.POST
    try:
        actions.set_payer(
            actor=request.actor, county=given.get("county", ""), name=given.get("name", "").strip(),
            number=given.get("number", "").strip(), bank_code=given.get("bank_code", "").strip(),
        )  # fmt: skip
    except Refusal as refusal:
        return _bank(request, refusal)
    messages.success(request, "已登记付款账户，以后生成的银行文件从该账户付款。")
    return redirect("bank")


@page(Permission.CHECK_PAYROLL, methods=("POST",))
def never_paid(request: OfficeRequest) -> HttpResponse:
    """The bank said paid, its statement does not: taken back, so that it is paid anew."""
    step_up.require(request)
    try:
        actions.report_never_paid(
            actor=request.actor,
            payment=_id(request, "payment"),
            reason=request.POST.get("reason", "").strip(),
        )
    except Refusal as refusal:
        return _bank(request, refusal)
    messages.success(request, "已认定未到账，这笔付款列入下一份发放表重发。")
    return redirect("bank")


def _bank(request: OfficeRequest, refusal: Refusal) -> HttpResponse:
    if refusal.code == "permission.denied":
        raise refusal
    return bank_page(request, refusal)


# -- overpaid money --------------------------------------------------------------------------------------------------
@page(Permission.SEE_PAYMENTS)
def recoveries(request: OfficeRequest) -> HttpResponse:
    """What was paid beyond what is due, and what is done about it."""
    return _show(request)


def _show(request: OfficeRequest, refusal: Refusal | None = None) -> HttpResponse:
    actor = request.actor
    state = request.GET.get("state", "") if request.GET.get("state", "") in STATES else ""
    found = queries.recoveries(actor, state=state)
    count = found.count()
    pages = max(1, -(-count // PAGE_ROWS))
    number = request.GET.get("page", "1")
    at = min(int(number), pages) if number.isascii() and number.isdecimal() and 0 < len(number) < 6 else 1
    rows = list(found[(max(at, 1) - 1) * PAGE_ROWS : max(at, 1) * PAGE_ROWS])
    fresh = queries.overpaid(actor)
    heads = {
        home.id: home.head
        for home in registry.household_lines(
            actor,
            [row.household_id for row in rows] + [one.household_id for one in fresh],
            on=business_date(),
        )
    }
    context = {
        "trail": [(reverse("payrolls"), "发放"), ("", "多发与追回")],
        "rows": [_line(row, heads) for row in rows],
        "fresh": [(one, programme_label(one.programme), heads.get(one.household_id, "")) for one in fresh],
        "states": STATES,
        "state": state,
        "query": urlencode({"state": state}) if state else "",
        "count": count,
        "page": max(at, 1),
        "pages": pages,
        "may_decide": actor.may(Permission.CONFIRM_CASES),
        "may_book": actor.may(Permission.CHECK_PAYROLL),
        "key": uuid.uuid4(),
        "refusal": refusal,
    }
    return render(request, "office/recoveries.html", context, status=409 if refusal else 200)


def _line(row: Any, heads: dict[int, str]) -> dict[str, Any]:
    return {
        "row": row,
        "head": heads.get(row.household_id, ""),
        "programme": programme_label(row.programme),
        "since": Month.of(row.since),
        "last": Month.of(row.until).plus(-1),
        "left": row.fen - row.refunded_fen,
        "open": row.state in (RecoveryState.CANDIDATE, RecoveryState.ORDERED),
        "is_fraud": row.kind == RecoveryKind.FRAUD,
        "state": RecoveryState(row.state),
    }


@page(Permission.SEE_PAYMENTS, methods=("POST",))
def recover(request: OfficeRequest) -> HttpResponse:
    """Take up, order, suspend, go on, drop, or book a refund: each on the version that was shown."""
    step_up.require(request)
    try:
        said = _do(request)
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, refusal)
    messages.success(request, said)
    return redirect("recoveries")


def _do(request: OfficeRequest) -> str:
    done = _DONE.get(request.POST.get("what", ""))
    if done is None:
        raise Refusal("recovery.no_action", "没有选择要办理的事项。", next_step="请返回列表选择后提交。")
    said, act = done
    act(request)
    return said


def _open(request: OfficeRequest) -> None:
    award = next(
        (one for one in queries.overpaid(request.actor) if str(one.award_id) == request.POST.get("award")),
        None,
    )
    if award is None:
        raise Refusal("recovery.nothing", "这项待遇没有尚未登记的多发。", next_step="请刷新页面。")
    actions.open_recovery(
        actor=request.actor, award=award.public_id, kind=_kind(request), since=Month.of(award.first),
        last=Month.of(award.last), reason=_reason(request), client_key=_id(request, "key"),
    )  # fmt: skip


def _order(request: OfficeRequest) -> None:
    fine = request.POST.get("fine", "").strip()
    actions.order_recovery(
        **_on_version(request), fine_fen=parse_yuan(fine) if fine else 0,
        document=request.POST.get("document", "").strip(),
    )  # fmt: skip


def _suspend(request: OfficeRequest) -> None:
    actions.suspend_recovery(**_on_version(request), appeal=request.POST.get("appeal", "").strip())


def _resume(request: OfficeRequest) -> None:
    actions.resume_recovery(**_on_version(request))


def _drop(request: OfficeRequest) -> None:
    actions.drop_recovery(**_on_version(request))


def _refund(request: OfficeRequest) -> None:
    actions.record_refund(
        actor=request.actor, recovery=_id(request, "recovery"), fen=parse_yuan(request.POST.get("amount", "")),
        reference=request.POST.get("reason", "").strip(), client_key=_id(request, "key"),
    )  # fmt: skip


_DONE: dict[str, tuple[str, Callable[[OfficeRequest], None]]] = {
    "open": ("已登记，待处理。", _open),
    "order": ("已责令退回。", _order),
    "suspend": ("已中止追回，复议或诉讼终结后再办理。", _suspend),
    "resume": ("已恢复追回。", _resume),
    "drop": ("已记录不予追回。", _drop),
    "refund": ("已登记退款，记入资金台账。", _refund),
}


def _on_version(request: OfficeRequest) -> dict[str, Any]:
    version = request.POST.get("version", "")
    return {
        "actor": request.actor,
        "recovery": _id(request, "recovery"),
        "version": int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0,
        "reason": _reason(request),
    }


def _reason(request: OfficeRequest) -> str:
    return request.POST.get("reason", "").strip()


def _kind(request: OfficeRequest) -> RecoveryKind:
    given = request.POST.get("kind", "")
    if given not in RecoveryKind.values:
        raise Refusal("recovery.no_kind", "请选择是否存在虚报、隐瞒、伪造。", field="kind")
    return RecoveryKind(given)


def _id(request: OfficeRequest, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        raise Refusal(
            "page.incomplete", "页面不完整，没有办理。", next_step="请刷新页面后重新办理。"
        ) from None
