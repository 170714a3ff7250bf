"""Window codes that wait: the second administrator agrees and hands the code over; either takes one back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base import step_up, window_codes
from minzheng.base.queries import names_of_actors
from minzheng.base.types import Permission
from minzheng.web.access import OfficeRequest, page

_ADMINISTRATORS = (Permission.MANAGE_STAFF, Permission.MANAGE_REGIONS)


@page(*_ADMINISTRATORS)
def codes(request: OfficeRequest) -> HttpResponse:
    waiting = window_codes.open_codes()
    return render(
        request,
        "office/admin_codes.html",
        {
            "trail": [("", "窗口验证码")],
            "codes": waiting,
            "names": names_of_actors({one.asked_by for one in waiting}),
            "may_agree": request.actor.may(Permission.MANAGE_REGIONS),
        },
    )


@page(Permission.MANAGE_REGIONS, methods=("POST",))
def agree(request: OfficeRequest, code: uuid.UUID) -> HttpResponse:
    """The code stands on this one page and nowhere else."""
    step_up.require(request)
    clear = window_codes.agree_window_code(actor=request.actor, code=code)
    return render(
        request,
        "office/admin_code_shown.html",
        {
            "trail": [(reverse("admin-codes"), "窗口验证码"), ("", "交给本人")],
            "code": f"{clear[:5]} {clear[5:]}",
            "asked": next(one for one in window_codes.open_codes() if one.pk == code),
        },
    )


@page(*_ADMINISTRATORS, methods=("POST",))
def drop(request: OfficeRequest, code: uuid.UUID) -> HttpResponse:
    window_codes.drop_window_code(actor=request.actor, code=code)
    messages.success(request, "已作废。")
    return redirect("admin-codes")
