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
from minzheng.web.pages.admin import VERBS

LABELS = VERBS | {
    "reveal": "查看完整证件号码",
    "search": "查找家庭与人员",
    "not_found": "查找不到的记录",
    "open_document": "打开材料",
    "keep_document": "保存材料",
    "open_lead": "打开线索",
    "export_leads": "导出线索",
    "export_cases": "导出办件",
    "read_audit": "查阅审计记录",
    "issue_key": "签发接口密钥",
    "revoke_key": "吊销接口密钥",
    "record_phone": "登记居民手机",
    "grant_mandate": "授予代办",
    "revoke_mandate": "撤销代办",
    "set_business_date": "设定业务日期",
    "record_calendar_year": "录入工作日历",
    "open_case": "建立办件",
    "declare_kin": "近亲属备案",
    "withdraw_kin": "撤销近亲属备案",
    "sign_proposal": "签署规则变更",
}


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
            "labels": LABELS,
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
