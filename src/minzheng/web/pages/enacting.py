"""Bringing values into force: the proposals, one with the list of whom it affects and its signatures, a new one.

A proposal that does not fit comes back as it was typed, with what is wrong beside its field.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.enacting import actions, queries
from minzheng.assessment.enacting.actions import PLACES
from minzheng.assessment.enacting.differences import changes_of, is_text_waiting, rows_of
from minzheng.assessment.enacting.models import ImpactRow
from minzheng.assessment.enacting.queries import ProposalView
from minzheng.assessment.enacting.types import Kind, Side, Stage
from minzheng.assessment.programmes import programme_labels
from minzheng.assessment.reforms.overlay import expected
from minzheng.base import step_up
from minzheng.base.actions import record
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.registry.queries import division_name, household_lines, person_lines
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.book import load

PAGE = 50
READERS = (Permission.SIMULATE, Permission.PROPOSE_RULES, Permission.ENACT_RULES)
_TRAIL = "参数与规则生效"
STAGE_COLOURS = {
    Stage.PROPOSED: "", Stage.PRICED: "amber", Stage.SIGNED: "amber", Stage.IN_FORCE: "green", Stage.TAKEN_BACK: "",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A proposal as a list shows it."""

    view: ProposalView
    place: str
    by: str

    @property
    def colour(self) -> str:
        return STAGE_COLOURS[self.view.stage]


def place_name(code: str) -> str:
    """全国、山西省、长治市, or a county."""
    if code == "000000":
        return "全国"
    return division_name(code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code)


@page(*READERS)
def listing(request: OfficeRequest) -> HttpResponse:
    """Every proposal, the latest first, with where it stands."""
    pages = Paginator(queries.proposals(request.actor), PAGE)
    shown = pages.get_page(request.GET.get("page"))
    views = queries.views(shown)
    names = names_of_actors([view.proposal.actor for view in views])
    context = {
        "trail": [("", _TRAIL)],
        "lines": [Line(view, place_name(view.proposal.place), names[view.proposal.actor]) for view in views],
        "shown": shown,
        "may_propose": request.actor.may(Permission.PROPOSE_RULES),
        "text_waiting": is_text_waiting(),
    }
    return render(request, "office/enacting.html", context)


def trail_of(last: str, address: str = "") -> list[tuple[str, str]]:
    """Where a page under this one lies."""
    return [(reverse("enacting"), _TRAIL), (address, last)]


# -- proposing -------------------------------------------------------------------------------------------------------


@page(Permission.PROPOSE_RULES, methods=("GET", "POST"))
def new(request: OfficeRequest) -> HttpResponse:
    """The form, filled from the address where somebody comes from a parameter's page or the desk; or what was typed."""
    if request.method != "POST":
        return _form(request, {name: request.GET.get(name, "") for name in ("key", "value")})
    tried = {name: request.POST.get(name, "") for name in _FIELDS}
    try:
        made = actions.propose_value(
            actor=request.actor, key=tried["key"], place=tried["place"], value=tried["value"],
            since=month_of(tried["since"]), document=tried["document"], link=tried["link"], reason=tried["reason"],
            example=tried["example"] == "1", client_key=read_key(tried["client_key"]),
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code.startswith("permission"):
            raise
        return _form(request, tried, refusal)
    return redirect("proposal", made.pk)


_FIELDS = ("key", "place", "value", "since", "document", "link", "reason", "example", "client_key")


def _form(request: OfficeRequest, tried: Mapping[str, str], refusal: Refusal | None = None) -> HttpResponse:
    declared = load().parameters.declared
    chosen = declared.get(tried.get("key", ""))
    today = business_date()
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    context = {
        "trail": [(reverse("enacting"), _TRAIL), ("", "提出数值")],
        "parameters": sorted(declared.values(), key=lambda one: one.key),
        "chosen": chosen.key if chosen is not None else "",
        "expected": expected(chosen) if chosen is not None else "",
        "places": [(code, place_name(code)) for code in PLACES],
        "tried": {"place": "140400", "since": f"{following:%Y-%m}", "client_key": uuid.uuid4()}
        | {name: value for name, value in tried.items() if value},
        "refusal": refusal,
    }
    return render(request, "office/enacting_new.html", context, status=409 if refusal else 200)


def month_of(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refusal("enacting.since", "请选择生效月份。", field="since") from None


def read_key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal("enacting.form", "页面已过期。", next_step="请重新打开本页填写。") from None


# -- one proposal ----------------------------------------------------------------------------------------------------


@page(*READERS)
def proposal(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """What is proposed, whom it affects, who signed; and the next step for whoever may take it."""
    return _shown(request, _view(request, public_id))


def _view(request: OfficeRequest, public_id: uuid.UUID) -> ProposalView:
    try:
        return queries.proposal_view(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "enacting.not_found":
            raise NotFound("assessment.proposal", public_id) from None
        raise


def _shown(request: OfficeRequest, view: ProposalView, refusal: Refusal | None = None) -> HttpResponse:
    actor, row = request.actor, view.proposal
    names = names_of_actors([row.actor, *(one.actor for one in view.signatures)])
    may_propose = actor.may(Permission.PROPOSE_RULES)
    context: dict[str, Any] = {
        "trail": trail_of(view.label),
        "line": Line(view, place_name(row.place), names[row.actor]),
        "view": view,
        "row": row,
        "withdrawal": view.kind is Kind.WITHDRAWAL,
        "signatures": [(one, Side(one.side), names[one.actor]) for one in view.signatures],
        "turn": view.side_of(actor),
        "may_find": may_propose and view.enactment is None,
        "may_take_back": may_propose and view.kind is not Kind.WITHDRAWAL and view.stage is Stage.IN_FORCE,
        "changes": changes_of(actor, row.pk) if view.is_text else (),
        "rows": rows_of(actor, row.pk) if view.is_text else (),
        "client_key": uuid.uuid4(),
        "months": _months(request.POST.get("since", "")),
        "refusal": refusal,
        **_affected(request, view),
    }
    return render(request, "office/enacting_proposal.html", context, status=409 if refusal else 200)


def _months(tried: str) -> str:
    return tried or f"{business_date():%Y-%m}"


def _affected(request: OfficeRequest, view: ProposalView) -> dict[str, Any]:
    """The list in the actor's regions, with people and households the actor may see; who looked is recorded."""
    if view.impact is None:
        return {}
    labels = programme_labels()
    programme, county = request.GET.get("programme", ""), request.GET.get("county", "")
    summary = view.summary
    rows = queries.affected(request.actor, view.impact, programme=programme, county=county)
    pages = Paginator(rows, PAGE)
    shown = pages.get_page(request.GET.get("page"))
    named = request.actor.may(Permission.SEE_HOUSEHOLDS)
    if named and shown.object_list:
        record(
            request.actor, "list_affected", "assessment.proposal", view.proposal.pk,
            detail={"count": pages.count, "programme": programme, "county": county},
        )  # fmt: skip
    return {
        "summary": summary["all"],
        "counties": [(division_name(code), code, one) for code, one in sorted(summary["counties"].items())],
        "programmes": [(labels.get(name, name), name, one) for name, one in summary["programmes"].items()],
        "affected": _named(request, list(shown)) if named else [(one, None, None) for one in shown],
        "labels": labels,
        "shown": shown,
        "count": pages.count,
        "programme": programme,
        "county": county,
        "named": named,
    }


def _named(request: OfficeRequest, rows: list[ImpactRow]) -> list[tuple[ImpactRow, Any, Any]]:
    on = business_date()
    homes = {one.id: one for one in household_lines(request.actor, [row.household_id for row in rows], on=on)}
    people = person_lines(request.actor, [row.person_id for row in rows if row.person_id is not None])
    return [(row, homes.get(row.household_id), people.get(row.person_id or -1)) for row in rows]


# -- steps -----------------------------------------------------------------------------------------------------------


@page(Permission.PROPOSE_RULES, methods=("POST",))
def find(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Find whom the proposal affects, over the whole city: some seconds."""
    view = _view(request, public_id)
    try:
        actions.find_affected(actor=request.actor, proposal=public_id)
    except Refusal as refusal:
        return _shown(request, view, refusal)
    return redirect("proposal", public_id)


@page(Permission.PROPOSE_RULES, Permission.ENACT_RULES, methods=("POST",))
def sign(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Sign over the list that was shown. Needs the box ticked and a fresh second factor."""
    view = _view(request, public_id)
    if request.POST.get("read") != "1":
        unread = Refusal("enacting.unread", "请先核对名单并勾选确认，再签署。", field="read")
        return _shown(request, view, unread)
    step_up.require(request)
    try:
        actions.sign(actor=request.actor, proposal=public_id, digest=request.POST.get("digest", ""))
    except Refusal as refusal:
        return _shown(request, view, refusal)
    return redirect("proposal", public_id)


@page(Permission.PROPOSE_RULES, methods=("POST",))
def take_back(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Propose to take back what is in force; the new proposal has its own list and signatures."""
    view = _view(request, public_id)
    try:
        made = actions.propose_taking_back(
            actor=request.actor, proposal=public_id, since=month_of(request.POST.get("since", "")),
            document=request.POST.get("document", ""), reason=request.POST.get("reason", ""),
            client_key=read_key(request.POST.get("client_key", "")),
        )  # fmt: skip
    except Refusal as refusal:
        return _shown(request, view, refusal)
    return redirect("proposal", made.pk)
