"""What every node can ever be, from the declared bounds of facts and parameters.

The kernel proves from these that its integers do not overflow; a provision that is not in force is unknown
within them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .calendar import months_between
from .language.declare import DATE_BOUNDS, Parameter, Program, Provision
from .language.errors import RuleError
from .language.expr import (
    MAX_PEOPLE,
    AddDays,
    AddMonths,
    Age,
    Aggregate,
    Arithmetic,
    Column,
    DaysBetween,
    Discretion,
    Expr,
    Gap,
    Greatest,
    Least,
    Literal,
    Moment,
    MonthsBetween,
    Mul,
    Quotient,
    Round,
    Share,
    Sub,
    Where,
)
from .status import Exact

Bounds = tuple[Exact, Exact]

_cache: dict[int, tuple[Expr, Bounds]] = {}


def static_bounds(node: Expr) -> Bounds:
    """Smallest and largest value of a numeric or date node, exact."""
    kept = _cache.get(id(node))
    if kept is not None and kept[0] is node:
        return kept[1]
    found = _bounds(node)
    _cache[id(node)] = (node, found)
    return found


def _bounds(node: Expr) -> Bounds:
    if isinstance(node, Provision):
        node.trace()
        parts = [static_bounds(v.expr) for v in node.versions if v.expr is not None]
        return min(p[0] for p in parts), max(p[1] for p in parts)
    if isinstance(node, Program):
        raise RuleError(f"{node.name} is an outcome, not a number")
    for kind, meaning in MEANING:
        if isinstance(node, kind):
            return meaning(node)
    raise RuleError(f"no bounds for {type(node).__name__}")


def _column(node: Column) -> Bounds:
    return node.bounds or DATE_BOUNDS


def _setting(node: Parameter) -> Bounds:
    if node.bounds is None:
        raise RuleError(f"{node.key} has no bounds")
    return node.bounds


def _add(node: Arithmetic) -> Bounds:
    (al, ah), (bl, bh) = static_bounds(node.a), static_bounds(node.b)
    return (al - bh, ah - bl) if isinstance(node, Sub) else (al + bl, ah + bh)


def _mul(node: Mul) -> Bounds:
    (al, ah), (bl, bh) = static_bounds(node.a), static_bounds(node.b)
    corners = (al * bl, al * bh, ah * bl, ah * bh)
    return min(corners), max(corners)


def _hull(*nodes: Expr) -> Bounds:
    parts = [static_bounds(n) for n in nodes]
    return min(p[0] for p in parts), max(p[1] for p in parts)


def _divided(node: Quotient | Share) -> Bounds:
    lo, hi = static_bounds(node.a)
    return min(lo, 0), max(hi, 0)


def _round(node: Round) -> Bounds:
    (lo, hi), (_, to) = static_bounds(node.a), static_bounds(node.to)
    return lo // 1 - to, -(-hi // 1) + to


def _age(node: Age) -> Bounds:
    (bl, _), (_, oh) = static_bounds(node.born), static_bounds(node.on)
    return 0, max(0, months_between(int(bl), int(oh)) // 12)


def _months(node: MonthsBetween) -> Bounds:
    (al, ah), (bl, bh) = static_bounds(node.a), static_bounds(node.b)
    return months_between(int(ah), int(bl)), months_between(int(al), int(bh))


def _days(node: DaysBetween) -> Bounds:
    (al, ah), (bl, bh) = static_bounds(node.a), static_bounds(node.b)
    return bl - ah, bh - al


def _add_months(node: AddMonths) -> Bounds:
    (al, ah), (bl, bh) = static_bounds(node.a), static_bounds(node.b)
    return al + min(bl * 31, bl * 28), ah + max(bh * 31, bh * 28)


def _aggregate(node: Aggregate) -> Bounds:
    if node.how == "count":
        return 0, MAX_PEOPLE
    assert node.inner is not None
    lo, hi = static_bounds(node.inner)
    if node.how == "sum":
        return min(lo, 0) * MAX_PEOPLE, max(hi, 0) * MAX_PEOPLE
    assert node.start is not None
    sl, sh = static_bounds(node.start)
    return (sl, max(sh, hi)) if node.how == "most" else (min(sl, lo), sh)


def _literal(node: Literal) -> Bounds:
    value = node.value
    return (value, value) if isinstance(value, int) else (Fraction(value), Fraction(value))


def _moment(node: Moment) -> Bounds:
    return DATE_BOUNDS


MEANING: tuple[tuple[type[Expr], Callable[..., Bounds]], ...] = (
    (Column, _column),
    (Gap, lambda n: static_bounds(n.rule)),
    (Parameter, _setting),
    (Literal, _literal),
    (Moment, _moment),
    (Arithmetic, _add),
    (Mul, _mul),
    (Least, lambda n: _hull(n.a, n.b)),
    (Greatest, lambda n: _hull(n.a, n.b)),
    (Where, lambda n: _hull(n.a, n.b)),
    (Discretion, lambda n: _hull(n.chosen, n.lo, n.hi)),
    (Quotient, _divided),
    (Share, _divided),
    (Round, _round),
    (Age, _age),
    (MonthsBetween, _months),
    (DaysBetween, _days),
    (AddMonths, _add_months),
    (AddDays, _add),
    (Aggregate, _aggregate),
)
