"""Applying, and following one case: where it stands, until when, what I may do, what was decided and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from minzheng.assessment.programmes import programme_label
from minzheng.base import documents
from minzheng.base.queries import business_date
from minzheng.cases import actions, queries
from minzheng.cases.asking import Answers, Form
from minzheng.cases.attaching import attach
from minzheng.cases.lines import line_for
from minzheng.cases.models import Case
from minzheng.cases.queries import Offered
from minzheng.cases.types import Channel
from minzheng.cases.workflow import DECISIONS
from minzheng.registry import queries as registry
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal
from minzheng.web import explained, stating
from minzheng.web.portal.access import NOT_THERE, ResidentRequest, resident_page
from minzheng.web.portal.mine import names_of_people

MATERIAL = {
    "identity": "身份证、户口本",
    "income": "收入材料",
    "medical": "病历、看病的发票",
    "disability": "残疾证",
    "relation": "亲属、监护关系",
    "other": "其他",
}


# -- applying ------------------------------------------------------------------------------------------------------
@resident_page(methods=("GET", "POST"), acting=True)
def apply(request: ResidentRequest) -> HttpResponse:
    """One application for the whole family: what is still to be said, then what comes out and what I agree to."""
    way = request.POST.get("go", "")
    form = stating.form_for(request.actor, _home(request), business_date())
    said = stating.answers(form, request.POST.dict(), request.actor.person or 0)
    if (request.method != "POST" or way == "back") and form.open:
        return _ask(request, form, None)
    if said.errors:
        return _ask(request, form, said)
    if way != "submit":
        return _confirm(request, said)
    try:
        return _filed(request, said)
    except Refusal as refusal:
        return _confirm(request, said, refusal)


def _home(request: ResidentRequest) -> int:
    assert request.actor.household is not None
    return request.actor.household


def _ask(request: ResidentRequest, form: Form, said: Answers | None) -> HttpResponse:
    """The questions nobody else can answer; what the platform can look up is not among them."""
    context = {
        "groups": stating.groups(form, request.POST.dict(), said),
        "known": form.known,
        "problems": bool(said and said.errors),
    }
    return render(request, "portal/apply_ask.html", context, status=422 if said and said.errors else 200)


def _confirm(request: ResidentRequest, said: Answers, refusal: Refusal | None = None) -> HttpResponse:
    determination = queries.previewed(request.actor, _home(request), said.statements, steps=False)
    shown = _keyed(determination)
    context: dict[str, Any] = {
        "members": registry.members_of(request.actor, _home(request), on=business_date()),
        "fits": [one for one in shown if one.status != "no"],
        "others": [one for one in shown if one.status == "no"],
        "insisted": request.POST.getlist("programme") if refusal else [],
        "refusal": refusal,
        "carried": stating.carried(request.POST.dict()),
        "key": request.POST.get("key", "") if refusal else uuid.uuid4(),
        "example": any(one.example for one in shown if one.status == "yes"),
    }
    return render(request, "portal/apply.html", context, status=409 if refusal else 200)


def _keyed(determination: Determination) -> list[explained.Shown]:
    """Outcomes of programmes somebody handles; the key names the member by position in the family."""
    shown = [one for one in explained.outcomes(determination) if line_for(one.outcome.program.name)]
    for one in shown:
        who = one.outcome.who
        one.key = f"{one.outcome.program.name}:{'' if who is None else who}"
    return shown


def _filed(request: ResidentRequest, said: Answers) -> HttpResponse:
    actor = request.actor
    assert actor.person is not None
    if request.POST.get("true") != "yes" or request.POST.get("agree") != "yes":
        raise Refusal(
            "application.not_agreed",
            "还没有勾选“情况属实”和“同意核对”。",
            next_step="两项都勾选以后才能提交。",
        )
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        raise Refusal(
            "application.no_key", "页面不完整，没有提交。", next_step="请重新打开申请页面。"
        ) from None
    determination = queries.previewed(actor, _home(request), said.statements, steps=False)
    people = [int(one) for one in determination.facts.people_ids]
    offered = {one.key: one for one in _keyed(determination)}
    wanted = []
    for chosen in request.POST.getlist("programme"):
        one = offered.get(chosen)
        if one is None:
            raise Refusal("application.programme", "选择的待遇无法识别。", next_step="请刷新页面后重新选择。")
        who = one.outcome.who
        wanted.append((one.outcome.program.name, None if who is None else people[who]))
    application = actions.submit_application(
        actor=actor,
        household=_home(request),
        applicant=actor.person,
        channel=Channel.PORTAL,
        client_key=key,
        programmes=wanted,
        statements=said.statements,
    )
    opened = list(application.cases.order_by("id"))
    if not opened:
        raise Refusal(
            "application.nothing",
            "按现在登记的情况，没有可能符合的待遇。",
            next_step="您坚持申请的，请在“看来不符合的”里勾选后提交，会给您书面答复。",
        )
    messages.success(request, f"已经提交，编号 {application.number}。乡镇（街道）会联系您。")
    return (
        redirect("portal-case", public_id=opened[0].public_id)
        if len(opened) == 1
        else redirect("portal-mine")
    )


# -- one case ------------------------------------------------------------------------------------------------------
@resident_page(acting=True)
def case(request: ResidentRequest, public_id: uuid.UUID) -> HttpResponse:
    return _show(request, public_id)


def _show(
    request: ResidentRequest,
    public_id: uuid.UUID,
    refusal: Refusal | None = None,
    tried: Mapping[str, Any] | None = None,
) -> HttpResponse:
    view = queries.case_view(request.actor, public_id)
    row = view.row
    context: dict[str, Any] = {
        "view": view,
        "case": row,
        "programme": programme_label(row.programme),
        "who": names_of_people(request).get(row.person_id or 0, ""),
        "way": queries.timeline_for_resident(request.actor, row),
        "letters": queries.letters_of(request.actor, row),
        "lacking": queries.missing(row),
        "kinds": MATERIAL,
        "may_add": row.closed_on is None,
        "steps": _mine(request, row),
        "decided": _decided(request, row),
        "refusal": refusal,
        "tried": tried or {},
        "key": uuid.uuid4(),
        "on": business_date(),
    }
    return render(request, "portal/case.html", context, status=409 if refusal else 200)


def _mine(request: ResidentRequest, row: Case) -> list[Offered]:
    return [one for one in queries.steps_for(request.actor, row) if one.step.action not in DECISIONS]


def _decided(request: ResidentRequest, row: Case) -> explained.Shown | None:
    """The reasons of a decision in the words of the day it was made; nothing before there is one."""
    if row.decision_id is None or row.household_id is None or request.mandate is not None:
        return None
    found = queries.assessed(request.actor, row, row.decided_on)
    return explained.outcome(found.determination, row.programme, found.who)


@resident_page(methods=("POST",), acting=True)
def step(request: ResidentRequest, public_id: uuid.UUID) -> HttpResponse:
    """What I may do with my case: supply, withdraw, object, appeal."""
    action = request.POST.get("action", "")
    view = queries.case_view(request.actor, public_id)
    offered = next((one for one in _mine(request, view.row) if one.step.action == action), None)
    version = request.POST.get("version", "")
    try:
        actions.take_step(
            actor=request.actor,
            case=public_id,
            action=action,
            version=int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0,
            fields={
                one.name: request.POST[one.name] for one in offered.step.fields if request.POST.get(one.name)
            }
            if offered
            else {},
            reason=request.POST.get("reason", ""),
            client_key=_key(request),
        )
    except Refusal as refusal:
        if refusal.code in NOT_THERE:
            raise
        return _show(request, public_id, refusal, request.POST)
    messages.success(request, f"已办理：{offered.step.label if offered else action}。")
    return redirect("portal-case", public_id=public_id)


@resident_page(methods=("POST",), acting=True)
def add(request: ResidentRequest, public_id: uuid.UUID) -> HttpResponse:
    """Photographs or PDF for my case: looked at, cleaned, kept once by content."""
    row = queries.case_of(request.actor, public_id)
    kind = request.POST.get("kind", "")
    files = request.FILES.getlist("file")
    try:
        if kind not in MATERIAL or not files:
            raise _nothing_chosen()
        for file in files:
            kept = documents.store_upload(
                actor=request.actor,
                content=file.read(),
                name=file.name or "",
                kind=documents.Kind.EVIDENCE,
                division=row.division,
                household=row.household_id,
                title=MATERIAL[kind],
            )
            attach(
                actor=request.actor, case=public_id, document=kept.public_id, kind=kind, on=business_date()
            )
    except Refusal as refusal:
        return _show(request, public_id, refusal, request.POST)
    messages.success(request, "收到了，已经放进您的办件。")
    return redirect("portal-case", public_id=public_id)


def _nothing_chosen() -> Refusal:
    return Refusal("attachment.no_file", "请选择材料类别和要上传的照片。", field="file")


@resident_page(methods=("POST",), acting=True)
def letter(request: ResidentRequest, letter: uuid.UUID) -> HttpResponse:
    """A written notice of my family's case as PDF."""
    kept = documents.document(request.actor, queries.paper_of(request.actor, letter))
    if kept is None:
        raise Http404
    return redirect(documents.link_to(request.actor, kept))


def _key(request: ResidentRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
