"""Coming in and going out, and the two small choices of the shell: light or dark, and the list of keys."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.base import demo_staff, factors
from minzheng.base import sign_in as steps
from minzheng.base.attempts import remember_device
from minzheng.base.models import Staff
from minzheng.base.scope import scope, system_actor
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest, page
from minzheng.web.shell import THEMES

_YEAR = 365 * 24 * 3600
_PAGES = {
    steps.Need.CODE: "sign-in-code",
    steps.Need.ENROL: "sign-in-enrol",
    steps.Need.PASSWORD: "sign-in-password",
}


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door. Demonstration accounts are offered as buttons in demonstration mode only."""
    onward = _safe_next(request)
    if request.user.is_authenticated:
        return redirect(onward)
    context = {"next": onward, "places": _accounts(), "expired": _was_signed_in(request)}
    if request.method != "POST":
        return render(request, "office/sign_in.html", context)
    username, password = _typed(request)
    try:
        need = steps.begin(request, username=username, password=password)
    except Refusal as refusal:
        return render(
            request, "office/sign_in.html", {**context, "error": refusal, "expired": False}, status=403
        )
    return _to(need, onward)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second factor. A demonstration account is shown its code, and told that this is a demonstration."""
    found = steps.half(request)
    if found is None or found[0].needs[0] != steps.Need.CODE:
        return redirect("sign-in")
    with scope(system_actor("sign_in")):
        shown = factors.demonstration_code(found[1])
    context = {"next": _safe_next(request), "shown": shown}
    if request.method != "POST":
        return render(request, "office/sign_in_code.html", context)
    try:
        staff = steps.show_code(request, request.POST.get("code", ""))
    except Refusal as refusal:
        return render(request, "office/sign_in_code.html", {**context, "error": refusal}, status=403)
    return _onward(request, staff, found[0])


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bind(request: HttpRequest) -> HttpResponse:
    """Bind a second factor: scan, then prove it with a first code."""
    found = steps.half(request)
    if found is None or found[0].needs[0] != steps.Need.ENROL:
        return redirect("sign-in")
    context = {"next": _safe_next(request), "enrolment": steps.enrolment(request)}
    if request.method != "POST":
        return render(request, "office/sign_in_bind.html", context)
    try:
        staff = steps.enrol(request, request.POST.get("code", ""))
    except Refusal as refusal:
        return render(request, "office/sign_in_bind.html", {**context, "error": refusal}, status=403)
    return _onward(request, staff, found[0])


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose one's own password: at the opening of an account, after losing it, when it is too old."""
    found = steps.half(request)
    if found is None or found[0].needs[0] != steps.Need.PASSWORD:
        return redirect("sign-in")
    context = {"next": _safe_next(request)}
    if request.method != "POST":
        return render(request, "office/sign_in_password.html", context)
    try:
        staff = steps.choose_password(request, twice(request))
    except Refusal as refusal:
        return render(request, "office/sign_in_password.html", {**context, "error": refusal}, status=409)
    return _onward(request, staff, found[0])


@login_not_required
@never_cache
@sensitive_post_parameters("password", "window_code")
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest) -> HttpResponse:
    """In with a code from the window."""
    if request.method != "POST":
        return render(request, "office/sign_in_recover.html")
    try:
        need = steps.recover(
            request,
            username=request.POST.get("username", ""),
            window_code=request.POST.get("window_code", ""),
            password=request.POST.get("password", ""),
        )
    except Refusal as refusal:
        return render(request, "office/sign_in_recover.html", {"error": refusal}, status=403)
    return _to(need, settings.LOGIN_REDIRECT_URL)


def twice(request: HttpRequest) -> str:
    """A new password as typed in both fields."""
    typed = request.POST.get("password", "")
    if typed != request.POST.get("again", ""):
        raise Refusal("password.different", "两次输入的口令不一致。", field="again", next_step="请重新输入。")
    return typed


def _to(need: steps.Need, onward: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(_PAGES[need])}?{urlencode({'next': onward})}")


def _onward(request: HttpRequest, staff: Staff | None, here: steps.Half) -> HttpResponse:
    """In, with this browser known from now on; or to the next step."""
    onward = _safe_next(request)
    if staff is None:
        return _to(steps.Need(here.needs[1]), onward)
    response = HttpResponseRedirect(onward)
    remember_device(request, response, steps.DOOR, steps.typed_name(here))
    return response


def _typed(request: HttpRequest) -> tuple[str, str]:
    """What was typed, or the demonstration account whose button was pressed."""
    offered = request.POST.get("demo", "")
    if offered and any(account.username == offered for account in demo_staff.shown_accounts()):
        return offered, demo_staff.PASSWORD
    return request.POST.get("username", ""), request.POST.get("password", "")


def _accounts() -> list[tuple[str, list[demo_staff.DemoAccount]]]:
    """Demonstration accounts by the place they work in."""
    places: dict[str, list[demo_staff.DemoAccount]] = {}
    for account in demo_staff.shown_accounts():
        places.setdefault(account.place, []).append(account)
    return list(places.items())


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else settings.LOGIN_REDIRECT_URL


def _was_signed_in(request: HttpRequest) -> bool:
    """A session cookie that opens nothing any more, on the way to some page."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and bool(request.GET.get("next"))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out, with nothing left in the browser but that it is known."""
    steps.sign_out(request)
    response = redirect("sign-in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark in a cookie and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    chosen = request.POST.get("theme", "auto")
    if chosen in THEMES:
        response.set_cookie(
            "minzheng_theme", chosen, max_age=_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


@page()
def keys(request: OfficeRequest) -> HttpResponse:
    return render(request, "office/keys.html", {"trail": [("", "快捷键")]})
