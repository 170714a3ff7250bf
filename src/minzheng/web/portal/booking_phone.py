"""A telephone shows that it is somebody's: a code is sent to it, typed here, and the session knows it for a while.

The number lies sealed in the session. Guessing and sending are limited by telephone and by network address.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.base.attempts import spend, succeeded
from minzheng.base.sealed import blind_index, seal, unseal
from minzheng.base.senders import send_in_background, sender
from minzheng.booking.types import Phone
from minzheng.values.errors import Refusal, SourceTrouble

ASKED_PER_HOUR, TRIES = 5, 5
_CODE_SECONDS, _KNOWN_SECONDS = 5 * 60, 30 * 60
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_HALF, _KNOWN, _SHOWN = "booking_half", "booking_phone", "booking_shown"
_PLACE = {"table": "django_session", "column": "booking_phone"}


def phone_of(request: HttpRequest) -> Phone | None:
    """The telephone this session showed to have in the last half hour."""
    kept: dict[str, Any] | None = request.session.get(_KNOWN)
    if kept is None or kept["at"] < time.time() - _KNOWN_SECONDS:
        return None
    return _opened(kept)


def remember(session: Any, phone: Phone) -> None:
    session[_KNOWN] = _kept(phone)


def ask(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asks for the telephone, and back here afterwards."""
    return HttpResponseRedirect(
        f"{reverse('portal-booking-phone')}?{urlencode({'next': request.get_full_path()})}"
    )


@login_not_required
@never_cache
@sensitive_post_parameters("phone")
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponseBase:
    onward = _onward(request)
    if request.method != "POST":
        return render(request, "portal/booking_phone.html", {"next": onward})
    try:
        _send(request)
    except Refusal as refusal:
        return render(request, "portal/booking_phone.html", {"next": onward, "error": refusal}, status=409)
    except SourceTrouble as trouble:
        return render(request, "portal/booking_phone.html", {"next": onward, "error": trouble}, status=503)
    return HttpResponseRedirect(f"{reverse('portal-booking-code')}?{urlencode({'next': onward})}")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponseBase:
    onward = _onward(request)
    if _HALF not in request.session:
        return redirect("portal-booking-phone")
    context = {"next": onward, "shown": request.session.get(_SHOWN, "") if _shows() else ""}
    if request.method != "POST":
        return render(request, "portal/booking_code.html", context)
    try:
        _enter(request, request.POST.get("code", ""))
    except Refusal as refusal:
        return render(request, "portal/booking_code.html", {**context, "error": refusal}, status=409)
    return redirect(onward)


@login_not_required
@require_POST
def forget(request: HttpRequest) -> HttpResponseBase:
    """Another telephone, or done on a telephone that is not one's own."""
    for key in (_HALF, _KNOWN, _SHOWN):
        request.session.pop(key, None)
    return redirect("portal")


@sensitive_variables("digits", "clear")
def _send(request: HttpRequest) -> None:
    digits = re.sub(r"[\s-]", "", request.POST.get("phone", ""))
    if not _MOBILE.fullmatch(digits):
        raise Refusal("phone.format", "手机号码应为 11 位数字。", field="phone")
    by = sender()
    asked = spend(request, "booking_ask", digits, failures=ASKED_PER_HOUR)
    clear, kept = f"{secrets.randbelow(1_000_000):06d}", _kept(Phone(digits))
    request.session.cycle_key()
    request.session.pop(_KNOWN, None)
    request.session[_HALF] = {**kept, "code": _index(kept["row"], clear), "asked": asked.id}
    if _shows():
        request.session[_SHOWN] = clear
    text = f"【民政服务】预约验证码 {clear}，5 分钟内有效。不是本人操作请忽略。"
    send_in_background(by, digits, text, reference=kept["row"])


def _enter(request: HttpRequest, typed: str) -> None:
    half = request.session[_HALF]
    attempt = spend(request, "booking_code", half["row"], failures=TRIES)
    given = _index(half["row"], typed.strip())
    if half["at"] < time.time() - _CODE_SECONDS or not secrets.compare_digest(half["code"], given):
        raise Refusal(
            "booking.wrong_code",
            "验证码不正确，或者已经失效。",
            field="code",
            next_step="请核对短信；超过五分钟请重新获取。",
        )
    # What was asked still counts towards the hour: a message costs, whether or not it was used.
    succeeded(attempt.id)
    for key in (_HALF, _SHOWN):
        request.session.pop(key, None)
    request.session.cycle_key()
    remember(request.session, _opened(half))


def _kept(phone: Phone) -> dict[str, Any]:
    row = str(uuid.uuid4())
    sealed = base64.b64encode(seal(phone.digits, row=row, **_PLACE)).decode()
    return {"row": row, "phone": sealed, "at": int(time.time())}


def _opened(kept: dict[str, Any]) -> Phone:
    return Phone(unseal(base64.b64decode(kept["phone"]), row=kept["row"], **_PLACE))


def _index(row: str, clear: str) -> str:
    return blind_index(f"{row}|{clear}", column="booking.code").hex()


def _shows() -> bool:
    return bool(settings.DEMO and not settings.SMS_GATEWAY)


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith(reverse("portal")) else reverse("portal-booking-mine")
