"""The village's board: what is published now, and only what may be read there; anybody may object."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from minzheng.assessment.programmes import programme_label
from minzheng.cases import actions, queries
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.queries import division_name, division_path
from minzheng.values.errors import Refusal
from minzheng.web import places

_VILLAGE = 12
_COUNTY = 6


@login_not_required
@require_safe
def find(request: HttpRequest, code: int | None = None) -> HttpResponse:
    """Choose county, township, village; no name is asked and none is searched for."""
    known = {row.code: row for row in shipped_divisions() if row.valid_to is None and not row.pseudo}
    if code is not None and code not in known:
        raise Http404
    if code is not None and len(str(code)) == _VILLAGE:
        return redirect("portal-board", village=code)
    below = (
        [row for row in known.values() if row.parent == code]
        if code is not None
        else [
            row for row in known.values() if len(str(row.code)) == _COUNTY and places.in_city(str(row.code))
        ]
    )
    context = {
        "below": sorted(below, key=lambda row: row.code),
        "code": code,
        "name": division_name(code) if code else "",
    }
    return render(request, "portal/board_find.html", context)


@login_not_required
@never_cache
@require_safe
def board(request: HttpRequest, village: int) -> HttpResponse:
    """What hangs in a village today."""
    return _show(request, village)


def _show(request: HttpRequest, village: int, refusal: Refusal | None = None) -> HttpResponse:
    known = {row.code for row in shipped_divisions() if row.valid_to is None}
    if len(str(village)) != _VILLAGE or village not in known:
        raise Http404
    context: dict[str, Any] = {
        "village": village,
        "name": division_path(village),
        "notices": [(one, programme_label(one.programme)) for one in queries.published_notices(str(village))],
        "refusal": refusal,
        "tried": request.POST if refusal else {},
        "key": uuid.uuid4(),
    }
    return render(request, "portal/board.html", context, status=409 if refusal else 200)


@login_not_required
@never_cache
@require_POST
def object_to(request: HttpRequest, village: int) -> HttpResponse:
    """An objection by anybody; it is looked into, and a named one is answered."""
    try:
        actions.object_to_notice(
            notice=uuid.UUID(request.POST.get("notice", "")),
            text=request.POST.get("text", "")[:1000],
            source=request.POST.get("source", "")[:60],
            client_key=uuid.UUID(request.POST.get("key", "")),
        )
    except ValueError:
        return _show(
            request,
            village,
            Refusal("objection.incomplete", "页面不完整，没有提交。", next_step="请重新打开本页。"),
        )
    except Refusal as refusal:
        return _show(request, village, refusal)
    messages.success(request, "您的意见已收到，工作人员会核查；写了姓名和联系方式的会答复您。")
    return redirect("portal-board", village=village)
