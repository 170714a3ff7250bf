"""Hand-overs between townships: offers made to me, to take or refuse, and offers I made, to withdraw."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from minzheng.awards.following import follow_as_platform
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.registry import codes, handover
from minzheng.registry import queries as registry
from minzheng.registry.models import Handover, HandoverState
from minzheng.registry.naming import division_path
from minzheng.registry.ties import Joining
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.change_kinds import YES_NO
from minzheng.web.changing import Picked, Typed

ANSWERED_SHOWN = 50


@page(Permission.RECORD_FACTS)
def handovers(request: OfficeRequest) -> HttpResponse:
    """What waits for my answer, what I wait for, and what was answered lately."""
    return _show(request)


@page(Permission.RECORD_FACTS, methods=("POST",))
def answer(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take, refuse or withdraw one offer; a second press finds it answered."""
    row = handover.handovers(request.actor, open_only=False).filter(public_id=public_id).first()
    if row is None:
        raise NotFound("handover", public_id)
    picked: dict[str, Picked] = {}
    try:
        said, household = _answered(request, row, picked)
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, row, refusal, picked)
    messages.success(request, said)
    if household is None:
        return redirect("handovers")
    [line] = registry.household_lines(request.actor, [household], on=business_date())
    return redirect("household", public_id=line.public_id)


def _answered(request: OfficeRequest, row: Handover, picked: dict[str, Picked]) -> tuple[str, int | None]:
    """What was done in words, and the household it led to."""
    actor, given = request.actor, Typed(request.actor, request.POST.dict())
    given.picked = picked
    version, what = _version(request.POST.get("version", "")), request.POST.get("go", "")
    if what == "refuse":
        handover.refuse_offer(actor=actor, offer=row.public_id, version=version, reason=given.reason())
        return "已退回，登记不变。", None
    if what == "withdraw":
        handover.withdraw_offer(actor=actor, offer=row.public_id, version=version, reason=given.reason())
        return "已撤回，登记不变。", None
    if what != "take":
        raise Refusal("handover.nothing", "请选择接收或者退回。")
    with transaction.atomic():
        said, household = _taken(given, row, version)
        follow_as_platform([row.household_id, household], f"接收移交：{row.reason}")
    return said, household


def _taken(given: Typed, row: Handover, version: int) -> tuple[str, int]:
    if row.person_id is None:
        household = handover.take_household(
            actor=given.actor, offer=row.public_id, version=version, address=given.text("address") or None,
            with_hukou=bool(given.text("with_hukou")),
        )  # fmt: skip
        return f"已接收{row.who} 户，登记已迁入。", household
    into = given.household("into").id if given.text("into") else None
    relation = given.relation("relation") if into else codes.Relation.HEAD
    household = handover.take_person(
        actor=given.actor, offer=row.public_id, version=version,
        joining=Joining(relation, given.yes("lives_here")), into=into,
    )  # fmt: skip
    return f"已接收{row.who}。", household


def _show(
    request: OfficeRequest,
    tried: Handover | None = None,
    refusal: Refusal | None = None,
    picked: dict[str, Picked] | None = None,
) -> HttpResponse:
    rows = handover.handovers(request.actor, open_only=False)
    waiting = list(rows.filter(state=HandoverState.OFFERED))
    answered = list(rows.exclude(state=HandoverState.OFFERED)[: ANSWERED_SHOWN + 1])
    names = names_of_actors(
        {key for row in [*waiting, *answered] for key in (row.offered_by, row.answered_by) if key}
    )
    covers = request.actor.covers
    context: dict[str, Any] = {
        "trail": [("", "移交")],
        "to_me": [_line(row, names) for row in waiting if covers(str(row.to_village // 1000))],
        "by_me": [_line(row, names) for row in waiting if covers(str(row.from_township))],
        "answered": [_line(row, names) for row in answered[:ANSWERED_SHOWN]],
        "more": len(answered) > ANSWERED_SHOWN,
        "relations": [(str(int(one)), one.label) for one in codes.Relation],
        "yes_no": YES_NO,
        "tried": tried.public_id if tried else None,
        "typed": request.POST.dict() if refusal else {},
        "refusal": refusal,
        "wrong": refusal.field if refusal else "",
        "picked": picked or {},
    }
    return render(request, "office/handovers.html", context, status=409 if refusal else 200)


def _line(row: Handover, names: dict[str, str]) -> dict[str, Any]:
    return {
        "row": row,
        "from_place": division_path(row.from_village),
        "to_place": division_path(row.to_village),
        "event": codes.Event(row.event).label,
        "state": HandoverState(row.state).label,
        "offered_by": names.get(row.offered_by, ""),
        "answered_by": names.get(row.answered_by or "", ""),
    }


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
