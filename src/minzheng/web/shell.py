"""What stands around every page: menu by line of work, business date, my region and role, counts of open work."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import division_name, division_path
from minzheng.web.counted import only_villages

THEMES = {"auto": "跟随系统", "light": "浅色", "dark": "深色"}


@dataclass(frozen=True)
class Entry:
    """A line of the menu; shown to whoever holds one of the permissions."""

    label: str
    icon: str
    route: str
    permissions: tuple[Permission, ...] = ()
    demo_only: bool = False


_SWEEPS = Entry("全市比对", "database", "sweeps", (Permission.SEE_LEADS, Permission.RUN_SWEEP))
MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("工作台", (Entry("今日", "layout-dashboard", "today"),)),
    (
        "社会救助",
        (
            Entry("办件", "file-text", "cases", (Permission.SEE_CASES,)),
            Entry("代办", "users", "mandates", (Permission.SEE_CASES,)),
            Entry("更正申请", "user-question", "corrections", (Permission.SEE_CASES,)),
            Entry("待送达的告知", "file-text", "notices", (Permission.SEE_CASES,)),
            Entry("复议和诉讼", "scale", "appeals", (Permission.SEE_CASES,)),
            Entry("近亲属备案", "users", "kin", (Permission.DECLARE_KIN,)),
            Entry(
                "监督抽查",
                "clipboard-check",
                "supervision",
                (Permission.SUPERVISE_CASES, Permission.RECEIVE_CASES),
            ),
            Entry("线索", "list-check", "leads", (Permission.SEE_LEADS,)),
            Entry("复核任务", "clipboard-check", "reviews", (Permission.SEE_LEADS,)),
            Entry("家庭与人员", "user-search", "search", (Permission.SEE_HOUSEHOLDS,)),
            Entry("移交", "arrow-right", "handovers", (Permission.RECORD_FACTS,)),
            _SWEEPS,
        ),
    ),
    ("婚姻登记", (Entry("预约和叫号", "calendar-event", "booking", (Permission.KEEP_QUEUE,)),)),
    (
        "资金",
        (
            Entry("发放", "scale", "payrolls", (Permission.SEE_PAYMENTS,)),
            Entry("发放日历", "calendar-event", "paydays", (Permission.SEE_PAYMENTS,)),
            Entry("暂缓与停付", "lock", "holds", (Permission.SEE_PAYMENTS,)),
            Entry("银行与对账", "building-community", "bank", (Permission.SEE_PAYMENTS,)),
            Entry("短信通知", "file-text", "pay-messages", (Permission.SEE_PAYMENTS,)),
            Entry("多发与追回", "alert-triangle", "recoveries", (Permission.SEE_PAYMENTS,)),
        ),
    ),
    (
        "政策",
        (
            Entry("政策规则", "book-2", "rulebook", (Permission.SEE_RULEBOOK,)),
            Entry("改革台", "adjustments-horizontal", "reform", (Permission.SIMULATE,)),
            Entry(
                "参数与规则生效", "circle-check", "enacting", (Permission.SIMULATE, Permission.ENACT_RULES)
            ),
            Entry("接口", "api", "api-docs", (Permission.SEE_RULEBOOK,)),
        ),
    ),
    (
        "系统管理",
        (
            Entry("人员账号", "users", "admin-staff", (Permission.MANAGE_STAFF, Permission.MANAGE_REGIONS)),
            Entry("窗口验证码", "id", "admin-codes", (Permission.MANAGE_STAFF, Permission.MANAGE_REGIONS)),
            Entry("工作日历", "calendar-event", "admin-calendar", (Permission.MANAGE_CALENDAR,)),
            Entry(
                "业务日期", "calendar-event", "admin-days", (Permission.SET_BUSINESS_DATE,), demo_only=True
            ),
            Entry("材料销毁", "file-text", "admin-retention", (Permission.DISPOSE_PAPERS,)),
            Entry("接口密钥", "key", "admin-keys", (Permission.MANAGE_KEYS,)),
            Entry("审计记录", "history", "admin-audit", (Permission.SEE_AUDIT,)),
        ),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template."""
    theme = request.COOKIES.get("minzheng_theme", "auto")
    actor: Actor | None = getattr(request, "actor", None)
    return {
        "theme": theme if theme in THEMES else "auto",
        "themes": THEMES,
        "menu_width": "narrow" if request.COOKIES.get("minzheng_menu") == "narrow" else "wide",
        "demo": settings.DEMO,
        "actor": actor,
        "today": functools.cache(business_date),
        "city_name": functools.partial(division_name, settings.CITY),
        "menu": functools.partial(menu, request, actor) if actor else (),
        "may_see_households": actor is not None and actor.may(Permission.SEE_HOUSEHOLDS),
        "may_see_sweeps": actor is not None and _may(actor, _SWEEPS),
        "only_villages": actor is not None and only_villages(actor),
        "my_regions": functools.partial(region_names, actor) if actor else "",
    }


def menu(request: HttpRequest, actor: Actor) -> list[tuple[str, list[dict[str, Any]]]]:
    """Groups with the entries this actor may open."""
    groups = []
    here = _here(request.path)
    for title, entries in MENU:
        lines = [_line(entry, here) for entry in entries if _may(actor, entry)]
        if lines:
            groups.append((title, lines))
    return groups


def _may(actor: Actor, entry: Entry) -> bool:
    if entry.demo_only and not settings.DEMO:
        return False
    return not entry.permissions or any(actor.may(permission) for permission in entry.permissions)


def _here(path: str) -> str:
    """The address of the menu that a page belongs to: the longest its own begins with."""
    urls = [reverse(entry.route) for _title, entries in MENU for entry in entries]
    return max(
        (url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default=""
    )


def _line(entry: Entry, here: str) -> dict[str, Any]:
    url = reverse(entry.route)
    return {"label": entry.label, "icon": entry.icon, "url": url, "here": url == here}


def region_names(actor: Actor) -> str:
    """The regions in charge in words, a township with its county before it."""
    return "、".join(
        division_path(region) if len(region) > 4 else division_name(region) for region in actor.regions
    )
