"""The first page, the size of type, and what a programme is about in plain words with its clauses."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from minzheng.assessment.programmes import programme_labels
from minzheng.base.queries import business_date
from minzheng.registry.queries import division_name
from minzheng.rulebook.content import When
from minzheng.web.book import contents, load

_A_YEAR = 365 * 24 * 3600


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@login_not_required
@require_POST
def size(request: HttpRequest) -> HttpResponse:
    """Large type or usual; kept on the phone only."""
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}):
        to = "/portal/"
    reply = redirect(to)
    chosen = "large" if request.POST.get("size") == "large" else "usual"
    reply.set_cookie("minzheng_size", chosen, max_age=_A_YEAR, samesite="Lax", httponly=True)
    return reply


@login_not_required
@require_safe
def programme(request: HttpRequest, name: str) -> HttpResponse:
    """What a programme asks and gives, in the rulebook's own words, with its clauses and the values in force."""
    if name not in programme_labels():
        raise Http404
    county = request.GET.get("county", "")
    county = county if county in load().counties else load().counties[0]
    when = When(business_date(), county, division_name(county))
    rule = contents().rule(name, when, cases=False)
    return render(request, "portal/programme.html", {"rule": rule, "when": when})
