"""复议和诉讼: everything filed against our decisions in my regions, with its limit and its result; what is open first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.base.types import Permission
from minzheng.cases import queries
from minzheng.registry import queries as registry
from minzheng.web.access import OfficeRequest, page

PAGE_ROWS = 50
STANDING = {"open": "尚未审结", "late": "超过期限提出", "lost": "没有维持", "kept": "维持"}


@page(Permission.SEE_CASES)
def listed(request: OfficeRequest) -> HttpResponse:
    """One list of all appeals; count and rows come from one queryset."""
    standing = request.GET.get("standing", "")
    found = queries.appeals(request.actor, standing if standing in STANDING else "")
    count = found.count()
    pages = max(1, -(-count // PAGE_ROWS))
    number = request.GET.get("page", "")
    at = min(int(number), pages) if number.isascii() and number.isdecimal() and 0 < len(number) < 7 else 1
    at = max(at, 1)
    rows = list(found[(at - 1) * PAGE_ROWS : at * PAGE_ROWS])
    people = registry.person_lines(
        request.actor, [one.case.applicant_id for one in rows if one.case.applicant_id]
    )
    context = {
        "trail": [(reverse("cases"), "办件"), ("", "复议和诉讼")],
        "rows": [
            {
                "one": one,
                "programme": programme_label(one.case.programme),
                "who": people[one.case.applicant_id].name if one.case.applicant_id in people else "",
            }
            for one in rows
        ],
        "count": count,
        "standing": standing,
        "standings": STANDING,
        "page": at,
        "pages": pages,
    }
    return render(request, "office/appeals.html", context)
