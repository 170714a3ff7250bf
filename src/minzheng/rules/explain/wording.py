"""Values and expressions in words: how an amount, a range or a rule reads in Chinese."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from minzheng.rules.calendar import from_day_number
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
    Exceptions,
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
from minzheng.rules.language.kinds import Kind, Money
from minzheng.rules.status import NO, REVIEW, YES, Options, Span

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


def _exception_words(node: Exceptions) -> str:
    """The base rule, then each exception; what two of them at once mean is said once."""
    cases = "；".join(f"{words(condition)}的，为{words(value)}" for condition, value in node.cases)
    both = "；同时成立而结果不同的，由经办人员核定" if len(node.cases) > 1 else ""
    return f"{words(node.base)}；例外：{cases}{both}"


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
    Exceptions: _exception_words,
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
