"""A visit at home, filled in on a phone: kept there while there is no network, sent later, nothing lost.

The form works without script; with it the page, what is typed, pictures and signatures stay on the phone until the
platform has said that it kept them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from minzheng.assessment.programmes import programme_label
from minzheng.base import documents
from minzheng.base.colleagues import colleagues
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases import queries
from minzheng.cases.models import Case, Finding, Visit
from minzheng.cases.types import Found
from minzheng.cases.visit_form import VisitField, visit_fields
from minzheng.cases.visiting import Seen, record_visit, resolve_finding
from minzheng.registry import queries as registry
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

_MOST_FILES = 12
_PICTURES = {"photo": "入户照片", "signature": "签名"}
_KINDS = {"photo": documents.Kind.PHOTO, "signature": documents.Kind.SIGNATURE}


@page(Permission.INVESTIGATE, methods=("GET", "POST"))
def visit(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """The form of a visit; posted, the visit is kept once however often it is sent."""
    row = _case(request, public_id)
    if request.method != "POST":
        return _show(request, row)
    try:
        kept = _kept(request, row)
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _refused(request, row, refusal)
    waiting = list(Finding.objects.filter(visit=kept, state=Found.CONFLICT))
    if _by_script(request):
        return JsonResponse(
            {
                "state": "kept",
                "conflicts": [one.label for one in waiting],
                "case": reverse("case", args=[public_id]),
            }
        )
    messages.success(request, "入户调查已登记。")
    if waiting:
        names = "、".join(one.label for one in waiting)
        messages.warning(request, f"有 {len(waiting)} 项与他人登记的不一致，两边都保留，请处理：{names}。")
    return redirect("case", public_id=public_id)


def _case(request: OfficeRequest, public_id: uuid.UUID) -> Case:
    try:
        return queries.case_of(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "case.not_found":
            raise NotFound("case", public_id) from None
        raise


def _by_script(request: OfficeRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refused(request: OfficeRequest, row: Case, refusal: Refusal) -> HttpResponse:
    if _by_script(request):
        return JsonResponse(
            {"state": "refused", "message": f"{refusal.message}{refusal.next_step}", "field": refusal.field},
            status=409,
        )
    return _show(request, row, refusal)


@dataclass(frozen=True)
class Asked:
    """A field of the form with what stands for it now and the number of that finding."""

    field: VisitField
    value: Any
    number: int


def _show(request: OfficeRequest, row: Case, refusal: Refusal | None = None) -> HttpResponse:
    today = business_date()
    current = {one.field: one for one in Finding.objects.filter(case=row, state=Found.CURRENT)}
    asked = []
    for one in visit_fields(request.actor, row):
        found = current.get(one.name)
        typed = request.POST.get(f"f_{one.name}") if refusal else None
        value = typed if typed is not None else found.value if found else ""
        asked.append(Asked(one, value, found.number if found else 0))
    members = (
        () if row.household_id is None else registry.members_of(request.actor, row.household_id, on=today)
    )
    context = {
        "trail": [
            (reverse("cases"), "办件"),
            (reverse("case", args=[row.public_id]), row.number),
            ("", "入户调查"),
        ],
        "case": row,
        "programme": programme_label(row.programme),
        "asked": asked,
        "members": [one.person for one in members if one.person is not None and one.person.died_on is None],
        "colleagues": colleagues(request.actor, row.division, Permission.INVESTIGATE, on=today),
        "chosen": request.POST.getlist("staff") if refusal else [str(request.user.pk)],
        "tried": request.POST if refusal else {},
        "key": request.POST.get("key", "") if refusal else uuid.uuid4(),
        "today_is": today,
        "refusal": refusal,
        "pads": ("在场的家庭成员签名", "调查人员签名一", "调查人员签名二"),
    }
    return render(request, "office/visit.html", context, status=409 if refusal else 200)


def _kept(request: OfficeRequest, row: Case) -> Visit:
    given = request.POST
    try:
        key = uuid.UUID(given.get("key", ""))
    except ValueError:
        raise Refusal(
            "visit.no_key", "页面不完整，没有保存。", next_step="请重新打开入户调查页面。"
        ) from None
    return record_visit(
        actor=request.actor,
        case=row.public_id,
        client_key=key,
        base_version=_number(given.get("base_version", "")),
        staff=[_number(one) for one in given.getlist("staff")],
        present=given.get("present", ""),
        findings=_findings(request, row),
        on=_day(given.get("on", "")),
        note_text=given.get("note", "")[:4000],
        remote_ground=given.get("remote_ground", "")[:1000],
        documents=_documents(request, row),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise Refusal("visit.no_day", "请填写入户日期，例如 2023-12-01。", field="on")
    if day > business_date():
        raise Refusal("visit.ahead", "入户日期不能晚于今天（业务日期）。", field="on")
    return day


def _findings(request: OfficeRequest, row: Case) -> list[Seen]:
    """What was filled in; a field left empty says nothing."""
    seen = []
    for one in visit_fields(request.actor, row):
        text = request.POST.get(f"f_{one.name}", "").strip()
        if text:
            value = one.read(text)
            seen.append(Seen(one.name, one.label, value, _number(request.POST.get(f"b_{one.name}", ""))))
    return seen


def _documents(request: OfficeRequest, row: Case) -> list[tuple[uuid.UUID, str]]:
    """Pictures and signatures, each checked and kept by content: the same picture sent again is the same document."""
    kept = []
    for kind, title in _PICTURES.items():
        files = request.FILES.getlist(kind)
        if len(files) > _MOST_FILES:
            raise Refusal("visit.files", f"一次最多上传 {_MOST_FILES} 张，请分次上传。", field=kind)
        for file in files:
            document = documents.store_upload(
                actor=request.actor,
                content=file.read(),
                name=file.name or title,
                kind=_KINDS[kind],
                division=row.division,
                household=row.household_id,
                title=title,
            )
            kept.append((document.public_id, kind))
    return kept


@page(Permission.INVESTIGATE, methods=("POST",))
def resolve(request: OfficeRequest, finding: uuid.UUID) -> HttpResponse:
    """Of two findings that clash: take the later one or keep the first, with a reason."""
    found = resolve_finding(
        actor=request.actor,
        finding=finding,
        take=request.POST.get("take") == "1",
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, f"已处理“{found.label}”的不一致。")
    return redirect("case", public_id=found.case.public_id)


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that lets the page of a visit open again without network; served from the root for its scope."""
    path = finders.find("office/visit-worker.js") or settings.STATIC_ROOT / "office/visit-worker.js"
    return HttpResponse(Path(path).read_bytes(), content_type="text/javascript; charset=utf-8")
