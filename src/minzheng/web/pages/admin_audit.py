"""The audit as its readers see it: what an account did, who opened a thing, on which days."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date

from minzheng.base.audit_reading import Asked, audit_lines
from minzheng.base.types import Permission
from minzheng.web.access import OfficeRequest, page
from minzheng.web.audit_words import VERBS


@page(Permission.SEE_AUDIT)
def audit(request: OfficeRequest) -> HttpResponse:
    form = request.GET
    asked = Asked(
        username=form.get("username", "").strip()[:64],
        verb=form.get("verb", "").strip()[:64],
        subject=form.get("subject", "").strip()[:128],
        since=_moment(form.get("since", "")),
        until=_moment(form.get("until", ""), after=1),
        before=_key(form.get("before", "")),
    )
    lines, further = audit_lines(request.actor, asked)
    query = form.copy()
    query.pop("before", None)
    return render(
        request,
        "office/admin_audit.html",
        {
            "trail": [("", "审计记录")],
            "asked": asked,
            "form": form,
            "lines": lines,
            "further": further,
            "labels": VERBS,
            "query": query.urlencode(),
        },
    )


def _moment(text: str, *, after: int = 0) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=after), time())) if day else None


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
