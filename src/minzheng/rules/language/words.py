"""The words a provision is written in besides operators: where, minimum, people, age, discretion ..."""

from __future__ import annotations

from fractions import Fraction

from minzheng.rules.status import NO, REVIEW, YES

from .expr import (
    Age,
    Aggregate,
    Column,
    Constant,
    DaysBetween,
    Discretion,
    Exceptions,
    Expr,
    Greatest,
    Least,
    Moment,
    MonthsBetween,
    Operand,
    Where,
    fail,
    lift,
)

on_day = Moment("on", "认定日期")
month_first = Moment("month_first", "待遇月首日")
month_last = Moment("month_last", "待遇月末日")

conflict = Constant(REVIEW)
"""Always a review: what stands behind two exceptions that are live at once."""

always = Constant(YES)
"""A text that asks nothing, where a nearer or a later one does."""

never = Constant(NO)
"""A text that names no case, where a nearer or a later one does."""


def where(condition: Expr, then: Operand, otherwise: Operand) -> Expr:
    """`then` where the condition holds, else `otherwise`; both while it is undecided."""
    if not isinstance(then, Expr) and not isinstance(otherwise, Expr) and isinstance(then, int | Fraction):
        fail("where needs a traced value in at least one branch")
    first = lift(then, otherwise if isinstance(otherwise, Expr) else None)
    return Where(condition, first, lift(otherwise, first))


def minimum(first: Expr, *others: Operand) -> Expr:
    """取低、不超过."""
    result = first
    for other in others:
        result = Least(result, lift(other, first))
    return result


def maximum(first: Expr, *others: Operand) -> Expr:
    """取高、不低于."""
    result = first
    for other in others:
        result = Greatest(result, lift(other, first))
    return result


def age(born: Expr, on: Operand, rule: Operand) -> Expr:
    """Full years of age at a date; `rule` is a choice of AgeRule."""
    return Age(born, lift(on, born), lift(rule, None))


def months_between(start: Expr, end: Operand) -> Expr:
    return MonthsBetween(start, lift(end, start))


def days_between(start: Expr, end: Operand) -> Expr:
    return DaysBetween(start, lift(end, start))


def discretion(chosen: Expr, lo: Operand, hi: Operand) -> Expr:
    """An amount the officer sets between two bounds."""
    if not isinstance(chosen, Column):
        fail("discretion reads a fact that the officer records")
    return Discretion(chosen, lift(lo, chosen), lift(hi, chosen))


def exceptions(base: Expr, *cases: tuple[Expr, Operand]) -> Expr:
    """The base rule and its exceptions; two exceptions live at once are a review, unless they say the same."""
    result = base
    earlier: Expr | None = None
    given: list[tuple[Expr, Expr]] = []
    for condition, operand in cases:
        value = lift(operand, base)
        alone = value if earlier is None else where(earlier, where(conflict, value, result), value)
        result = Exceptions(Where(condition, alone, result), base, (*given, (condition, value)))
        given.append((condition, value))
        earlier = condition if earlier is None else earlier | condition
    return result


def bounded(value: Expr, *, at_most: Operand, unless: Expr) -> Expr:
    """A wider layer's bound; breaking it without the stated basis `unless` is a review."""
    bound = lift(at_most, value)
    return where(value.at_most(bound) | unless, value, where(conflict, value, bound))


class People:
    """The people of the household for whom a condition holds; aggregates run over them."""

    def __init__(self, counts: Expr) -> None:
        self.counts = counts

    @property
    def count(self) -> Expr:
        return Aggregate("count", self.counts, None, None)

    def sum(self, value: Expr) -> Expr:
        return Aggregate("sum", self.counts, value, None)

    def any(self, condition: Expr) -> Expr:
        return Aggregate("any", self.counts, condition, None)

    def all(self, condition: Expr) -> Expr:
        return Aggregate("all", self.counts, condition, None)

    def most(self, value: Expr, floor: Operand) -> Expr:
        """The largest value, at least `floor` (also when nobody counts)."""
        return Aggregate("most", self.counts, value, lift(floor, value))

    def least(self, value: Expr, ceiling: Operand) -> Expr:
        """The smallest value, at most `ceiling` (also when nobody counts)."""
        return Aggregate("least", self.counts, value, lift(ceiling, value))

    def counting(self, condition: Expr) -> People:
        """Those of them for whom a further condition holds."""
        return People(self.counts & condition)


def people(counts: Expr) -> People:
    return People(counts)
