"""One's own account: open sessions, password, second factor; and showing the second factor again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from minzheng.base import factors, own_account, sessions
from minzheng.base import step_up as steps
from minzheng.base.actions import record
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest, page
from minzheng.web.pages.door import twice


@page()
def account(request: OfficeRequest) -> HttpResponse:
    return render(
        request,
        "office/account.html",
        {
            "trail": [("", "我的账号")],
            "sessions": sessions.sessions_of(request.actor),
            "here": request.session.session_key,
            "enrolled": factors.is_enrolled(request.user),
        },
    )


@page(methods=("POST",))
def end(request: OfficeRequest, session: uuid.UUID) -> HttpResponse:
    """End one of one's own sessions; the present one is ended by signing out."""
    sessions.end_session(actor=request.actor, session=session)
    messages.success(request, "已结束该会话，那台设备须重新登录。")
    return redirect("account")


@sensitive_post_parameters("now", "password", "again")
@page(methods=("GET", "POST"))
def password(request: OfficeRequest) -> HttpResponse:
    context = {"trail": [("/account/", "我的账号"), ("", "修改口令")]}
    if request.method != "POST":
        return render(request, "office/account_password.html", context)
    try:
        own_account.change_password(request, now=request.POST.get("now", ""), new=twice(request))
    except Refusal as refusal:
        return render(request, "office/account_password.html", {**context, "error": refusal}, status=409)
    messages.success(request, "口令已修改，其他设备上的会话已经结束。")
    return redirect("account")


@page(methods=("GET", "POST"))
def bind(request: OfficeRequest) -> HttpResponse:
    """Move the second factor to another phone; the old one is shown first."""
    steps.require(request)
    context = {"trail": [("/account/", "我的账号"), ("", "更换动态口令")]}
    code = request.POST.get("code", "")
    if not code:
        return render(
            request, "office/account_bind.html", {**context, "enrolment": factors.begin(request.user)}
        )
    if not own_account.bind_factor(request, code):
        wrong = Refusal("factor.wrong", "动态口令不正确，没有更换。")
        again = {**context, "enrolment": factors.begin(request.user), "error": wrong}
        return render(request, "office/account_bind.html", again, status=409)
    record(request.actor, "bind_factor", "staff", request.user.pk)
    messages.success(request, "动态口令已更换，旧手机上的口令不再有效。")
    return redirect("account")


@page(methods=("GET", "POST"))
def step_up(request: OfficeRequest) -> HttpResponse:
    """Show the second factor again and go back to where it was asked for."""
    onward = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        onward = "/"
    if request.method == "POST":
        steps.show(request, request.POST.get(steps.FIELD, ""))
        return redirect(onward)
    raise steps.StepUpNeeded
