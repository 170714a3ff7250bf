"""The reform desk: sliders, the city under the law in force and under the reform side by side, and who changes.

The address holds the reform, so a page can be sent. Without script a button does what moving a slider does.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minzheng.assessment.reforms.ahead import upcoming_texts
from minzheng.assessment.reforms.asking import (
    cases_under,
    changes_under,
    desk_state,
    price_overlay,
    price_positions,
    price_standing,
)
from minzheng.assessment.reforms.sliders import BY_KEY, SLIDERS, Slider, read_positions, standing
from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.registry.queries import household_lines, person_lines
from minzheng.rules.book import Rulebook
from minzheng.values.errors import Refusal
from minzheng.values.money import format_yuan
from minzheng.web.access import OfficeRequest, page
from minzheng.web.book import load
from minzheng.web.pages import reform_charts
from minzheng.web.pages.reform_asked import TEXT, VALUE, AskedReform, asked_reform, coming_values, some_reform

PART = "X-Reform-Part"
PAGE = 50
_TRAIL = ("reform", "改革台")


@dataclass
class Handle:
    """A slider as the page shows it; numbers are text as they stand in the form."""

    slider: Slider
    value: str
    base: str
    differs: bool
    example: bool
    wrong: str = ""

    @property
    def moved(self) -> bool:
        return self.value != self.base

    @property
    def unit(self) -> str:
        parameter = self.slider.parameter
        kind = "元" if parameter.kind.name == "money" else parameter.kind.unit
        kind = "个月" if kind == "月" and parameter.per_unit else kind
        return " ".join(part for part in (kind, parameter.per_unit) if part)

    @property
    def low(self) -> str:
        return shown_number(self.slider.low)

    @property
    def high(self) -> str:
        return shown_number(self.slider.high)

    @property
    def step(self) -> str:
        return shown_number(self.slider.step)


def shown_number(value: Fraction | int) -> str:
    """As a form holds it: no more decimals than there are."""
    exact = Fraction(value)
    return str(int(exact)) if exact.denominator == 1 else f"{float(exact):g}"


def handles(book: Rulebook, on: datetime.date, asked: Mapping[str, str]) -> list[Handle]:
    """Every slider where it was asked to stand, or where the law has it."""
    found = []
    for slider in SLIDERS:
        held = [standing(slider, book.parameters, county, on) for county in book.counties]
        first = held[0]
        base = shown_number(slider.written(first.value)) if isinstance(first.value, int | Fraction) else ""
        differs = any(one.value != first.value for one in held)
        found.append(Handle(slider, asked.get(slider.key, "").strip() or base, base, differs, first.example))
    return found


@page(Permission.SIMULATE)
def desk(request: OfficeRequest) -> HttpResponse:
    """The desk, or only what changes on it when a slider moves."""
    state = desk_state(request.actor)
    context: dict[str, Any] = {"trail": [("", _TRAIL[1])], "state": state}
    if state["state"] != "ready":
        return _waiting(request, context)
    book = load()
    on = datetime.date.fromisoformat(state["basis"]["on"])
    asked = asked_reform(request.GET, book, business_date())
    sliders = handles(book, on, asked.positions)
    moved = {one.slider.key: one.value for one in sliders if one.moved}
    asked = replace(asked, positions=moved)
    answer, priced, wrong = _priced(request, asked, sliders)
    context |= {
        "handles": sliders,
        "groups": _groups(sliders),
        "moved": [one for one in sliders if one.moved and not one.wrong],
        "asked": priced,
        "wrong": wrong,
        "ignored": [key for key in request.GET if key not in (*BY_KEY, TEXT, VALUE)] + [*asked.unknown],
        "query": priced.query,
        "answer": answer,
        "report": answer["report"],
        "basis": answer["basis"],
        "upcoming": list(coming_values(book, business_date()).values()),
        "upcoming_texts": upcoming_texts(book, after=business_date()),
        "may_propose": request.actor.may(Permission.PROPOSE_RULES),
        "may_see_who": request.actor.may(Permission.SEE_HOUSEHOLDS),
        **reform_charts.of_report(answer["report"]),
    }
    part = request.headers.get(PART) == "result"
    return render(request, "office/_reform_result.html" if part else "office/reform.html", context)


def _priced(
    request: OfficeRequest, asked: AskedReform, sliders: list[Handle]
) -> tuple[dict[str, Any], AskedReform, list[str]]:
    """The answer to what fits of a reform, that part of it, and what is wrong with the sliders that do not."""
    wrong: list[str] = []
    while not asked.empty:
        try:
            return _price(request, asked), asked, wrong
        except Refusal as refusal:
            if refusal.field not in asked.positions:
                raise
            asked = asked.without(refusal.field)
            wrong.append(str(refusal))
            next(one for one in sliders if one.slider.key == refusal.field).wrong = str(refusal)
    return price_standing(request.actor), asked, wrong


def _price(request: OfficeRequest, asked: AskedReform) -> dict[str, Any]:
    """Sliders alone within milliseconds; what begins later by a run of the whole city."""
    if not asked.later:
        return price_positions(request.actor, asked.positions)
    read_positions(asked.positions)
    return price_overlay(request.actor, asked.overlay())


def _waiting(request: OfficeRequest, context: dict[str, Any]) -> HttpResponse:
    """The city is being made ready: what is being done, how far, and the page comes back by itself."""
    response = render(request, "office/reform_wait.html", context)
    if context["state"]["state"] != "failed":
        response["Refresh"] = "3"
    return response


def _groups(sliders: list[Handle]) -> list[tuple[str, list[Handle]]]:
    groups: dict[str, list[Handle]] = {}
    for one in sliders:
        groups.setdefault(one.slider.group, []).append(one)
    return list(groups.items())


# -- who changes -------------------------------------------------------------------------------------------------


@page(Permission.SIMULATE)
def changes(request: OfficeRequest) -> HttpResponse:
    """Holders whose outcome or payment changes, in my regions."""
    asked = some_reform(request.GET, load(), business_date())
    programme = request.GET.get("programme", "")
    at = _page_number(request.GET.get("page", ""))
    found = changes_under(
        request.actor, asked.overlay(), programme=programme, start=(at - 1) * PAGE, most=PAGE
    )
    record(
        request.actor,
        "list_reform_changes",
        "reform",
        asked.query[:128],
        detail={"count": found["count"]},
    )
    labels = {p.name: p.label for p in load().programs}
    context = {
        "trail": [(reverse("reform") + "?" + asked.query, _TRAIL[1]), ("", "受影响的对象")],
        "rows": _lines(request, found["rows"], labels),
        "count": found["count"],
        "page": at,
        "pages": max(1, -(-found["count"] // PAGE)),
        "query": asked.query,
        "asked": asked,
        "programme": programme,
        "labels": labels,
        "basis": found["basis"],
        "may_export": request.actor.may(Permission.EXPORT),
    }
    return render(request, "office/reform_changes.html", context)


def _page_number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 8 else 1


def _lines(
    request: OfficeRequest, rows: list[dict[str, Any]], labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Rows with the people and households the actor may see; ids of those moved away since stay without a name."""
    on = business_date()
    households = {
        one.id: one for one in household_lines(request.actor, [row["household_id"] for row in rows], on=on)
    }
    people = person_lines(request.actor, [row["person_id"] for row in rows if row["person_id"] is not None])
    return [
        {
            **row,
            "household": households.get(row["household_id"]),
            "person": people.get(row["person_id"]) if row["person_id"] is not None else None,
            "label": labels[row["programme"]],
        }
        for row in rows
    ]


# -- which worked cases change -----------------------------------------------------------------------------------


@page(Permission.SIMULATE)
def cases(request: OfficeRequest) -> HttpResponse:
    """The shipped worked cases that come out otherwise, or how far deciding them is."""
    asked = some_reform(request.GET, load(), business_date())
    found = cases_under(request.actor, asked.overlay())
    context = {
        "trail": [(reverse("reform") + "?" + asked.query, _TRAIL[1]), ("", "受影响的样例")],
        "asked": asked,
        "found": found,
        "query": asked.query,
        "part": (part := request.headers.get(PART) == "cases"),
    }
    response = render(request, "office/_reform_cases.html" if part else "office/reform_cases.html", context)
    if found["state"] == "running" and not part:
        response["Refresh"] = "2"
    return response


@page(Permission.EXPORT, methods=("POST",))
def export(request: OfficeRequest) -> HttpResponse:
    """All changed holders of my regions as a file, for a stated purpose; numbers stay masked."""
    purpose = request.POST.get("purpose", "").strip()
    if not purpose:
        raise Refusal("reform.no_purpose", "导出名单须填写用途。", field="purpose")
    asked = some_reform(request.POST, load(), business_date())
    programme = request.POST.get("programme", "")
    found = changes_under(request.actor, asked.overlay(), programme=programme, most=2**31)
    record(
        request.actor, "export_reform_changes", "reform", asked.query[:128],
        reason=purpose, detail={"count": found["count"]},
    )  # fmt: skip
    labels = {p.name: p.label for p in load().programs}
    response = HttpResponse(
        _csv(_lines(request, found["rows"], labels)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="reform-changes.csv"'
    return response


OUTCOMES = {"yes": "符合", "no": "不符合", "unknown": "尚不能确定", "review": "需人工核定"}


def _csv(lines: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(
        [
            "待遇",
            "户主",
            "村（社区）",
            "人员",
            "证件号码",
            "现行结论",
            "改革后结论",
            "现行金额（元）",
            "改革后金额（元）",
        ]
    )
    for line in lines:
        household, person = line["household"], line["person"]
        writer.writerow(
            [
                line["label"],
                _plain(household.head) if household else "",
                household.place if household else "",
                _plain(person.name) if person else "",
                person.number if person else "",
                OUTCOMES[line["outcome_before"]],
                OUTCOMES[line["outcome_after"]],
                _yuan(line["fen_before"]),
                _yuan(line["fen_after"]),
            ]
        )
    return out.getvalue()


def _plain(text: str) -> str:
    """Never a formula in somebody's spreadsheet."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _yuan(fen: int | None) -> str:
    return "未定" if fen is None else format_yuan(fen, unit=False).replace(",", "")
