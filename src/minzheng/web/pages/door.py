"""Coming in and going out, and the two small choices of the shell: light or dark, and the list of keys."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.base import demo_staff
from minzheng.base.sign_in import sign_in as open_session
from minzheng.base.sign_in import sign_out as close_session
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest, page
from minzheng.web.shell import THEMES

_YEAR = 365 * 24 * 3600


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door. Demonstration accounts are offered as buttons in demonstration mode only."""
    onward = _safe_next(request)
    if request.user.is_authenticated:
        return redirect(onward)
    context = {"next": onward, "accounts": _accounts(), "expired": _was_signed_in(request)}
    if request.method != "POST":
        return render(request, "office/sign_in.html", context)
    username, password = _typed(request)
    try:
        open_session(request, username=username, password=password)
    except Refusal as refusal:
        return render(
            request, "office/sign_in.html", {**context, "error": refusal, "expired": False}, status=403
        )
    return HttpResponseRedirect(onward)


def _typed(request: HttpRequest) -> tuple[str, str]:
    """What was typed, or the demonstration account whose button was pressed."""
    offered = request.POST.get("demo", "")
    if offered and any(account.username == offered for account in demo_staff.shown_accounts()):
        return offered, demo_staff.PASSWORD
    return request.POST.get("username", ""), request.POST.get("password", "")


def _accounts() -> tuple[demo_staff.DemoAccount, ...]:
    return demo_staff.shown_accounts()


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
    close_session(request)
    return redirect("sign-in")


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
