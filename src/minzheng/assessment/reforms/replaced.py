"""The rulebook with some provisions replaced: a graph of its own, the one in force stays as it is.

Whatever reads a replaced provision, directly or not, is copied with its readings changed; all else is shared.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

from minzheng.rules.book import Rulebook, leaves, outcome_reads
from minzheng.rules.language.declare import Program, Provision, Version
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import Expr, Rule


def with_provisions(book: Rulebook, new: Mapping[str, Provision | Program]) -> Rulebook:
    """The book in which each named provision is the given one. Raises RuleError where they do not fit.

    A programme is replaced by itself at other dates only.
    """
    writer = _Rewriter(book, new)
    result = Rulebook(
        programs=[writer.program(p) for p in book.programs],
        provisions=[writer.rule(p) for p in book.extra],
        parameters=book.parameters,
        counties=book.counties,
    )
    result.enacted = book.enacted
    return result


class _Rewriter:
    def __init__(self, book: Rulebook, new: Mapping[str, Provision | Program]) -> None:
        self.done: dict[int, Expr] = {}
        self.moved: dict[int, bool] = {}
        for name, rule in new.items():
            old = book[name]
            self._fits(old, rule)
            self.done[id(old)] = self._renamed(old, rule)
            self.moved[id(old)] = True
        self._gathered(book)
        for name in new:
            placed = self.done[id(book[name])]
            if isinstance(placed, Provision):
                placed.versions = self._versions(placed)
            else:
                assert isinstance(placed, Program)
                self._conditions(placed)

    @staticmethod
    def _fits(old: Provision | Program, new: Provision | Program) -> None:
        if isinstance(old, Program) or isinstance(new, Program):
            if not (isinstance(old, Program) and isinstance(new, Program) and old.requires == new.requires):
                raise RuleError(f"{old.name} is a program; only its dates are replaced")
        elif old.of is not new.of or old.kind.name != new.kind.name:
            raise RuleError(f"{old.name} is replaced by something of another entity or type")

    def _versions(self, provision: Provision) -> list[Version]:
        return [replace(v, expr=None if v.expr is None else self._of(v.expr)) for v in provision.versions]

    def _gathered(self, book: Rulebook) -> None:
        """Facts of obligors elsewhere come from the new book's provisions, which read these facts in their turn."""
        facts = [(fact, copy.copy(fact)) for fact in book.gathered]
        for old, new in facts:
            self.done[id(old)], self.moved[id(old)] = new, True
        for old, new in facts:
            assert old.gathered is not None
            value = self._of(old.gathered.value)
            assert isinstance(value, Rule)
            new.gathered = replace(old.gathered, value=value)

    def _renamed(self, old: Provision | Program, new: Provision | Program) -> Provision | Program:
        """The new text under the old name: whoever asks for the provision gets it."""
        result = copy.copy(new)
        result.name = old.name
        return result

    def program(self, program: Program) -> Program:
        found = self._of(program)
        assert isinstance(found, Program)
        return found

    def rule(self, provision: Provision) -> Provision:
        found = self._of(provision)
        assert isinstance(found, Provision)
        return found

    def _conditions(self, program: Program) -> None:
        program.requires = tuple(self.rule(p) for p in program.requires)
        program.amount = None if program.amount is None else self.rule(program.amount)

    def reads_moved(self, node: Expr) -> bool:
        known = self.moved.get(id(node))
        if known is None:
            self.moved[id(node)] = known = any(self.reads_moved(leaf) for leaf in self._leaves(node))
        return known

    @staticmethod
    def _leaves(node: Expr) -> list[Expr]:
        if isinstance(node, Program):
            return [*node.requires, *([node.amount] if node.amount is not None else [])]
        if isinstance(node, Rule):
            return outcome_reads(node)
        return [leaf for leaf in leaves(node) if leaf is not node]

    def _of(self, node: Expr) -> Expr:
        done = self.done.get(id(node))
        if done is None:
            done = self.done[id(node)] = self._copied(node) if self.reads_moved(node) else node
        return done

    def _copied(self, node: Expr) -> Expr:
        result = copy.copy(node)
        if isinstance(result, Program):
            self._conditions(result)
        elif isinstance(result, Provision):
            result.versions = self._versions(result)
        else:
            for name, value in vars(node).items():
                if isinstance(value, Expr):
                    setattr(result, name, self._of(value))
        return result
