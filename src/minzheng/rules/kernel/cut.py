"""Cuts a rulebook at some moved parameters: what lies downstream stays rules, everything else becomes columns."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass

from minzheng.rules.book import Rulebook, leaves, outcome_reads
from minzheng.rules.bounds import static_bounds
from minzheng.rules.language.declare import Citation, Program, Provision, Version
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import Aggregate, Column, Expr, Rule, Setting
from minzheng.rules.language.kinds import Household
from minzheng.rules.scales import static_scale


class Frozen(Column):
    """The kept value of a rule or an aggregate."""

    def __init__(self, name: str, node: Expr, people: bool) -> None:
        self.column, self.label, self.kind = name, name, node.kind
        self.entity = node.entity if people else Household
        self.often_unknown = self.review_when_missing = False
        self.bounds = None
        if node.kind.name in ("money", "number", "date"):
            # Exactly the node's own: a rule that is not in force is unknown within what its parts could be.
            self.scale = static_scale(node)
            self.bounds = static_bounds(node)  # type: ignore[assignment] # fractions, where a fact has whole bounds


@dataclass
class Cut:
    """The parts of a book on both sides of the moved parameters."""

    moved: frozenset[str]
    kept: dict[str, tuple[Provision, Frozen]]
    """Name of the frozen column: the provision that makes it (a rule of the book, or a wrapped aggregate)."""
    nodes: dict[str, Expr]
    """Name of the frozen column: the node of the book it keeps."""
    book: Rulebook
    """What is downstream, reading frozen columns."""
    untouched: tuple[Program, ...]
    """Programs no moved parameter can change."""
    facts: frozenset[str]
    """Facts an earlier stage makes from what the moved parameters change."""
    lanes: dict[str, int]
    """By program: the bits of its conditions that can change."""
    paying: frozenset[str]
    """Programs of which the amount can change."""


class Cutter:
    """Rewrites the rules downstream of some parameters so that everything else is a column.

    live: nodes (by id) that are computed again each time although no moved parameter changes them, because
    their kept value would be open for too many.
    """

    def __init__(self, book: Rulebook, moved: Collection[str], live: Collection[int] = ()) -> None:
        self.book, self.moved, self.live = book, frozenset(moved), frozenset(live)
        self._downstream: dict[int, bool] = {}
        self._rewritten: dict[int, Provision | Program] = {}
        self._frozen: dict[int, Frozen] = {}
        self._keep: list[Expr] = []
        self.kept: dict[str, tuple[Provision, Frozen]] = {}
        self.nodes: dict[str, Expr] = {}
        self.facts: frozenset[str] = frozenset()
        self.facts = self._moving_facts()
        self._downstream.clear()

    def cut(self) -> Cut:
        touched = [p for p in self.book.programs if self._touches(p)]
        programs = [self._rule(p) for p in touched]
        assert all(isinstance(p, Program) for p in programs)
        small = Rulebook(
            programs=[p for p in programs if isinstance(p, Program)],
            parameters=self.book.parameters,
            counties=self.book.counties,
            stages=False,
        )
        untouched = tuple(p for p in self.book.programs if not self._touches(p))
        lanes = {
            p.name: sum(3 << (2 * k) for k, one in enumerate(p.requires) if self.reads_moved(one))
            for p in touched
        }
        paying = frozenset(p.name for p in touched if p.amount is not None and self.reads_moved(p.amount))
        return Cut(self.moved, self.kept, self.nodes, small, untouched, self.facts, lanes, paying)

    def _moving_facts(self) -> frozenset[str]:
        return frozenset(
            fact.column
            for fact in self.book.gathered
            if fact.gathered is not None and self.reads_moved(fact.gathered.value)
        )

    def _touches(self, program: Program) -> bool:
        return self.reads_moved(program) or (program.amount is not None and self.reads_moved(program.amount))

    def reads_moved(self, node: Expr) -> bool:
        known = self._downstream.get(id(node))
        if known is None:
            if isinstance(node, Setting):
                known = node.key in self.moved
            elif isinstance(node, Column):
                known = node.column in self.facts
            elif isinstance(node, Rule):
                known = any(self.reads_moved(leaf) for leaf in outcome_reads(node))
            else:
                known = any(self.reads_moved(leaf) for leaf in leaves(node) if leaf is not node)
            self._downstream[id(node)] = known
            self._keep.append(node)
        return known

    # -- rewriting ----------------------------------------------------------------------------------------------
    def _rule(self, rule: Rule) -> Provision | Program:
        done = self._rewritten.get(id(rule))
        if done is None:
            done = self._program(rule) if isinstance(rule, Program) else self._provision(rule)
            self._rewritten[id(rule)] = done
        return done

    def _program(self, program: Program) -> Program:
        result = copy.copy(program)
        result.requires = tuple(self._condition(p) for p in program.requires)
        if program.amount is not None:
            result.amount = self._condition(program.amount)
        return result

    def _condition(self, provision: Provision) -> Provision:
        """A provision in its place; an untouched one becomes a provision that reads its frozen column."""
        if self.reads_moved(provision) or not self._freezable(provision):
            found = self._rule(provision)
            assert isinstance(found, Provision)
            return found
        done = self._rewritten.get(id(provision))
        if done is None:
            done = self._wrap(provision.name, provision, self._value(provision), provision.versions[0])
            self._rewritten[id(provision)] = done
        assert isinstance(done, Provision)
        return done

    def _value(self, node: Expr) -> Expr:
        """An untouched node as a frozen column; a run-time quotient is done again from what it divides."""
        if isinstance(node, Provision) and not self._freezable(node):
            return self._rule(node)
        return self._freeze(node)

    def _provision(self, rule: Rule) -> Provision:
        assert isinstance(rule, Provision)
        result = copy.copy(rule)
        result.versions = []
        for version in rule.versions:
            assert version.expr is not None
            changed = copy.copy(version)
            changed.expr = self._expr(version.expr)
            result.versions.append(changed)
        return result

    def _expr(self, node: Expr) -> Expr:
        if isinstance(node, Rule):
            return self._rule(node) if self.reads_moved(node) else self._value(node)
        if isinstance(node, Aggregate) and not self.reads_moved(node) and self._freezable(node):
            return self._freeze(node)
        if not node.operands():
            return node
        result = copy.copy(node)
        for name, value in vars(node).items():
            if isinstance(value, Expr):
                setattr(result, name, self._expr(value))
        return result

    def _freeze(self, node: Expr) -> Frozen:
        found = self._frozen.get(id(node))
        if found is None:
            people = node.entity is not Household and node.entity is not None
            name = f"kept{len(self.kept)}"
            found = self._frozen[id(node)] = Frozen(name, node, people)
            self._keep.append(node)
            maker = node if isinstance(node, Provision) else self._named(name, node)
            self.kept[name] = (maker, found)
            self.nodes[name] = node
        return found

    def _named(self, name: str, node: Expr) -> Provision:
        first = self.book.provisions[0].versions[0]
        return self._wrap(f"{name}_value", node, node, first)

    @staticmethod
    def _wrap(name: str, like: Expr, expr: Expr, version: Version) -> Provision:
        entity = like.entity if like.entity is not None else Household
        citation = Citation(version.citation.instrument, version.citation.article, ())
        text = Version(
            lambda: expr, citation, "", None, None, version.sentence, "", version.declared_at, expr
        )
        result = Provision(name, name, entity, text)
        result.kind = like.kind
        return result

    def _freezable(self, node: Expr) -> bool:
        if id(node) in self.live:
            return False
        if isinstance(node, Program) or node.kind.name not in ("money", "number", "date"):
            return True
        try:
            static_scale(node)
        except RuleError:
            return False
        return True


__all__ = ["Cut", "Cutter", "Frozen"]
