"""Short messages to payees: what was told, what waits, what did not leave and is sent again by somebody."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base.types import Permission
from minzheng.payments import actions, queries
from minzheng.payments.sms.hosts import declared_gateway
from minzheng.payments.types import NoticeState
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

PAGE_ROWS = 50
TONES = {
    NoticeState.WAITING: "", NoticeState.SENDING: "blue", NoticeState.UNKNOWN: "amber", NoticeState.SENT: "green",
    NoticeState.DEAD: "red",
}  # fmt: skip


@page(Permission.SEE_PAYMENTS)
def listed(request: OfficeRequest) -> HttpResponse:
    """One state or all, the newest first; the counts are of the lists behind them."""
    given = request.GET.get("state", "")
    state = NoticeState(given) if given in NoticeState.values else None
    counts = queries.messages_by_state(request.actor)
    count = counts[state] if state else sum(counts.values())
    pages = max(1, -(-count // PAGE_ROWS))
    text = request.GET.get("page", "")
    number = min(int(text), pages) if text.isascii() and text.isdecimal() and 0 < int(text) < 100_000 else 1
    found = queries.messages(request.actor, state=state)[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    context = {
        "trail": [(reverse("payrolls"), "发放"), ("", "短信通知")],
        "rows": [(row, NoticeState(row.state), TONES[NoticeState(row.state)]) for row in found],
        "state": state,
        "all": sum(counts.values()),
        "counts": list(counts.items()),
        "count": count,
        "page": number,
        "pages": pages,
        "declared": _is_declared(),
        "may_send": request.actor.may(Permission.PREPARE_PAYROLL),
    }
    return render(request, "office/messages.html", context)


def _is_declared() -> bool:
    """A declaration that cannot be used is none; the worker says what is wrong with it."""
    try:
        return declared_gateway() is not None
    except Refusal:
        return False


@page(Permission.PREPARE_PAYROLL, methods=("POST",))
def again(request: OfficeRequest, notice: uuid.UUID) -> HttpResponse:
    """Offer once more what did not leave; the second press finds nothing to do."""
    try:
        actions.send_again(actor=request.actor, notice=notice)
    except Refusal as refusal:
        if refusal.code == "notice.not_found":
            raise NotFound("notice", notice) from None
        raise
    messages.success(request, "已重新列入发送；发送前先向网关核实，不会重复。")
    return redirect(f"{reverse('pay-messages')}?state={NoticeState.DEAD.value}")
