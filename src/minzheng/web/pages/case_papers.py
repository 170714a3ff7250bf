"""What belongs to a case beside its table of steps: visits and what they found, letters, notices, material, signatures,
who works on it. Shown on the case's page; each with its own small form.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from minzheng.base import documents
from minzheng.base.colleagues import colleagues
from minzheng.base.models import Document, Staff
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases import queries
from minzheng.cases.attaching import CONSENT_MONTHS, attach, sign
from minzheng.cases.deskwork import assign, transfer
from minzheng.cases.models import Attachment, Case
from minzheng.cases.needs import whose_consent
from minzheng.cases.types import Found
from minzheng.cases.workflow import Action
from minzheng.registry import queries as registry
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.web.access import NotFound, OfficeRequest, page

OWN_FORMS = frozenset(
    {Action.VISIT.value, Action.AUTHORISE.value, Action.ASSIGN.value, Action.TRANSFER.value}
)
"""Steps that have a form of their own here, not the one of their fields."""
KINDS = {
    "identity": "身份证明",
    "income": "收入材料",
    "medical": "病情和医疗费用",
    "disability": "残疾证",
    "relation": "亲属、监护关系",
    "other": "其他材料",
    "photo": "入户照片",
    "signature": "签名",
}


def papers(request: OfficeRequest, row: Case) -> dict[str, Any]:
    """Everything for the page, a constant number of queries."""
    today = business_date()
    findings = list(row.findings.select_related("visit").order_by("field", "number"))
    standing = {one.field: one for one in findings if one.state == Found.CURRENT}
    attachments = list(row.attachments.order_by("pk"))
    consents = _consents(request, row)
    kept = documents.documents_named(request.actor, [one.document for one in attachments])
    return {
        "visits": _visits(row),
        "findings": [one for one in findings if one.state == Found.CURRENT],
        "conflicts": [(one, standing.get(one.field)) for one in findings if one.state == Found.CONFLICT],
        "notices": list(row.notices.order_by("-pk")),
        "objections": list(row.objections.order_by("-pk")),
        "letters": queries.letters_of(request.actor, row),
        "attachments": [(one, KINDS.get(one.kind, "材料"), _link(request, kept, one)) for one in attachments],
        "kinds": [(key, label) for key, label in KINDS.items() if key not in ("photo", "signature")],
        "lacking": queries.missing(row),
        "consents": consents,
        "unsigned": any(consent is None for _person, consent in consents),
        "colleagues": colleagues(request.actor, row.division, Permission.SEE_CASES, on=today)
        if row.closed_on is None and request.actor.may(Permission.RECEIVE_CASES)
        else [],
        "may_receive": request.actor.may(Permission.RECEIVE_CASES),
        "may_attach": request.actor.may(Permission.RECEIVE_CASES)
        or request.actor.may(Permission.INVESTIGATE),
        "may_visit": request.actor.may(Permission.INVESTIGATE) and row.closed_on is None,
    }


def _visits(row: Case) -> list[dict[str, Any]]:
    """The visits, the latest first, with the names of who went; two queries however many there are."""
    visits = list(row.visits.order_by("-pk"))
    went = Staff.objects.in_bulk({number for one in visits for number in one.staff})
    return [
        {"visit": one, "names": sorted(went[number].name for number in one.staff if number in went)}
        for one in visits
    ]


def _link(request: OfficeRequest, kept: dict[uuid.UUID, Document], one: Attachment) -> str:
    return documents.link_to(request.actor, kept[one.document]) if one.document in kept else ""


def _consents(request: OfficeRequest, row: Case) -> list[tuple[Any, Any]]:
    """Each member who has to sign, with the signature or None."""
    signed = {one.person_id: one for one in row.consents.filter(withdrawn_on=None)}
    people = registry.person_lines(request.actor, whose_consent(row))
    return [(person, signed.get(number)) for number, person in people.items()]


# -- doing ---------------------------------------------------------------------------------------------------------
def _done(
    request: OfficeRequest, public_id: uuid.UUID, said: str, work: Callable[[Case], object]
) -> HttpResponse:
    """Do something to a case of the region and go back to its page; a refusal is said there."""
    try:
        row = queries.case_of(request.actor, public_id)
        work(row)
    except Refusal as refusal:
        if refusal.code == "case.not_found":
            raise NotFound("case", public_id) from None
        if refusal.code == "permission.denied":
            raise
        from minzheng.web.pages.cases import show_again

        return show_again(request, public_id, refusal)
    messages.success(request, said)
    return redirect("case", public_id=public_id)


@page(Permission.RECEIVE_CASES, Permission.INVESTIGATE, methods=("POST",))
def add(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Put material into the case: looked at, cleaned, kept by content."""

    def work(row: Case) -> None:
        files = request.FILES.getlist("file")
        if not files:
            raise Refusal("attachment.no_file", "请选择要上传的文件。", field="file")
        kind = request.POST.get("kind", "")
        if kind not in KINDS:
            raise Refusal("attachment.kind", "请选择材料类别。", field="kind")
        for file in files:
            kept = documents.store_upload(
                actor=request.actor,
                content=file.read(),
                name=file.name or "",
                kind=documents.Kind.EVIDENCE,
                division=row.division,
                household=row.household_id,
                title=KINDS[kind],
            )
            attach(
                actor=request.actor,
                case=row.public_id,
                document=kept.public_id,
                kind=kind,
                on=business_date(),
            )

    return _done(request, public_id, "材料已存入办件。", work)


@page(Permission.RECEIVE_CASES, methods=("POST",))
def signed(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Members who signed the authorisation for enquiries (CK-1)."""

    def work(row: Case) -> None:
        chosen = set(request.POST.getlist("person"))
        people = registry.person_lines(request.actor, whose_consent(row))
        signers = [number for number, one in people.items() if str(one.public_id) in chosen]
        if not signers:
            raise Refusal("consent.nobody", "请勾选签署授权的家庭成员。", field="person", article="CK-1")
        on = business_date()
        sign(
            actor=request.actor,
            case=row.public_id,
            people=signers,
            until=Month.of(on).plus(CONSENT_MONTHS).last_day,
            on=on,
        )

    return _done(request, public_id, "已登记核对授权。", work)


@page(Permission.RECEIVE_CASES, methods=("POST",))
def assigned(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who works on the case from now on."""

    def work(row: Case) -> None:
        staff = request.POST.get("staff", "")
        assign(
            actor=request.actor,
            case=row.public_id,
            staff=int(staff) if staff.isascii() and staff.isdecimal() else None,
            version=_version(request),
            on=business_date(),
        )

    return _done(request, public_id, "已分派。", work)


@page(Permission.RECEIVE_CASES, methods=("POST",))
def transferred(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """The case follows a household that moved."""

    def work(row: Case) -> None:
        transfer(
            actor=request.actor,
            case=row.public_id,
            version=_version(request),
            reason=request.POST.get("reason", ""),
            on=business_date(),
        )

    return _done(request, public_id, "已移交到该家庭现在的登记地。", work)


def _version(request: OfficeRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


@page(Permission.SEE_CASES, methods=("POST",))
def letter(request: OfficeRequest, letter: uuid.UUID) -> HttpResponse:
    """A written notice as PDF, made when first asked for and the same ever after."""
    try:
        document = queries.paper_of(request.actor, letter)
    except Refusal as refusal:
        if refusal.code == "letter.not_found":
            raise NotFound("letter", letter) from None
        raise
    kept = documents.document(request.actor, document)
    if kept is None:
        raise NotFound("letter", letter)
    return redirect(documents.link_to(request.actor, kept))
