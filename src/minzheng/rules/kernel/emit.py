"""The text of one expression: what `explain.evaluate` means, as straight-line integer code.

Two manners. Fast: facts and parameters that are normally known are taken as known; where that fails at run time
the code raises its flag (`bail`) and the household is done again in the full manner, where every number is a
range. Facts declared often_unknown are ranges in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from minzheng.rules.bounds import static_bounds
from minzheng.rules.language.declare import Parameter
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import (
    MAX_PEOPLE,
    AddDays,
    AddMonths,
    Age,
    AgeRule,
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
    MonthsBetween,
    Mul,
    Not,
    Or,
    Quotient,
    Round,
    Share,
    Sub,
    Where,
)
from minzheng.rules.status import NO, UNKNOWN_TAINT, YES

from .arithmetic import Frac, Num, Writer


@dataclass(frozen=True)
class Opt:
    """A choice: mask of what it can be, and taint; as read from a column, also its code (-1: unknown)."""

    m: str
    t: str
    code: str | None = None
    members: int = 0
    missing: int = UNKNOWN_TAINT


Val = Num | Opt | str
"""A number or date, a choice, or the text of a status."""

MOST_CODES = 30
"""Members of a choice whose answers fit one 64-bit number."""
SIGNS = {"below": "<", "at_most": "<=", "over": ">", "at_least": ">=", "equals": "=="}


class Emitter:
    """Writes the code of expressions into one function body. `leaf` gives the value of a leaf."""

    def __init__(self, fast: bool, leaf: Callable[[Expr], Val]) -> None:
        self.fast, self.leaf = fast, leaf
        self.w = Writer()
        self.bails: list[str] = []
        self._done: dict[int, tuple[Expr, Val, tuple[str, ...]]] = {}

    # -- entry points ---------------------------------------------------------------------------------------
    def value(self, node: Expr) -> Val:
        kept = self._done.get(id(node))
        if kept is not None and kept[0] is node:
            self.bails.extend(kept[2])
            return kept[1]
        before, self.bails = self.bails, []
        method = METHODS.get(type(node))
        result = self.leaf(node) if method is None else method(self, node)
        self._done[id(node)] = (node, result, tuple(self.bails))
        self.bails = before + self.bails
        return result

    def num(self, node: Expr) -> Num:
        found = self.value(node)
        assert isinstance(found, Num)
        return found

    def status(self, node: Expr) -> str:
        found = self.value(node)
        assert isinstance(found, str)
        return found

    def opt(self, node: Expr) -> Opt:
        found = self.value(node)
        assert isinstance(found, Opt)
        return found

    def bail(self, condition: str) -> None:
        self.bails.append(self.w.name(condition))

    # -- constants ------------------------------------------------------------------------------------------
    def literal(self, node: Literal) -> Num:
        value = Fraction(node.value)
        return self.w.exact(Frac(str(value.numerator), None, abs(value.numerator)), value.denominator)

    def constant(self, node: Constant) -> str:
        return str(node.status)

    def choice(self, node: ChoiceLiteral) -> Opt:
        return Opt(str(node.member.bit), "0")

    # -- yes and no -----------------------------------------------------------------------------------------
    def and_(self, node: And) -> str:
        return self.w.name(f"both({self.status(node.a)}, {self.status(node.b)})")

    def or_(self, node: Or) -> str:
        return self.w.name(f"either({self.status(node.a)}, {self.status(node.b)})")

    def not_(self, node: Not) -> str:
        return self.w.name(f"negate({self.status(node.a)})")

    def judged(self, node: Judged) -> str:
        return self.w.name(f"judged({self.status(node.a)})")

    def compare(self, node: Compare) -> str:
        a, b = self.w.aligned(self.num(node.a), self.num(node.b))
        if a.exact and b.exact:
            x, y = self.w.crossed(a.lo, b.lo)
            return self.w.name(f"3 if {x} {SIGNS[node.word]} {y} else 0")
        yes, no = self._decided(node.word, a, b)
        taint = self.w.taint(a.t, b.t)
        return self.w.name(f"3 if {yes} else (0 if {no} else 3 - {taint})")

    def _decided(self, word: str, a: Num, b: Num) -> tuple[str, str]:
        def test(x: Frac, sign: str, y: Frac) -> str:
            left, right = self.w.crossed(x, y)
            return f"{left} {sign} {right}"

        if word == "below":
            return test(a.hi, "<", b.lo), test(a.lo, ">=", b.hi)
        if word == "at_most":
            return test(a.hi, "<=", b.lo), test(a.lo, ">", b.hi)
        if word == "over":
            return test(a.lo, ">", b.hi), test(a.hi, "<=", b.lo)
        if word == "at_least":
            return test(a.lo, ">=", b.hi), test(a.hi, "<", b.lo)
        same = f"({test(a.lo, '==', a.hi)} and {test(b.lo, '==', b.hi)} and {test(a.lo, '==', b.lo)})"
        apart = f"({test(a.hi, '<', b.lo)} or {test(a.lo, '>', b.hi)})"
        return same, apart

    def is_(self, node: Is) -> str:
        a = self.opt(node.a)
        if a.code is not None and a.members <= MOST_CODES:
            return self.w.name(f"({_answers(a, node.mask)} >> (2 * {a.code} + 2)) & 3")
        if a.t == "0":
            return self.w.name(f"3 if {a.m} & {node.mask} else 0")
        return self.w.name(f"is_mask({a.m}, {a.t}, {node.mask})")

    # -- arithmetic -----------------------------------------------------------------------------------------
    def add(self, node: Arithmetic) -> Num:
        a, b = self.w.aligned(self.num(node.a), self.num(node.b))
        sign = "-" if isinstance(node, Sub) else "+"
        low, high = (b.hi, b.lo) if sign == "-" else (b.lo, b.hi)
        lo = self.w.fadd(a.lo, low, sign)
        if a.exact and b.exact:
            return self._bounded(self.w.exact(lo, a.scale), node)
        hi = self.w.fadd(a.hi, high, sign)
        return self._bounded(self.w.ranged(lo, hi, self.w.taint(a.t, b.t), a.scale), node)

    def mul(self, node: Mul) -> Num:
        a, b = self.num(node.a), self.num(node.b)
        scale = a.scale * b.scale
        if a.exact and b.exact:
            return self._bounded(self.w.exact(self.w.fmul(a.lo, b.lo), scale), node)
        corners = [self.w.fmul(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        lo = hi = corners[0]
        for corner in corners[1:]:
            lo, hi = self.w.fmin(lo, corner), self.w.fmax(hi, corner)
        return self._bounded(self.w.ranged(lo, hi, self.w.taint(a.t, b.t), scale), node)

    def least(self, node: Least) -> Num:
        return self._extreme(node, self.w.fmin)

    def greatest(self, node: Greatest) -> Num:
        return self._extreme(node, self.w.fmax)

    def _extreme(self, node: Least | Greatest, pick: Callable[[Frac, Frac], Frac]) -> Num:
        a, b = self.w.aligned(self.num(node.a), self.num(node.b))
        lo = pick(a.lo, b.lo)
        if a.exact and b.exact:
            return self.w.exact(lo, a.scale)
        return self.w.ranged(lo, pick(a.hi, b.hi), self.w.taint(a.t, b.t), a.scale)

    def quotient(self, node: Quotient) -> Num:
        a, b = self.num(node.a), self.num(node.b)
        if b.scale != 1 or b.paired:
            raise RuleError(".per() divides by a whole number of people")
        bound = min(b.lo.nb, int(max(static_bounds(node.b)[1], 1)))
        if a.exact and b.exact:
            return self.w.exact(self._over(a.lo, self.w.name(f"larger({b.lo.n}, 1)"), bound), a.scale)
        small, large = self.w.name(f"larger({b.lo.n}, 1)"), self.w.name(f"larger({b.hi.n}, 1)")
        lo = self._over(a.lo, self.w.name(f"{large} if {a.lo.n} >= 0 else {small}"), bound)
        hi = self._over(a.hi, self.w.name(f"{small} if {a.hi.n} >= 0 else {large}"), bound)
        return self.w.ranged(lo, hi, self.w.taint(a.t, b.t), a.scale)

    def _over(self, x: Frac, count: str, bound: int) -> Frac:
        d, db = self.w.mul(x.d or "1", x.db, count, max(bound, 1))
        return Frac(x.n, d, x.nb, db)

    def share(self, node: Share) -> Num:
        a, b = self.num(node.a), self.num(node.b)
        if b.scale != 1 or b.paired:
            raise RuleError("a share is among a whole number")
        divisors, last = node.divisors, node.divisors[-1]
        common = lcm(*divisors)
        text = "(" + ", ".join(map(str, divisors)) + ",)"
        if a.exact and b.exact:
            if node.beyond_is_review:
                self.bail(f"1 if {b.lo.n} > {last} else 0")
            found = self.w.name(f"smallest_divisor({b.lo.n}, {b.lo.n}, {text})")
            factor = self.w.name(f"{common} // ({found} if {found} > 0 else {divisors[0]})")
            return self._bounded(self.w.exact(self._by(a.lo, factor, common), a.scale * common), node)
        return self._bounded(self._share_range(node, a, b, common, text), node)

    def _share_range(self, node: Share, a: Num, b: Num, common: int, text: str) -> Num:
        first, last = node.divisors[0], node.divisors[-1]
        small = self.w.name(f"smallest_divisor({b.lo.n}, {b.hi.n}, {text})")
        large = self.w.name(f"largest_divisor({b.lo.n}, {b.hi.n}, {text})")
        small_or, large_or = (self.w.name(f"{x} if {x} > 0 else {first}") for x in (small, large))
        near, far = self.w.name(f"{common} // {small_or}"), self.w.name(f"{common} // {large_or}")
        lo = self._by(a.lo, self.w.name(f"{far} if {a.lo.n} >= 0 else {near}"), common)
        hi = self._by(a.hi, self.w.name(f"{near} if {a.hi.n} >= 0 else {far}"), common)
        taint = self.w.taint(a.t, b.t)
        if not node.beyond_is_review:
            return self.w.ranged(lo, hi, taint, a.scale * common)
        nothing = Frac("0", None, 0)
        beyond = self.w.name(f"{b.hi.n} > {last}")
        least_lo = self.w.fmin(nothing, self.w.times(a.lo, common // last))
        least_hi = self.w.fmax(nothing, self.w.times(a.hi, common // last))
        only = self.w.name(f"{small} == 0")
        wide_lo = self.w.choose(only, least_lo, self.w.fmin(lo, least_lo))
        wide_hi = self.w.choose(only, least_hi, self.w.fmax(hi, least_hi))
        lo, hi = self.w.choose(beyond, wide_lo, lo), self.w.choose(beyond, wide_hi, hi)
        return self.w.ranged(lo, hi, self.w.name(f"2 if {beyond} else {taint}"), a.scale * common)

    def _by(self, x: Frac, factor: str, bound: int) -> Frac:
        n, nb = self.w.mul(x.n, x.nb, factor, bound)
        return Frac(n, x.d, nb, x.db)

    def round_(self, node: Round) -> Num:
        a, to, mode = self.num(node.a), self.num(node.to), self.opt(node.mode)
        if static_bounds(node.to)[0] <= 0:
            raise RuleError("the unit of a rounding must be larger than 0: declare its bounds so")
        lo = self._rounded(a.lo, a.scale, to, mode)
        if a.exact and to.t == "0" and mode.t == "0":
            return self._bounded(self.w.exact(lo, to.scale), node)
        hi = self._rounded(a.hi, a.scale, to, mode)
        taint = self.w.taint(a.t, to.t, mode.t)
        if to.t != "0" or mode.t != "0":
            open_rule = self.w.name(f"{self.w.taint(to.t, mode.t)} != 0")
            lo = self.w.choose(
                open_rule, self.w.fadd(self._whole_units(a.lo, a.scale, to, 4), to.hi, "-"), lo
            )
            hi = self.w.choose(open_rule, self.w.fadd(self._whole_units(a.hi, a.scale, to, 2), to.hi), hi)
        return self._bounded(self.w.ranged(lo, hi, taint, to.scale), node)

    def _whole_units(self, x: Frac, scale: int, to: Num, mode: int) -> Frac:
        """x as a whole number (mode: a bit of Rounding), at the scale of `to`."""
        d, _ = self.w.mul(x.d or "1", x.db, str(scale), scale)
        whole = self.w.name(f"round_div({x.n}, {d}, {mode})")
        return self.w.times(Frac(whole, None, x.nb + 1), to.scale)

    def _rounded(self, x: Frac, scale: int, to: Num, mode: Opt) -> Frac:
        n, nb = self.w.mul(x.n, x.nb, str(to.scale), to.scale)
        d, db = self.w.mul(x.d or "1", x.db, str(scale), scale)
        d, db = self.w.mul(d, db, to.lo.n, to.lo.nb)
        steps = self.w.name(f"round_div({n}, {d}, {mode.m})")
        n, nb = self.w.mul(steps, nb + 1, to.lo.n, to.lo.nb)
        return Frac(n, None, nb)

    # -- choice between branches ------------------------------------------------------------------------------
    def where(self, node: Where) -> Val:
        c = self.status(node.c)
        if node.kind.name == "bool":
            return self.w.name(f"where_bool({c}, {self.status(node.a)}, {self.status(node.b)})")
        if node.kind.domain is not None:
            return self._where_choice(c, self.opt(node.a), self.opt(node.b))
        outer, self.bails = self.bails, []
        a = self.num(node.a)
        bails_a, self.bails = self.bails, []
        b = self.num(node.b)
        bails_b, self.bails = self.bails, outer
        for bails, other in ((bails_a, 0), (bails_b, 3)):
            for text in bails:
                self.bail(f"0 if {c} == {other} else {text}")
        a, b = self.w.aligned(a, b)
        if self.fast and a.exact and b.exact:
            self.bail(f"1 if {c} == 1 or {c} == 2 else 0")
            return self._bounded(self.w.exact(self.w.choose(f"{c} == 3", a.lo, b.lo), a.scale), node)
        yes, no = self.w.name(f"{c} == 3"), self.w.name(f"{c} == 0")
        lo = self.w.choose(yes, a.lo, self.w.choose(no, b.lo, self.w.fmin(a.lo, b.lo)))
        hi = self.w.choose(yes, a.hi, self.w.choose(no, b.hi, self.w.fmax(a.hi, b.hi)))
        open_t = self.w.taint(self.w.name(f"taint_of({c})"), a.t, b.t)
        taint = self.w.name(f"{a.t} if {yes} else ({b.t} if {no} else {open_t})")
        return self._bounded(self.w.ranged(lo, hi, taint, a.scale), node)

    def _where_choice(self, c: str, a: Opt, b: Opt) -> Opt:
        mask = self.w.name(f"{a.m} if {c} == 3 else ({b.m} if {c} == 0 else {a.m} | {b.m})")
        open_t = self.w.taint(self.w.name(f"taint_of({c})"), a.t, b.t)
        taint = self.w.name(f"{a.t} if {c} == 3 else ({b.t} if {c} == 0 else {open_t})")
        return Opt(mask, self.w.name(f"0 if {mask} & ({mask} - 1) == 0 else {taint}"))

    # -- dates ------------------------------------------------------------------------------------------------
    def age(self, node: Age) -> Num:
        born, on, rule = self.num(node.born), self.num(node.on), self.opt(node.rule)
        if born.exact and on.exact and rule.t == "0":
            return self._whole(self.w.name(f"age({born.lo.n}, {on.lo.n}, {rule.m})"), node)
        first, leap, after = (one.bit for one in (AgeRule.BIRTHDAY, AgeRule.LEAP_MARCH, AgeRule.DAY_AFTER))
        latest = self.w.name(
            f"{after} if {rule.m} & {after} != 0 else ({leap} if {rule.m} & {leap} != 0 else {first})"
        )
        earliest = self.w.name(
            f"{first} if {rule.m} & {first} != 0 else ({leap} if {rule.m} & {leap} != 0 else {after})"
        )
        lo = self.w.name(f"age({born.hi.n}, {on.lo.n}, {latest})")
        hi = self.w.name(f"age({born.lo.n}, {on.hi.n}, {earliest})")
        return self._whole_range(lo, hi, self.w.taint(born.t, on.t, rule.t), node)

    def months(self, node: MonthsBetween) -> Num:
        return self._between(node, "months_between({0}, {1})")

    def days(self, node: DaysBetween) -> Num:
        return self._between(node, "{1} - {0}")

    def _between(self, node: MonthsBetween | DaysBetween, text: str) -> Num:
        a, b = self.num(node.a), self.num(node.b)
        lo = self.w.name(text.format(a.hi.n, b.lo.n))
        if a.exact and b.exact:
            return self._whole(lo, node)
        hi = self.w.name(text.format(a.lo.n, b.hi.n))
        return self._whole_range(lo, hi, self.w.taint(a.t, b.t), node)

    def add_months(self, node: AddMonths) -> Num:
        return self._shifted(node, "add_months({0}, {1})")

    def add_days(self, node: AddDays) -> Num:
        return self._shifted(node, "{0} + {1}")

    def _shifted(self, node: AddMonths | AddDays, text: str) -> Num:
        a, b = self.num(node.a), self.num(node.b)
        if b.scale != 1 or b.paired:
            raise RuleError("a date moves by a whole number")
        lo = self.w.name(text.format(a.lo.n, b.lo.n))
        if a.exact and b.exact:
            return self._whole(lo, node)
        hi = self.w.name(text.format(a.hi.n, b.hi.n))
        return self._whole_range(lo, hi, self.w.taint(a.t, b.t), node)

    def discretion(self, node: Discretion) -> Num:
        chosen = self.num(node.chosen)
        low, high = self.w.aligned(self.num(node.lo), self.num(node.hi))
        scale = lcm(chosen.scale, low.scale)
        chosen, low, high = (self.w.rescaled(x, scale) for x in (chosen, low, high))
        least, most = self.w.fmin(low.lo, high.lo), self.w.fmax(low.hi, high.hi)
        sure = self._inside(chosen, self.w.fmin(low.hi, high.hi), self.w.fmax(low.lo, high.lo))
        if chosen.exact and self.fast:
            self.bail(f"0 if {sure} else 1")
            return chosen
        taint = self.w.name(f"0 if {sure} else {self.w.taint('2', low.t, high.t)}")
        lo, hi = self.w.choose(sure, chosen.lo, least), self.w.choose(sure, chosen.lo, most)
        return self._bounded(self.w.ranged(lo, hi, taint, scale), node)

    def _inside(self, chosen: Num, least: Frac, most: Frac) -> str:
        """Whether a set value lies between two bounds."""
        (a, b), (c, d) = self.w.crossed(least, chosen.lo), self.w.crossed(chosen.lo, most)
        return self.w.name(f"{chosen.t} == 0 and {a} <= {b} and {c} <= {d}")

    # -- sizes --------------------------------------------------------------------------------------------------
    def _whole(self, text: str, node: Expr) -> Num:
        return self.w.exact(Frac(text, None, size(node, 1)), 1)

    def _whole_range(self, lo: str, hi: str, t: str, node: Expr) -> Num:
        bound = size(node, 1)
        return self.w.ranged(Frac(lo, None, bound), Frac(hi, None, bound), t, 1)

    def _bounded(self, value: Num, node: Expr) -> Num:
        """The proven size of a number without run-time divisor, where it is smaller than the tracked one."""
        if value.paired:
            return value
        bound = size(node, value.scale)
        if bound >= value.lo.nb and bound >= value.hi.nb:
            return value
        lo = Frac(value.lo.n, None, min(bound, value.lo.nb))
        return Num(
            lo, lo if value.exact else Frac(value.hi.n, None, min(bound, value.hi.nb)), value.t, value.scale
        )


def _answers(choice: Opt, wanted: int) -> int:
    """Outcome of `is one of wanted` for every code of a column, two bits each; the first two are for unknown."""
    every = (1 << choice.members) - 1
    unknown = YES if every & ~wanted == 0 else NO if every & wanted == 0 else 3 - choice.missing
    return unknown | sum(YES << (2 * k + 2) for k in range(choice.members) if wanted >> k & 1)


def size(node: Expr, scale: int) -> int:
    """Largest |raw| of a node at a scale, from the declared bounds."""
    lo, hi = static_bounds(node)
    return int(max(lo, -lo, hi, -hi) * scale) + 1


def input_scale(node: Expr) -> int:
    return node.scale if isinstance(node, Parameter | Column) else 1


METHODS: dict[type[Expr], Callable[..., Val]] = {
    Literal: Emitter.literal,
    Constant: Emitter.constant,
    ChoiceLiteral: Emitter.choice,
    And: Emitter.and_,
    Or: Emitter.or_,
    Not: Emitter.not_,
    Judged: Emitter.judged,
    Compare: Emitter.compare,
    Is: Emitter.is_,
    Mul: Emitter.mul,
    Least: Emitter.least,
    Greatest: Emitter.greatest,
    Quotient: Emitter.quotient,
    Share: Emitter.share,
    Round: Emitter.round_,
    Where: Emitter.where,
    Exceptions: Emitter.where,
    Age: Emitter.age,
    MonthsBetween: Emitter.months,
    DaysBetween: Emitter.days,
    AddMonths: Emitter.add_months,
    AddDays: Emitter.add_days,
    Discretion: Emitter.discretion,
}
for _arithmetic in Arithmetic.__subclasses__():
    METHODS[_arithmetic] = Emitter.add

__all__ = ["MAX_PEOPLE", "Aggregate", "Emitter", "Num", "Opt", "Val", "input_scale", "size"]
