"""Taking in an application at the window: whose, for whom, what comes out of it before it is filed."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases import actions, queries
from minzheng.cases.asking import Answers
from minzheng.cases.lines import line_for
from minzheng.cases.types import Channel
from minzheng.registry.queries import HouseholdView
from minzheng.values.errors import Refusal
from minzheng.web import explained, stating
from minzheng.web.access import OfficeRequest, page
from minzheng.web.homes import household_at


@page(Permission.RECEIVE_CASES)
def intake(request: OfficeRequest) -> HttpResponse:
    """Where an application begins: find the family first."""
    return render(
        request, "office/intake_start.html", {"trail": [(reverse("cases"), "办件"), ("", "受理新申请")]}
    )


@page(Permission.RECEIVE_CASES, methods=("GET", "POST"))
def apply(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """The family's application: what the law says of every programme now, who applies, what is insisted on."""
    view = household_at(request, public_id)
    if request.method == "POST":
        if request.POST.get("go") == "preview":
            return _show(request, view)
        try:
            return _filed(request, view)
        except Refusal as refusal:
            if refusal.code == "permission.denied":
                raise
            return _show(request, view, refusal)
    return _show(request, view)


def _show(
    request: OfficeRequest, view: HouseholdView, refusal: Refusal | None = None, said: Answers | None = None
) -> HttpResponse:
    form = stating.form_for(request.actor, view.id, business_date())
    typed = request.POST.dict()
    said = said or stating.answers(form, typed, 0)
    determination = queries.previewed(
        request.actor, view.id, () if said.errors else said.statements, steps=False
    )
    people = [int(one) for one in determination.facts.people_ids]
    shown = [one for one in explained.outcomes(determination) if line_for(one.outcome.program.name)]
    for one in shown:
        who = one.outcome.who
        one.key = f"{one.outcome.program.name}:{'' if who is None else people[who]}"
    context: dict[str, Any] = {
        "trail": [
            (reverse("cases"), "办件"),
            (reverse("household", args=[view.public_id]), "家庭"),
            ("", "受理申请"),
        ],
        "household": view,
        "head": next((m.person for m in view.members if m.person), None),
        "groups": stating.groups(form, typed, said),
        "known": form.known,
        "problems": bool(said.errors),
        "fits": [one for one in shown if one.status != "no"],
        "others": [one for one in shown if one.status == "no"],
        "refusal": refusal,
        "tried": request.POST,
        "insisted": request.POST.getlist("programme"),
        "key": request.POST.get("key", "") or uuid.uuid4(),
        "lead": request.GET.get("lead", "") or request.POST.get("lead", ""),
        "channels": [(one.value, one.label) for one in (Channel.OFFICE, Channel.LEAD)],
    }
    return render(request, "office/intake.html", context, status=409 if refusal else 200)


def _filed(request: OfficeRequest, view: HouseholdView) -> HttpResponse:
    lead = _uuid(request.POST.get("lead", ""))
    key = _uuid(request.POST.get("key", ""))
    if key is None:
        raise Refusal("application.no_key", "页面不完整，没有保存。", next_step="请重新打开受理页面后提交。")
    applicant = _applicant(request, view)
    form = stating.form_for(request.actor, view.id, business_date())
    said = stating.answers(form, request.POST.dict(), applicant)
    if said.errors:
        raise Refusal("application.answers", "申报内容还有地方要改。", next_step="请看标红的项目。")
    application = actions.submit_application(
        actor=request.actor,
        household=view.id,
        applicant=applicant,
        statements=said.statements,
        channel=Channel.LEAD if lead else Channel.OFFICE,
        client_key=key,
        programmes=[_programme(one) for one in request.POST.getlist("programme")],
        lead=lead,
    )
    opened = list(application.cases.order_by("id"))
    if not opened:
        messages.warning(
            request,
            f"申请 {application.number} 已登记；按现有事实没有符合的待遇，也没有坚持申请的，未开办件。",
        )
        return redirect("household", public_id=view.public_id)
    messages.success(request, f"申请 {application.number} 已登记，开出 {len(opened)} 件。")
    return redirect("case", public_id=opened[0].public_id) if len(opened) == 1 else redirect("cases")


def _applicant(request: OfficeRequest, view: HouseholdView) -> int:
    """The member who applies, by the public id the form carries."""
    chosen = request.POST.get("applicant", "")
    for member in view.members:
        if member.person is not None and str(member.person.public_id) == chosen:
            return member.person.id
    raise Refusal("application.no_applicant", "请选择申请人。", field="applicant")


def _programme(text: str) -> tuple[str, int | None]:
    name, _, person = text.partition(":")
    if line_for(name) is None or (person and not (person.isascii() and person.isdecimal())):
        raise Refusal("application.programme", "选择的待遇无法识别。", next_step="请刷新页面后重新选择。")
    return name, int(person) if person else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
