"""The account page of a family: where its money goes, every payment of three years, changing the account."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.base import documents, step_up
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.payments import actions, queries
from minzheng.payments.actions import AccountGiven
from minzheng.payments.types import Relation
from minzheng.registry.queries import HouseholdView
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.web.access import OfficeRequest, page
from minzheng.web.homes import household_at

MONTHS = 36


@page(Permission.SEE_PAYMENTS, methods=("GET", "POST"))
def accounts(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Accounts and payments of a household; a new account replaces the old one after its cool-down."""
    view = household_at(request, public_id)
    if request.method != "POST":
        return _show(request, view)
    step_up.require(request)
    try:
        _register(request, view)
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, view, refusal)
    messages.success(request, "收款账户已登记。更换账户的，原留手机号会收到提醒，满 72 小时后启用。")
    return redirect("household-accounts", public_id=public_id)


def _show(request: OfficeRequest, view: HouseholdView, refusal: Refusal | None = None) -> HttpResponse:
    last = Month.of(business_date())
    people = {m.person.id: m.person for m in view.members if m.person is not None}
    found = queries.accounts_of(request.actor, view.id)
    context: dict[str, Any] = {
        "trail": [(reverse("household", args=[view.public_id]), "家庭"), ("", "收款账户与发放")],
        "household": view,
        "accounts": [(one, people.get(one.person_id or 0), people.get(one.payee_id)) for one in found],
        "payments": [
            (one, programme_label(one.payment.programme), people.get(one.payment.person_id or 0))
            for one in queries.payments_of(request.actor, view.id, last.plus(1 - MONTHS), last)
        ],
        "people": [one for one in people.values() if one.died_on is None],
        "relations": Relation.choices,
        "may_keep": request.actor.may(Permission.KEEP_ACCOUNTS),
        "refusal": refusal,
        "tried": request.POST if refusal else {},
        "key": request.POST.get("key", "") if refusal else uuid.uuid4(),
    }
    return render(request, "office/accounts.html", context, status=409 if refusal else 200)


def _register(request: OfficeRequest, view: HouseholdView) -> None:
    given = request.POST
    people = {str(m.person.public_id): m.person.id for m in view.members if m.person is not None}
    payee = people.get(given.get("payee", ""))
    if payee is None:
        raise Refusal("account.no_payee", "请选择收款人。", field="payee")
    relation = given.get("relation", "")
    if relation not in Relation.values:
        raise Refusal("account.no_relation", "请选择收款人与受益人的关系。", field="relation")
    try:
        key = uuid.UUID(given.get("key", ""))
    except ValueError:
        raise Refusal(
            "account.no_key", "页面不完整，没有保存。", next_step="请刷新页面后重新填写。"
        ) from None
    actions.register_account(
        actor=request.actor,
        household=view.id,
        person=people.get(given.get("person", "")),
        payee=payee,
        relation=Relation(relation),
        account=AccountGiven(
            number=given.get("number", "").replace(" ", ""),
            bank_code=given.get("bank_code", "").strip(),
            bank_name=given.get("bank_name", "").strip(),
            holder_name=given.get("holder_name", "").strip(),
            phone=given.get("phone", "").strip(),
        ),
        client_key=key,
        agreement=_agreement(request, view),
    )


def _agreement(request: OfficeRequest, view: HouseholdView) -> uuid.UUID | None:
    """The filed agreement by which somebody else keeps the account (GV-5)."""
    file = request.FILES.get("agreement")
    if file is None:
        return None
    kept = documents.store_upload(
        actor=request.actor,
        content=file.read(),
        name=file.name or "",
        kind=documents.Kind.BASIS,
        division=str(view.village),
        household=view.id,
        title="代管账户协议",
    )
    return kept.public_id
