"""Determinations: the outcome of every program for a household, with all that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from minzheng.rules.book import Rulebook, Situation, leaves
from minzheng.rules.facts import UnitFacts, unknown_value
from minzheng.rules.language.declare import Fact, Parameter, Program, Provision
from minzheng.rules.language.expr import MAX_PEOPLE, Aggregate, And, Column, Discretion, Expr, Or, Rule, Where
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import Resolved
from minzheng.rules.status import NO, REVIEW, UNKNOWN, YES, Options, Span, Status

from .evaluate import Evaluation

Need = tuple[str, int | None]
"""A fact that is not known: column and person (None: household). Parameters are needs named by their key."""


@dataclass(frozen=True, repr=False)
class Step:
    """One rule applied to one holder: its value and what it was computed from."""

    rule: Rule
    who: int | None
    value: Any
    version: int
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class FactInput:
    column: Column
    who: int | None
    value: Any


@dataclass(frozen=True)
class ParameterInput:
    resolved: Resolved


Input = Step | FactInput | ParameterInput


@dataclass(frozen=True)
class Outcome:
    """What one program comes to for one holder.

    conditions: outcome of each requirement in declared order. deciding: the first that made the outcome, None
    for a plain yes. amount: exact fen (or a Span while open), None where there is nothing to pay.
    needs: facts that would settle it; ask_first: the fewest that settle one undecided condition.
    """

    program: Program
    who: int | None
    status: Status
    conditions: tuple[tuple[Provision, Status], ...]
    deciding: Provision | Program | None
    failing: tuple[Provision, ...]
    amount: Any
    needs: tuple[Need, ...]
    ask_first: tuple[Need, ...]
    in_force: bool
    step: Step | None


@dataclass(repr=False)
class Determination:
    """All outcomes of a household in one situation, and the evaluation behind them."""

    book: Rulebook
    facts: UnitFacts
    situation: Situation
    evaluation: Evaluation
    outcomes: list[Outcome] = field(default_factory=list)
    oversize: bool = False

    def of(self, program: str, who: int | None = None) -> Outcome:
        for outcome in self.outcomes:
            if outcome.program.name == program and outcome.who == who:
                return outcome
        raise KeyError((program, who))

    def value(self, provision: str, who: int | None = None) -> Any:
        return self.evaluation.rule(self.book[provision], who)


class Explainer:
    """Builds steps and needs from an evaluation; each rule of each holder once."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.book, self.facts = evaluation.book, evaluation.facts
        self._steps: dict[tuple[int, int | None], Step] = {}
        self._needs: dict[tuple[int, int | None], frozenset[Need]] = {}
        self._leaves: dict[int, list[Expr]] = {}

    # -- steps ----------------------------------------------------------------------------------------------
    def step(self, rule: Rule, who: int | None) -> Step:
        key = (id(rule), who)
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = self._step(rule, who)
        return found

    def _step(self, rule: Rule, who: int | None) -> Step:
        value = self.evaluation.rule(rule, who)
        if isinstance(rule, Program):
            inputs: list[Input] = [self.step(p, self.holder(p, who)) for p in rule.requires]
            return Step(rule, who, value, 0, tuple(inputs))
        assert isinstance(rule, Provision)
        version = self.evaluation.version(rule)
        if version < 0:
            return Step(rule, who, value, version, ())
        expr = rule.versions[version].expr
        assert expr is not None
        return Step(rule, who, value, version, tuple(self._inputs(expr, who)))

    def _inputs(self, expr: Expr, who: int | None) -> Iterator[Input]:
        for leaf in self._leaves_of(expr):
            everybody = leaf.entity is not None and leaf.entity is not Household and who is None
            holders = range(len(self.facts.people)) if everybody else [self.holder(leaf, who)]
            for holder in holders:
                if isinstance(leaf, Rule):
                    yield self.step(leaf, holder)
                elif isinstance(leaf, Column):
                    yield FactInput(leaf, holder, self.evaluation.value(leaf, holder))
                elif isinstance(leaf, Parameter):
                    s = self.evaluation.situation
                    yield ParameterInput(self.book.parameters.resolve(leaf, s.county, s.on, s.known_at))

    def _leaves_of(self, expr: Expr) -> list[Expr]:
        found = self._leaves.get(id(expr))
        if found is None:
            found = self._leaves[id(expr)] = leaves(expr)
        return found

    @staticmethod
    def holder(node: Expr, who: int | None) -> int | None:
        return None if node.entity is Household or node.entity is None else who

    # -- what is still needed -------------------------------------------------------------------------------
    def needs(self, node: Expr, who: int | None) -> frozenset[Need]:
        """Unknown facts the value of a node depends on; nothing where it is decided without them."""
        value = self.evaluation.value(node, who)
        if decided(node, value):
            return frozenset()
        if isinstance(node, Rule):
            who = self.holder(node, who)
            key = (id(node), who)
            found = self._needs.get(key)
            if found is None:
                found = self._needs[key] = self._rule_needs(node, who)
            return found
        if isinstance(node, Column):
            return frozenset({(node.column, self.holder(node, who))})
        if isinstance(node, Parameter):
            return frozenset({(node.key, None)})
        if isinstance(node, Aggregate):
            return self._aggregate_needs(node)
        if isinstance(node, Where):
            return self._where_needs(node, who)
        if isinstance(node, Discretion):
            return self._discretion_needs(node, who)
        result: frozenset[Need] = frozenset()
        for operand in node.operands():
            result |= self.needs(operand, who)
        return result

    def _rule_needs(self, rule: Rule, who: int | None) -> frozenset[Need]:
        if isinstance(rule, Program):
            parts = [self.needs(p, who) for p in rule.requires]
            return frozenset().union(*parts)
        assert isinstance(rule, Provision)
        version = self.evaluation.version(rule)
        if version < 0:
            return frozenset({(rule.name, None)})
        expr = rule.versions[version].expr
        assert expr is not None
        return self.needs(expr, who)

    def _where_needs(self, node: Where, who: int | None) -> frozenset[Need]:
        condition = self.evaluation.value(node.c, who)
        if condition == YES:
            return self.needs(node.a, who)
        if condition == NO:
            return self.needs(node.b, who)
        return self.needs(node.c, who) | self.needs(node.a, who) | self.needs(node.b, who)

    def _discretion_needs(self, node: Discretion, who: int | None) -> frozenset[Need]:
        """The officer's value; where it is set but not surely allowed, what the bounds lack, or another value."""
        chosen = self.needs(node.chosen, who)
        return (
            chosen
            or self.needs(node.lo, who) | self.needs(node.hi, who)
            or frozenset({(node.chosen.column, self.holder(node.chosen, who))})
        )

    def _aggregate_needs(self, node: Aggregate) -> frozenset[Need]:
        result: frozenset[Need] = frozenset()
        for i in range(len(self.facts.people)):
            if self.evaluation.value(node.counts, i) == NO:
                continue
            result |= self.needs(node.counts, i)
            if node.inner is not None:
                result |= self.needs(node.inner, i)
        if node.start is not None:
            result |= self.needs(node.start, None)
        return result


def decided(node: Expr, value: Any) -> bool:
    if isinstance(value, Span | Options):
        return False
    return node.kind.name != "bool" or value in (YES, NO)


def determine(book: Rulebook, facts: UnitFacts, situation: Situation, *, steps: bool = True) -> Determination:
    """Every program of the book for the household and each of its people, in cascade order."""
    evaluation = Evaluation(book, facts, situation)
    result = Determination(book, facts, situation, evaluation, oversize=len(facts.people) > MAX_PEOPLE)
    explainer = Explainer(evaluation)
    for program in book.programs:
        holders: list[int | None] = [None] if program.of is Household else list(range(len(facts.people)))
        for who in holders:
            result.outcomes.append(_outcome(explainer, program, who, result.oversize, steps))
    return result


def _outcome(explainer: Explainer, program: Program, who: int | None, oversize: bool, steps: bool) -> Outcome:
    evaluation = explainer.evaluation
    in_force = program.in_force(evaluation.situation.on)
    if oversize:
        return Outcome(program, who, Status.REVIEW, (), None, (), None, (), (), in_force, None)
    status = evaluation.rule(program, who)
    values = evaluation.conditions(program, who)
    conditions = tuple((p, Status(v)) for p, v in zip(program.requires, values, strict=True))
    deciding: Provision | Program | None = program if not in_force else None
    if in_force and status != YES:
        deciding = next(p for p, v in conditions if v == status)
    failing = tuple(p for p, v in conditions if v == NO)
    groups = (
        []
        if status in (NO, YES)
        else [explainer.needs(p, who) for p, v in conditions if v in (UNKNOWN, REVIEW)]
    )
    amount = None
    if program.amount is not None and status != NO:
        holder = explainer.holder(program.amount, who)
        amount = evaluation.rule(program.amount, holder)
        if status == YES and isinstance(amount, Span):
            groups.append(explainer.needs(program.amount, who))
    groups = _by_size(groups)
    ask_first = _ordered(groups[0]) if groups else ()
    needs = fewest_first(groups)
    if steps and program.amount is not None and status != NO:
        explainer.step(program.amount, explainer.holder(program.amount, who))
    step = explainer.step(program, who) if steps else None
    return Outcome(
        program, who, Status(status), conditions, deciding, failing, amount, needs, ask_first, in_force, step
    )


def fewest_first(groups: Iterable[frozenset[Need]]) -> tuple[Need, ...]:
    """All needs of some conditions, those of the condition that the fewest facts settle first; each once."""
    return tuple(dict.fromkeys(n for g in _by_size(groups) for n in _ordered(g)))


def _by_size(groups: Iterable[frozenset[Need]]) -> list[frozenset[Need]]:
    return sorted((g for g in groups if g), key=lambda g: (len(g), sorted(map(str, g))))


def _ordered(needs: frozenset[Need]) -> tuple[Need, ...]:
    return tuple(sorted(needs, key=lambda n: (n[0], -1 if n[1] is None else n[1])))


def election_options(
    book: Rulebook, facts: UnitFacts, situation: Situation, column: Fact, who: int | None
) -> dict[str, Determination]:
    """The determinations under each option of an open choice of the applicant, by the option's name."""
    assert column.kind.domain is not None
    results: dict[str, Determination] = {}
    for member in column.kind.domain:
        people = [dict(p) for p in facts.people]
        unit = dict(facts.unit)
        (unit if who is None else people[who])[column.column] = member.bit
        chosen = UnitFacts(unit, people, facts.unit_id, facts.people_ids, facts.names, facts.sources)
        results[member.name] = determine(book, chosen, situation)
    return results


__all__ = [
    "And", "Determination", "Explainer", "FactInput", "Input", "Need", "Or", "Outcome", "ParameterInput", "Step",
    "decided", "determine", "election_options", "fewest_first", "unknown_value",
]  # fmt: skip
