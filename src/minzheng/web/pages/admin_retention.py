"""Papers whose keeping time is over: what is due, what holds it back, the lists, and the two signatures."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base import step_up
from minzheng.base.documents import Kind
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.registry.queries import division_name
from minzheng.retention import actions, queries
from minzheng.retention.types import Blocked, Ground
from minzheng.rulebook.keeping import KEEPING
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

_SHOWN = 100


@page(Permission.DISPOSE_PAPERS, methods=("GET", "POST"))
def papers(request: OfficeRequest) -> HttpResponse:
    if request.method != "POST":
        return _shown(request)
    step_up.require(request)
    try:
        made = actions.draw_up(
            actor=request.actor, reason=request.POST.get("reason", ""), client_key=_key(request)
        )
    except Refusal as refusal:
        return _shown(request, refusal)
    return redirect("admin-retention-order", made.pk)


@page(Permission.DISPOSE_PAPERS, methods=("GET", "POST"))
def order(request: OfficeRequest, order: uuid.UUID) -> HttpResponse:
    if request.method != "POST":
        return _order(request, order)
    step_up.require(request)
    try:
        actions.sign_order(actor=request.actor, order=order, digest=request.POST.get("digest", ""))
    except Refusal as refusal:
        return _order(request, order, refusal)
    messages.success(request, "已签署。两人签署后由后台执行，执行前再次核对是否仍有未办结的事项。")
    return redirect("admin-retention-order", order)


@page(Permission.DISPOSE_PAPERS, methods=("POST",))
def hold(request: OfficeRequest) -> HttpResponse:
    typed = request.POST
    try:
        actions.hold_papers(
            actor=request.actor,
            division=typed.get("division", ""),
            ground=_ground(typed.get("ground", "")),
            reason=typed.get("hold_reason", ""),
            client_key=_key(request),
        )
    except Refusal as refusal:
        return _shown(request, refusal)
    messages.success(request, "已登记，解除以前该区划的材料不销毁。")
    return redirect("admin-retention")


@page(Permission.DISPOSE_PAPERS, methods=("POST",))
def lift(request: OfficeRequest, hold: uuid.UUID) -> HttpResponse:
    try:
        actions.lift_papers(actor=request.actor, hold=hold, reason=request.POST.get("lift_reason", ""))
    except Refusal as refusal:
        return _shown(request, refusal)
    messages.success(request, "已解除。")
    return redirect("admin-retention")


def _shown(request: OfficeRequest, error: Refusal | None = None) -> HttpResponse:
    on = business_date()
    due = queries.due(request.actor, on)
    free = Counter(one.kind for one in due if one.blocked is None)
    held = Counter(one.blocked for one in due if one.blocked is not None)
    holds, lists = list(queries.holds(request.actor)), list(queries.orders(request.actor)[: _SHOWN + 1])
    context: dict[str, Any] = {
        "trail": [("", "材料保管和销毁")],
        "on": on,
        "times": [(Kind(one.kind).label, one, free[Kind(one.kind)]) for one in KEEPING.values()],
        "free": sum(free.values()),
        "at_once": actions.AT_ONCE,
        "held": [(Blocked(why).label, count) for why, count in held.most_common()],
        "holds": [(one, division_name(one.division)) for one in holds],
        "orders": lists[:_SHOWN],
        "more": len(lists) > _SHOWN,
        "names": names_of_actors({*(one.actor for one in holds), *(one.actor for one in lists)}),
        "grounds": Ground.choices,
        "region": request.actor.regions[0],
        "typed": request.POST if error else {},
        "error": error,
        "key": uuid.uuid4(),
    }
    return render(request, "office/admin_retention.html", context, status=409 if error else 200)


def _order(request: OfficeRequest, pk: uuid.UUID, error: Refusal | None = None) -> HttpResponse:
    row = queries.order_of(request.actor, pk)
    if row is None:
        raise NotFound("retention.order", pk)
    signatures = queries.signatures_of(row)
    mine = any(str(one.natural_person) == request.actor.natural_person for one in signatures)
    context: dict[str, Any] = {
        "trail": [(reverse("admin-retention"), "材料保管和销毁"), ("", "销毁清册")],
        "order": row,
        "digest": queries.digest_of(row),
        "items": [
            (
                item,
                Kind(item.document.kind).label,
                division_name(item.division),
                Blocked(item.why).label if item.why else "",
            )
            for item in row.items.select_related("document").order_by("keep_until", "id")
        ],
        "signatures": signatures,
        "may_sign": not mine and len(signatures) < 2,
        "names": names_of_actors({row.actor, *(one.actor for one in signatures)}),
        "error": error,
    }
    return render(request, "office/admin_retention_order.html", context, status=409 if error else 200)


def _ground(text: str) -> Ground:
    if text not in Ground.values:
        raise Refusal("retention.ground", "请选择原因。", field="ground")
    return Ground(text)


def _key(request: OfficeRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        raise Refusal("retention.key", "提交的页面已过期，请刷新后重试。") from None
