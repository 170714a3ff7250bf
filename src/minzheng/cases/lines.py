"""The service lines that registered, and what is checked of a declaration when it does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from minzheng.cases.types import Need, Side, Who
from minzheng.cases.workflow import DECISIONS, SOME_DAY, Action, Field, Line, Step
from minzheng.values.errors import Defect, Refusal

_LINES: dict[str, Line] = {}
_CHINESE = re.compile(r"[一-鿿]")


def register(line: Line) -> None:
    """Check a declaration and make the line known. Called in `AppConfig.ready`; twice the same is once."""
    problems = tuple(problems_of(line))
    if problems:
        raise Defect(f"line {line.name}: " + "; ".join(problems), code="cases.line")
    _LINES[line.name] = line


def lines() -> tuple[Line, ...]:
    return tuple(_LINES.values())


def line_of(name: str) -> Line:
    """A registered line by its name."""
    found = _LINES.get(name)
    if found is None:
        raise Refusal("case.no_line", "本系统没有开通这项业务。", next_step="请联系系统管理员。")
    return found


def line_for(programme: str) -> Line | None:
    """The line that handles a programme of the rulebook, None while none does."""
    return next((line for line in _LINES.values() if programme in line.programmes), None)


def problems_of(line: Line) -> Iterator[str]:
    """Everything wrong with a declaration."""
    yield from _names(line)
    yield from _paths(line)
    yield from _labels(line)
    yield from _law(line)


def _names(line: Line) -> Iterator[str]:
    states = [state.name for state in line.states]
    if len(set(states)) < len(states):
        yield "a state stands twice"
    if line.starts not in states:
        yield f"it starts in {line.starts}, which is no state"
    for step in line.steps:
        yield from _step(line, step, set(states))
    rows = Counter((s.action, before, mode) for s in line.steps for before in s.before for mode in s.modes)
    for (action, before, _mode), times in rows.items():
        if times > 1:
            yield f"{action} from {before} stands twice"
    yield from _actions(line)


def _step(line: Line, step: Step, states: set[str]) -> Iterator[str]:
    unknown = {*step.before, step.after or step.before[0]} - states
    if unknown:
        yield f"{step.action} names unknown states {sorted(unknown)}"
    missing = set(step.needs) - set(line.requirements)
    if missing:
        yield f"{step.action} needs undeclared {sorted(missing)}"
    if step.action in DECISIONS and step.side is not Side.DECIDE:
        yield f"{step.action} is not on the deciding side"
    if step.by is None and Who.OFFICER in step.who:
        yield f"{step.action} asks no permission of officers"


def _actions(line: Line) -> Iterator[str]:
    actions = {step.action for step in line.steps} | {Action.SUBMIT.value}
    named = [(f"clock {c.parameter}", action) for c in line.clocks for action in (c.since, *c.until)]
    named += [("an effect", action) for action in line.effects]
    for where, action in named:
        if action not in actions and action != SOME_DAY:
            yield f"{where} names the unknown action {action}"
    for name, requirement in line.requirements.items():
        if (requirement.need is Need.CUSTOM) != (requirement.test is not None):
            yield f"requirement {name} needs a test of its own exactly when it is custom"


def _paths(line: Line) -> Iterator[str]:
    """Every state reachable from the first, and from every state a way to a final one."""
    edges = {(before, step.to(before)) for step in line.steps for before in step.before}
    for name in {state.name for state in line.states} - _closure({line.starts}, edges):
        yield f"state {name} cannot be reached"
    finals = {state.name for state in line.states if state.final}
    for name in {state.name for state in line.states} - _closure(finals, {(b, a) for a, b in edges}):
        yield f"state {name} has no way out"


def _closure(start: set[str], edges: set[tuple[str, str]]) -> set[str]:
    found = set(start)
    while fresh := {b for a, b in edges if a in found} - found:
        found |= fresh
    return found


def _labels(line: Line) -> Iterator[str]:
    labelled = [(line.name, line.label)]
    labelled += [(state.name, state.label) for state in line.states]
    labelled += [(step.action, step.label) for step in line.steps]
    labelled += [(f"{s.action}.{f.name}", f.label) for s in line.steps for f in s.fields]
    labelled += [(name, one.label) for name, one in line.requirements.items()]
    for name, label in labelled:
        if not _CHINESE.search(label):
            yield f"{name} has no Chinese label"
    for step in line.steps:
        for one in step.fields:
            if one.kind not in Field.KINDS:
                yield f"{step.action}.{one.name} is of the unknown kind {one.kind}"
            if one.kind == "choice" and not one.choices:
                yield f"{step.action}.{one.name} has nothing to choose from"


def _law(line: Line) -> Iterator[str]:
    from minzheng.rulebook import parameters
    from minzheng.rulebook.clauses import catalogue

    clauses = {clause.id for clause in catalogue()}
    for where, clause in _cited(line):
        if clause and clause not in clauses:
            yield f"{where} cites {clause}, which is not in the catalogue"
        if not clause and where.startswith("clock"):
            yield f"{where} cites nothing"
    declared = set(parameters().declared)
    named = [clock.parameter for clock in line.clocks] + [c.extended_by for c in line.clocks if c.extended_by]
    if line.publicity is not None:
        named.append(line.publicity.parameter)
    for key in named:
        if key not in declared:
            yield f"{key} is not a parameter of the rulebook"


def _cited(line: Line) -> Iterator[tuple[str, str]]:
    for step in line.steps:
        yield step.action, step.clause
        yield from ((f"{step.action}.{one.name}", one.clause) for one in step.fields)
    yield from ((f"clock {clock.parameter}", clock.clause) for clock in line.clocks)
    yield from ((name, one.clause) for name, one in line.requirements.items())
    if line.publicity is not None:
        yield "publicity", line.publicity.clause
