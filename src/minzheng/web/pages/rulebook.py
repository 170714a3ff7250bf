"""The rulebook on the day of business: programmes, instruments, each provision in words, each parameter with its rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.registry.queries import division_name
from minzheng.rules.book import Rulebook, leaf_name, reads
from minzheng.rules.explain.sentences import shown, words
from minzheng.rules.language.declare import Instrument, Parameter, Program, Provision, SeriesPart, Version
from minzheng.rules.language.expr import Column, Expr, Rule
from minzheng.rules.parameters import Row
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.book import load

_HOME = ("rulebook", "政策规则")
CADENCE = {"monthly": "按月", "yearly": "按年", "once": "一次性", "status": "资格认定"}


@dataclass(frozen=True)
class When:
    """The day and county whose rules and values are shown."""

    on: date
    county: str
    wrong: bool = False

    @property
    def county_name(self) -> str:
        return division_name(self.county)


def _when(request: OfficeRequest, book: Rulebook) -> When:
    today = business_date()
    text, county = request.GET.get("on", ""), request.GET.get("county", "")
    home = next((r[:6] for r in request.actor.regions if len(r) >= 6), book.counties[0])
    county = county if county in book.counties else home if home in book.counties else book.counties[0]
    try:
        return When(date.fromisoformat(text) if text else today, county)
    except ValueError:
        return When(today, county, wrong=True)


def _frame(request: OfficeRequest, book: Rulebook, *trail: tuple[str, str]) -> dict[str, Any]:
    return {
        "trail": [(reverse(_HOME[0]) if trail else "", _HOME[1]), *trail],
        "when": _when(request, book),
        "counties": [(code, division_name(code)) for code in book.counties],
    }


@page(Permission.SEE_RULEBOOK)
def programmes(request: OfficeRequest) -> HttpResponse:
    book = load()
    context = _frame(request, book) | {"programmes": book.programs, "cadence": CADENCE, "tab": "programmes"}
    return render(request, "office/rulebook.html", context)


@page(Permission.SEE_RULEBOOK)
def instruments(request: OfficeRequest) -> HttpResponse:
    """Every instrument with the provisions that cite it, in the order they are declared."""
    book = load()
    cited: dict[Instrument, list[tuple[Version, Provision]]] = defaultdict(list)
    for provision in book.provisions:
        for version in provision.versions:
            cited[version.citation.instrument].append((version, provision))
    groups = sorted(cited.items(), key=lambda item: (item[0].jurisdiction, item[0].in_force or date.min))
    context = _frame(request, book) | {"instruments": groups, "tab": "instruments", "place_of": place_name}
    return render(request, "office/instruments.html", context)


@page(Permission.SEE_RULEBOOK)
def parameters(request: OfficeRequest) -> HttpResponse:
    """Every parameter with its value on the day in the county."""
    book = load()
    frame = _frame(request, book)
    when: When = frame["when"]
    lines = [_value_line(book, book.settings[key], when) for key in sorted(book.settings)]
    return render(request, "office/parameters.html", frame | {"lines": lines, "tab": "parameters"})


@dataclass(frozen=True)
class ValueLine:
    """A parameter and what it is on a day in a county."""

    key: str
    label: str
    value: str
    per: str
    row: Row | None
    known: bool
    example: bool


def _value_line(book: Rulebook, parameter: Parameter, when: When) -> ValueLine:
    found = book.parameters.resolve(parameter, when.county, when.on)
    return ValueLine(
        parameter.key,
        parameter.label,
        shown(found.value, parameter.kind) if found.known else "未知",
        parameter.per_unit,
        found.row,
        found.known,
        found.example,
    )


@dataclass(frozen=True)
class Text:
    """One text of a provision: where and when it holds, and the rule in words."""

    version: Version
    place: str
    words: str
    in_force: bool


@page(Permission.SEE_RULEBOOK)
def provision(request: OfficeRequest, name: str) -> HttpResponse:
    """A provision or a programme: what it says, the rule in words, what it reads, and who depends on it."""
    book = load()
    if name not in book:
        raise NotFound("provision", name)
    rule = book[name]
    frame = _frame(request, book, ("", rule.label))
    when: When = frame["when"]
    context = frame | {
        "rule": rule,
        "is_programme": isinstance(rule, Program),
        "cadence": CADENCE,
        "texts": _texts(rule, when) if isinstance(rule, Provision) else [],
        "reads": _reads(book, rule, when),
        "dependents": [one for one in book.dependents(name) if one is not rule],
        "programmes": [p for p in book.programs if p is not rule and id(rule) in _everything(book, p)],
    }
    return render(request, "office/provision.html", context)


def _everything(book: Rulebook, program: Program) -> set[int]:
    """Every rule a programme rests on, by identity: a traced value has no equality of its own."""
    amount = [] if program.amount is None else book.needs(program.amount)
    return {id(rule) for rule in (*book.needs(program), *amount)}


def _texts(rule: Provision, when: When) -> list[Text]:
    live = rule.version_for(when.county, when.on)
    return [
        Text(
            version,
            place_name(version.jurisdiction),
            words(version.expr) if version.expr is not None else "",
            at == live,
        )
        for at, version in enumerate(rule.versions)
    ]


@dataclass(frozen=True)
class Reads:
    """What a rule reads, by kind."""

    rules: list[Rule]
    parameters: list[ValueLine]
    facts: list[Column]


def _reads(book: Rulebook, rule: Provision | Program, when: When) -> Reads:
    leaves: dict[str, Expr] = {leaf_name(leaf): leaf for leaf in reads(rule)}
    return Reads(
        [leaf for leaf in leaves.values() if isinstance(leaf, Rule)],
        [_value_line(book, leaf, when) for leaf in leaves.values() if isinstance(leaf, Parameter)],
        [leaf for leaf in leaves.values() if isinstance(leaf, Column)],
    )


@page(Permission.SEE_RULEBOOK)
def parameter(request: OfficeRequest, key: str) -> HttpResponse:
    """All rows of a parameter, the newest first, with the one in force marked."""
    book = load()
    if key not in book.settings:
        raise NotFound("parameter", key)
    found = book.settings[key]
    frame = _frame(request, book, (reverse("parameters"), "参数"), ("", found.label))
    when: When = frame["when"]
    resolved = book.parameters.resolve(found, when.county, when.on)
    rows = sorted(
        book.parameters.rows[key], key=lambda row: (row.since, row.place, row.known_from), reverse=True
    )
    context = frame | {
        "parameter": found,
        "line": _value_line(book, found, when),
        "rows": [(row, place_name(row.place), _row_value(found, row), row == resolved.row) for row in rows],
        "dependents": book.dependents(key),
    }
    return render(request, "office/parameter.html", context)


def _row_value(parameter: Parameter, row: Row) -> str:
    return "未知" if row.value is None else shown(row.value, parameter.kind)


def place_name(code: str) -> str:
    """The jurisdiction in words; no code is the whole country."""
    return division_name(code) if code else "全国"


def column_label(leaf: Column) -> str:
    return leaf.series.label if isinstance(leaf, SeriesPart) else leaf.label
