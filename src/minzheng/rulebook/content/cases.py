"""The worked cases beside the rules they try: which case belongs to which rule, and what came out of it.

The files lie in the checkout (`tests/provisions`); an installed package without them shows no cases, and says so.
Cases are run when a page asks for them, each once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from minzheng.rulebook import COUNTIES
from minzheng.rulebook.worked import Case, Result, read_files, run
from minzheng.rulebook.worked.checks import Check
from minzheng.rulebook.worked.run import Moment
from minzheng.rules.explain.sentences import needs_words, shown
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.kinds import Money
from minzheng.rules.status import Status

from .ref import Ref

FILES = Path(__file__).parents[4] / "tests" / "provisions"


@dataclass(frozen=True)
class ShownResult:
    """One expectation of a case: of what and of whom, what came out, and whether it is as the author expects."""

    when: str
    target: str
    ref: Ref | None
    who: str
    status: str
    said: str
    ok: bool


@dataclass(frozen=True)
class ShownCase:
    id: str
    title: str
    place: str
    note: str
    file: str
    ok: bool
    results: tuple[ShownResult, ...]


_ALL = slice(None)


class Shelf:
    """All cases, found by the rules they ask for and by the clauses they name.

    A `part` of many cases is run alone: a programme has hundreds, which together take seconds.
    """

    def __init__(self, cases: list[Case]) -> None:
        self.cases = {case.id: case for case in cases}
        self._of_rule: dict[str, dict[str, None]] = defaultdict(dict)
        self._of_clause: dict[str, dict[str, None]] = defaultdict(dict)
        self._shown: dict[str, ShownCase] = {}
        for case in cases:
            self._place(case)

    def _place(self, case: Case) -> None:
        lines = [line for lines in case.expected.values() for line in lines] + list(case.sums)
        for line in lines:
            for name in (line.target, *line.provisions, *line.failing):
                self._of_rule[name][case.id] = None
            for clause in line.clauses:
                self._of_clause[clause][case.id] = None
        for clause in case.clauses:
            self._of_clause[clause][case.id] = None

    def of_rule(self, name: str, clauses: tuple[str, ...] = (), part: slice = _ALL) -> tuple[ShownCase, ...]:
        """Cases that ask for a rule, and those that name one of its clauses."""
        return tuple(self.shown(id_) for id_ in [*self._ids(name, clauses)][part])

    def of_clause(self, clause: str, part: slice = _ALL) -> tuple[ShownCase, ...]:
        return tuple(self.shown(id_) for id_ in [*self._of_clause.get(clause, {})][part])

    def count(self, name: str, clauses: tuple[str, ...] = ()) -> int:
        """How many cases `of_rule` would show, without running them."""
        return len(self._ids(name, clauses))

    def _ids(self, name: str, clauses: tuple[str, ...]) -> dict[str, None]:
        ids = dict(self._of_rule.get(name, {}))
        for clause in clauses:
            ids |= self._of_clause.get(clause, {})
        return ids

    def all(self) -> tuple[ShownCase, ...]:
        return tuple(self.shown(id_) for id_ in self.cases)

    def shown(self, id_: str) -> ShownCase:
        found = self._shown.get(id_)
        if found is None:
            found = self._shown[id_] = _shown(run(self.cases[id_]))
        return found


@cache
def shelf() -> Shelf:
    """The shipped cases; empty where the files are not there."""
    return Shelf(read_files([FILES]) if FILES.is_dir() else [])


def _shown(result: Result) -> ShownCase:
    case = result.case
    moments = {moment.point: moment for moment in result.moments}
    lines = [
        _result(check, moments[check.point] if check.point is not None else None) for check in result.checks
    ]
    place = COUNTIES.get(case.county, "长治市")
    return ShownCase(case.id, case.title, place, case.note, Path(case.file).name, result.ok, tuple(lines))


def _result(check: Check, moment: Moment | None) -> ShownResult:
    line, when = check.expected, str(check.point) if check.point is not None else "累计"
    who = line.who or ""
    if moment is None or line.target == "total":
        label = "各项合计" if moment is not None else "累计发放"
        said = "；".join(check.differences) or f"{shown(line.paid or 0, Money)}"
        return ShownResult(when, label, None, who, "", said, check.ok)
    if line.target in moment.determination.book.parameters.declared:
        return _parameter(moment, line.target, when, check)
    rule = moment.determination.book[line.target]
    ref = Ref("rule", rule.name, rule.label)
    place = moment.who(line.who)
    if place == -1:
        return ShownResult(when, rule.label, ref, who, "no", "当时不在家庭中", check.ok)
    if isinstance(rule, Program):
        return _outcome(moment, rule, place, when, who, check)
    assert isinstance(rule, Provision)
    value = shown(moment.determination.value(rule.name, place), rule.kind)
    status = Status(moment.determination.value(rule.name, place)).key if rule.kind.name == "bool" else ""
    return ShownResult(when, rule.label, ref, who, status, value, check.ok)


def _parameter(moment: Moment, key: str, when: str, check: Check) -> ShownResult:
    situation = moment.determination.situation
    parameters = moment.determination.book.parameters
    parameter = parameters.declared[key]
    found = parameters.resolve(parameter, situation.county, situation.on, situation.known_at)
    value = shown(found.value, parameter.kind) if found.known else "未知"
    return ShownResult(when, parameter.label, Ref("parameter", key, parameter.label), "", "", value, check.ok)


def _outcome(
    moment: Moment, program: Program, place: int | None, when: str, who: str, check: Check
) -> ShownResult:
    outcome = moment.determination.of(program.name, place)
    paid = moment.paid.get((program.name, place), 0)
    parts = [outcome.status.label]
    if outcome.amount is not None and outcome.status is not Status.NO:
        parts.append(shown(outcome.amount, Money))
    if paid:
        parts.append(f"发放 {shown(paid, Money)}")
    if outcome.deciding is not None and outcome.status is not Status.YES:
        parts.append(outcome.deciding.label)
    if outcome.ask_first:
        parts.append(f"还需：{'、'.join(needs_words(moment.determination, outcome.ask_first))}")
    ref = Ref("rule", program.name, program.label)
    return ShownResult(when, program.label, ref, who, outcome.status.key, "，".join(parts), check.ok)
