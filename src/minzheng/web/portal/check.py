"""What am I entitled to? A few questions without signing in, answered programme by programme. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from minzheng.assessment.self_check import MOST_PEOPLE, check_answers
from minzheng.base.queries import business_date
from minzheng.values.errors import Refusal
from minzheng.web import explained
from minzheng.web.portal.asked import PAGES, Page, Told, asked_of_family, choices_of, needed, page_named

_GROUPS = (
    ("yes", "看来符合", "可以提出申请，由工作人员调查核实后确认。"),
    ("review", "要由工作人员判断", "请带上材料到乡镇（街道）问一问。"),
    ("unknown", "现在还不能确定", "把下面的情况弄清楚就知道了。"),
)
_ROWS_AT_FIRST = 4


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """A page of questions, or the result after the last. `to` is where the pressed button leads."""
    if request.method != "POST":
        return _ask(request, PAGES[0], Told.of({"p0_tie": "self"}))
    told = Told.of(request.POST.dict())
    here = page_named(request.POST.get("here", ""))
    way = request.POST.get("go", "next")
    if way == "back":
        return _ask(request, _neighbour(here, told, -1) or PAGES[0], told)
    checked = told.checked(here)
    if checked.problems or way == "more":
        return _ask(request, here, checked, more=way == "more")
    try:
        following = _neighbour(here, told, 1)
        return _ask(request, following, told) if following else _answer(request, told)
    except Refusal as wrong:
        return _ask(request, here, told, refusal=wrong)


def _neighbour(here: Page, told: Told, step: int) -> Page | None:
    """The next page that has something to ask; None beyond the last."""
    at = PAGES.index(here) + step
    while 0 <= at < len(PAGES):
        if not told.rows or needed(PAGES[at], told, business_date()):
            return PAGES[at]
        at += step
    return None


def _ask(
    request: HttpRequest, page: Page, told: Told, *, more: bool = False, refusal: Refusal | None = None
) -> HttpResponse:
    shown = _questions(page, told, more=more)
    names = {one["name"] for block in shown for one in block["fields"]}
    context = {
        "page": page,
        "number": PAGES.index(page) + 1,
        "of": len(PAGES),
        "blocks": shown,
        "carried": [(name, value) for name, value in told.values.items() if value and name not in names],
        "more": page.name == "people" and not more and len(told.rows) < MOST_PEOPLE,
        "problems": told.problems,
        "refusal": refusal,
    }
    return render(request, "portal/check.html", context, status=422 if told.problems or refusal else 200)


def _questions(page: Page, told: Told, *, more: bool) -> list[dict[str, Any]]:
    """Blocks of fields: of the family, then of each member."""
    blocks = []
    if page.home:
        blocks.append({"title": "", "fields": [_field(name, name, told) for name in page.home]})
    if page.name == "family":
        for k, name, asks in asked_of_family(told, business_date()):
            blocks.append({"title": name, "fields": [_field(f"p{k}_{one}", one, told) for one in asks]})
    elif page.name == "people":
        rows = MOST_PEOPLE if more else max(_ROWS_AT_FIRST, *(k + 1 for k in told.rows), 0)
        for k in range(rows):
            blocks.append(
                {
                    "title": "您自己" if k == 0 else f"家人 {k}",
                    "fields": [_field(f"p{k}_{one}", one, told) for one in page.person if k or one != "tie"],
                }
            )
    elif page.person:
        for k, name in told.people():
            blocks.append(
                {"title": name, "fields": [_field(f"p{k}_{one}", one, told) for one in page.person]}
            )
    return blocks


LABELS = {
    "county": "县（市、区）", "registration": "户口登记地", "tie": "与您的关系", "age": "年龄（周岁）", "wages": "打工、上班的工资",
    "pension": "职工退休金", "other": "其他收入（生意、租金、子女给的钱）", "savings": "存款、理财、股票一共（元）", "homes": "自己的房子",
    "car": "家里有没有小汽车", "business": "家里有没有人办营业执照、开公司", "disability": "残疾证", "level": "残疾等级",
    "care": "需要人长期照顾（半年以上）", "ill": "得了大病（如尿毒症、癌症）", "school": "在读什么学校", "father": "孩子的父亲",
    "mother": "孩子的母亲", "kin": "不住在一起的子女、父母、配偶", "emergency": "有没有遭遇急难", "hardship": "看病、上学的花费超出了承受能力",
    "receiving": "您家现在的身份",
}  # fmt: skip


def _field(name: str, plain: str, told: Told) -> dict[str, Any]:
    choices = choices_of(name)
    return {
        "name": name,
        "label": LABELS[plain],
        "choices": choices,
        "radio": 0 < len(choices) <= 6 and plain not in ("tie", "level"),
        "money": plain in ("wages", "pension", "other", "savings"),
        "value": told.values.get(name, ""),
        "problem": told.problems.get(name, ""),
        "first": choices[0][0] if choices else "",
    }


def _answer(request: HttpRequest, told: Told) -> HttpResponse:
    """Every programme examined, with what decided it and what would settle it."""
    answers, on = told.answers(), business_date()
    shown = explained.outcomes(check_answers(answers, on=on))
    groups = [
        {
            "status": status,
            "title": title,
            "hint": hint,
            "lines": [one for one in shown if one.status == status],
        }
        for status, title, hint in _GROUPS
    ]
    context = {
        "groups": [group for group in groups if group["lines"]],
        "refused": _told_once([one for one in shown if one.status == "no"]),
        "carried": [(name, value) for name, value in told.values.items() if value],
        "on": on,
        "county": answers.county,
        "example": any(one.example for one in shown if one.status == "yes"),
    }
    return render(request, "portal/check_result.html", context)


def _told_once(lines: list[explained.Shown]) -> list[explained.Shown]:
    """One line a programme: several members who do not fit it are not a list of refusals."""
    first: dict[str, explained.Shown] = {}
    for line in lines:
        first.setdefault(line.label, line)
    return list(first.values())
