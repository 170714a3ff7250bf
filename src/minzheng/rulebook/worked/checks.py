"""Compares what a case expects with what came out. Each difference is one Chinese sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from minzheng.rulebook.programs import TO_THE_YUAN
from minzheng.rules.calendar import from_day_number
from minzheng.rules.explain.determine import Determination, Explainer, Outcome, Step
from minzheng.rules.explain.sentences import amount as yuan_text
from minzheng.rules.explain.sentences import needs_words, shown
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.kinds import Money
from minzheng.rules.status import NO, Options, Span, Status
from minzheng.rules.timeline import Award, Key
from minzheng.values.month import Month

from .case import Case, Expected, Point

if TYPE_CHECKING:
    from .run import Moment


@dataclass(frozen=True)
class Check:
    """One expectation and whether it is met; `differences` says what came out instead."""

    point: Point | None
    expected: Expected
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.differences


class Checker:
    """Checks of one case."""

    def __init__(self, case: Case, moments: list[Moment], state: Mapping[Month, Mapping[Key, Award]]) -> None:
        self.case, self.moments, self.state = case, {m.point: m for m in moments}, state

    def wants_payroll(self) -> bool:
        lines = [e for found in self.case.expected.values() for e in found]
        return any(e.payout is not None or e.arrears is not None for e in lines)

    def all(self) -> list[Check]:
        checks = [
            Check(point, line, tuple(self._differences(self.moments[point], line)))
            for point, lines in sorted(self.case.expected.items(), key=lambda e: (e[0].on, e[0].monthly))
            for line in lines
        ]
        return [*checks, *(Check(None, line, tuple(self._sum(line))) for line in self.case.sums)]

    def _differences(self, moment: Moment, line: Expected) -> Iterator[str]:
        if line.target == "total":
            total = sum(moment.paid.values())
            if total != line.paid:
                yield f"合计应为 {_yuan(line.paid)}，实为 {_yuan(total)}"
            return
        if line.target in moment.determination.book.parameters.declared:
            yield from _parameter(moment.determination, line)
            return
        who = moment.who(line.who)
        if who == -1:
            if line.outcome is not Status.NO:
                yield f"当时家庭中没有“{line.who}”"
            return
        rule = moment.determination.book[line.target]
        if isinstance(rule, Program):
            yield from self._outcome(moment, line, moment.determination.of(rule.name, who))
        else:
            yield from _value(moment.determination, rule, who, line)

    # -- programmes ---------------------------------------------------------------------------------------------------
    def _outcome(self, moment: Moment, line: Expected, outcome: Outcome) -> Iterator[str]:
        if line.outcome is not None and not _concludes(moment, line, outcome):
            yield f"结论应为“{line.outcome.label}”，实为“{outcome.status.label}”{_why(moment.determination, outcome)}"
        yield from _amount(line, outcome)
        if line.paid is not None and moment.paid[outcome.program.name, outcome.who] != line.paid:
            paid = moment.paid[outcome.program.name, outcome.who]
            yield f"发放额应为 {_yuan(line.paid)}，实为 {_yuan(paid)}"
        run = moment.runs.get((outcome.program.name, outcome.who))
        if line.payout is not None and (run is None or run.total != line.payout):
            yield f"当期支付应为 {_yuan(line.payout)}，实为 {_yuan(run.total if run else 0)}"
        arrears = sum(run.arrears.values()) if run else 0
        if line.arrears is not None and arrears != line.arrears:
            yield f"补发应为 {_yuan(line.arrears)}，实为 {_yuan(arrears)}"
        yield from _needs(moment, line, outcome)
        yield from _deciding(moment.determination, line, outcome)

    def _sum(self, line: Expected) -> Iterator[str]:
        names = [p.name for p in self.case.people]
        total = sum(
            award.due
            for state in self.state.values()
            for (program, who), award in state.items()
            if program == line.target and (line.who is None or (who is not None and names[who] == line.who))
        )
        if total != line.paid:
            yield f"累计应为 {_yuan(line.paid)}，实为 {_yuan(total)}"


def _concludes(moment: Moment, line: Expected, outcome: Outcome) -> bool:
    """Whether the outcome is the one expected.

    Who is entitled to an amount nobody can yet tell is undetermined too. In a month a bare amount is what is paid:
    what was granted before goes on until the decision that ends it takes effect.
    """
    if outcome.status is line.outcome:
        return True
    if line.outcome is Status.UNKNOWN:
        return outcome.status is Status.YES and isinstance(outcome.amount, Span)
    paid = moment.paid[outcome.program.name, outcome.who]
    return line.bare and moment.point.monthly and paid > 0 and paid == line.paid


def _yuan(fen: int | None) -> str:
    return f"{yuan_text(fen or 0)} 元"


def _why(determination: Determination, outcome: Outcome) -> str:
    parts = []
    if outcome.deciding is not None:
        clauses = "、".join(outcome.deciding.citation.clauses)
        parts.append(f"决定于“{outcome.deciding.label}”（{clauses}）")
    if outcome.ask_first:
        parts.append(f"还需：{'、'.join(needs_words(determination, outcome.ask_first))}")
    return f"，{'；'.join(parts)}" if parts else ""


def _amount(line: Expected, outcome: Outcome) -> Iterator[str]:
    amount = outcome.amount
    if line.nothing and amount is not None:
        yield f"不应有金额，实为 {shown(amount, Money)}"
    if line.amount is not None:
        if amount is None or isinstance(amount, Span):
            yield f"金额应为 {_yuan_exact(line.amount)}，实为 {shown(amount, Money) if amount is not None else '无'}"
        elif not _same(Fraction(amount), line.amount):
            yield f"金额应为 {_yuan_exact(line.amount)}，实为 {shown(amount, Money)}"
    if line.low is not None and line.high is not None:
        low, high = (amount.lo, amount.hi) if isinstance(amount, Span) else (amount, amount)
        if low is None or not (_same(Fraction(low), line.low) and _same(Fraction(high), line.high)):
            yield (
                f"金额范围应为 {_yuan_exact(line.low)} 至 {_yuan_exact(line.high)}，"
                f"实为 {shown(amount, Money) if amount is not None else '无'}"
            )


def _same(found: Fraction, wanted: Fraction) -> bool:
    """Equal, or equal as written: an amount with two decimals means the exact one rounded to the fen."""
    if found == wanted:
        return True
    doubled = 2 * found.numerator + found.denominator
    return wanted.denominator == 1 and doubled // (2 * found.denominator) == wanted


def _yuan_exact(fen: Fraction) -> str:
    return f"{yuan_text(fen)} 元"


def _needs(moment: Moment, line: Expected, outcome: Outcome) -> Iterator[str]:
    if not line.missing:
        return
    found = set()
    for column, who in outcome.needs:
        name = column.split("__")[0]
        found |= {name} if who is None else {name, f"{moment.names[who]}.{name}"}
    lacking = [w for w in line.missing if w not in found]
    if lacking:
        have = "、".join(needs_words(moment.determination, outcome.needs)) or "无"
        yield f"还需的事实应包括 {'、'.join(lacking)}，实为：{have}"
    plain = {c.split("__")[0] for c, _ in outcome.needs}
    extra = plain - {w.rpartition(".")[2] if w not in plain else w for w in line.missing}
    if line.exactly and extra:
        yield f"还需的事实不应包括 {'、'.join(sorted(extra))}"


def _deciding(determination: Determination, line: Expected, outcome: Outcome) -> Iterator[str]:
    if not (line.clauses or line.provisions or line.failing):
        return
    names, clauses = reasons(outcome)
    if outcome.deciding is None and outcome.step is not None:
        clauses = [*clauses, *behind(determination, outcome)]
    for clause in line.clauses:
        if clause not in clauses:
            yield f"决定的条款应为 {clause}，实为 {'、'.join(clauses) or '无'}"
    for name in line.provisions:
        if name not in names:
            yield f"决定的规定应为 {name}，实为 {'、'.join(names[:4]) or '无'}"
    failing = [p.name for p in outcome.failing]
    for name in line.failing:
        if name not in failing:
            yield f"不符合项应包括 {name}，实为 {'、'.join(failing) or '无'}"


def reasons(outcome: Outcome) -> tuple[list[str], list[str]]:
    """Provisions (by name) and clauses that decided an outcome, the deciding condition first.

    For a yes every condition decides; else the deciding condition and what under it has the same outcome.
    """
    names: dict[str, None] = {}
    clauses: dict[str, None] = {}

    def take(rule: Program | Provision) -> None:
        names.setdefault(rule.name)
        for version in getattr(rule, "versions", ()):
            clauses.update(dict.fromkeys(version.citation.clauses))
        clauses.update(dict.fromkeys(rule.citation.clauses))

    if outcome.deciding is None or isinstance(outcome.deciding, Program):
        take(outcome.program)
        for condition, _ in outcome.conditions:
            take(condition)
        if outcome.program.amount is not None:
            take(outcome.program.amount)
    if outcome.deciding is not None and outcome.step is not None:
        take(outcome.deciding)
        for step in outcome.step.inputs:
            if isinstance(step, Step) and step.rule is outcome.deciding:
                for below in _under(step):
                    assert isinstance(below.rule, Program | Provision)
                    take(below.rule)
    return list(names), list(clauses)


def behind(determination: Determination, outcome: Outcome) -> Iterator[str]:
    """Clauses of everything a yes was computed from, its amount and payment included."""
    explainer = Explainer(determination.evaluation)
    roots: list[Program | Provision] = [outcome.program]
    own = TO_THE_YUAN.get(outcome.program.name)
    roots += [] if outcome.program.amount is None else [outcome.program.amount]
    roots += [] if own is None else [determination.book[own.name]]
    seen: set[int] = set()
    stack = [explainer.step(r, explainer.holder(r, outcome.who)) for r in roots]
    while stack:
        step = stack.pop()
        if id(step) not in seen:
            seen.add(id(step))
            assert isinstance(step.rule, Program | Provision)
            for version in getattr(step.rule, "versions", (step.rule,)):
                yield from version.citation.clauses
            stack += [s for s in step.inputs if isinstance(s, Step)]


def _under(step: Step) -> Iterator[Step]:
    """Steps below one that are of yes or no and did not simply hold or did not simply fail with it."""
    seen: set[int] = set()
    stack = [s for s in step.inputs if isinstance(s, Step)]
    while stack:
        one = stack.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if one.rule.kind.name == "bool":
            stack += [s for s in one.inputs if isinstance(s, Step)]


def _value(determination: Determination, rule: Any, who: int | None, line: Expected) -> Iterator[str]:
    value = determination.value(rule.name, who)
    if line.outcome is not None:
        if rule.kind.name == "bool":
            if value != line.outcome:
                yield f"“{rule.label}”应为{line.outcome.label}，实为{Status(value).label}"
        elif not isinstance(value, Span | Options):
            yield f"“{rule.label}”应尚不能确定，实为 {shown(value, rule.kind)}"
        return
    if isinstance(value, Span | Options):
        yield f"“{rule.label}”应为 {_written(rule, line.value)}，实为 {shown(value, rule.kind)}"
        return
    if rule.kind.name == "date":
        value = from_day_number(value)
    if value != line.value and not (rule.kind == Money and _same(Fraction(value), Fraction(line.value))):
        actual = value if rule.kind.name == "date" else shown(value, rule.kind)
        yield f"“{rule.label}”应为 {_written(rule, line.value)}，实为 {actual}"


def _parameter(determination: Determination, line: Expected) -> Iterator[str]:
    parameters, s = determination.book.parameters, determination.situation
    parameter = parameters.declared[line.target]
    found = parameters.resolve(parameter, s.county, s.on, s.known_at)
    if line.outcome is Status.UNKNOWN:
        if found.known:
            yield f"参数“{parameter.label}”应未知，实为 {shown(found.value, parameter.kind)}"
    elif not found.known or found.value != line.value:
        actual = shown(found.value, parameter.kind) if found.known else "未知"
        yield f"参数“{parameter.label}”应为 {shown(line.value, parameter.kind)}，实为 {actual}"


def _written(rule: Any, value: Any) -> str:
    return str(value) if rule.kind.name == "date" else shown(value, rule.kind)


__all__ = ["NO", "Check", "Checker", "reasons"]
