"""Keys of other systems: issuing one, which is shown once, and ending one at once."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from minzheng.base import api_keys, step_up
from minzheng.base.types import Permission
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest, page


@page(Permission.MANAGE_KEYS, methods=("GET", "POST"))
def keys(request: OfficeRequest) -> HttpResponse:
    if request.method != "POST":
        return _shown(request)
    step_up.require(request)
    form = request.POST
    days = form.get("days", "")
    try:
        row, text = api_keys.issue_key(
            actor=request.actor,
            system=form.get("system", ""),
            unit=form.get("unit", ""),
            scopes=[api_keys.Scope(one) for one in form.getlist("scopes") if one in set(api_keys.Scope)],
            regions=form.get("regions", "").split(),
            hosts=form.get("hosts", "").split(),
            days=int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
        )
    except Refusal as refusal:
        return _shown(request, refusal)
    context = {"trail": [(reverse("admin-keys"), "接口密钥"), ("", "交给对方")], "key": row, "text": text}
    return render(request, "office/admin_key_shown.html", context)


@page(Permission.MANAGE_KEYS, methods=("POST",))
def revoke(request: OfficeRequest, key: uuid.UUID) -> HttpResponse:
    step_up.require(request)
    api_keys.revoke_key(actor=request.actor, key=key, reason=request.POST.get("reason", ""))
    messages.success(request, "密钥已吊销，立即失效。")
    return redirect("admin-keys")


def _shown(request: OfficeRequest, error: Refusal | None = None) -> HttpResponse:
    labels = {str(one): one.label for one in api_keys.Scope}
    context: dict[str, Any] = {
        "trail": [("", "接口密钥")],
        "keys": [
            (one, "、".join(labels[name] for name in one.scopes)) for one in api_keys.keys_of(request.actor)
        ],
        "scopes": labels,
        "now": timezone.now(),
        "most": api_keys.LONGEST_DAYS,
        "error": error,
        "typed": request.POST,
    }
    return render(request, "office/admin_keys.html", context, status=409 if error else 200)
