"""Accounts of staff: the list, one account with its history, and what each of the separated administrators changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from minzheng.base import administration, staff_reading, step_up
from minzheng.base.models import WindowCode
from minzheng.base.types import Actor, Permission, Role
from minzheng.base.window_codes import ask_window_code
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

_ADMINISTRATORS = (Permission.MANAGE_STAFF, Permission.MANAGE_REGIONS)


@page(*_ADMINISTRATORS)
def staff(request: OfficeRequest) -> HttpResponse:
    asked = staff_reading.StaffAsked(
        text=request.GET.get("text", "").strip()[:60],
        role=request.GET.get("role", "") if request.GET.get("role", "") in Role.values else "",
        division=request.GET.get("division", "").strip()[:12],
        closed=request.GET.get("closed", "") == "1",
    )
    number = request.GET.get("page", "1")
    found, lines = staff_reading.staff_page(
        request.actor, asked, int(number) if number.isascii() and number.isdecimal() else 1
    )
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "office/admin_staff.html",
        {
            "trail": [("", "人员账号")],
            "asked": asked,
            "roles": Role.choices,
            "found": found,
            "lines": lines,
            "query": query.urlencode(),
            "may_open": request.actor.may(Permission.MANAGE_STAFF),
        },
    )


@page(Permission.MANAGE_STAFF, methods=("GET", "POST"))
def new(request: OfficeRequest) -> HttpResponse:
    """Open an account. The identity number says which natural person it is; it is not kept."""
    context: dict[str, Any] = {"trail": [(reverse("admin-staff"), "人员账号"), ("", "开设账号")]}
    if request.method != "POST":
        return render(request, "office/admin_new.html", context)
    step_up.require(request)
    typed = {name: request.POST.get(name, "") for name in ("username", "name", "unit")}
    try:
        opened = administration.open_staff_account(
            actor=request.actor, identity_number=request.POST.get("identity_number", ""), **typed
        )
    except Refusal as refusal:
        return render(
            request, "office/admin_new.html", {**context, "error": refusal, "typed": typed}, status=409
        )
    messages.success(
        request, "账号已开设，还没有岗位和口令。请由安全管理员设定岗位和管辖区划，并办理窗口验证码。"
    )
    return redirect("admin-account", opened.pk)


@page(*_ADMINISTRATORS)
def account(request: OfficeRequest, pk: int) -> HttpResponse:
    return _shown(request, pk)


def _shown(request: OfficeRequest, pk: int, error: Refusal | None = None) -> HttpResponse:
    view = staff_reading.staff_view(request.actor, pk)
    if view is None:
        raise NotFound("staff", pk)
    actor = request.actor
    context = {
        "trail": [(reverse("admin-staff"), "人员账号"), ("", view.staff.username)],
        "view": view,
        "error": error,
        "own": str(view.staff.natural_person) == actor.natural_person,
        "keeps_accounts": actor.may(Permission.MANAGE_STAFF),
        "keeps_roles": actor.may(Permission.MANAGE_REGIONS),
        "roles": Role.choices,
        "purposes": WindowCode.Purpose.choices,
        "colleagues": staff_reading.colleagues(actor, view.staff)
        if actor.may(Permission.MANAGE_STAFF)
        else (),
        "day": timezone.localdate(),
    }
    return render(request, "office/admin_account.html", context, status=409 if error else 200)


@page(*_ADMINISTRATORS, methods=("POST",))
def change(request: OfficeRequest, pk: int, verb: str) -> HttpResponse:
    """One change of one account, by whoever it is the business of."""
    if verb not in _CHANGES:
        raise NotFound("staff", pk)
    step_up.require(request)
    act, done = _CHANGES[verb]
    try:
        act(request.actor, pk, request.POST)
    except Refusal as refusal:
        if refusal.code in {"permission.denied", "staff.unknown"}:
            raise
        return _shown(request, pk, refusal)
    messages.success(request, done)
    return redirect("admin-account", pk)


def _close(actor: Actor, pk: int, form: QueryDict) -> None:
    heir = form.get("successor", "")
    administration.close_account(
        actor=actor,
        staff=pk,
        reason=form.get("reason", ""),
        successor=int(heir) if heir.isascii() and heir.isdecimal() else None,
    )


def _reopen(actor: Actor, pk: int, form: QueryDict) -> None:
    administration.reopen_account(actor=actor, staff=pk, reason=form.get("reason", ""))


def _roles(actor: Actor, pk: int, form: QueryDict) -> None:
    chosen = form.getlist("roles")
    if set(chosen) - set(Role.values):
        raise Refusal("staff.unknown_role", "没有这个岗位。", field="roles")
    administration.set_roles(
        actor=actor, staff=pk, roles=[Role(one) for one in chosen], reason=form.get("reason", "")
    )


def _give_region(actor: Actor, pk: int, form: QueryDict) -> None:
    administration.give_region(
        actor=actor,
        staff=pk,
        division=form.get("division", ""),
        since=_day(form, "since"),
        reason=form.get("reason", ""),
    )


def _end_region(actor: Actor, pk: int, form: QueryDict) -> None:
    region = form.get("region", "")
    administration.end_region(
        actor=actor,
        region=int(region) if region.isascii() and region.isdecimal() else 0,
        until=_day(form, "until"),
        reason=form.get("reason", ""),
    )


def _ask_code(actor: Actor, pk: int, form: QueryDict) -> None:
    purpose = form.get("purpose", "")
    if purpose not in WindowCode.Purpose.values:
        raise Refusal("window_code.purpose", "请选择用途。", field="purpose")
    ask_window_code(actor=actor, staff=pk, purpose=WindowCode.Purpose(purpose), reason=form.get("reason", ""))


def _day(form: QueryDict, field: str) -> date:
    try:
        found = parse_date(form.get(field, ""))
    except ValueError:
        found = None
    if found is None:
        raise Refusal("staff.day", "请填写日期。", field=field)
    return found


_CHANGES: dict[str, tuple[Callable[[Actor, int, QueryDict], None], str]] = {
    "close": (_close, "账号已停用，已有的会话在下一次请求时结束。"),
    "reopen": (_reopen, "账号已重新启用，本人须凭窗口验证码登录。"),
    "roles": (_roles, "岗位已调整，下一次请求起生效。"),
    "give-region": (_give_region, "管辖区划已增加。"),
    "end-region": (_end_region, "管辖区划的结束日期已登记。"),
    "ask-code": (_ask_code, "已提出，请安全管理员在“窗口验证码”中同意。"),
}
