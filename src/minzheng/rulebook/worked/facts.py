"""The facts of a case on a day, as the engines read them: what is written, what follows from it, what is assumed.

A worked case states everything there is: what it does not state takes the value of absence. The few assumptions
about facts without one stand in `ASSUMED` and in docs/worked-cases.md; with `coverage: no` nothing is assumed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from minzheng.rulebook import vocabulary as v
from minzheng.rulebook.obligors import EDGES
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.calendar import add_months, day_number, from_day_number
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.facts import FactError, Source, UnitFacts, unit_facts
from minzheng.rules.language.declare import SeriesPart
from minzheng.rules.language.kinds import Household
from minzheng.rules.stages import gathered_value
from minzheng.values.month import Month

from .case import Case, Event, Given, Monthly, MonthlyPart, Obligor, PersonGiven, Point, is_unknown
from .texts import UNKNOWN

ZERO = Monthly(())
POSTGRADUATE = (v.Schooling.MASTER, v.Schooling.DOCTOR)

APPLICATION = ("", "dibao", "single", "edge", "rigid", "tekun")
"""Whose application fixes the months over which income is reckoned; the first that is written."""
NEEDED: dict[Given, tuple[str, ...]] = {
    v.ParentState.PRISON: ("term",),
    v.ParentState.DETOX: ("term",),
    v.ParentState.OTHER_RESTRICTION: ("term",),
    v.ParentState.NO_CONTACT: ("absent_months", "report_months"),
}
"""What a state of a parent leaves open while the case does not say it."""


@dataclass
class Row:
    """A person on the day: the facts as given so far, and where each comes from."""

    name: str
    given: dict[str, Given]
    assumed: set[str]
    obligors: tuple[Obligor, ...] | None = None
    since: datetime.date | None = None


@dataclass
class Scene:
    """Everything of a household on one day, before it is encoded."""

    household: dict[str, Given]
    people: list[Row]
    assumed: set[str]


class Facts:
    """Makes the facts of one case for any point of time."""

    def __init__(self, case: Case, book: Rulebook) -> None:
        self.case, self.book = case, book
        self.columns = list(book.columns.values())
        self._destitute = frozenset(
            case.people[who].name
            for (program, who), award in case.before.items()
            if program == "tekun" and who is not None and award.paid
        )
        self.first = min((p.on for p in case.points), default=datetime.date(2023, 6, 30))

    def at(
        self, point: Point, history: Mapping[tuple[str, int | None], bool | int] | None = None
    ) -> UnitFacts:
        """UnitFacts at a point; `history` adds what was received the month before. Raises CaseError."""
        scene = self._scene(point)
        situation = self.situation(point)
        for row in scene.people:
            self._gather(row, scene, situation)
        self._assume(scene, situation)
        return self._encode(scene, situation, history or {})

    def stated(self, point: Point) -> Scene:
        """The facts at a point by their names, with what is assumed, before they are encoded."""
        scene = self._scene(point)
        self._assume(scene, self.situation(point))
        return scene

    def situation(self, point: Point, known_at: datetime.date | None = None) -> Situation:
        return Situation.at(self.case.county, point.on, point.month.first_day, known_at or self.case.known_at)

    def _assume(self, scene: Scene, situation: Situation) -> None:
        if self.case.coverage:
            assume(scene, Month.of(situation.month), self._window(situation), self._destitute)

    def rows(self, point: Point) -> list[str]:
        return [row.name for row in self._scene(point).people]

    def holds(self, fact: str, point: Point) -> bool:
        """Whether a yes-or-no fact of the household is yes at a point, as given."""
        return self._scene(point).household.get(fact) is True

    # -- what is written --------------------------------------------------------------------------------------
    def _scene(self, point: Point) -> Scene:
        case = self.case
        pay = point.month if point.monthly else None
        events = sorted((e for e in case.events if e.in_force(point.on, pay)), key=lambda e: e.on)
        people = [*case.people, *(p for e in events for p in e.joins)]
        gone = {name for e in events for name in e.leaves}
        rows = [self._row(p, point) for p in people if p.name not in gone and self._here(p, point)]
        home = {**_in_phase_out(case), **case.household}
        for event in events:
            _change(home, event.household, event)
            for row in rows:
                changes = event.people.get(row.name, {})
                _job(home, row.given, changes, event)
                _change(row.given, changes, event)
        rows = _filled(rows, case.size, point.on)
        assumed: set[str] = set()
        _spread(home, rows)
        return Scene(home, rows, assumed)

    @staticmethod
    def _here(person: PersonGiven, point: Point) -> bool:
        born = person.facts.get("born")
        if isinstance(born, datetime.date) and born > point.on:
            return False
        return person.since is None or person.since <= point.on

    def _row(self, person: PersonGiven, point: Point) -> Row:
        row = Row(person.name, dict(person.facts), set(), person.obligors, person.since)
        if "born" not in row.given and person.age is not None:
            row.given["born"] = birthday(person.age, self.first)
        return row

    # -- obligors ---------------------------------------------------------------------------------------------
    def _gather(self, row: Row, scene: Scene, situation: Situation) -> None:
        """Counts and support of obligors described one by one, by the provisions of the first stage."""
        if row.obligors is None:
            return
        for fact in self.book.gathered:
            assert fact.gathered is not None
            if fact.column in row.given:
                continue
            kinds = EDGES[fact.gathered.over]
            values = [
                self._of_obligor(o, fact.gathered.value.name, scene, situation)
                for o in row.obligors
                if o.kind in kinds
            ]
            value = gathered_value(fact, values)
            row.given[fact.column] = value if isinstance(value, int | Fraction) else UNKNOWN

    def _of_obligor(self, obligor: Obligor, rule: str, scene: Scene, situation: Situation) -> Any:
        if not obligor.known:
            return None
        home = {"registration": scene.household.get("registration", UNKNOWN), **obligor.household}
        size = home.pop("size", None)
        rows = [
            Row(
                p.name, {**({} if p.age is None else {"born": birthday(p.age, self.first)}), **p.facts}, set()
            )
            for p in obligor.people
        ]
        if self.case.coverage:
            rows[0].given.setdefault("supported_people", 1)
        other = Scene(home, _filled(rows, size if isinstance(size, int) else None, situation.on), set())
        _spread(other.household, other.people)
        self._assume(other, situation)
        facts = self._encode(other, situation, {})
        return Evaluation(self.book, facts, situation).rule(self.book[rule], 0)

    # -- encoding ---------------------------------------------------------------------------------------------
    def _encode(
        self, scene: Scene, situation: Situation, history: Mapping[tuple[str, int | None], bool | int]
    ) -> UnitFacts:
        window = self._window(situation)
        month = Month.of(situation.month)
        reckoned = self._reckoned(month)
        sources: dict[tuple[str, int | None], Source] = {}
        unit = self._row_values(scene.household, None, (month, reckoned), window, history)
        people = [
            self._row_values(r.given, k, (month, reckoned), window, history)
            for k, r in enumerate(scene.people)
        ]
        for holder, given, assumed in (
            (None, scene.household, scene.assumed),
            *((k, r.given, r.assumed) for k, r in enumerate(scene.people)),
        ):
            for name in given:
                sources[name, holder] = Source("案例约定" if name in assumed else "案例写明")
        for column, who in history:
            sources[column, who] = Source("此前月份的享受记录")
        try:
            facts = unit_facts(
                self.columns, unit, people, absent=self.case.coverage, names=[r.name for r in scene.people]
            )
        except FactError as wrong:
            raise self.case.spot.at(wrong.column).error(str(wrong), "请核对数值和单位") from wrong
        facts.sources.update(sources)
        return facts

    def _window(self, situation: Situation) -> int:
        setting = self.book.settings["income.window"]
        value = self.book.parameters.resolve(
            setting, situation.county, situation.on, situation.known_at
        ).value
        return value if isinstance(value, int) else 12

    def _reckoned(self, month: Month) -> Month:
        """The month whose preceding months make up the income: that of the application, or of a later change.

        Without an application it is the month that is decided.
        """
        applied = next((self.case.applied[p] for p in APPLICATION if p in self.case.applied), None)
        if applied is None or Month.of(applied) > month:
            return month
        changes = [Month.of(e.decided or e.on) for e in self.case.events if _touches_income(e)]
        return max(m for m in (Month.of(applied), *changes) if m <= month)

    def _row_values(
        self,
        given: Mapping[str, Given],
        who: int | None,
        months: tuple[Month, Month],
        window: int,
        history: Mapping[tuple[str, int | None], bool | int],
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for column in self.columns:
            if (column.entity is Household) != (who is None):
                continue
            if isinstance(column, SeriesPart):
                monthly = given.get(column.series.name)
                if monthly is not None:
                    result[column.column] = self._series(column, monthly, months, window)
            elif column.column in given:
                value = given[column.column]
                result[column.column] = None if is_unknown(value) else value
            elif (column.column, who) in history:
                result[column.column] = history[column.column, who]
        return result

    def _series(self, column: SeriesPart, monthly: Given, months: tuple[Month, Month], window: int) -> Any:
        if not isinstance(monthly, Monthly):
            return None
        month, reckoned = months
        fen = monthly.at(month) if column.part == "month" else monthly.total(reckoned, window)
        if fen is not None and fen.denominator != 1:
            if column.part == "month":
                return round(fen)
            raise self.case.spot.at(column.series.name).error(
                f"{window} 个月的合计不是整分", "请改用能够整除的金额，或者逐月写明"
            )
        return None if fen is None else int(fen)


def _in_phase_out(case: Case) -> dict[str, Given]:
    """JT-2: whoever is being phased out came there through a job."""
    paid = any(program == "phase_out" and award.paid for (program, _), award in case.before.items())
    return {"income_rose_by_job": True} if paid else {}


def _touches_income(event: Event) -> bool:
    given = [event.household, *event.people.values()]
    return any(isinstance(value, Monthly) for facts in given for value in facts.values())


def birthday(age: int, on: datetime.date) -> datetime.date:
    """A birthday that makes somebody `age` on a day and for the ten months after: the first, two months before."""
    return from_day_number(add_months(day_number(on.replace(day=1)), -12 * age - 2))


def _change(given: dict[str, Given], changes: Mapping[str, Given], event: Event) -> None:
    for name, value in changes.items():
        reckoned = name == "net_income" and isinstance(value, Monthly) and value.flat
        if (
            isinstance(value, Monthly) and not reckoned
        ):  # what was reckoned anew is not averaged with what was before
            old = given.get(name)
            since = Month.of(event.on)
            given[name] = (old if isinstance(old, Monthly) else ZERO).since(since, value)
        else:
            given[name] = value


def _job(
    home: dict[str, Given], given: Mapping[str, Given], changes: Mapping[str, Given], event: Event
) -> None:
    """Wages that begin or end with an event are a job found or lost, unless the event says otherwise."""
    new = changes.get("wages")
    if not isinstance(new, Monthly) or "income_rose_by_job" in event.household:
        return
    old, month = given.get("wages", ZERO), Month.of(event.on)
    before = old.at(month) if isinstance(old, Monthly) else None
    after = new.at(month)
    if before == 0 and after:
        home["income_rose_by_job"] = True
    elif before and after == 0:
        home["income_rose_by_job"] = False


def _filled(rows: list[Row], size: int | None, on: datetime.date) -> list[Row]:
    """People up to the stated size: a couple of forty, then children of ten, who have nothing of their own."""
    result = list(rows)
    taken = {row.name for row in rows}
    relations = {row.given.get("relation") for row in rows}
    while size is not None and len(result) < size:
        if v.Relation.HEAD not in relations:
            name, relation, age = "户主", v.Relation.HEAD, 40
        elif v.Relation.SPOUSE not in relations and not rows:
            name, relation, age = "配偶", v.Relation.SPOUSE, 40
        else:
            name, relation, age = f"子女{len(result) + 1}", v.Relation.CHILD, 10
        relations.add(relation)
        name = name if name not in taken else f"{name}{len(result) + 1}"
        result.append(Row(name, {"relation": relation, "born": birthday(age, on)}, {"relation", "born"}))
    return result


def _spread(home: dict[str, Given], rows: list[Row]) -> None:
    """Net incomes and assets written as one amount: property income of the person, of the head for a household.

    Property income is counted as it is: no deduction of its own, no exemption.
    """
    for row in rows:
        _net(row.given, row.given.pop("net_income", None))
    head = _payer(rows)
    if head is None:
        return
    per_head = home.pop("net_per_head", None)
    if per_head is not None:
        whole = UNKNOWN if is_unknown(per_head) else Monthly((MonthlyPart(None, None, per_head * len(rows)),))
        _net(head.given, whole)
    _net(head.given, home.pop("net_income", None))
    assets = home.pop("net_assets", None)
    if assets is not None:
        old = head.given.get("financial_assets", 0)
        head.given["financial_assets"] = assets if is_unknown(assets) or is_unknown(old) else old + assets


def _net(given: dict[str, Given], net: Given) -> None:
    if net is None:
        return
    old = given.get("property_income")
    if is_unknown(net) or is_unknown(old):
        given["property_income"] = UNKNOWN
    else:
        given["property_income"] = net if old is None else old.plus(net)


def _payer(rows: list[Row]) -> Row | None:
    """Who carries what is written of the household: the first who surely counts as a member."""
    for row in rows:
        out = row.given.get("restriction", v.Restriction.NONE)
        if (
            out in (v.Restriction.NONE, v.Restriction.OTHER)
            and row.given.get("died") is not True
            and row.given.get("lives_here") is not False
            and row.given.get("conscript") is not True
            and row.given.get("tekun_before") is not True
        ):
            return row
    return rows[0] if rows else None


# -- what is assumed where a case says nothing ------------------------------------------------------------------------
def assume(scene: Scene, month: Month, window: int, destitute: frozenset[str] = frozenset()) -> None:
    """Facts without a value of absence, where the case is silent."""
    home = scene.household

    def of_home(name: str, value: Given) -> None:
        if name not in home:
            home[name] = value
            scene.assumed.add(name)

    of_home("hukou_here", True)
    registration = home.get("registration")
    if isinstance(registration, v.Registration):
        of_home("contracted_land", registration is v.Registration.RURAL)
    if home.get("emergency", v.Emergency.NONE) is not v.Emergency.NONE:
        of_home("emergency_people", len(scene.people))
    for row in scene.people:
        _assume_person(row, home, month, window, destitute)


def _assume_person(
    row: Row, home: Mapping[str, Given], month: Month, window: int, destitute: frozenset[str]
) -> None:
    given = row.given

    def of(name: str, value: Given) -> None:
        if name not in given and value is not None:
            given[name] = value
            row.assumed.add(name)

    registration = home.get("registration")
    of("person_hukou_here", home.get("hukou_here"))
    if isinstance(registration, v.Registration):
        of("rural_hukou", registration is v.Registration.RURAL)
    wages = given.get("wages")
    if isinstance(wages, Monthly):
        of("working", True if wages.at(month) else None)
        of("new_job", True if _new_job(wages, month, window) else None)
    trade = given.get("business_income")
    if isinstance(trade, Monthly):
        of("working", True if trade.at(month) else None)
    if given.get("schooling", v.Schooling.NONE) is not v.Schooling.NONE:
        of("full_time_student", True)
    away = given.get("schooling") in POSTGRADUATE and given.get("relation") is v.Relation.CHILD
    of("lives_here", not away)
    of("lives_here_since", row.since or datetime.date(2000, 1, 1))
    of("labour", v.Labour.NOT_ASSESSED)
    of("child_choice_recorded", not is_unknown(given.get("child_choice", UNKNOWN)))
    disabled = given.get("certificate_valid") is True and _severe(given)
    of("independent", not (disabled and given.get("working") is not True))
    for which in ("father", "mother"):
        of(f"{which}_state", v.ParentState.CARING)
        if f"{which}_mind_level" not in given:
            of(f"{which}_level", 1 if given[f"{which}_state"] is v.ParentState.SEVERE_DISABILITY else None)
        for needed in NEEDED.get(given[f"{which}_state"], ()):
            of(f"{which}_{needed}", UNKNOWN)
    if given.get("orphan_recognised") is True and given.get("full_time_student") is True:
        of("study_record", v.StudyRecord.CONTINUOUS)
    if row.name not in destitute and "obligors" not in given and "obligors_incapable" not in given:
        of("obligors", 1)
        of("obligors_incapable", 0)


def _new_job(wages: Monthly, month: Month, window: int) -> bool:
    """Wages began within the months income is reckoned over and have gone on since."""
    earned = [bool(wages.at(month.plus(-k))) for k in range(window, -1, -1)]
    return earned[-1] and not earned[0] and all(earned[earned.index(True) :])


def _severe(given: Mapping[str, Given]) -> bool:
    names = ("disability_level", "visual_level", "hearing_level", "speech_level", "limb_level")
    mind = ("intellectual_level", "mental_level")
    return any(_between(given, n, 2) for n in (*names, *mind)) or any(_between(given, n, 3) for n in mind)


def _between(given: Mapping[str, Given], name: str, worst: int) -> bool:
    level = given.get(name, 0)
    return isinstance(level, int) and 1 <= level <= worst


__all__ = ["Facts", "assume", "birthday"]
