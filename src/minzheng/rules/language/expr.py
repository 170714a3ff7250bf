"""Nodes of the expression graph: what they are and which combinations make sense.

A node knows its kind and its entity (None: the same for everybody) and checks both when it is made.
What a node *means* stands in `explain.evaluate`; how it is compiled in `kernel`.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NoReturn

from minzheng.rules.calendar import day_number

from .errors import NotADecision, RuleError
from .kinds import Bool, Choice, Date, Entity, Household, Kind, Money, Person

MAX_PEOPLE = 60
"""Members a unit may have; a larger one is a review of its own."""


def where_am_i() -> str:
    """File and line of the first frame outside this package: where the author wrote it."""
    depth = 1
    while True:
        frame = sys._getframe(depth)
        if not frame.f_globals.get("__name__", "").startswith("minzheng.rules."):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        depth += 1


def fail(message: str) -> NoReturn:
    raise RuleError(f"{message} ({where_am_i()})")


class Expr:
    """A traced value. Operators build the graph; nothing is computed here."""

    kind: Kind
    entity: Entity | None

    # -- what authors must not write ----------------------------------------------------------------------
    def __bool__(self) -> bool:
        raise NotADecision(
            "a traced value has no truth of its own: use `where` instead of `if`, and `&`, `|`, `~` "
            f"instead of `and`, `or`, `not` ({where_am_i()})"
        )

    def __eq__(self, other: object) -> bool:
        raise NotADecision(f"use .equals(), .is_() or .in_() instead of == ({where_am_i()})")

    def __lt__(self, other: object) -> bool:
        raise NotADecision(f"use .below(), .at_most(), .over() or .at_least() ({where_am_i()})")

    __le__ = __gt__ = __ge__ = __lt__
    __hash__ = object.__hash__

    # -- yes and no ---------------------------------------------------------------------------------------
    def __and__(self, other: Expr) -> Expr:
        return And(self, other)

    def __or__(self, other: Expr) -> Expr:
        return Or(self, other)

    def __invert__(self) -> Expr:
        return Not(self)

    def must_be_judged(self) -> Expr:
        """须核定: a review where this holds; unknown while it is unknown, because the fact is asked for first."""
        return Judged(self)

    # -- arithmetic ---------------------------------------------------------------------------------------
    def __add__(self, other: Operand) -> Expr:
        return Add(self, lift(other, self))

    def __radd__(self, other: Operand) -> Expr:
        return Add(lift(other, self), self)

    def __sub__(self, other: Operand) -> Expr:
        return Sub(self, lift(other, self))

    def __rsub__(self, other: Operand) -> Expr:
        return Sub(lift(other, self), self)

    def __mul__(self, other: Operand) -> Expr:
        return Mul(self, lift_number(other))

    def __rmul__(self, other: Operand) -> Expr:
        return Mul(lift_number(other), self)

    def __truediv__(self, divisor: int) -> Expr:
        if not isinstance(divisor, int) or divisor <= 0:
            fail("divide by a positive whole number, or use .per(), .per_choice() or .shared_among()")
        return Mul(self, Literal(Fraction(1, divisor), Kind("number")))

    def per(self, count: Expr) -> Expr:
        """Divided by a number of people; by one when nobody counts (the sum over nobody is 0 then)."""
        return Quotient(self, count)

    def shared_among(self, count: Expr, at_most: int = 12) -> Expr:
        """Divided by a small count with a declared common multiple; more than `at_most` is a review."""
        return Share(self, count, tuple(range(1, at_most + 1)), beyond_is_review=True)

    def per_choice(self, parameter: Expr) -> Expr:
        """Divided by a parameter that declares its `choices` (a window of 12 months)."""
        if not isinstance(parameter, Setting) or not parameter.choices:
            fail(".per_choice() needs a parameter that declares choices=")
        return Share(self, parameter, parameter.choices, beyond_is_review=False)

    def rounded(self, to: Operand, mode: Operand) -> Expr:
        """Rounded to a multiple of `to` by the rounding mode (a choice of Rounding)."""
        return Round(self, lift(to, self), lift(mode, None))

    # -- comparison: the words of the law ------------------------------------------------------------------
    def below(self, other: Operand) -> Expr:
        """低于、不满、不足：strictly less."""
        return Compare("below", self, lift(other, self))

    def at_most(self, other: Operand) -> Expr:
        """以下、不超过、以内：less or equal."""
        return Compare("at_most", self, lift(other, self))

    def over(self, other: Operand) -> Expr:
        """超过、高于：strictly more."""
        return Compare("over", self, lift(other, self))

    def at_least(self, other: Operand) -> Expr:
        """以上、届满、不低于：more or equal."""
        return Compare("at_least", self, lift(other, self))

    def equals(self, other: Operand) -> Expr:
        """等于."""
        return Compare("equals", self, lift(other, self))

    def is_(self, *members: Choice) -> Expr:
        """One of the named possibilities."""
        return Is(self, members)

    in_ = is_

    def lookup(self, table: dict[Choice, Operand]) -> Expr:
        """A value for each possibility; every member of the domain must be named."""
        domain = self.kind.domain
        if domain is None:
            fail(".lookup() needs a choice")
        missing = [m.name for m in domain if m not in table]
        if missing:
            fail(f".lookup() has no value for {', '.join(missing)}")
        first = (
            next(v for v in table.values() if isinstance(v, Expr))
            if any(isinstance(v, Expr) for v in table.values())
            else None
        )
        members = list(domain)
        result = lift(table[members[-1]], first)
        for member in reversed(members[:-1]):
            result = Where(self.is_(member), lift(table[member], result), result)
        return result

    # -- dates --------------------------------------------------------------------------------------------
    def plus_months(self, months: Operand) -> Expr:
        return AddMonths(self, lift_number(months))

    def plus_days(self, days: Operand) -> Expr:
        return AddDays(self, lift_number(days))

    # -- walking --------------------------------------------------------------------------------------------
    def operands(self) -> tuple[Expr, ...]:
        return ()


Operand = Expr | int | Fraction | datetime.date | Choice


def lift(value: Operand, like: Expr | None) -> Expr:
    """A literal number takes the kind of what it meets; a date and a member of a choice have their own."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, Choice):
        return ChoiceLiteral(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return Literal(day_number(value), Date)
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        fail(f"{value!r} is not a value of the language; money is whole fen, yuan() converts, no floats")
    if like is not None and like.kind.name not in NUMERIC:
        fail(f"{value!r} and {like.kind} do not go together")
    return Literal(value, like.kind if like is not None else Kind("number"))


def lift_number(value: Operand) -> Expr:
    return value if isinstance(value, Expr) else lift(value, Literal(0, Kind("number")))


def join_entities(*exprs: Expr) -> Entity | None:
    found = {e.entity for e in exprs if e.entity is not None}
    return Person if Person in found else Household if found else None


def same_kind(a: Expr, b: Expr, what: str) -> Kind:
    if a.kind.name != b.kind.name or a.kind.domain is not b.kind.domain:
        fail(f"{what}: {a.kind} and {b.kind} do not go together")
    if a.kind.unit and b.kind.unit and a.kind.unit != b.kind.unit:
        fail(f"{what}: {a.kind.unit} and {b.kind.unit} do not go together")
    return a.kind if a.kind.unit else b.kind


def need(expr: Expr, names: tuple[str, ...], what: str) -> None:
    if not isinstance(expr, Expr):
        fail(f"{what} needs a traced value, not {expr!r}")
    if expr.kind.name not in names:
        fail(f"{what} needs {' or '.join(names)}, not {expr.kind}")


NUMERIC = ("money", "number")


class Literal(Expr):
    def __init__(self, value: int | Fraction, kind: Kind) -> None:
        self.value, self.kind, self.entity = value, kind, None


class Constant(Expr):
    """A fixed outcome or choice; REVIEW as a constant is how two live exceptions conflict."""

    def __init__(self, status: int) -> None:
        self.status, self.kind, self.entity = status, Bool, None


class ChoiceLiteral(Expr):
    def __init__(self, member: Choice) -> None:
        self.member, self.kind, self.entity = member, Kind("choice", "", type(member)), None


class Moment(Expr):
    """A date of the determination: the day of law, the first or the last day of the benefit month."""

    def __init__(self, name: str, label: str) -> None:
        self.name, self.label, self.kind, self.entity = name, label, Date, None


class Column(Expr):
    """A column of the facts: a fact, or the total or the month's value of a series."""

    column: str
    label: str
    bounds: tuple[int, int] | None
    often_unknown: bool
    review_when_missing: bool
    scale: int = 1
    """Arrays hold value*scale; 1 but for facts gathered from other people's exact amounts."""


class Setting(Expr):
    """A parameter set by an authority, for one place and one date."""

    key: str
    label: str
    bounds: tuple[Fraction, Fraction] | None
    choices: tuple[int, ...]
    often_unknown: bool


class Rule(Expr):
    """Something with a definition of its own (provision, program); other graphs refer to it as a leaf."""

    name: str
    label: str


class Gap(Expr):
    """What a rule is worth where none of its texts is in force: unknown within what they could say."""

    def __init__(self, rule: Rule) -> None:
        self.rule, self.kind, self.entity = rule, rule.kind, None


class Unary(Expr):
    def __init__(self, a: Expr) -> None:
        self.a, self.entity = a, join_entities(a)

    def operands(self) -> tuple[Expr, ...]:
        return (self.a,)


class Binary(Expr):
    def __init__(self, a: Expr, b: Expr) -> None:
        self.a, self.b, self.entity = a, b, join_entities(a, b)

    def operands(self) -> tuple[Expr, ...]:
        return (self.a, self.b)


class And(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, ("bool",), "&")
        need(b, ("bool",), "&")
        super().__init__(a, b)
        self.kind = Bool


class Or(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, ("bool",), "|")
        need(b, ("bool",), "|")
        super().__init__(a, b)
        self.kind = Bool


class Not(Unary):
    def __init__(self, a: Expr) -> None:
        need(a, ("bool",), "~")
        super().__init__(a)
        self.kind = Bool


class Judged(Unary):
    """A case that somebody must judge."""

    def __init__(self, a: Expr) -> None:
        need(a, ("bool",), "must_be_judged")
        super().__init__(a)
        self.kind = Bool


class Arithmetic(Binary):
    sign = "?"

    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, NUMERIC, self.sign)
        need(b, NUMERIC, self.sign)
        super().__init__(a, b)
        self.kind = same_kind(a, b, self.sign)


class Add(Arithmetic):
    sign = "+"


class Sub(Arithmetic):
    sign = "-"


class Mul(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, NUMERIC, "*")
        need(b, NUMERIC, "*")
        if a.kind == Money and b.kind == Money:
            fail("*: money times money has no meaning")
        super().__init__(a, b)
        if Money in (a.kind, b.kind):
            self.kind = Money
        else:
            units = [k.unit for k in (a.kind, b.kind) if k.unit]
            self.kind = Kind("number", units[0] if len(units) == 1 else "")


class Least(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, (*NUMERIC, "date"), "minimum")
        super().__init__(a, b)
        self.kind = same_kind(a, b, "minimum")


class Greatest(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, (*NUMERIC, "date"), "maximum")
        super().__init__(a, b)
        self.kind = same_kind(a, b, "maximum")


class Quotient(Binary):
    """a divided by a number of people known only at run time; exact, kept as a pair."""

    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, NUMERIC, ".per()")
        need(b, ("number",), ".per()")
        super().__init__(a, b)
        self.kind = a.kind


class Share(Binary):
    """a divided by one of a few whole numbers whose common multiple is declared."""

    def __init__(self, a: Expr, b: Expr, divisors: tuple[int, ...], *, beyond_is_review: bool) -> None:
        need(a, NUMERIC, "division")
        need(b, ("number",), "division")
        super().__init__(a, b)
        self.kind, self.divisors, self.beyond_is_review = a.kind, divisors, beyond_is_review


class Round(Expr):
    def __init__(self, a: Expr, to: Expr, mode: Expr) -> None:
        need(a, NUMERIC, "rounding")
        need(to, NUMERIC, "rounding")
        need(mode, ("choice",), "rounding")
        if mode.kind.domain is not Rounding:
            fail("the mode of a rounding is a choice of Rounding")
        if not isinstance(to, Literal | Setting) or not isinstance(mode, ChoiceLiteral | Setting):
            fail("unit and mode of a rounding are a literal or a parameter")
        self.a, self.to, self.mode = a, to, mode
        self.kind, self.entity = same_kind(a, to, "rounding"), a.entity

    def operands(self) -> tuple[Expr, ...]:
        return (self.a, self.to, self.mode)


class Rounding(Choice):
    """取整方式"""

    HALF_UP = "四舍五入"
    UP = "向上取整"
    DOWN = "向下取整"


class Compare(Binary):
    def __init__(self, word: str, a: Expr, b: Expr) -> None:
        need(a, (*NUMERIC, "date"), f".{word}()")
        same_kind(a, b, f".{word}()")
        super().__init__(a, b)
        self.word, self.kind = word, Bool


class Is(Unary):
    def __init__(self, a: Expr, members: tuple[Choice, ...]) -> None:
        need(a, ("choice",), ".is_()")
        if not members or any(type(m) is not a.kind.domain for m in members):
            fail(f".is_() needs members of {a.kind.domain.__name__ if a.kind.domain else '?'}")
        super().__init__(a)
        self.members, self.kind = members, Bool
        self.mask = sum(m.bit for m in set(members))


class Where(Expr):
    def __init__(self, c: Expr, a: Expr, b: Expr) -> None:
        need(c, ("bool",), "where")
        self.c, self.a, self.b = c, a, b
        self.kind, self.entity = same_kind(a, b, "where"), join_entities(c, a, b)

    def operands(self) -> tuple[Expr, ...]:
        return (self.c, self.a, self.b)


class Exceptions(Where):
    """A base rule with exceptions. It means the nested `where` it is; the rest is kept for those who read it."""

    def __init__(self, meaning: Where, base: Expr, cases: tuple[tuple[Expr, Expr], ...]) -> None:
        super().__init__(meaning.c, meaning.a, meaning.b)
        self.base, self.cases = base, cases


class Age(Expr):
    """Full years at a date. `rule` says when a year of age is reached (AgeRule)."""

    def __init__(self, born: Expr, on: Expr, rule: Expr) -> None:
        need(born, ("date",), "age")
        need(on, ("date",), "age")
        need(rule, ("choice",), "age")
        if rule.kind.domain is not AgeRule:
            fail("the rule of an age is a choice of AgeRule")
        self.born, self.on, self.rule = born, on, rule
        self.kind, self.entity = Kind("number", "周岁"), join_entities(born, on)

    def operands(self) -> tuple[Expr, ...]:
        return (self.born, self.on, self.rule)


class AgeRule(Choice):
    """周岁届满规则"""

    BIRTHDAY = "生日当日"
    DAY_AFTER = "生日次日"
    LEAP_MARCH = "生日当日，二月二十九日出生的在平年为三月一日"


class MonthsBetween(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, ("date",), "months_between")
        need(b, ("date",), "months_between")
        super().__init__(a, b)
        self.kind = Kind("number", "月")


class DaysBetween(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, ("date",), "days_between")
        need(b, ("date",), "days_between")
        super().__init__(a, b)
        self.kind = Kind("number", "天")


class AddMonths(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, ("date",), "plus_months")
        need(b, ("number",), "plus_months")
        super().__init__(a, b)
        self.kind = Date


class AddDays(Binary):
    def __init__(self, a: Expr, b: Expr) -> None:
        need(a, ("date",), "plus_days")
        need(b, ("number",), "plus_days")
        super().__init__(a, b)
        self.kind = Date


class Discretion(Expr):
    """A value an officer sets between two bounds; until it is set, the range is a review."""

    def __init__(self, chosen: Column, lo: Expr, hi: Expr) -> None:
        if not isinstance(chosen, Column):
            fail("discretion reads a fact that the officer records")
        self.chosen, self.lo, self.hi = chosen, lo, hi
        self.kind = same_kind(lo, hi, "discretion")
        same_kind(chosen, lo, "discretion")
        self.entity = join_entities(chosen, lo, hi)

    def operands(self) -> tuple[Expr, ...]:
        return (self.chosen, self.lo, self.hi)


class Aggregate(Expr):
    """Over the people of the household for whom `counts` holds: sum, count, any, all, most, least."""

    def __init__(self, how: str, counts: Expr, inner: Expr | None, start: Expr | None) -> None:
        need(counts, ("bool",), "members")
        self.how, self.counts, self.inner, self.start = how, counts, inner, start
        self.entity = Household
        if start is not None and start.entity is Person:
            fail("the starting value of an aggregate cannot belong to a person")
        if how == "count":
            self.kind = Kind("number", "人")
        elif how in ("any", "all"):
            assert inner is not None
            need(inner, ("bool",), f"members.{how}()")
            self.kind = Bool
        else:
            assert inner is not None
            need(inner, NUMERIC, f"members.{how}()")
            self.kind = inner.kind

    def operands(self) -> tuple[Expr, ...]:
        return tuple(e for e in (self.counts, self.inner, self.start) if e is not None)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node under and including `expr`, each once; does not enter other provisions."""
    seen: set[int] = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        stack.extend(node.operands())


def as_expr(value: Any) -> Expr:
    if not isinstance(value, Expr):
        fail(f"a provision must return a traced value, not {value!r}")
    return value
