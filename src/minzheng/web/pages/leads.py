"""Leads and reviews: the lists of my townships, one case on one screen, what was done about it, the list as a file."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date

from minzheng.assessment import queries as assessment
from minzheng.assessment.actions import export_leads, handle_lead, open_lead
from minzheng.assessment.models import Lead
from minzheng.assessment.programmes import programme_labels
from minzheng.assessment.queries import LeadLine, LeadView
from minzheng.assessment.types import Attention, Kind, Supplier
from minzheng.assessment.workflow import LIVE, Action, State, transition
from minzheng.base import step_up
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.registry import queries as registry
from minzheng.rules.status import Status
from minzheng.values.errors import Refusal
from minzheng.web import branches, explained, places
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.asked import EVERY, FAMILIES, ORDER_WORDS, Asked, asked_of, back_query
from minzheng.web.files import FORMATS, table_file

TITLES = {"leads": "线索", "reviews": "复核任务"}
_ABOUT = {
    "leads": "比对查出可能应当享受而没有享受的家庭和人员。线索只是提示，联系本人、查清情况、按程序受理以后才有待遇。",
    "reviews": "正在享受的家庭和人员中，按现有事实可能不再符合、金额不符或尚待查清的。复核不停发待遇，停发须按程序办理。",
}
REASONS = {
    Action.CONTACT: ("电话联系本人，愿意申请", "入户告知政策，愿意申请", "已请村（社区）转告，等待答复"),
    Action.APPLY: ("已受理本人申请", "已受理村（社区）代为提交的申请"),
    Action.DECLINE: ("本人明确表示不申请", "监护人明确表示不申请"),
    Action.POSTPONE: ("外出务工，返乡后再联系", "住院治疗，出院后再联系"),
    Action.REPORT_WRONG: (
        "登记的收入与实际不符",
        "登记的家庭成员与实际不符",
        "登记的残疾或疾病情况与实际不符",
    ),
    Action.REVIEW: ("复核后情况属实，已转办理程序", "复核后仍符合条件，无须变动"),
    Action.SETTLE: ("情况已变，线索不再成立",),
    Action.REOPEN: ("情况有变，需要重新办理",),
}
"""What is said most often, to be chosen instead of typed; anything else can be written beside it."""


ORDER = (
    Action.CONTACT,
    Action.APPLY,
    Action.REVIEW,
    Action.DECLINE,
    Action.POSTPONE,
    Action.REPORT_WRONG,
    Action.SETTLE,
    Action.REOPEN,
)
"""What is done most often stands first."""


# -- lists ---------------------------------------------------------------------------------------------------------
@page(Permission.SEE_LEADS, methods=("GET", "POST"))
def leads(request: OfficeRequest, family: str) -> HttpResponse:
    """A list; a name to look for comes by POST and never stands in the address."""
    sent = request.POST if request.method == "POST" else request.GET
    asked = asked_of(request.actor, family, sent, text=request.POST.get("text", ""))
    found = _rows(request, asked)
    count = found.count()
    pages = max(1, -(-count // assessment.PAGE))
    number = min(_page_number(sent.get("page", "1")), pages)
    start = (number - 1) * assessment.PAGE
    context: dict[str, Any] = {
        "trail": [("", TITLES[family])],
        "title": TITLES[family],
        "about": _ABOUT[family],
        "family": family,
        "asked": asked,
        "lines": assessment.lead_lines(request.actor, found[start : start + assessment.PAGE]),
        "count": count,
        "pages": pages,
        "page": number,
        "near": [n for n in range(number - 2, number + 3) if 0 < n <= pages],
        "query": asked.query(),
        "back": asked.query(),
        "may_export": request.actor.may(Permission.EXPORT) and not asked.due,
        "export": reverse(f"{family}-export"),
        "formats": FORMATS,
        **_choices(request, family),
    }
    return render(request, "office/leads.html", context)


def _rows(request: OfficeRequest, asked: Asked) -> QuerySet[Lead]:
    found = assessment.leads(request.actor, asked.filter)
    if asked.due:
        found = found.filter(pk__in=assessment.due(request.actor, on=business_date()).values("pk"))
    return found


def _choices(request: OfficeRequest, family: str) -> dict[str, Any]:
    return {
        "programmes": programme_labels(),
        "places": places.groups(request.actor),
        "kinds": [(str(kind.value), kind.label) for kind in FAMILIES[family]],
        "states": [(state.value, state.label) for state in State if _fits(state, family)],
        "every": EVERY,
        "orders": ORDER_WORDS,
        "attentions": [(str(flag.value), flag.labels[0]) for flag in Attention],
    }


def _fits(state: State, family: str) -> bool:
    """Declining and applying are for leads, having been reviewed is for reviews."""
    mine = {State.DECLINED: "leads", State.APPLIED: "leads", State.REVIEWED: "reviews"}
    return mine.get(state, family) == family


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 100_000 else 1


@page(Permission.EXPORT, methods=("POST",))
def export(request: OfficeRequest, family: str) -> HttpResponse:
    """The list as a file: the same rows in the same order, for a purpose that is recorded."""
    step_up.require(request)
    asked = asked_of(request.actor, family, request.POST, text=request.POST.get("text", ""))
    rows = export_leads(actor=request.actor, which=asked.filter, purpose=request.POST.get("purpose", ""))
    return table_file(rows, request.POST.get("format", ""), name=f"{TITLES[family]}-{business_date():%Y%m%d}")


# -- one case ------------------------------------------------------------------------------------------------------
@page(Permission.SEE_LEADS)
def lead(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """One screen: who and what, why, what is still to be asked, what next. Opening it is recorded."""
    _open(request, public_id)
    return _show(request, public_id)


def _open(request: OfficeRequest, public_id: uuid.UUID) -> Lead:
    try:
        return open_lead(actor=request.actor, lead=public_id)
    except Refusal as refusal:
        if refusal.code == "lead.not_found":
            raise NotFound("lead", public_id) from None
        raise


def _show(request: OfficeRequest, public_id: uuid.UUID, refusal: Refusal | None = None) -> HttpResponse:
    view = assessment.lead_view(request.actor, public_id)
    line = view.line
    family = "reviews" if line.lead.is_review else "leads"
    back = back_query(request.GET.get("back", "") or request.POST.get("back", ""))
    home = reverse(family) + (f"?{back}" if back else "")
    context: dict[str, Any] = {
        "trail": [(home, TITLES[family]), ("", _who(line))],
        "view": view,
        "line": line,
        "lead": line.lead,
        "who": _who(line),
        "family": family,
        "home": home,
        "back": back,
        "found": Status(line.lead.outcome),
        "one": _outcome(view),
        "branches": branches.address_of("lead-branch", public_id),
        "members": _members(request, line),
        "steps": [_step(action, line) for action in sorted(view.actions, key=ORDER.index)],
        "asks": _by_supplier(view),
        "history": _history(view),
        "refusal": refusal,
        "tried": request.POST if refusal else {},
        "may_reveal": request.actor.may(Permission.REVEAL_IDENTITY),
        "may_apply": line.household is not None
        and family == "leads"
        and line.state in LIVE
        and request.actor.may(Permission.RECEIVE_CASES),
        "today_is": business_date(),
    }
    return render(request, "office/lead.html", context, status=409 if refusal else 200)


def _who(line: LeadLine) -> str:
    if line.person is not None:
        return line.person.name
    head = line.household.head if line.household else ""
    return f"{head} 户" if head else "家庭"


def _outcome(view: LeadView) -> explained.Shown | None:
    """What the law says today, clause by clause; None where the household can no longer be judged."""
    if view.determination is None or view.live.outcome is None:
        return None
    return explained.outcome(view.determination, view.line.lead.programme, view.who)


@page(Permission.SEE_LEADS)
def branch(request: OfficeRequest, public_id: uuid.UUID, key: str) -> HttpResponse:
    """What one line of the explanation rests on. Opening it is recorded as opening the lead is."""
    _open(request, public_id)
    view = assessment.lead_view(request.actor, public_id)
    one = _outcome(view)
    family = "reviews" if view.line.lead.is_review else "leads"
    who = _who(view.line)
    return branches.show(
        request,
        one.tree if one else [],
        key,
        branches.address_of("lead-branch", public_id),
        trail=[(reverse(family), TITLES[family]), (reverse("lead", args=[public_id]), who)],
        about=f"{who} · {view.line.programme_label}",
    )


def _members(request: OfficeRequest, line: LeadLine) -> tuple[registry.Member, ...]:
    if line.household is None:
        return ()
    return registry.members_of(request.actor, line.household.id, on=business_date())


@dataclass(frozen=True)
class Step:
    """A next step as a form offers it."""

    action: Action
    reasons: tuple[str, ...]
    needs_day: bool
    silences: bool


def _step(action: Action, line: LeadLine) -> Step:
    row = transition(action, line.state, line.kind)
    assert row is not None
    return Step(action, REASONS[action], row.until, action in (Action.DECLINE, Action.POSTPONE))


def _by_supplier(view: LeadView) -> list[tuple[Supplier, list[assessment.Ask]]]:
    return [
        (supplier, [ask for ask in view.asks if ask.supplier is supplier])
        for supplier in Supplier
        if any(ask.supplier is supplier for ask in view.asks)
    ]


def _history(view: LeadView) -> list[dict[str, Any]]:
    names = names_of_actors({event.actor for event in view.events})
    return [
        {"event": event, "by": names[event.actor], "state": State(event.state), "kind": Kind(event.kind)}
        for event in reversed(view.events)
    ]


@page(Permission.HANDLE_LEADS, methods=("POST",))
def step(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """One step of the workflow; what is missing is said beside the form, and nothing typed is lost."""
    action = next((one for one in Action if one.value == request.POST.get("action")), None)
    if action is None:
        raise Refusal("lead.no_action", "没有选择要办理的事项。", next_step="请返回线索页面选择后提交。")
    reason = "；".join(
        part
        for part in (request.POST.get("usual", "").strip(), request.POST.get("reason", "").strip())
        if part
    )
    try:
        done = handle_lead(
            actor=request.actor,
            lead=public_id,
            action=action,
            version=_version(request.POST.get("version", "")),
            reason=reason,
            until=_day(request.POST.get("until", "")),
            every_programme=request.POST.get("every") == "1",
        )
    except Refusal as refusal:
        if refusal.code == "lead.not_found":
            raise NotFound("lead", public_id) from None
        if refusal.code == "permission.denied":
            raise
        return _show(request, public_id, refusal)
    messages.success(request, f"已记录：{action.label}。这条线索现在是“{State(done.state).label}”。")
    back = back_query(request.POST.get("back", ""))
    return redirect(reverse("lead", args=[public_id]) + (f"?{urlencode({'back': back})}" if back else ""))


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _day(text: str) -> Any:
    """The day typed, None where there is none; one that does not exist is refused like a missing one."""
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None
