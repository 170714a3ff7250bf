"""Runs a worked case: the months folded one after another, then each expectation compared with what came out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from minzheng.rulebook import load
from minzheng.rulebook.history import BY_APPLICATION, CARRIED, END_FIRST, GIVES_WAY, paid_anew, start_of
from minzheng.rulebook.programs import TO_THE_YUAN
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.determine import Determination, Outcome, determine
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.declare import Program
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.status import Span, Status
from minzheng.rules.timeline import (
    NOTHING,
    Award,
    Found,
    Key,
    Run,
    State,
    fold,
    history,
    payroll,
    takes_effect,
)
from minzheng.values.month import Month, months_between

from .case import Case, Event, Point
from .checks import Check, Checker
from .facts import Facts

CAUSES = frozenset({"emergency", "expenditure_hardship", "relief_grade"})
"""Facts of a household that are the cause, or the measure, of relief."""


@dataclass(repr=False)
class Moment:
    """One point of a case, decided: the determination, what is paid in its month, who the people are."""

    point: Point
    determination: Determination
    facts: UnitFacts
    names: list[str]
    paid: dict[Key, int] = field(default_factory=dict)
    runs: dict[Key, Run] = field(default_factory=dict)

    def who(self, name: str | None) -> int | None:
        return None if name is None else self.names.index(name) if name in self.names else -1

    def shown(self, who: int | None) -> str | None:
        return None if who is None else self.names[who]


@dataclass(repr=False)
class Result:
    """A case with everything that came out of it."""

    case: Case
    book: Rulebook
    moments: list[Moment]
    checks: list[Check]
    later: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return all(c.ok for c in self.checks)


def run(case: Case, parameters: ParameterSet | None = None, book: Rulebook | None = None) -> Result:
    """Decide a case at every point and check what it expects.

    `parameters` stand in for the case's own, `book` for the texts in force.
    """
    return _Running(case, parameters or case.parameters, book or load()).result()


def payable(determination: Determination, outcome: Outcome) -> int | None:
    """Fen of a month: rounded by the programme's own provision, else to the fen, half up. None while it is open."""
    if outcome.status is not Status.YES or outcome.program.amount is None:
        return None
    own = TO_THE_YUAN.get(outcome.program.name)
    amount = outcome.amount
    if own is not None:
        amount = determination.evaluation.rule(determination.book[own.name], outcome.who)
    return None if isinstance(amount, Span) else half_up(Fraction(amount))


def half_up(exact: Fraction) -> int:
    return int((2 * exact.numerator + exact.denominator) // (2 * exact.denominator))


def _is_cause(event: Event) -> bool:
    return not CAUSES.isdisjoint(event.household)


class _Running:
    def __init__(self, case: Case, parameters: ParameterSet, book: Rulebook) -> None:
        self.case = case
        self.book = book.with_parameters(parameters)
        self.facts = Facts(case, self.book)
        self.months = self._months()
        self._state: dict[Month, dict[Key, Award]] = {}
        self._granted: set[Key] = set()
        self._everybody = [p.name for p in case.people]
        self._everybody += [p.name for e in case.events for p in e.joins if p.name not in self._everybody]

    def result(self) -> Result:
        if self.months:
            self._state = self._fold(self.months, None, None)
        moments = [self._moment(p) for p in self.case.points]
        checker = Checker(self.case, moments, self._state)
        if checker.wants_payroll():
            self._payroll(moments)
        return Result(self.case, self.book, moments, checker.all(), self.case.later)

    def _months(self) -> list[Month]:
        """Every month from the first monthly point to the last; history is carried through all of them."""
        found = [p.month for p in self.case.points if p.monthly]
        return list(months_between(min(found), max(found))) if found else []

    # -- the fold -----------------------------------------------------------------------------------------------------
    def _fold(
        self, months: Iterable[Month], known_at: datetime.date | None, run: Month | None
    ) -> dict[Month, dict[Key, Award]]:
        def look(month: Month, state: State) -> Mapping[Key, Found]:
            return self._look(month, state, known_at)

        def effect(key: Key) -> Month | None:
            return self._effect(key, run)

        listed = list(months)
        self._granted = set()
        self._decide_in(lambda day: Month.of(day) < listed[0], self.case.before, known_at)
        return fold(listed, self.case.before, look, effect)

    def _look(self, month: Month, state: State, known_at: datetime.date | None) -> dict[Key, Found]:
        point = Point(month.first_day, month, True)
        determination, facts = self._determine(point, self._without_ended(state, point, known_at), known_at)
        found = self._found(determination, facts, point)
        for program, day in self._application_days(month):
            self._entry(found, program, Point(day, month, False), state, known_at)
        for day in self._relief_days(month):
            for program in self.book.programs:
                if program.cadence == "once":
                    self._entry(found, program, Point(day, month, False), state, known_at, anew=True)
        found = {
            key: self._once(key, self._started(key, one, state), month, state) for key, one in found.items()
        }
        self._decide_in(lambda day: day in month, state, known_at)
        return found

    def _started(self, key: Key, found: Found, state: State) -> Found:
        """Whom nobody has confirmed is not taken in (GV-1); a phase-out goes back to dibao by itself (JT-7)."""
        waits = (
            key[0] in BY_APPLICATION
            and found.status is Status.YES
            and not state.get(key, NOTHING).paid
            and self._day(self.case.decided, key[0]) is not None
        )
        back = key[0] == "dibao" and state.get(("phase_out", None), NOTHING).paid
        return (
            replace(found, status=Status.NO, fen=0)
            if waits and not back and key not in self._granted
            else found
        )

    def _once(self, key: Key, found: Found, month: Month, state: State) -> Found:
        """What is paid once, or once a school year, goes on standing but is not paid again each month."""
        program = self.book.program(key[0])
        if not state.get(key, NOTHING).count or paid_anew(program, month) or self._new_cause(month):
            return found
        return replace(found, fen=0)

    def _new_cause(self, month: Month) -> bool:
        """Whether a new emergency, or newly granted months of relief, are paid in this month.

        Relief is paid in the month of its decision (LS-4); an event that names none counts from the month after.
        """
        undecided = (e for e in self.case.events if _is_cause(e) and e.decided is None)
        return bool(self._relief_days(month)) or any(Month.of(e.on).plus(1) == month for e in undecided)

    def _relief_days(self, month: Month) -> list[datetime.date]:
        """The days of a month on which relief for an event is decided."""
        days = (e.decided for e in self.case.events if _is_cause(e))
        return sorted(day for day in days if day is not None and day in month)

    def _decide_in(
        self, chosen: Callable[[datetime.date], bool], state: State, known_at: datetime.date | None
    ) -> None:
        """What the decisions of some days confirm, and what they refuse."""
        days = {*self.case.decided.values(), *(e.decided for e in self.case.events if e.decided is not None)}
        for day in sorted(d for d in days if chosen(d)):
            determination, facts = self._determine(Point(day, Month.of(day), False), state, known_at)
            for outcome in determination.outcomes:
                key = (outcome.program.name, self._global(facts, outcome.who))
                if outcome.status is Status.YES:
                    self._granted.add(key)
                else:
                    self._granted.discard(key)

    def _without_ended(self, state: State, point: Point, known_at: datetime.date | None) -> State:
        """The awards of the month before, less those that end now and then no longer stand in another's way."""
        paid = [key for key, award in state.items() if key[0] in END_FIRST and award.paid]
        if not paid:
            return state
        determination, facts = self._determine(point, state, known_at)
        found = self._found(determination, facts, point)
        ended = {
            key
            for key in paid
            if key not in found or (found[key].status is Status.NO and self._reached(key, point.month))
        }
        return {key: NOTHING if key in ended else award for key, award in state.items()}

    def _reached(self, key: Key, month: Month) -> bool:
        effect = self._effect(key, None)
        return effect is None or effect <= month

    def _found(self, determination: Determination, facts: UnitFacts, point: Point) -> dict[Key, Found]:
        counting = {
            c.program.name: self.facts.holds(c.counted_while.name, point)
            for c in CARRIED
            if c.counted_while is not None
        }
        return {
            (o.program.name, self._global(facts, o.who)): Found(
                o.status, payable(determination, o) or 0, counting.get(o.program.name, True)
            )
            for o in determination.outcomes
        }

    def _application_days(self, month: Month) -> list[tuple[Program, datetime.date]]:
        """Programmes paid from the month of application, applied for in this month."""
        days = []
        for program in self.book.programs:
            day = self._day(self.case.applied, program.name)
            if start_of(program).name == "APPLICATION" and day is not None and day in month:
                days.append((program, day))
        return days

    def _entry(
        self,
        found: dict[Key, Found],
        program: Program,
        point: Point,
        state: State,
        known_at: datetime.date | None,
        *,
        anew: bool = False,
    ) -> None:
        """In the month of application the facts of that day decide, not those of the first of the month.

        anew: also where those of the first said yes, because it was another cause.
        """
        determination, facts = self._determine(point, state, known_at)
        for outcome in determination.outcomes:
            key = (outcome.program.name, self._global(facts, outcome.who))
            standing = key in found and found[key].status is Status.YES
            if outcome.program is program and (anew or not standing):
                found[key] = Found(outcome.status, payable(determination, outcome) or 0)

    def _effect(self, key: Key, run: Month | None) -> Month | None:
        program = self.book.program(key[0])
        applied, decided = self._day(self.case.applied, key[0]), self._day(self.case.decided, key[0])
        if decided is None and self.case.before.get(key, NOTHING).paid:
            return self._given_way(key)
        first = takes_effect(start_of(program), applied=applied, decided=decided)
        if run is not None and decided is not None and Month.of(decided) > run:
            return run.plus(1)
        return first

    def _given_way(self, key: Key) -> Month | None:
        """What was being paid goes on until the decision on what takes its place has effect."""
        other = GIVES_WAY.get(key[0], "")
        day = self.case.decided.get(other)
        return takes_effect(start_of(self.book.program(other)), applied=None, decided=day) if day else None

    @staticmethod
    def _day(days: Mapping[str, datetime.date], program: str) -> datetime.date | None:
        return days.get(program, days.get(""))

    # -- determinations -----------------------------------------------------------------------------------------------
    def _determine(
        self, point: Point, state: State, known_at: datetime.date | None
    ) -> tuple[Determination, UnitFacts]:
        names = self.facts.rows(point)
        local = {
            (program, None if who is None else names.index(self._everybody[who])): award
            for (program, who), award in state.items()
            if who is None or self._everybody[who] in names
        }  # holders are numbered over everybody the case ever names: births and deaths move nobody's award
        told = history(local, CARRIED, len(names)) if state else {}
        facts = self.facts.at(point, told)
        situation = self.facts.situation(point, known_at)
        return determine(self.book, facts, situation), facts

    def _global(self, facts: UnitFacts, who: int | None) -> int | None:
        if who is None:
            return None
        name = facts.names[who]
        if name not in self._everybody:
            self._everybody.append(name)
        return self._everybody.index(name)

    def _before(self, month: Month) -> State:
        return self._state.get(month.plus(-1)) or self.case.before

    def _moment(self, point: Point) -> Moment:
        state = self._before(point.month)
        if point.monthly:
            state = self._without_ended(state, point, self.case.known_at)
        determination, facts = self._determine(point, state, self.case.known_at)
        moment = Moment(point, determination, facts, list(facts.names))
        for outcome in determination.outcomes:
            key = (outcome.program.name, outcome.who)
            if point.monthly:
                award = self._state[point.month].get(
                    (outcome.program.name, self._global(facts, outcome.who)), Award()
                )
                moment.paid[key] = award.due
            else:
                moment.paid[key] = payable(determination, outcome) or 0
        return moment

    # -- payroll --------------------------------------------------------------------------------------------------------
    def _payroll(self, moments: list[Moment]) -> None:
        """One run a month, each with what was then published and decided."""
        known: dict[Month, dict[Month, dict[Key, Award]]] = {
            m: self._fold(months_between(self.months[0], m), m.last_day, m) for m in self.months
        }
        for moment in moments:
            if not moment.point.monthly:
                continue
            for key in moment.paid:
                everywhere = (key[0], self._global(moment.facts, key[1]))
                due = {
                    run: {m: state[everywhere].due for m, state in table.items() if everywhere in state}
                    for run, table in known.items()
                    if run <= moment.point.month
                }
                moment.runs[key] = payroll(due)[-1]


__all__ = ["Moment", "Result", "half_up", "payable", "run"]
