"""Residents come in and go out: identity number and name, then the code that was sent. One thing a page."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from minzheng.base import residents
from minzheng.base.models import Staff
from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.demo.stories import STORIES, FixedHousehold
from minzheng.registry import queries as registry
from minzheng.values import identity
from minzheng.values.errors import Refusal, SourceTrouble

_SHOWN = "resident_shown"


@login_not_required
@never_cache
@sensitive_post_parameters("number", "name")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Who is it. The answer to somebody unknown is the page for the code, like everybody's."""
    onward = _safe_next(request)
    context = {"next": onward, "stories": STORIES if settings.DEMO else ()}
    if _is_in(request):
        return redirect(onward)
    if request.method != "POST":
        return render(request, "portal/sign_in.html", context)
    try:
        shown = _ask(request)
    except Refusal as refusal:
        typed = {"name": request.POST.get("name", "")}
        return render(request, "portal/sign_in.html", {**context, "error": refusal, **typed}, status=409)
    except SourceTrouble as trouble:
        return render(request, "portal/sign_in.html", {**context, "error": trouble}, status=503)
    request.session[_SHOWN] = shown
    return HttpResponseRedirect(f"{reverse('portal-sign-in-code')}?{urlencode({'next': onward})}")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code. A demonstration shows it on the page and says that this is a demonstration."""
    onward = _safe_next(request)
    if _is_in(request):
        return redirect(onward)
    if not residents.is_half_way(request):
        return redirect("portal-sign-in")
    shown = request.session.get(_SHOWN, "") if settings.DEMO else ""
    context = {"next": onward, "shown": shown}
    if request.method != "POST":
        return render(request, "portal/sign_in_code.html", context)
    try:
        residents.enter(request, request.POST.get("code", ""))
    except Refusal as refusal:
        return render(request, "portal/sign_in_code.html", {**context, "error": refusal}, status=409)
    request.session.pop(_SHOWN, None)
    return redirect(onward)


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out, with nothing of it left in the browser: the telephone may be somebody else's."""
    if not isinstance(request.user, Staff):
        residents.leave(request)
    response = redirect("portal")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@sensitive_variables("number", "name")
def _ask(request: HttpRequest) -> str:
    story = _chosen_story(request)
    if story is not None:
        return residents.ask_code(
            request, number=f"story {story.id} {uuid.uuid4()}", find=lambda actor: _head_of(actor, story)
        )
    on = business_date()
    name = request.POST.get("name", "").strip()
    if not name or len(name) > 40:
        raise Refusal("resident.name", "请填写姓名。", field="name")
    number = identity.parse(request.POST.get("number", ""), on=on).reveal_for("居民本人登录")

    def find(actor: Actor) -> residents.Known | None:
        found = registry.resident_known(actor, number, name, on=on)
        return residents.Known(*found) if found else None

    return residents.ask_code(request, number=number, find=find)


def _chosen_story(request: HttpRequest) -> FixedHousehold | None:
    """One of the fixed households of the demonstration, chosen by a button; never outside it."""
    chosen = request.POST.get("story", "")
    return next((story for story in STORIES if settings.DEMO and str(story.id) == chosen), None)


def _head_of(actor: Actor, story: FixedHousehold) -> residents.Known | None:
    members = registry.members_of(actor, story.id, on=business_date())
    return residents.Known(members[0].person_id, story.id) if members else None


def _is_in(request: HttpRequest) -> bool:
    actor: Actor | None = getattr(request, "actor", None)
    return actor is not None and actor.is_resident


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted.startswith(reverse("portal")) else reverse("portal-mine")
