"""The meaning of every node of the language, for one household. The other engines are held to this file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.bounds import static_bounds
from minzheng.rules.calendar import add_months, age, day_number, months_between
from minzheng.rules.facts import UnitFacts, unknown_value
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import (
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
    Rounding,
    Rule,
    Share,
    Sub,
    Where,
)
from minzheng.rules.language.kinds import Household, Kind
from minzheng.rules.status import (
    NO,
    REVIEW_TAINT,
    UNKNOWN,
    UNKNOWN_TAINT,
    YES,
    Exact,
    Options,
    Span,
    both,
    either,
    ends,
    judged,
    negate,
    option_ends,
    options,
    span,
    taint_of,
)

Value = Any
LATEST_FIRST = (AgeRule.DAY_AFTER.bit, AgeRule.LEAP_MARCH.bit, AgeRule.BIRTHDAY.bit)
"""The ways to reach a year of age: nobody is older by a later one."""


class Evaluation:
    """Values of rules for one household in one situation, computed when asked and kept.

    `who` is the index of a person, or None for values of the household.
    """

    def __init__(self, book: Rulebook, facts: UnitFacts, situation: Situation) -> None:
        self.book, self.facts, self.situation = book, facts, situation
        self._memo: dict[tuple[int, int | None], Value] = {}
        self._settings: dict[str, Value] = {}
        self._versions: dict[int, int] = {}
        self._moments = {
            "on": day_number(situation.on),
            "month_first": day_number(situation.month),
            "month_last": day_number(situation.month_last),
        }

    # -- rules ----------------------------------------------------------------------------------------------
    def rule(self, rule: Rule, who: int | None) -> Value:
        key = (id(rule), who)
        found = self._memo.get(key)
        if found is None:
            if isinstance(rule, Program):
                found = self._program(rule, who)
            else:
                assert isinstance(rule, Provision)
                found = self._provision(rule, who)
            self._memo[key] = found
        return found

    def conditions(self, program: Program, who: int | None) -> list[int]:
        """Outcome of each condition in declared order."""
        return [self.rule(p, self._of(p, who)) for p in program.requires]

    def _program(self, program: Program, who: int | None) -> int:
        if not program.in_force(self.situation.on):
            return NO
        result = YES
        for status in self.conditions(program, who):
            result = both(result, status)
        return result

    def version(self, provision: Provision) -> int:
        index = self._versions.get(id(provision))
        if index is None:
            index = provision.version_for(self.situation.county, self.situation.on)
            self._versions[id(provision)] = index
        return index

    def _provision(self, provision: Provision, who: int | None) -> Value:
        index = self.version(provision)
        if index < 0:
            return nothing_in_force(provision)
        expr = provision.versions[index].expr
        assert expr is not None
        return self.value(expr, who)

    @staticmethod
    def _of(rule: Rule, who: int | None) -> int | None:
        return None if rule.entity is Household else who

    # -- nodes ----------------------------------------------------------------------------------------------
    def value(self, node: Expr, who: int | None) -> Value:
        if isinstance(node, Rule):
            return self.rule(node, None if node.entity is Household else who)
        return MEANING[type(node)](self, node, who)

    def _column(self, node: Column, who: int | None) -> Value:
        row = self.facts.unit if node.entity is Household else self.facts.people[who]  # type: ignore[index]
        value = row.get(node.column)
        return unknown_value(node) if value is None else value

    def _setting(self, node: Parameter, who: int | None) -> Value:
        value = self._settings.get(node.key)
        if value is None:
            s = self.situation
            value = self.book.parameters.resolve(node, s.county, s.on, s.known_at).value
            self._settings[node.key] = value
        return value

    def _literal(self, node: Literal, who: int | None) -> Value:
        return node.value

    def _constant(self, node: Constant, who: int | None) -> Value:
        return node.status

    def _choice(self, node: ChoiceLiteral, who: int | None) -> Value:
        return node.member.bit

    def _moment(self, node: Moment, who: int | None) -> Value:
        return self._moments[node.name]

    def _and(self, node: And, who: int | None) -> int:
        a = self.value(node.a, who)
        return NO if a == NO else both(a, self.value(node.b, who))

    def _or(self, node: Or, who: int | None) -> int:
        a = self.value(node.a, who)
        return YES if a == YES else either(a, self.value(node.b, who))

    def _not(self, node: Not, who: int | None) -> int:
        return negate(self.value(node.a, who))

    def _judged(self, node: Judged, who: int | None) -> int:
        return judged(self.value(node.a, who))

    def _add(self, node: Arithmetic, who: int | None) -> Value:
        a, b = self.value(node.a, who), self.value(node.b, who)
        if isinstance(node, Sub):
            b = Span(-b.hi, -b.lo, b.taint) if isinstance(b, Span) else -b
        if not isinstance(a, Span) and not isinstance(b, Span):
            return a + b
        (al, ah, at), (bl, bh, bt) = ends(a), ends(b)
        return span(al + bl, ah + bh, max(at, bt))

    def _mul(self, node: Mul, who: int | None) -> Value:
        a, b = self.value(node.a, who), self.value(node.b, who)
        if not isinstance(a, Span) and not isinstance(b, Span):
            return a * b
        (al, ah, at), (bl, bh, bt) = ends(a), ends(b)
        corners = (al * bl, al * bh, ah * bl, ah * bh)
        return span(min(corners), max(corners), max(at, bt))

    def _least(self, node: Least, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return span(min(al, bl), min(ah, bh), max(at, bt))

    def _greatest(self, node: Greatest, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return span(max(al, bl), max(ah, bh), max(at, bt))

    def _quotient(self, node: Quotient, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        bl, bh = max(bl, 1), max(bh, 1)
        lo = Fraction(al) / (bh if al >= 0 else bl)
        hi = Fraction(ah) / (bl if ah >= 0 else bh)
        return span(lo, hi, max(at, bt))

    def _share(self, node: Share, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        allowed = node.divisors
        inside = [d for d in allowed if bl <= d <= bh]
        taint = max(at, bt)
        beyond = node.beyond_is_review and bh > allowed[-1]
        if beyond:
            taint = REVIEW_TAINT
        if not inside and not beyond:
            inside = [allowed[0]]
        corners = [Fraction(x) / d for d in inside for x in (al, ah)]
        if beyond:
            corners += [Fraction(0), Fraction(al) / allowed[-1], Fraction(ah) / allowed[-1]]
        return span(min(corners), max(corners), taint)

    def _round(self, node: Round, who: int | None) -> Value:
        al, ah, at = ends(self.value(node.a, who))
        to, to_hi, tt = ends(self.value(node.to, who))
        mode, mt = option_ends(self.value(node.mode, who))
        if mt or tt:
            return span(al // 1 - to_hi, -(-ah // 1) + to_hi, max(at, tt, mt))
        return span(rounded(al, to, mode), rounded(ah, to, mode), at)

    def _compare(self, node: Compare, who: int | None) -> int:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return compare(node.word, al, ah, bl, bh, max(at, bt))

    def _is(self, node: Is, who: int | None) -> int:
        mask, taint = option_ends(self.value(node.a, who))
        if mask & node.mask == 0:
            return NO
        if mask & ~node.mask == 0:
            return YES
        return 3 - taint

    def _where(self, node: Where, who: int | None) -> Value:
        c = self.value(node.c, who)
        if c == YES:
            return self.value(node.a, who)
        if c == NO:
            return self.value(node.b, who)
        a, b = self.value(node.a, who), self.value(node.b, who)
        if node.kind.name == "bool":
            if a == b and a in (YES, NO):
                return a
            return either(both(c, a), both(negate(c), b))
        if node.kind.domain is not None:
            (am, at), (bm, bt) = option_ends(a), option_ends(b)
            return options(am | bm, max(taint_of(c), at, bt))
        (al, ah, at), (bl, bh, bt) = ends(a), ends(b)
        return span(min(al, bl), max(ah, bh), max(taint_of(c), at, bt))

    def _age(self, node: Age, who: int | None) -> Value:
        (bl, bh, bt), (ol, oh, ot) = ends(self.value(node.born, who)), ends(self.value(node.on, who))
        mask, mt = option_ends(self.value(node.rule, who))
        latest = next(one for one in LATEST_FIRST if mask & one)
        earliest = next(one for one in reversed(LATEST_FIRST) if mask & one)
        return span(age(int(bh), int(ol), latest), age(int(bl), int(oh), earliest), max(bt, ot, mt))

    def _months(self, node: MonthsBetween, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return span(months_between(int(ah), int(bl)), months_between(int(al), int(bh)), max(at, bt))

    def _days(self, node: DaysBetween, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return span(bl - ah, bh - al, max(at, bt))

    def _add_months(self, node: AddMonths, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return span(add_months(int(al), int(bl)), add_months(int(ah), int(bh)), max(at, bt))

    def _add_days(self, node: AddDays, who: int | None) -> Value:
        (al, ah, at), (bl, bh, bt) = ends(self.value(node.a, who)), ends(self.value(node.b, who))
        return span(al + bl, ah + bh, max(at, bt))

    def _discretion(self, node: Discretion, who: int | None) -> Value:
        """The officer's value where it surely lies between the bounds; else the range, for an officer to set."""
        chosen = self.value(node.chosen, who)
        (ll, lh, lt), (hl, hh, ht) = ends(self.value(node.lo, who)), ends(self.value(node.hi, who))
        if not isinstance(chosen, Span) and min(lh, hh) <= chosen <= max(ll, hl):
            return chosen
        return span(min(ll, hl), max(lh, hh), max(REVIEW_TAINT, lt, ht))

    # -- aggregates -----------------------------------------------------------------------------------------
    def _aggregate(self, node: Aggregate, who: int | None) -> Value:
        return AGGREGATES[node.how](self, node)

    def _counting(self, node: Aggregate) -> list[tuple[int, int]]:
        """(person, outcome) of everybody who counts or may count."""
        found = []
        for i in range(len(self.facts.people)):
            c = self.value(node.counts, i)
            if c != NO:
                found.append((i, c))
        return found

    def _count(self, node: Aggregate) -> Value:
        counting = self._counting(node)
        sure = sum(1 for _, c in counting if c == YES)
        return span(sure, len(counting), max((taint_of(c) for _, c in counting), default=0))

    def _sum(self, node: Aggregate) -> Value:
        assert node.inner is not None
        lo: Exact = 0
        hi: Exact = 0
        taint = 0
        for i, c in self._counting(node):
            xl, xh, xt = ends(self.value(node.inner, i))
            if c != YES:
                xl, xh, xt = min(xl, 0), max(xh, 0), max(xt, taint_of(c))
            lo, hi, taint = lo + xl, hi + xh, max(taint, xt)
        return span(lo, hi, taint)

    def _any(self, node: Aggregate) -> int:
        assert node.inner is not None
        result = NO
        for i, c in self._counting(node):
            result = either(result, both(c, self.value(node.inner, i)))
        return result

    def _all(self, node: Aggregate) -> int:
        assert node.inner is not None
        result = YES
        for i, c in self._counting(node):
            result = both(result, either(negate(c), self.value(node.inner, i)))
        return result

    def _most(self, node: Aggregate) -> Value:
        assert node.inner is not None
        assert node.start is not None
        lo, hi, taint = ends(self.value(node.start, None))
        for i, c in self._counting(node):
            xl, xh, xt = ends(self.value(node.inner, i))
            if c == YES:
                lo = max(lo, xl)
            hi, taint = max(hi, xh), max(taint, xt, taint_of(c))
        return span(lo, hi, taint)

    def _fewest(self, node: Aggregate) -> Value:
        assert node.inner is not None
        assert node.start is not None
        lo, hi, taint = ends(self.value(node.start, None))
        for i, c in self._counting(node):
            xl, xh, xt = ends(self.value(node.inner, i))
            if c == YES:
                hi = min(hi, xh)
            lo, taint = min(lo, xl), max(taint, xt, taint_of(c))
        return span(lo, hi, taint)


def compare(word: str, al: Exact, ah: Exact, bl: Exact, bh: Exact, taint: int) -> int:
    """Outcome of a comparison of two ranges: decided where every pair of values agrees."""
    if word == "below":
        yes, no = ah < bl, al >= bh
    elif word == "at_most":
        yes, no = ah <= bl, al > bh
    elif word == "over":
        yes, no = al > bh, ah <= bl
    elif word == "at_least":
        yes, no = al >= bh, ah < bl
    else:
        yes, no = al == ah == bl == bh, ah < bl or al > bh
    return YES if yes else NO if no else 3 - taint


def rounded(value: Exact, to: Exact, mode: int) -> Exact:
    """`value` as a multiple of `to`; half up rounds halves away from minus infinity."""
    steps = Fraction(value) / Fraction(to)
    if mode == Rounding.HALF_UP.bit:
        whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    elif mode == Rounding.UP.bit:
        whole = -(-steps.numerator // steps.denominator)
    else:
        whole = steps.numerator // steps.denominator
    return whole * to


def nothing_in_force(provision: Provision) -> Value:
    """No text of a provision holds: what it says is unknown, within what its texts could ever say."""
    kind: Kind = provision.kind
    if kind.name == "bool":
        return UNKNOWN
    if kind.domain is not None:
        return Options((1 << len(kind.domain)) - 1, UNKNOWN_TAINT)
    lo, hi = static_bounds(provision)
    return span(lo, hi, UNKNOWN_TAINT)


MEANING: dict[type[Expr], Callable[..., Value]] = {}
AGGREGATES: dict[str, Callable[..., Value]] = {
    "count": Evaluation._count,
    "sum": Evaluation._sum,
    "any": Evaluation._any,
    "all": Evaluation._all,
    "most": Evaluation._most,
    "least": Evaluation._fewest,
}


def _subclasses(cls: type[Expr]) -> list[type[Expr]]:
    return [cls, *(s for direct in cls.__subclasses__() for s in _subclasses(direct))]


for _base, _method in (
    (Column, Evaluation._column),
    (Parameter, Evaluation._setting),
    (Literal, Evaluation._literal),
    (Constant, Evaluation._constant),
    (ChoiceLiteral, Evaluation._choice),
    (Moment, Evaluation._moment),
    (And, Evaluation._and),
    (Or, Evaluation._or),
    (Not, Evaluation._not),
    (Judged, Evaluation._judged),
    (Arithmetic, Evaluation._add),
    (Mul, Evaluation._mul),
    (Least, Evaluation._least),
    (Greatest, Evaluation._greatest),
    (Quotient, Evaluation._quotient),
    (Share, Evaluation._share),
    (Round, Evaluation._round),
    (Compare, Evaluation._compare),
    (Is, Evaluation._is),
    (Where, Evaluation._where),
    (Age, Evaluation._age),
    (MonthsBetween, Evaluation._months),
    (DaysBetween, Evaluation._days),
    (AddMonths, Evaluation._add_months),
    (AddDays, Evaluation._add_days),
    (Discretion, Evaluation._discretion),
    (Aggregate, Evaluation._aggregate),
):
    for _kind in _subclasses(_base):
        MEANING[_kind] = _method

__all__ = ["Evaluation", "RuleError", "compare", "rounded"]
