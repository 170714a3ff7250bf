"""Rules that can never be so, and parameters and facts that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from minzheng.rulebook.check.report import Finding, Kind, place
from minzheng.rules.book import Rulebook, Situation, describe
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.explain.sentences import words
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.declare import Fact, Provision, Series, SeriesPart, Version
from minzheng.rules.language.expr import And, Compare, Constant, Expr, Is, Rule
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.status import NO


# -- nobody reads it ---------------------------------------------------------------------------------------------
def check_dead_parameters(
    book: Rulebook, workflow: frozenset[str], named: Iterable[str]
) -> Iterator[Finding]:
    """A parameter is read by a provision, or by a workflow; then a clause's disposition names it."""
    named = set(named)
    for key, parameter in book.parameters.declared.items():
        at = place(parameter.declared_at)
        if key in book.settings and key in workflow:
            yield Finding(Kind.DEAD, key, at, f"{key}：有规则使用，却列为只供流程使用")
        elif key not in book.settings and key not in workflow:
            yield Finding(Kind.DEAD, key, at, f"{key}：没有规则使用，也没有列为流程使用")
        elif key in workflow and key not in named:
            yield Finding(Kind.DEAD, key, at, f"{key}：只供流程使用，但没有条款处置写到它")
    for key in workflow - set(book.parameters.declared):
        yield Finding(Kind.DEAD, key, "", f"{key}：列为流程使用，但没有这个参数")


def check_dead_facts(
    book: Rulebook, declared: Iterable[Fact | Series], only_recorded: Mapping[str, str]
) -> Iterator[Finding]:
    received = {program.receives.column for program in book.programs if program.receives is not None}
    read = {c.series.name if isinstance(c, SeriesPart) else name for name, c in book.columns.items()}
    for one in declared:
        used = one.name in read or one.name in received
        at = place(one.declared_at) if isinstance(one, Fact) else ""
        if not used and one.name not in only_recorded:
            yield Finding(
                Kind.DEAD, one.name, at, f"{one.name}：没有规则使用事实“{one.label}”，也没有写明保留的原因"
            )
        elif used and one.name in only_recorded:
            yield Finding(Kind.DEAD, one.name, at, f"{one.name}：列为只作登记，却有规则使用")


# -- it can never be so ------------------------------------------------------------------------------------------
def check_never_true(book: Rulebook, situation: Situation) -> Iterator[Finding]:
    """What is a no while every fact is unknown cannot become a yes by any fact: unknown is what could be anything.

    With every parameter unknown too the text itself is at fault; with the values of the situation, the values.
    """
    free = book.with_parameters(ParameterSet(book.parameters.declared.values(), []))
    nobody, nothing = (Evaluation(b, UnitFacts({}, [{}]), situation) for b in (book, free))
    for rule in book.provisions:
        for version in rule.versions:
            assert version.expr is not None
            if isinstance(version.expr, Constant):
                continue
            who = None if rule.of is Household else 0
            if rule.kind.name == "bool" and nothing.value(version.expr, who) == NO:
                yield _never(rule, version, "无论事实和参数如何都不成立")
            for message in _contradictions(version.expr, nobody, who):
                yield _never(rule, version, message)
    for program in book.programs:
        who = None if program.of is Household else 0
        if program.in_force(situation.on) and nobody.rule(program, who) == NO:
            blocking = [p.label for p in program.requires if nobody.rule(p, who) == NO]
            yield Finding(
                Kind.NEVER,
                program.name,
                place(program.declared_at),
                f"待遇“{program.label}”按 {situation.on} 的参数无人能够符合：{'、'.join(blocking)}",
            )


def _never(rule: Provision, version: Version, message: str) -> Finding:
    return Finding(
        Kind.NEVER, rule.name, place(version.declared_at), f"“{rule.label}”（{rule.name}）{message}"
    )


def _contradictions(expr: Expr, evaluation: Evaluation, who: int | None) -> Iterator[str]:
    """Conditions joined by 且 on one and the same value that no value satisfies."""
    for chain in _chains(expr):
        spans: dict[str, _Between] = {}
        masks: dict[str, tuple[Expr, int]] = {}
        for part in chain:
            if isinstance(part, Compare):
                limit = evaluation.value(part.b, who)
                if isinstance(limit, int | Fraction):
                    key = describe(part.a)
                    spans[key] = spans.get(key, _Between(part.a)).with_(part.word, Fraction(limit))
            elif isinstance(part, Is):
                key = describe(part.a)
                masks[key] = (part.a, masks.get(key, (part.a, -1))[1] & part.mask)
        for between in spans.values():
            if between.empty:
                yield f"对“{words(between.of)}”的几个条件不能同时成立"
        for of, mask in masks.values():
            if mask == 0:
                yield f"对“{words(of)}”的几个条件不能同时成立"


def _chains(expr: Expr) -> Iterator[list[Expr]]:
    """Every maximal run of conditions joined by 且, inside one text."""
    if isinstance(expr, And):
        parts = list(_parts(expr))
        yield parts
        for part in parts:
            yield from _chains(part)
    elif not isinstance(expr, Rule):
        for operand in expr.operands():
            yield from _chains(operand)


def _parts(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, And):
        yield from _parts(expr.a)
        yield from _parts(expr.b)
    else:
        yield expr


@dataclass(frozen=True)
class _Between:
    """What a value may be: bounds, each with whether it belongs to it."""

    of: Expr
    low: Fraction | None = None
    low_in: bool = True
    high: Fraction | None = None
    high_in: bool = True

    def with_(self, word: str, limit: Fraction) -> _Between:
        result = self
        if word in ("over", "at_least", "equals"):
            result = result._raised(limit, word != "over")
        if word in ("below", "at_most", "equals"):
            result = result._lowered(limit, word != "below")
        return result

    def _raised(self, limit: Fraction, inside: bool) -> _Between:
        if self.low is None or limit > self.low or (limit == self.low and not inside):
            return _Between(self.of, limit, inside, self.high, self.high_in)
        return self

    def _lowered(self, limit: Fraction, inside: bool) -> _Between:
        if self.high is None or limit < self.high or (limit == self.high and not inside):
            return _Between(self.of, self.low, self.low_in, limit, inside)
        return self

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))


def all_facts(*modules: Any) -> list[Fact | Series]:
    """The facts and series a module of the vocabulary declares."""
    return [
        value for module in modules for value in vars(module).values() if isinstance(value, Fact | Series)
    ]
