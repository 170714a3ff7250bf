"""Explanations in Chinese: each clause one line with its value, sign and limit, folded where it did not matter.

Nothing is computed here that `evaluate` did not compute; sentences are made when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from minzheng.rules.book import reads
from minzheng.rules.calendar import from_day_number
from minzheng.rules.explain.determine import Determination, Outcome, decided
from minzheng.rules.facts import Source
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.expr import (
    AddDays,
    AddMonths,
    Age,
    Aggregate,
    And,
    Arithmetic,
    ChoiceLiteral,
    Column,
    Compare,
    Constant,
    DaysBetween,
    Discretion,
    Expr,
    Greatest,
    Is,
    Judged,
    Least,
    Literal,
    Moment,
    MonthsBetween,
    Mul,
    Not,
    Or,
    Quotient,
    Round,
    Rule,
    Setting,
    Share,
    Sub,
    Where,
)
from minzheng.rules.language.kinds import Household, Kind, Money
from minzheng.rules.parameters import Resolved, Row
from minzheng.rules.status import NO, REVIEW, YES, Options, Span, Status

WORDS = {"below": "低于", "at_most": "不超过", "over": "高于", "at_least": "不低于", "equals": "等于"}
DATE_WORDS = {"below": "早于", "at_most": "不晚于", "over": "晚于", "at_least": "不早于", "equals": "等于"}
OPPOSITE = {"below": "at_least", "at_least": "below", "over": "at_most", "at_most": "over"}
HOW = {"sum": "之和", "count": "人数", "most": "中的最高值", "least": "中的最低值"}


# -- values ------------------------------------------------------------------------------------------------------
def amount(fen: int | Fraction) -> str:
    """Fen as yuan with two decimals; more digits are shown as such: 553.0833…"""
    exact = Fraction(fen)
    sign = "-" if exact < 0 else ""
    exact = abs(exact)
    whole = int(exact)
    text = f"{sign}{whole // 100:,}.{whole % 100:02d}"
    rest = exact - whole
    if not rest:
        return text
    digits = int(rest * 100)
    return f"{text}{digits:02d}…" if digits else f"{text}…"


def shown(value: Any, kind: Kind) -> str:
    """A value as people read it; ranges and unknowns say so."""
    if kind.name == "bool":
        return ("否", "待核定", "未知", "是")[value]
    if isinstance(value, Options):
        assert kind.domain is not None
        names = [m.label for m in kind.domain if m.bit & value.mask]
        return "未知" if len(names) == len(kind.domain) else f"未定（{'、'.join(names)}）"
    if kind.domain is not None:
        return next(m.label for m in kind.domain if m.bit == value)
    if isinstance(value, Span):
        return f"未定（{shown(value.lo, kind)} 至 {shown(value.hi, kind)}）"
    if kind.name == "date":
        return from_day_number(int(value)).isoformat()
    if kind == Money:
        return f"{amount(value)} 元"
    text = str(value) if Fraction(value).denominator == 1 else _decimal(Fraction(value))
    return f"{text} {kind.unit}".rstrip()


def _decimal(value: Fraction) -> str:
    """Up to four decimals, cut and marked where there are more."""
    tens = value * 10_000
    text = f"{int(value)}.{abs(int(tens)) % 10_000:04d}".rstrip("0")
    return text if tens.denominator == 1 else f"{text}…"


# -- words of a rule ----------------------------------------------------------------------------------------------
def words(node: Expr) -> str:
    """What an expression says, without values."""
    if isinstance(node, Column | Setting | Rule | Moment):
        return node.label
    if isinstance(node, Literal):
        return shown(node.value, node.kind)
    if isinstance(node, Constant):
        return {YES: "没有附加条件", NO: "没有列举的情形", REVIEW: "须人工核定"}[node.status]
    if isinstance(node, ChoiceLiteral):
        return node.member.label
    text: str = COMPOUND_WORDS[type(node)](node)
    return text


def _bracket(node: Expr) -> str:
    text = words(node)
    return (
        f"（{text}）" if isinstance(node, Arithmetic | Where | And | Or | Least | Greatest | Round) else text
    )


def _apart(node: Expr) -> str:
    """An operand of 与…中较高者: whatever is more than a name stands in brackets."""
    return (
        words(node) if isinstance(node, Column | Setting | Rule | Moment | Literal) else f"（{words(node)}）"
    )


def _mul_words(node: Mul) -> str:
    for known, other in ((node.b, node.a), (node.a, node.b)):
        if isinstance(known, Literal):
            exact = Fraction(known.value)
            if exact == 0:
                return "零"
            if exact == 1:
                return words(other)
            if exact.numerator == 1:
                return f"{_bracket(other)} ÷ {exact.denominator}"
    return f"{_bracket(node.a)} × {_bracket(node.b)}"


def _extreme_words(node: Least | Greatest) -> str:
    if isinstance(node, Greatest) and isinstance(node.b, Literal) and node.b.value == 0:
        return f"{_apart(node.a)}，不足零的按零计"
    return f"{_apart(node.a)}与{_apart(node.b)}中{'较低' if isinstance(node, Least) else '较高'}者"


def _not_words(node: Not) -> str:
    inner = node.a
    if isinstance(inner, Is):
        return f"{words(inner.a)}不为{'、'.join(m.label for m in inner.members)}"
    if isinstance(inner, Compare) and inner.word in OPPOSITE:
        return _compare_words(inner, OPPOSITE[inner.word])
    if isinstance(inner, Aggregate) and inner.how == "any":
        assert inner.inner is not None
        return f"“{words(inner.counts)}”中没有人符合：{words(inner.inner)}"
    if isinstance(inner, Column | Setting):
        return f"“{inner.label}”为否"
    said = words(inner)
    return f"不{said}" if said.startswith(("符合", "属于")) else f"不符合“{said}”"


def _where_words(node: Where) -> str:
    if isinstance(node.c, Constant) and node.c.status == REVIEW:
        return f"由经办人员核定（{words(node.a)}至{words(node.b)}）"
    return f"{words(node.c)}的，为{words(node.a)}；其他为{words(node.b)}"


def _shifted(node: AddDays) -> str:
    if isinstance(node.b, Literal) and node.b.value < 0:
        return f"{words(node.a)}前 {-node.b.value} 天"
    return (
        f"{words(node.a)}后 {words(node.b)} 天"
        if isinstance(node.b, Literal)
        else f"{words(node.a)}后{words(node.b)}"
    )


def _compare_words(node: Compare, word: str = "") -> str:
    table = DATE_WORDS if node.a.kind.name == "date" else WORDS
    space = " " if isinstance(node.b, Literal) else ""
    return f"{words(node.a)}{table[word or node.word]}{space}{words(node.b)}"


def _aggregate_words(node: Aggregate) -> str:
    people = f"“{words(node.counts)}”"
    if node.inner is None:
        return f"{people}的人数"
    if node.how in ("any", "all"):
        return f"{people}{'中有人' if node.how == 'any' else '均'}符合：{words(node.inner)}"
    return f"各{people}的{_bracket(node.inner)}{HOW[node.how]}"


COMPOUND_WORDS: dict[type[Expr], Any] = {
    And: lambda n: (
        f"{_bracket(n.a) if isinstance(n.a, Or) else words(n.a)}，并且{_bracket(n.b) if isinstance(n.b, Or) else words(n.b)}"
    ),
    Or: lambda n: f"{words(n.a)}，或者{words(n.b)}",
    Not: _not_words,
    Judged: lambda n: f"{words(n.a)}的，须核定",
    Compare: _compare_words,
    Is: lambda n: f"{words(n.a)}为{'、'.join(m.label for m in n.members)}",
    Mul: _mul_words,
    Least: _extreme_words,
    Greatest: _extreme_words,
    Quotient: lambda n: f"{_bracket(n.a)} ÷ {_bracket(n.b)}",
    Share: lambda n: f"{_bracket(n.a)} ÷ {_bracket(n.b)}",
    Round: lambda n: f"{_bracket(n.a)}，按{words(n.mode)}取至{words(n.to)}",
    Where: _where_words,
    Age: lambda n: f"{words(n.born)}至{words(n.on)}的周岁",
    MonthsBetween: lambda n: f"{words(n.a)}至{words(n.b)}的月数",
    DaysBetween: lambda n: f"{words(n.a)}至{words(n.b)}的天数",
    AddMonths: lambda n: f"{words(n.a)}起满{words(n.b)}之日",
    AddDays: _shifted,
    Discretion: lambda n: f"经办机关在{words(n.lo)}至{words(n.hi)}之间核定的{words(n.chosen)}",
    Aggregate: _aggregate_words,
}
for _kind in Arithmetic.__subclasses__():
    COMPOUND_WORDS[_kind] = lambda n: f"{words(n.a)} {'-' if isinstance(n, Sub) else '+'} {_bracket(n.b)}"


# -- lines --------------------------------------------------------------------------------------------------------
@dataclass
class Line:
    """One line of an explanation.

    role: rule, test, fact or parameter. status: yes/no/unknown/review for what can be so, else "". open: whether
    it stands unfolded. example: an example value had an effect at or under this line.
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
    open: bool = False
    source: Source | None = None
    row: Row | None = None
    children: list[Line] = field(default_factory=list)

    def walk(self) -> Iterator[Line]:
        yield self
        for child in self.children:
            yield from child.walk()


class Narrator:
    """Writes the lines of one determination; a rule already told is referred to."""

    def __init__(self, determination: Determination) -> None:
        self.determination = determination
        self.evaluation, self.facts = determination.evaluation, determination.facts
        self._told: set[tuple[int, int | None]] = set()
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
        if key in self._told:
            line.example = self._rests_on_example(rule, who)
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
        )

    def _rests_on_example(self, rule: Rule, who: int | None) -> bool:
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
        line = Line(f"{words(node)} → {status.label}", "test", status=status.key)
        line.open = status.key != "yes" and status == self._deciding
        if isinstance(node, Compare):
            line.text = f"{self._with_value(node.a, who)} {self._word(node)} {self._with_value(node.b, who)} → {status.label}"
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
        elif isinstance(node, Aggregate):
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
        if isinstance(node, Where):
            condition = self.evaluation.value(node.c, who)
            if condition in (YES, NO):
                return self.formula(node.a if condition == YES else node.b, who)
        text = self._operation(node, who)
        return f"{text} = {value}" if text else f"{words(node)} {value}"

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
