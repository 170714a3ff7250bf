"""The first page: what waits for me, what the city looks like, and how fresh the data are. Every figure opens to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from minzheng.assessment import queries as assessment
from minzheng.assessment.queries import Filter, LeadCount
from minzheng.assessment.types import LEADS, REVIEWS, Kind
from minzheng.assessment.workflow import State
from minzheng.awards import notices
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.cases import corrections, mandates, queries, supervising
from minzheng.payments.queries import waiting
from minzheng.registry import queries as registry
from minzheng.registry.divisions import COUNTY_BORDERS
from minzheng.registry.vouched import source_states
from minzheng.web import charts, counted
from minzheng.web.access import OfficeRequest, page
from minzheng.web.pages.cases import Asked as AskedCases
from minzheng.web.pages.paydays import Asked as AskedDays
from minzheng.web.sweeps import programme_rows

_FIRST = 7
"""So many leads and reviews stand on the desk in the sweep's own order."""
OPEN = (State.OPEN,)


@page()
def today(request: OfficeRequest) -> HttpResponse:
    actor = request.actor
    regions = population(actor)
    context: dict[str, Any] = {
        "trail": [("", "今日")],
        "regions": regions,
        "people": sum(region["people"] for region in regions),
        "households": sum(region["households"] for region in regions),
        "level": _LEVEL_WORDS[_level(actor)],
        "sources": source_states(actor, on=business_date()),
        "sweep": assessment.last_sweep(),
        "running": assessment.running_sweep(),
    }
    if actor.may(Permission.SEE_CASES):
        context["case_tiles"] = _case_tiles(request)
        context["more_tiles"] = _more_tiles(actor)
    if actor.may(Permission.SEE_PAYMENTS):
        context["pay_tiles"] = _pay_tiles(actor)
    if actor.may(Permission.SEE_LEADS):
        context |= _work(actor, regions)
    return render(request, "office/today.html", context)


@page()
def borders(request: OfficeRequest) -> HttpResponseBase:
    """The county borders for the map: 示意图，不作为划界依据."""
    response = FileResponse(COUNTY_BORDERS.open("rb"), content_type="application/geo+json")
    response["Cache-Control"] = "private, max-age=86400"
    return response


# -- my work -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tile:
    """A count that opens to the list it counts."""

    name: str
    count: int
    url: str
    note: str


@dataclass(frozen=True)
class Cell:
    count: int
    url: str


@dataclass(frozen=True)
class WorkLine:
    """Open work of one programme or place: missed, to clarify, to review."""

    name: str
    cells: tuple[Cell, Cell, Cell]

    @property
    def sum(self) -> int:
        return sum(cell.count for cell in self.cells)


_COLUMNS: tuple[tuple[str, str, tuple[Kind, ...]], ...] = (
    ("应享未享", "leads", (Kind.ENTITLED,)),
    ("待查清", "leads", (Kind.CLARIFY,)),
    ("复核", "reviews", REVIEWS),
)


def _work(actor: Actor, regions: list[dict[str, Any]]) -> dict[str, Any]:
    place = _level(actor)
    by_programme = _lines(actor, "programme", "programme")
    by_place = _lines(actor, place, "place")
    sweep = assessment.last_sweep()
    found = programme_rows(actor, sweep) if sweep else []
    return {
        "first": assessment.lead_page(actor, Filter(states=OPEN), size=_FIRST),
        "tiles": _tiles(actor),
        "by_programme": by_programme,
        "by_place": by_place,
        "work_chart": charts.bars(
            [line.name for line in by_programme],
            {name: [line.cells[at].count for line in by_programme] for at, (name, *_) in enumerate(_COLUMNS)},
            unit="条",
        ),
        "map": _map(by_place, regions) if place == "county" else None,
        "found": [one for one in found if one.says_something],
        "silent": [one.label for one in found if not one.says_something],
    }


def _case_tiles(request: OfficeRequest) -> list[Tile]:
    """Cases that wait, each counted by the very query behind its list."""
    on = business_date()

    def tile(name: str, note: str, **asked: str) -> Tile:
        which = AskedCases(**asked)
        count = queries.work_queue(request.actor, which.which(request, on)).count()
        return Tile(name, count, f"{reverse('cases')}?{which.query}", note)

    return [
        tile("办件超期", "已过法定期限或期限无法推算", due="overdue"),
        tile("七天内到期", "按最先到的期限", due="soon"),
        tile("待补正", "已一次性告知，等申请人", state="returned"),
        tile("县级审核中", "等待审核确认", state="reported"),
        tile("没有承办人", "请分派", whose="nobody"),
        tile("我承办的", "在办", whose="mine"),
    ]


def _more_tiles(actor: Actor) -> list[Tile]:
    """What waits beside the cases, for whoever handles it; each counted by the very query behind its list."""
    on = business_date()
    tiles = []
    if actor.may(Permission.RECORD_FACTS):
        asked = corrections.listed(actor).count()
        tiles.append(Tile("更正申请", asked, reverse("corrections"), "等待核实和答复"))
    if actor.may(Permission.RECEIVE_CASES):
        untold = notices.to_tell(actor).count()
        tiles.append(Tile("待告知", untold, reverse("notices"), "停发或减少，须书面送达"))
    if actor.may(Permission.RECEIVE_CASES) or actor.may(Permission.SUPERVISE_CASES):
        wrong = supervising.to_put_right(actor).count()
        tiles.append(Tile("待整改", wrong, reverse("supervision"), "监督抽查发现问题"))
    tiles.append(
        Tile("代办", len(mandates.given_to(actor, on)), reverse("mandates"), "受家庭委托，可代为办理")
    )
    return tiles


def _pay_tiles(actor: Actor) -> list[Tile]:
    """Batches of money that wait for somebody, as many as the lists of the pay calendar have."""
    found = waiting(actor, on=business_date())

    def tile(which: str, name: str, count: int, note: str) -> Tile:
        return Tile(name, count, f"{reverse('paydays')}?{AskedDays(which=which).query}", note)

    return [
        tile("late", "发放逾期", found.late, "发放日已过，还没有发放"),
        tile("soon", "七天内应发", found.soon, "按县（市、区）登记的发放日"),
    ]


def _tiles(actor: Actor) -> list[Tile]:
    def counted(kinds: tuple[Kind, ...], state: State) -> int:
        return assessment.leads(actor, Filter(kinds=kinds, states=(state,))).count()

    due = assessment.due(actor, on=business_date())
    return [
        Tile("应享未享", counted((Kind.ENTITLED,), State.OPEN), _list("leads", kind=Kind.ENTITLED, state=State.OPEN), "待联系"),
        Tile("可能应享，待查清", counted((Kind.CLARIFY,), State.OPEN), _list("leads", kind=Kind.CLARIFY, state=State.OPEN), "缺一项或几项事实"),
        Tile("复核任务", counted(REVIEWS, State.OPEN), _list("reviews", state=State.OPEN), "正在享受，情况有变"),
        Tile("已联系，待办结", counted(LEADS, State.CONTACTED), _list("leads", state=State.CONTACTED), "等待申请或答复"),
        Tile("线索到期", due.filter(kind__in=LEADS).count(), _list("leads", due="1"), "约定已到或七天内失效"),
        Tile("复核到期", due.filter(kind__in=REVIEWS).count(), _list("reviews", due="1"), "约定已到或七天内失效"),
    ]  # fmt: skip


def _lines(actor: Actor, by: str, parameter: str) -> list[WorkLine]:
    counted: list[dict[str, LeadCount]] = [
        {one.key: one for one in assessment.lead_counts(actor, by, Filter(kinds=kinds, states=OPEN))}
        for _name, _family, kinds in _COLUMNS
    ]
    names = {key: one.label for column in counted for key, one in column.items()}
    lines = [WorkLine(name, _cells(key, counted, parameter)) for key, name in names.items()]
    return sorted(lines, key=lambda line: (-line.sum, line.name))


def _cells(key: str, counted: list[dict[str, LeadCount]], parameter: str) -> tuple[Cell, Cell, Cell]:
    cells = [
        Cell(
            column[key].count if key in column else 0,
            _list(family, **{parameter: key}, kind=kinds[0] if len(kinds) == 1 else None, state=State.OPEN),
        )
        for column, (_name, family, kinds) in zip(counted, _COLUMNS, strict=True)
    ]
    return cells[0], cells[1], cells[2]


def _list(family: str, **filters: Any) -> str:
    """The address of a list; a choice of a closed set stands there by its value."""
    shown = {name: getattr(value, "value", value) for name, value in filters.items() if value is not None}
    return f"{reverse(family)}?{urlencode(shown)}"


def _map(by_place: list[WorkLine], regions: list[dict[str, Any]]) -> dict[str, Any]:
    found = {line.name: line.cells[0] for line in by_place}
    counties = [
        charts.County(
            region["code"],
            found[region["name"]].count if region["name"] in found else 0,
            region["people"],
            _list("leads", place=region["code"], kind=Kind.ENTITLED, state=State.OPEN),
        )
        for region in regions
    ]
    return {
        "data": charts.choropleth(counties, part="应享未享", whole="人"),
        "legend": charts.legend(counties),
        "rows": counties,
    }


# -- people --------------------------------------------------------------------------------------------------------
_LEVEL_WORDS = {"county": "县（区）", "township": "乡镇（街道）", "village": "村（社区）"}


def _level(actor: Actor) -> str:
    """One level below what the actor is in charge of."""
    widest = min((len(region) for region in actor.regions), default=12)
    return "county" if widest <= 4 else "township" if widest == 6 else "village"


def population(actor: Actor) -> list[dict[str, Any]]:
    """People and households by county, by township within one county, by village for a village worker."""
    people, households = counted.people(actor), counted.households(actor)
    digits = 6 if _level(actor) == "county" else 12
    totals: dict[str, list[int]] = {}
    for counts, at in ((people, 0), (households, 1)):
        for place, number in counts.items():
            totals.setdefault(str(place)[:digits], [0, 0])[at] += number
    return [
        {"code": code, "name": registry.division_name(code), "people": both[0], "households": both[1]}
        for code, both in sorted(totals.items())
    ]
