"""A rule in words, set out as a list: what must hold together, what is enough alone, which case gives which value.

`sentences` tells one household's result; this tells the rule itself, with no values of anybody.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from minzheng.rules.explain.sentences import words
from minzheng.rules.language.expr import (
    Aggregate,
    And,
    Column,
    Compare,
    Constant,
    Exceptions,
    Expr,
    Greatest,
    Least,
    Literal,
    Not,
    Or,
    Rule,
    Setting,
    Where,
)


@dataclass(frozen=True)
class Point:
    """One line of an outline, the lines under it, and the rule, fact or parameter it names alone (else None)."""

    text: str
    children: tuple[Point, ...] = ()
    names: Expr | None = None


def outline(expr: Expr) -> Point:
    """The rule as a tree of lines; a simple rule is one line."""
    if isinstance(expr, And):
        parts = _with_bands(_flat(expr, And))
        return parts[0] if len(parts) == 1 else Point("同时符合以下各项：", tuple(parts))
    if isinstance(expr, Or):
        return Point("符合以下之一：", tuple(outline(part) for part in _flat(expr, Or)))
    if isinstance(expr, Not):
        return _not(expr)
    if isinstance(expr, Where) and not isinstance(expr.c, Constant):
        return Point("按情形确定：", tuple(_cases(expr)))
    if isinstance(expr, Aggregate) and expr.inner is not None and isinstance(expr.inner, And | Or):
        return _of_people(expr)
    if isinstance(expr, Greatest | Least) and not isinstance(expr.b, Literal):
        best = "最高" if isinstance(expr, Greatest) else "最低"
        return Point(f"取下列各项中的{best}者：", tuple(outline(part) for part in _flat(expr, type(expr))))
    return Point(words(expr), names=expr if isinstance(expr, Rule | Column | Setting) else None)


def _with_bands(parts: list[Expr]) -> list[Point]:
    """Conditions joined by 且; 不低于 and 不超过 of one value, side by side, are one line: 为一至三级。"""
    found: list[Point] = []
    skip = False
    for part, following in itertools.zip_longest(parts, parts[1:]):
        if skip:
            skip = False
        elif following is not None and (band := _band(part, following)):
            found.append(Point(band))
            skip = True
        else:
            found.append(outline(part))
    return found


def _band(low: Expr, high: Expr) -> str:
    if not (isinstance(low, Compare) and isinstance(high, Compare) and low.a is high.a):
        return ""
    if (low.word, high.word) != ("at_least", "at_most"):
        return ""
    if isinstance(low.b, Literal) and isinstance(high.b, Literal) and low.b.value == high.b.value:
        return f"{words(low.a)}为 {words(low.b)}"
    return f"{words(low.a)}在 {words(low.b)} 至 {words(high.b)} 之间（含）"


def _not(expr: Not) -> Point:
    under = outline(expr.a)
    if under.children:
        return Point("没有下列情形：", under.children if isinstance(expr.a, Or) else (under,))
    return Point(words(expr))


def _cases(expr: Expr) -> list[Point]:
    """The branches one after another: 符合甲的：…；符合乙的：…；其他：…"""
    if isinstance(expr, Exceptions):
        return _exceptions(expr)
    found: list[Point] = []
    rest: Expr = expr
    while isinstance(rest, Where) and not isinstance(rest.c, Constant):
        found.append(_branch(rest.c, rest.a))
        rest = rest.b
    last = outline(rest)
    found.append(Point("其他：", (last,)) if last.children else Point(f"其他：{last.text}"))
    return found


def _exceptions(expr: Exceptions) -> list[Point]:
    """The base rule and its exceptions, with what two of them at once mean."""
    base = outline(expr.base)
    found = [Point("一般：", (base,)) if base.children else Point(f"一般：{base.text}")]
    found += [_branch(condition, value) for condition, value in expr.cases]
    if len(expr.cases) > 1:
        found.append(Point("例外同时成立而结果不同的，由经办人员核定"))
    return found


def _branch(condition: Expr, value: Expr) -> Point:
    test, then = outline(condition), outline(value)
    if not test.children and not then.children:
        return Point(f"{test.text}的：{then.text}")
    head = f"{test.text}的" if not test.children else test.text
    return Point(
        "情形：",
        (
            Point(head, test.children),
            Point("则为：", (then,)) if then.children else Point(f"则为：{then.text}"),
        ),
    )


def _of_people(expr: Aggregate) -> Point:
    assert expr.inner is not None
    who = {"any": "中有人", "all": "均"}.get(expr.how, "每人")
    return Point(f"“{words(expr.counts)}”{who}：", (outline(expr.inner),))


def _flat(expr: Expr, kind: type[And | Or | Greatest | Least]) -> list[Expr]:
    if isinstance(expr, kind):
        return [*_flat(expr.a, kind), *_flat(expr.b, kind)]
    return [expr]
