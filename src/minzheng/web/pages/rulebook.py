"""The rulebook on the day of business: programmes, clauses, documents, each rule in words, each parameter with its rows.

What is shown is collected by `rulebook.content`, which the generated book (`make book`) asks as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minzheng.assessment.enacting.differences import waiting_rows
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.registry.queries import division_name
from minzheng.rulebook.clauses import LABELS, Disposition, all_dispositions
from minzheng.rulebook.content import ShownCase, When
from minzheng.rules.book import Rulebook
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.book import contents, load
from minzheng.web.pages.enacting import READERS

_CASES = 10
"""So many worked cases are run for one page."""
_HOME = ("rulebook", "政策规则")
_CLAUSES = ("clauses", "条款")
DISPOSITION_COLOURS = {
    "computes": "blue", "defines": "blue", "delegates": "amber", "procedure": "green", "discretion": "amber",
    "out-of-scope": "",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The day and county a reader asks about; `wrong` when the day could not be read."""

    when: When
    wrong: bool = False

    @property
    def on(self) -> date:
        return self.when.on

    @property
    def county(self) -> str:
        return self.when.county

    @property
    def county_name(self) -> str:
        return self.when.county_name


def _asked(request: OfficeRequest, book: Rulebook) -> Asked:
    today = business_date()
    text, county = request.GET.get("on", ""), request.GET.get("county", "")
    home = next((r[:6] for r in request.actor.regions if len(r) >= 6), book.counties[0])
    county = county if county in book.counties else home if home in book.counties else book.counties[0]
    try:
        return Asked(When(date.fromisoformat(text) if text else today, county, division_name(county)))
    except ValueError:
        return Asked(When(today, county, division_name(county)), wrong=True)


def _frame(request: OfficeRequest, *trail: tuple[str, str]) -> dict[str, Any]:
    book = load()
    return {
        "trail": [(reverse(_HOME[0]) if trail else "", _HOME[1]), *trail],
        "when": _asked(request, book),
        "counties": [(code, division_name(code)) for code in book.counties],
        "colours": DISPOSITION_COLOURS,
    }


# -- lists -------------------------------------------------------------------------------------------------------
@page(Permission.SEE_RULEBOOK)
def programmes(request: OfficeRequest) -> HttpResponse:
    """The programmes with their conditions; with `q`, whatever has these words."""
    frame = _frame(request)
    q = request.GET.get("q", "").strip()[:60]
    if q:
        return render(request, "office/rulebook_found.html", frame | {"q": q, "found": contents().search(q)})
    rules = [contents().rule(p.name, frame["when"].when, cases=False) for p in contents().programmes()]
    return render(request, "office/rulebook.html", frame | {"programmes": rules, "tab": "programmes"})


@page(Permission.SEE_RULEBOOK)
def clauses(request: OfficeRequest) -> HttpResponse:
    """Every clause with its disposition."""
    found = Counter(one.kind for one in all_dispositions())
    shares = [(k.value.replace(" ", "-"), LABELS[k], found[k.value]) for k in Disposition]
    context = {"groups": contents().clauses(), "shares": shares, "tab": "clauses"}
    return render(request, "office/clauses.html", _frame(request) | context)


@page(Permission.SEE_RULEBOOK)
def instruments(request: OfficeRequest) -> HttpResponse:
    context = {"instruments": contents().instruments(), "tab": "instruments"}
    return render(request, "office/instruments.html", _frame(request) | context)


@page(Permission.SEE_RULEBOOK)
def parameters(request: OfficeRequest) -> HttpResponse:
    """Every parameter with its value on the day in the county."""
    frame = _frame(request)
    groups = contents().parameters(frame["when"].when)
    count = sum(len(group.values) for group in groups)
    return render(
        request, "office/parameters.html", frame | {"groups": groups, "count": count, "tab": "parameters"}
    )


# -- one of them -------------------------------------------------------------------------------------------------
@page(Permission.SEE_RULEBOOK)
def provision(request: OfficeRequest, name: str) -> HttpResponse:
    """A provision or a programme: what it says, the rule in words, what it reads, and who depends on it."""
    if name not in load():
        raise NotFound("provision", name)
    frame = _frame(request, ("", load()[name].label))
    rule = contents().rule(name, frame["when"].when, cases=False)
    context = {"rule": rule, "cases_count": contents().case_count(name)}
    return render(request, "office/provision.html", frame | context)


@page(Permission.SEE_RULEBOOK)
def provision_cases(request: OfficeRequest, name: str) -> HttpResponse:
    """The worked cases of a rule, run now; a part of its page, or a page of its own without script."""
    if name not in load():
        raise NotFound("provision", name)
    rule = load()[name]
    frame = _frame(request, (reverse("provision", args=[name]), rule.label), ("", "样例"))
    count = contents().case_count(name)
    return _cases(request, frame | {"label": rule.label}, count, partial(contents().cases_of, name))


def _cases(
    request: OfficeRequest, frame: dict[str, Any], count: int, run: Callable[[slice], tuple[ShownCase, ...]]
) -> HttpResponse:
    """A page of worked cases; only those on it are run."""
    text, pages = request.GET.get("page", ""), max(1, -(-count // _CASES))
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    number = min(max(asked, 1), pages)
    cases = run(slice((number - 1) * _CASES, number * _CASES))
    part = request.headers.get("HX-Request") == "true"
    context = frame | {"cases": cases, "count": count, "page": number, "pages": pages}
    return render(request, "office/_cases.html" if part else "office/rule_cases.html", context)


@page(Permission.SEE_RULEBOOK)
def parameter(request: OfficeRequest, key: str) -> HttpResponse:
    """All rows of a parameter, the newest first, with the one in force marked."""
    declared = load().parameters.declared
    if key not in declared:
        raise NotFound("parameter", key)
    frame = _frame(request, (reverse("parameters"), "参数"), ("", declared[key].label))
    return render(
        request,
        "office/parameter.html",
        frame
        | {
            "parameter": contents().parameter(key, frame["when"].when),
            "may_propose": request.actor.may(Permission.PROPOSE_RULES),
            "waiting": [one for one in waiting_rows() if one.key == key],
            "may_sign": any(request.actor.may(one) for one in READERS),
        },
    )


@page(Permission.SEE_RULEBOOK)
def clause(request: OfficeRequest, id: str) -> HttpResponse:  # noqa: A002 - the clause's id is what it is called
    """A clause: its disposition and everything that answers for it."""
    frame = _frame(request, (reverse(_CLAUSES[0]), _CLAUSES[1]), ("", id))
    try:
        found = contents().clause(id, frame["when"].when, cases=False)
    except KeyError:
        raise NotFound("clause", id) from None
    return render(request, "office/clause.html", frame | {"clause": found})


@page(Permission.SEE_RULEBOOK)
def clause_cases(request: OfficeRequest, id: str) -> HttpResponse:  # noqa: A002
    """The worked cases of a clause, run now; a part of its page, or a page of its own without script."""
    frame = _frame(request, (reverse("clause", args=[id]), id), ("", "样例"))
    try:
        count = contents().clause(id, frame["when"].when, cases=False).case_count
    except KeyError:
        raise NotFound("clause", id) from None
    return _cases(request, frame | {"label": id}, count, partial(contents().cases_of_clause, id))


@page(Permission.SEE_RULEBOOK)
def instrument(request: OfficeRequest, key: str) -> HttpResponse:
    """A document: the rules that cite it, and what became of its clauses."""
    try:
        found = contents().instrument(key)
    except KeyError:
        raise NotFound("instrument", key) from None
    frame = _frame(request, (reverse("instruments"), "文件"), ("", found.name))
    return render(request, "office/instrument.html", frame | {"instrument": found})
