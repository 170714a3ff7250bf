"""The facts of a worked case as rows of the registry, so that the same household can go through the real platform.

Every fact that is written has its row here; a fact without one is an error, never left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from minzheng.registry import codes
from minzheng.rulebook import load
from minzheng.rulebook import vocabulary as v
from minzheng.rulebook.worked.case import Case, Monthly, Point, is_unknown
from minzheng.rulebook.worked.facts import Facts, Row
from minzheng.rules.calendar import add_months, day_number, from_day_number
from minzheng.values.month import Month

LONG_AGO = date(2005, 1, 1)
SOURCE = int(codes.Source.CIVIL_AFFAIRS)
Values = dict[str, Any]
Line = tuple[str, Values]
"""A table and the columns of one row, without holder and place."""

SERIES = {kind.name.lower(): kind for kind in codes.Income}
LEVELS = ("visual", "hearing", "speech", "limb", "intellectual", "mental")
SPELLS = {
    "totally_dependent": codes.Status.TOTALLY_DEPENDENT,
    "serious_disease": codes.Status.SERIOUS_DISEASE,
    "certified_ill": codes.Status.CERTIFIED_ILL,
    "conscript": codes.Status.CONSCRIPT,
    "no_civil_capacity": codes.Status.NO_CIVIL_CAPACITY,
    "pregnant_or_nursing": codes.Status.PREGNANT_OR_NURSING,
    "cares_for_dependent": codes.Status.CARES_FOR_DEPENDENT,
    "retired_cadre": codes.Status.RETIRED_CADRE,
    "injury_care_allowance": codes.Status.INJURY_CARE_ALLOWANCE,
    "adopted": codes.Status.ADOPTED,
    "orphan_recognised": codes.Status.ORPHAN_RECOGNISED,
    "father_away": codes.Status.FATHER_AWAY,
    "mother_away": codes.Status.MOTHER_AWAY,
    "parent_home_unable": codes.Status.PARENT_HOME_UNABLE,
}
OWNED = {
    "ordinary_vehicle": codes.Asset.ORDINARY_VEHICLE,
    "special_vehicle": codes.Asset.SPECIAL_VEHICLE,
    "business_registered": codes.Asset.BUSINESS,
    "shareholding": codes.Asset.SHAREHOLDING,
}
ALLOWANCES = {
    "cadre_living": codes.Programme.CADRE_LIVING,
    "cadre_care": codes.Programme.CADRE_CARE,
    "elder_care_allowance": codes.Programme.ELDER_CARE,
}
FINDINGS = {
    "home_finding": codes.Finding.HOME,
    "vehicle_finding": codes.Finding.VEHICLE,
    "business_finding": codes.Finding.BUSINESS,
    "disposal_finding": codes.Finding.DISPOSAL,
    "hardship_finding": codes.Finding.HARDSHIP,
    "income_rose_by_job": codes.Finding.INCOME_ROSE_BY_JOB,
}
BILLS = {
    "medical_own_paid": codes.Expenditure.MEDICAL_OWN_PAID,
    "education_paid": codes.Expenditure.EDUCATION,
    "rehabilitation_paid": codes.Expenditure.REHABILITATION,
}
ELSEWHERE = frozenset(
    {"born", "relation", "lives_here", "lives_here_since", "person_hukou_here", "rural_hukou", "sex", "married", "parents_away_days",
     "hukou_here", "died", "full_time_student", "new_job", "study_record", "obligors", "obligors_incapable",
     "disability_level", "certificate_valid", "labour", "independent", "child_choice_recorded", *(f"{part}_level" for part in LEVELS)}
)  # fmt: skip
"""Facts kept in the rows of the person, the membership, the hukou or another fact, or that follow from them."""
OF_THE_FILE = frozenset(f for f in ("concealed", "wrongly_received", "fine_set", "unreported_months"))
"""Facts only a case file supplies; the driver puts them into the case."""


@dataclass(frozen=True)
class Someone:
    """A person of the household, ready to be stored. `until`: the day they left it."""

    name: str
    born: date
    female: bool
    relation: codes.Relation
    lives_here: bool | None
    lives_since: date | None
    hukou_here: bool
    rural: bool
    since: date
    obligor: str = ""
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Home:
    """A household as rows: its own, and those of its people."""

    people: list[Someone]
    lines: list[Line]


def home_of(case: Case, on: date) -> Home:
    """The household of a case on a day, before anything of `events` that happens later."""
    book = load().with_parameters(case.parameters)
    point = Point(on, Month.of(on), False)
    scene = Facts(case, book).stated(point)
    urban = scene.household.get("registration") is not v.Registration.RURAL
    people = [_someone(row, on, rural=not urban) for row in scene.people]
    return Home(people, list(_household_lines(scene.household, on)))


def _someone(row: Row, on: date, *, rural: bool) -> Someone:
    given = row.given
    born = given["born"]
    return Someone(
        name=row.name,
        born=born,
        female=_female(row.name),
        relation=codes.Relation[given["relation"].name],
        lives_here=given.get("lives_here"),
        lives_since=given.get("lives_here_since") if given.get("lives_here") else None,
        hukou_here=given.get("person_hukou_here") is not False,
        rural=bool(given.get("rural_hukou", rural)),
        since=row.since or max(LONG_AGO, born),
        obligor=_obligor(row),
        lines=list(person_lines(given, on, since=None)),
    )


def _female(name: str) -> bool:
    return any(mark in name for mark in ("妻", "母", "妈", "奶", "女", "姐", "妹", "姨"))


def _obligor(row: Row) -> str:
    """Whom the case assumes to be answerable: one able obligor elsewhere, unless it says there is none."""
    count = row.given.get("obligors", 0)
    if not count or row.obligors:
        return ""
    if row.given["born"] > date(2006, 1, 1):
        return "grandfather"
    return "child" if row.given["born"] <= date(1985, 1, 1) else "father"


# -- lines of a person ----------------------------------------------------------------------------------------
def person_lines(given: Mapping[str, Any], on: date, *, since: date | None) -> Iterator[Line]:
    """Rows for facts of a person. since: the day something changed; None for what has long been so."""
    for name, value in given.items():
        if name in ELSEWHERE or value is None:
            continue
        if is_unknown(value):
            raise NotImplementedError(f"an unknown {name} has no row")
        yield from _person_line(name, value, given, on, since)
    yield from _composed(given, since)


def _person_line(
    name: str, value: Any, given: Mapping[str, Any], on: date, since: date | None
) -> Iterator[Line]:
    begun = since or LONG_AGO
    if name in SERIES:
        yield from _income(SERIES[name], value, since)
    elif name in SPELLS:
        if value:
            yield "status", {"kind": int(SPELLS[name]), "since": _spell_since(name, given, on, begun)}
    elif name in OWNED:
        if value:
            yield "asset", {"kind": int(OWNED[name]), "fen": None, "quantity": 1, "since": begun}
    elif name in ALLOWANCES:
        if value:
            yield "receipt", {"programme": int(ALLOWANCES[name]), "fen": int(value), "since": _first(begun)}
    elif name.split("_")[0] in ("father", "mother"):
        yield from _parent(name, given, on)
    else:
        yield from _single(name, value, on, begun, given)


def _single(name: str, value: Any, on: date, begun: date, given: Mapping[str, Any]) -> Iterator[Line]:
    make = MAKERS.get(name)
    if make is None:
        raise NotImplementedError(f"no row for {name}={value}")
    yield from make(value, on, begun, given)


def _working(value: Any, _on: date, begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    if value:
        yield "employment", {"since": begun}


def _savings(value: Any, _on: date, begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    yield "asset", {"kind": int(codes.Asset.FINANCIAL), "fen": int(value), "quantity": 1, "since": begun}


def _care(value: Any, on: date, _begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    if value:
        yield "status", {"kind": int(codes.Status.CARE_NEED), "since": months_before(on, value)}


def _selfcare(value: Any, _on: date, begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    yield "selfcare", {"fails": int(value), "since": begun}


def _school(value: Any, _on: date, begun: date, given: Mapping[str, Any]) -> Iterator[Line]:
    if value is not v.Schooling.NONE:
        full_time = given.get("full_time_student") is not False
        yield "enrolment", {"stage": int(codes.Stage[value.name]), "full_time": full_time, "since": begun}


def _placement(value: Any, _on: date, begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    if value is v.Placement.INSTITUTION:
        yield "status", {"kind": int(codes.Status.INSTITUTION), "since": begun}


def _choice(value: Any, _on: date, begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    chosen = codes.ChildProgramme[value.name]
    yield "choice", {"kind": int(codes.Choice.CHILD_PROGRAMME), "value": int(chosen), "since": begun}


def _confined(value: Any, _on: date, begun: date, _given: Mapping[str, Any]) -> Iterator[Line]:
    if value is not v.Restriction.NONE:
        kind = codes.Restriction[value.name]
        yield "restriction", {"kind": int(kind), "term_months": 36, "since": _lately(begun)}


MAKERS = {
    "working": _working,
    "financial_assets": _savings,
    "care_months": _care,
    "selfcare_fails": _selfcare,
    "schooling": _school,
    "placement": _placement,
    "child_choice": _choice,
    "restriction": _confined,
}


def _composed(given: Mapping[str, Any], since: date | None) -> Iterator[Line]:
    """Rows that several facts make together."""
    begun = since or LONG_AGO
    levels = {part: int(given.get(f"{part}_level") or 0) for part in LEVELS}
    if any(levels.values()) or given.get("disability_level"):
        level = int(given.get("disability_level") or min(found for found in levels.values() if found))
        frozen = given.get("certificate_valid") is False
        yield "certificate", {"level": level, **levels, "expires_on": None, "frozen": frozen, "since": begun}
    labour, independent = given.get("labour"), given.get("independent")
    if labour is not None or independent is not None:
        # The registry does not say "not assessed": like it, being unable to work imputes no income.
        unassessed = labour is None or labour is v.Labour.NOT_ASSESSED
        code = int(codes.Labour.NONE if unassessed else codes.Labour[labour.name])
        yield "capacity", {"labour": code, "independent": independent, "since": begun}


def _income(kind: codes.Income, series: Monthly, since: date | None) -> Iterator[Line]:
    """Whole months at one amount each; months without anything have no row."""
    for part in (*series.parts, *(p for more in series.more for p in more.parts)):
        if part.fen is None:
            raise NotImplementedError("an unknown income has no row")
        first = part.first.first_day if part.first else _first(since or LONG_AGO)
        until = part.last.plus(1).first_day if part.last else None
        if part.fen:
            yield "income", {"kind": int(kind), "fen": _whole(part.fen), "since": first, "until": until}


def _whole(fen: Fraction) -> int:
    if Fraction(fen).denominator != 1:
        raise NotImplementedError(f"{fen} fen a month is not a whole amount: write one that is")
    return int(fen)


def _spell_since(name: str, given: Mapping[str, Any], on: date, begun: date) -> date:
    """An orphan was recognised as a child; parents left as many days ago as is said; else a spell began when it did."""
    if name in ("father_away", "mother_away") and isinstance(given.get("parents_away_days"), int):
        return on - timedelta(days=given["parents_away_days"])
    return max(begun, given["born"]) if name == "orphan_recognised" else begun


def _parent(name: str, given: Mapping[str, Any], on: date) -> Iterator[Line]:
    which, _, about = name.partition("_")
    if about != "state":
        return
    state = given[name]
    if state is v.ParentState.CARING:
        return
    absent = given.get(f"{which}_absent_months")
    reported = given.get(f"{which}_report_months")
    yield (
        "parentstate",
        {
            "parent": int(codes.Parent[which.upper()]),
            "state": int(codes.ParentState[state.name]),
            "term_months": _known(given.get(f"{which}_term")),
            "level": _known(given.get(f"{which}_level")) or None,
            "mind_level": _known(given.get(f"{which}_mind_level")) or None,
            "since": months_before(on, absent) if _known(absent) else date(2020, 1, 1),
            "reported_on": months_before(on, reported) if _known(reported) else None,
        },
    )


def _known(value: Any) -> Any:
    return None if value is None or is_unknown(value) else value


# -- lines of a household -----------------------------------------------------------------------------------------
def _household_lines(given: Mapping[str, Any], on: date) -> Iterator[Line]:
    registration = given.get("registration")
    yield (
        "standing",
        {
            "registration": None if registration is None else int(codes.Registration[registration.name]),
            "contracted_land": given.get("contracted_land"),
            "relocated_to_town": given.get("relocated_to_town"),
            "cooperates": given.get("cooperates"),
            "since": LONG_AGO,
        },
    )
    yield from household_lines(given, on, since=None)


def household_lines(given: Mapping[str, Any], on: date, *, since: date | None) -> Iterator[Line]:
    """Rows for facts of a household, apart from its standing."""
    begun = since or on
    for name, value in given.items():
        if name in FINDINGS:
            yield "finding", {"kind": int(FINDINGS[name]), "holds": bool(value), "since": begun}
        elif name in BILLS:
            yield "expenditure", {"kind": int(BILLS[name]), "fen": int(value), "since": months_before(on, 3)}
        elif name == "rigid_monthly":
            yield "expenditure", {"kind": int(codes.Expenditure.RIGID), "fen": int(value), "since": LONG_AGO}
        elif name not in STANDING and name not in CAUSES and name not in OF_THE_FILE:
            raise NotImplementedError(f"no row for {name}={value}")
    yield from _cause(given, begun)


STANDING = frozenset({"registration", "contracted_land", "relocated_to_town", "cooperates", "hukou_here"})
CAUSES = frozenset({"emergency", "emergency_people", "relief_grade", "expenditure_hardship"})


def _cause(given: Mapping[str, Any], begun: date) -> Iterator[Line]:
    """What relief is for. How many months are granted is found by the officer, so it has its own step."""
    struck = given.get("emergency", v.Emergency.NONE)
    if struck is not v.Emergency.NONE:
        cause = codes.Cause[struck.name]
    elif given.get("expenditure_hardship"):
        cause = codes.Cause.EXPENDITURE
    else:
        return
    yield (
        "relief",
        {
            "cause": int(cause),
            "people": int(given.get("emergency_people") or 1),
            "grade": given.get("relief_grade"),
            "since": begun,
        },
    )


# -- days -------------------------------------------------------------------------------------------------------
def months_before(on: date, months: int) -> date:
    return from_day_number(add_months(day_number(on), -months))


def _first(day: date) -> date:
    return day.replace(day=1)


def _lately(day: date) -> date:
    return max(day, date(2021, 1, 1))
