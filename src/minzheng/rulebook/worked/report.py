"""A run case for people (text) and for machines (JSON). Amounts are fractions of a fen and payable fen, never floats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from minzheng.rules.explain.determine import Outcome, election_options
from minzheng.rules.explain.sentences import Line, Narrator, needs_words, shown
from minzheng.rules.language.declare import Fact
from minzheng.rules.language.kinds import Household, Money
from minzheng.rules.status import Span, Status

from .case import Expected, Point
from .checks import Check, reasons
from .run import Moment, Result
from .words import PLACES

MARKS = {True: "✓", False: "✗"}


# -- text ---------------------------------------------------------------------------------------------------------------
def text(result: Result, *, explain: bool = False, everything: bool = False) -> Iterator[str]:
    """Lines of one case: its outcomes, what was expected, what waits."""
    case = result.case
    yield f"{MARKS[result.ok] if result.checks else '·'} {case.id} {case.title}".rstrip()
    for moment in result.moments:
        yield f"    {moment.point}　{PLACES[case.county]}"
        expected = {(e.target, moment.who(e.who)) for e in case.expected.get(moment.point, [])}
        for outcome in moment.determination.outcomes:
            wanted = (outcome.program.name, outcome.who) in expected
            if everything or wanted or outcome.status is not Status.NO:
                yield from _outcome_text(moment, outcome, explain=explain)
    for check in result.checks:
        if not check.ok:
            yield from _failed(check)
    for one in result.later:
        yield f"    ○ 尚未核对：{one}"
    if case.unread:
        yield f"    （下列事实没有规定使用：{'、'.join(dict.fromkeys(case.unread))}）"


def _outcome_text(moment: Moment, outcome: Outcome, *, explain: bool) -> Iterator[str]:
    who = f"{moment.names[outcome.who]}　" if outcome.who is not None else ""
    line = f"        {who}{outcome.program.label}：{outcome.status.label}"
    if outcome.amount is not None:
        line += f"，{shown(outcome.amount, Money)}"
        paid = moment.paid[outcome.program.name, outcome.who]
        if outcome.status is Status.YES and isinstance(outcome.amount, Span) and not paid:
            line += "（金额确定以前不能发放）"
        elif outcome.status is Status.YES or paid:
            line += f"（发放 {shown(paid, Money)}）"
    if outcome.deciding is not None and outcome.status is not Status.YES:
        clauses = "、".join(outcome.deciding.citation.clauses)
        line += f"　［{outcome.deciding.label}{f'：{clauses}' if clauses else ''}］"
    if outcome.needs:
        line += f"　还需：{'、'.join(needs_words(moment.determination, outcome.ask_first))}"
    yield line
    if explain:
        told = Narrator(moment.determination).outcome(outcome)
        for child in told.children:
            yield from _line_text(child, 3)


def _line_text(line: Line, depth: int) -> Iterator[str]:
    mark = "（示例值）" if line.example and line.role == "parameter" else ""
    margin = f"　{line.margin}" if line.margin else ""
    citation = f"　{line.citation}" if line.citation and line.role == "rule" else ""
    yield f"{'    ' * depth}{line.text}{mark}{margin}{citation}"
    for child in line.children:
        yield from _line_text(child, depth + 1)


def _failed(check: Check) -> Iterator[str]:
    when = f"{check.point}　" if check.point is not None else ""
    where = " → ".join(check.expected.spot.path[1:]) or check.expected.target
    for difference in check.differences:
        yield f"    ✗ {when}{where}：{difference}"


@dataclass
class Tally:
    """What many results come to, counted one by one: a result with its determinations is large and is not kept."""

    cases: int = 0
    checks: int = 0
    later: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, result: Result) -> None:
        self.cases += 1
        self.checks += len(result.checks)
        self.later += len(result.later)
        if not result.ok:
            self.failed.append(result.case.id)

    @property
    def met(self) -> bool:
        return not self.failed

    def __str__(self) -> str:
        tail = f"；另有 {self.later} 项尚未核对" if self.later else ""
        if self.failed:
            ids = "、".join(self.failed[:10]) + ("等" if len(self.failed) > 10 else "")
            return f"{self.cases} 个案例，{len(self.failed)} 个与预期不符（{ids}）{tail}。"
        if not self.checks:
            return f"{self.cases} 个案例，都没有写预期{tail}。"
        return f"{self.cases} 个案例，{self.checks} 项预期全部相符{tail}。"


# -- JSON -----------------------------------------------------------------------------------------------------------------
EVERYTHING, CONDITIONS = 60, 2
"""How deep an explanation goes: to the last fact, or to each condition and what it compared."""


def as_json(result: Result, *, explain: bool = False) -> dict[str, Any]:
    """Everything about one case. explain: with every line of every explanation."""
    case = result.case
    return {
        "file": case.file,
        "id": case.id,
        "title": case.title,
        "county": {"code": case.county, "name": PLACES[case.county]},
        "known_at": case.known_at.isoformat() if case.known_at else None,
        "own_parameters": list(case.own_parameters),
        "met": result.ok,
        "points": [_moment_json(result, m, explain) for m in result.moments],
        "expectations": [_check_json(c) for c in result.checks],
        "later": list(result.later),
        "unread_facts": list(dict.fromkeys(case.unread)),
    }


def _moment_json(result: Result, moment: Moment, explain: bool) -> dict[str, Any]:
    return {
        "on": moment.point.on.isoformat(),
        "month": str(moment.point.month),
        "people": moment.names,
        "outcomes": [_outcome_json(result, moment, o, explain) for o in moment.determination.outcomes],
    }


def _outcome_json(result: Result, moment: Moment, outcome: Outcome, explain: bool) -> dict[str, Any]:
    names, clauses = reasons(outcome)
    run = moment.runs.get((outcome.program.name, outcome.who))
    found: dict[str, Any] = {
        "program": outcome.program.name,
        "label": outcome.program.label,
        "unit": "household" if outcome.program.of is Household else "person",
        "person": moment.shown(outcome.who),
        "outcome": outcome.status.key,
        "outcome_label": outcome.status.label,
        "amount": _amount_json(outcome.amount),
        "paid_fen": moment.paid[outcome.program.name, outcome.who],
        "deciding": {"provision": names[0], "clauses": clauses}
        if names and outcome.deciding is not None
        else None,
        "conditions": [
            {"provision": p.name, "label": p.label, "outcome": s.key} for p, s in outcome.conditions
        ],
        "failing": [{"provision": p.name, "clauses": list(p.citation.clauses)} for p in outcome.failing],
        "missing": [{"fact": n, "person": moment.shown(w)} for n, w in outcome.needs],
        "missing_words": needs_words(moment.determination, outcome.needs),
        "ask_first": needs_words(moment.determination, outcome.ask_first),
        "in_force": outcome.in_force,
    }
    if run is not None:
        found["payroll"] = {
            "total_fen": run.total,
            "regular_fen": run.regular,
            "arrears_fen": {str(m): fen for m, fen in run.arrears.items()},
            "overpaid_fen": {str(m): fen for m, fen in run.overpaid.items()},
        }
    options = _options_json(result, moment, outcome)
    if options:
        found["options"] = options
    if explain or outcome.status is not Status.NO or _is_expected(result, moment, outcome):
        line = Narrator(moment.determination).outcome(outcome)
        found["rests_on_example_values"] = line.example
        found["explanation"] = list(_lines_json(line, EVERYTHING if explain else CONDITIONS))
    return found


def _is_expected(result: Result, moment: Moment, outcome: Outcome) -> bool:
    lines = result.case.expected.get(moment.point, [])
    return any(e.target == outcome.program.name and moment.who(e.who) == outcome.who for e in lines)


def _options_json(result: Result, moment: Moment, outcome: Outcome) -> dict[str, Any]:
    """What each option of an open choice of the applicant would come to."""
    needed = {name for name, _ in outcome.needs}
    for election in outcome.program.elections:
        if election.column in needed and outcome.status is Status.UNKNOWN:
            found = election_options(
                result.book, moment.facts, moment.determination.situation, election, outcome.who
            )
            return {
                _label(election, name): {
                    "outcome": d.of(outcome.program.name, outcome.who).status.key,
                    "amount": _amount_json(d.of(outcome.program.name, outcome.who).amount),
                }
                for name, d in found.items()
            }
    return {}


def _label(election: Fact, name: str) -> str:
    assert election.kind.domain is not None
    return election.kind.domain[name].label


def _amount_json(amount: Any) -> Any:
    """Exact fen as a fraction, and to the fen; a range while it is open."""
    if amount is None:
        return None
    if isinstance(amount, Span):
        return {"from": _amount_json(amount.lo), "to": _amount_json(amount.hi), "open": True}
    exact = Fraction(amount)
    fen = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return {"exact_fen": str(exact), "fen": fen, "yuan": shown(amount, Money)}


def _lines_json(line: Line, deepest: int, depth: int = 0) -> Iterator[dict[str, Any]]:
    """An explanation as flat lines with their depth: a tree of many levels is unreadable as nested JSON."""
    found: dict[str, Any] = {"depth": depth, "text": line.text, "role": line.role}
    for name in ("status", "name", "who", "citation", "sentence", "gap", "margin"):
        value = getattr(line, name)
        if value:
            found[name] = value
    if line.clauses:
        found["clauses"] = list(line.clauses)
    if line.example:
        found["example"] = True
    if line.source is not None and line.source.name:
        found["source"] = line.source.name
    if line.row is not None:
        found["in_force"] = {"from": line.row.since.isoformat(), "document": line.row.document}
    yield found
    if depth < deepest:
        for child in line.children:
            yield from _lines_json(child, deepest, depth + 1)


def _check_json(check: Check) -> dict[str, Any]:
    return {
        "point": str(check.point) if check.point is not None else None,
        "target": check.expected.target,
        "person": check.expected.who,
        "where": " → ".join(check.expected.spot.path),
        "met": check.ok,
        "differences": list(check.differences),
    }


__all__ = ["Expected", "Point", "Tally", "as_json", "text"]
