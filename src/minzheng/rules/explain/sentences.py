"""Explanations in Chinese: each clause one line with its value, sign and limit, folded where it did not matter.

Nothing is computed here that `evaluate` did not compute; sentences are made when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from minzheng.rules.book import reads
from minzheng.rules.explain.determine import Determination, Outcome, decided
from minzheng.rules.facts import Source
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.expr import (
    Aggregate,
    And,
    Arithmetic,
    Column,
    Compare,
    Exceptions,
    Expr,
    Greatest,
    Is,
    Judged,
    Least,
    Literal,
    Moment,
    Mul,
    Not,
    Or,
    Quotient,
    Rule,
    Setting,
    Share,
    Sub,
    Where,
)
from minzheng.rules.language.kinds import Household, Money
from minzheng.rules.parameters import Resolved, Row
from minzheng.rules.status import NO, YES, Span, Status

from .wording import DATE_WORDS, WORDS, amount, shown, words


# -- lines --------------------------------------------------------------------------------------------------------
@dataclass
class Line:
    """One line of an explanation.

    role: rule, test, fact or parameter. status: yes/no/unknown/review for what can be so, else "". open: whether
    it stands unfolded. example: an example value had an effect at or under this line. value: what a rule came to.
    compared: the two sides of a comparison with their figures, without the outcome.
    """

    text: str
    role: str
    status: str = ""
    name: str = ""
    who: str = ""
    citation: str = ""
    clauses: tuple[str, ...] = ()
    sentence: str = ""
    example: bool = False
    gap: str = ""
    margin: str = ""
    compared: str = ""
    open: bool = False
    source: Source | None = None
    row: Row | None = None
    value: Any = None
    children: list[Line] = field(default_factory=list)

    def walk(self) -> Iterator[Line]:
        yield self
        for child in self.children:
            yield from child.walk()


class Narrator:
    """Writes the lines of one determination; a rule already told is referred to. `sums`: conditions stay closed."""

    def __init__(self, determination: Determination, *, sums: bool = False) -> None:
        self.determination, self._sums = determination, sums
        self.evaluation, self.facts = determination.evaluation, determination.facts
        self._told: set[tuple[int, int | None]] = set()
        self._examples: dict[int, bool] = {}
        self._deciding = Status.YES

    def outcome(self, outcome: Outcome) -> Line:
        """The explanation of one program for one holder."""
        self._told.clear()
        self._deciding = outcome.status
        program = outcome.program
        who = self.facts.name(outcome.who)
        text = f"{program.label}：{outcome.status.label}"
        if not outcome.in_force:
            text += "（认定当日尚未施行或者已经失效）"
        line = self._headed(text, program, outcome.who, outcome.status)
        line.open = True
        if self.determination.oversize:
            line.text += "（户内人数超过系统可核算的上限，由经办人员核定）"
            return line
        line.children = [self.rule(p, _holder(p, outcome.who)) for p, _ in outcome.conditions]
        if outcome.amount is not None and program.amount is not None:
            line.children.append(self.rule(program.amount, _holder(program.amount, outcome.who)))
            line.text += f"，{shown(outcome.amount, Money)}"
        line.who = who
        line.example = any(child.example for child in line.children)
        return line

    # -- rules ----------------------------------------------------------------------------------------------------
    def rule(self, rule: Rule, who: int | None) -> Line:
        value = self.evaluation.rule(rule, who)
        text = self._rule_text(rule, value)
        line = self._headed(text, rule, who, value)
        key = (id(rule), who)
        if isinstance(rule, Program):
            expr = None
            children: list[Expr] = list(rule.requires)
        else:
            assert isinstance(rule, Provision)
            version = self.evaluation.version(rule)
            if version < 0:
                line.text += "（认定当日没有有效的规定）"
                return line
            line.gap = rule.versions[version].textual_gap
            line.citation = str(rule.versions[version].citation)
            line.clauses = rule.versions[version].citation.clauses
            line.sentence = rule.versions[version].sentence
            expr = rule.versions[version].expr
            children = []
        if key in self._told or (self._sums and line.status):
            line.example = self._rests_on_example(rule)
            return line
        self._told.add(key)
        if expr is not None:
            line.children = [self._body(expr, who, rule)]
            inner = line.children[0]
            if inner.role == "test" and inner.status == line.status and inner.text and not inner.children:
                line.margin = inner.margin
        line.children += [self.rule(p, _holder(p, who)) for p in children if isinstance(p, Rule)]
        line.example = any(c.example for c in line.children)
        return line

    def _rule_text(self, rule: Rule, value: Any) -> str:
        if rule.kind.name == "bool":
            return f"{rule.label}：{Status(value).label}"
        return f"{rule.label}：{shown(value, rule.kind)}"

    def _headed(self, text: str, rule: Rule, who: int | None, value: Any) -> Line:
        assert isinstance(rule, Provision | Program)
        status = Status(value).key if rule.kind.name == "bool" else ""
        return Line(
            text,
            "rule",
            status=status,
            name=rule.name,
            who=self.facts.name(who) if who is not None else "",
            citation=str(rule.citation),
            clauses=rule.citation.clauses,
            open=bool(status) and status != "yes" and status == self._deciding.key,
            value=value,
        )

    def _rests_on_example(self, rule: Rule) -> bool:
        """Asked each time a rule is referred to; the same for every holder."""
        if id(rule) not in self._examples:
            self._examples[id(rule)] = self._finds_example(rule)
        return self._examples[id(rule)]

    def _finds_example(self, rule: Rule) -> bool:
        stack: list[Expr] = [rule]
        seen: set[int] = set()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Parameter) and self._resolved(node).example:
                return True
            if isinstance(node, Rule):
                stack.extend(reads(node))
        return False

    # -- expressions ----------------------------------------------------------------------------------------------
    def _body(self, node: Expr, who: int | None, rule: Rule) -> Line:
        if node.kind.name == "bool":
            return self.test(node, who)
        line = Line(f"{rule.label} = {self.formula(node, who)}", "test")
        line.children = list(self._leaf_lines(node, who))
        line.example = any(c.example for c in line.children)
        return line

    def test(self, node: Expr, who: int | None) -> Line:
        """The line of a yes/no expression."""
        if isinstance(node, Rule):
            return self.rule(node, _holder(node, who))
        if isinstance(node, Column):
            return self._fact(node, who)
        value = self.evaluation.value(node, who)
        status = Status(value)
        line = Line("", "test", status=status.key)
        line.open = status.key != "yes" and status == self._deciding
        if isinstance(node, Compare):
            line.compared = (
                f"{self._with_value(node.a, who)} {self._word(node)} {self._with_value(node.b, who)}"
            )
            line.text = f"{line.compared} → {status.label}"
            line.margin = self._margin(node, who) if value == NO else ""
            line.children = list(self._leaf_lines(node, who))
        elif isinstance(node, And | Or):
            same = And if isinstance(node, And) else Or
            line.text = f"{'同时符合以下条件' if same is And else '符合以下条件之一'} → {status.label}"
            line.children = [self.test(part, who) for part in _flat(node, same)]
        elif isinstance(node, Not):
            line.text = f"不得有以下情形 → {status.label}"
            line.children = [self.test(node.a, who)]
        elif isinstance(node, Judged):
            line.text = f"有以下情形的须核定 → {status.label}"
            line.children = [self.test(node.a, who)]
        elif isinstance(node, Is):
            actual = shown(self.evaluation.value(node.a, who), node.a.kind)
            wanted = "、".join(m.label for m in node.members)
            line.text = f"{words(node.a)}为{actual}，规定为{wanted} → {status.label}"
            line.children = list(self._leaf_lines(node, who))
        else:
            line.text = f"{words(node)} → {status.label}"
            if isinstance(node, Aggregate):
                line.children = list(self._people(node))
            elif isinstance(node, Where):
                line.children = list(self._branches(node, who))
        line.example = any(c.example for c in line.children)
        return line

    def _branches(self, node: Where, who: int | None) -> Iterator[Line]:
        condition = self.evaluation.value(node.c, who)
        yield self.test(node.c, who)
        if condition != NO:
            yield self.test(node.a, who)
        if condition != YES:
            yield self.test(node.b, who)

    def _people(self, node: Aggregate) -> Iterator[Line]:
        for i in range(len(self.facts.people)):
            counts = self.test(node.counts, i)
            counts.who = self.facts.name(i)
            yield counts
            if counts.status != "no" and node.inner is not None and node.inner.kind.name == "bool":
                line = self.test(node.inner, i)
                line.who = self.facts.name(i)
                yield line

    def _word(self, node: Compare) -> str:
        return (DATE_WORDS if node.a.kind.name == "date" else WORDS)[node.word]

    def _with_value(self, node: Expr, who: int | None) -> str:
        value = shown(self.evaluation.value(node, who), node.kind)
        return value if isinstance(node, Literal) else f"{words(node)} {value}"

    def _margin(self, node: Compare, who: int | None) -> str:
        a, b = self.evaluation.value(node.a, who), self.evaluation.value(node.b, who)
        if (
            isinstance(a, Span)
            or isinstance(b, Span)
            or node.kind.name == "date"
            or node.a.kind.name == "date"
        ):
            return ""
        gap = a - b
        if gap == 0:
            return "恰好等于界限"
        return f"{'高出' if gap > 0 else '不足'} {shown(abs(gap), node.a.kind)}"

    def formula(self, node: Expr, who: int | None) -> str:
        """A numeric expression with its values put in, and what it comes to."""
        value = shown(self.evaluation.value(node, who), node.kind)
        if isinstance(node, Column | Setting | Literal | Rule | Moment):
            return self._with_value(node, who)
        if isinstance(node, Where) and not self._clash(node, who):
            condition = self.evaluation.value(node.c, who)
            if condition in (YES, NO):
                return self.formula(node.a if condition == YES else node.b, who)
        text = self._operation(node, who)
        return f"{text} = {value}" if text else f"{words(node)} {value}"

    def _clash(self, node: Expr, who: int | None) -> bool:
        """Whether more than one exception is live: then the whole rule is told, not the branch that was taken."""
        if not isinstance(node, Exceptions):
            return False
        live = [c for c, _ in node.cases if self.evaluation.value(c, who) == YES]
        return len(live) > 1

    def _operation(self, node: Expr, who: int | None) -> str:
        parts = (
            [shown(self.evaluation.value(o, who), o.kind) for o in node.operands()]
            if not isinstance(node, Aggregate)
            else []
        )
        if isinstance(node, Arithmetic):
            return f"{self._named(node.a, who)} {'-' if isinstance(node, Sub) else '+'} {self._named(node.b, who)}"
        if isinstance(node, Mul):
            return f"{self._named(node.a, who)} × {self._named(node.b, who)}"
        if isinstance(node, Quotient | Share):
            return f"{self._named(node.a, who)} ÷ {self._named(node.b, who)}"
        if isinstance(node, Least | Greatest):
            return f"{parts[0]} 与 {parts[1]} 中{'较低' if isinstance(node, Least) else '较高'}者"
        return ""

    def _named(self, node: Expr, who: int | None) -> str:
        value = shown(self.evaluation.value(node, who), node.kind)
        if isinstance(node, Column | Setting | Rule | Moment):
            return f"{words(node)} {value}"
        return value

    def _leaf_lines(self, node: Expr, who: int | None) -> Iterator[Line]:
        """Facts, parameters and rules an expression reads, with their values; people one by one."""
        if isinstance(node, Aggregate):
            for i in range(len(self.facts.people)):
                yield from self._person_lines(node, i)
            return
        if isinstance(node, Exceptions):
            yield from self._exception_lines(node, who)
            return
        if isinstance(node, Where):
            condition = self.evaluation.value(node.c, who)
            yield from self._leaf_lines(node.c, who)
            if condition != NO:
                yield from self._leaf_lines(node.a, who)
            if condition != YES:
                yield from self._leaf_lines(node.b, who)
            return
        if isinstance(node, Rule):
            yield self.rule(node, _holder(node, who))
        elif isinstance(node, Column):
            yield self._fact(node, who)
        elif isinstance(node, Parameter):
            yield self._parameter(node)
        for operand in node.operands():
            yield from self._leaf_lines(operand, who)

    def _exception_lines(self, node: Exceptions, who: int | None) -> Iterator[Line]:
        """Every exception with what it reads; the base unless an exception surely takes its place."""
        live = [self.evaluation.value(condition, who) for condition, _ in node.cases]
        for (condition, value), status in zip(node.cases, live, strict=True):
            yield from self._leaf_lines(condition, who)
            if status != NO:
                yield from self._leaf_lines(value, who)
        if YES not in live:
            yield from self._leaf_lines(node.base, who)

    def _person_lines(self, node: Aggregate, i: int) -> Iterator[Line]:
        counts = self.evaluation.value(node.counts, i)
        if counts != YES or node.inner is None:
            line = self.test(node.counts, i)
            line.who = self.facts.name(i)
            yield line
        if counts != NO and node.inner is not None:
            for line in self._leaf_lines(node.inner, i):
                line.who = line.who or self.facts.name(i)
                yield line

    # -- facts and parameters ---------------------------------------------------------------------------------------
    def _fact(self, column: Column, who: int | None) -> Line:
        holder = _holder(column, who)
        value = self.evaluation.value(column, holder)
        line = Line(f"{column.label}：{shown(value, column.kind)}", "fact", name=column.column)
        line.who = self.facts.name(holder) if holder is not None else ""
        line.source = self.facts.source(column.column, holder)
        if column.kind.name == "bool":
            line.status = Status(value).key
        elif not decided(column, value):
            line.status = "review" if column.review_when_missing else "unknown"
        return line

    def _parameter(self, parameter: Parameter) -> Line:
        resolved = self._resolved(parameter)
        unit = f"（{parameter.per_unit}）" if parameter.per_unit else ""
        line = Line(
            f"{parameter.label}：{shown(resolved.value, parameter.kind)}{unit}",
            "parameter",
            name=parameter.key,
        )
        line.row = resolved.row
        line.example = resolved.example
        if resolved.row is not None:
            line.citation = resolved.row.document
        if not resolved.known:
            line.status = "unknown"
        return line

    def _resolved(self, parameter: Parameter) -> Resolved:
        s = self.determination.situation
        return self.determination.book.parameters.resolve(parameter, s.county, s.on, s.known_at)


def _holder(node: Expr, who: int | None) -> int | None:
    return None if node.entity is Household or node.entity is None else who


def _flat(node: Expr, same: type[And] | type[Or]) -> Iterator[Expr]:
    if isinstance(node, same):
        yield from _flat(node.a, same)
        yield from _flat(node.b, same)
    else:
        yield node


def explain(determination: Determination) -> list[Line]:
    """One explanation per outcome, in cascade order."""
    narrator = Narrator(determination)
    return [narrator.outcome(outcome) for outcome in determination.outcomes]


def reckoning(determination: Determination, outcome: Outcome) -> list[Line]:
    """How an amount was reckoned: the lines of the numbers under it, once each, the amount first.

    Rules with what they came to and the parameters they read. What came to nothing is left out with all under it, and
    so are the conditions by which a branch was taken: they are told by `Narrator.outcome`.
    """
    amount_rule = outcome.program.amount
    if amount_rule is None:
        return []
    return list(
        _numbers(Narrator(determination, sums=True).rule(amount_rule, _holder(amount_rule, outcome.who)))
    )


def _numbers(line: Line) -> Iterator[Line]:
    if line.status or (line.role == "rule" and line.value == 0):
        return
    if line.role in ("rule", "parameter"):
        yield line
    for child in line.children:
        yield from _numbers(child)


def needs_words(determination: Determination, needs: tuple[tuple[str, int | None], ...]) -> list[str]:
    """The facts still needed, as one asks for them."""
    book, facts = determination.book, determination.facts
    result = []
    for name, who in needs:
        if name in book.columns:
            label = book.columns[name].label
            result.append(label if who is None else f"{facts.name(who)}：{label}")
        elif name in book.settings:
            result.append(f"参数“{book.settings[name].label}”的数值")
        else:
            result.append(f"“{book[name].label}”在认定当日的规定")
    return result


__all__ = ["Line", "Narrator", "amount", "explain", "needs_words", "shown", "words"]
