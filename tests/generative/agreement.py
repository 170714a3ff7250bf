"""Compares engines on a drawn case: every value, status, reason and deciding clause."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from minzheng.rules.book import Rulebook
from minzheng.rules.explain.determine import Determination, Outcome, determine
from minzheng.rules.kernel import Kernel, Results
from minzheng.rules.kernel.source import KernelSource
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.expr import Aggregate, Compare, Expr, Round, walk
from minzheng.rules.language.kinds import Household
from tests.generative.drawing import Case

LARGEST = (1 << 63) - 1


# -- an uncompiled kernel that watches its integers ---------------------------------------------------------------
def fits(value: Any) -> Any:
    """Everything generated code computes must fit the 64 bits it will have when compiled."""
    if isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST:
        raise AssertionError(f"{value} does not fit 64 bits, and nothing checked it")
    return value


class _Watched(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return ast.Call(ast.Name("fits", ast.Load()), [node], [])


def plain_kernel(book: Rulebook, *, values: list[str] | None = None) -> Kernel:
    """The generated text run as Python, with every operation watched for what 64 bits cannot hold."""
    names = [p.name for p in book.provisions] if values is None else values
    source = KernelSource(book, book.programs, [book[n] for n in names])
    tree = ast.fix_missing_locations(_Watched().visit(ast.parse(source.text)))
    space: dict[str, Any] = {"fits": fits}
    exec(compile(tree, "<watched kernel>", "exec"), space)
    return Kernel(source, space["fast"], space["full"], plain=True)


# -- comparing ----------------------------------------------------------------------------------------------------
def deciding(program: Program, status: int, conditions: list[int], in_force: bool) -> Any:
    """The deciding clause from what a kernel keeps: the conditions vector."""
    if not in_force:
        return program
    if status == 3:
        return None
    return next(p for p, c in zip(program.requires, conditions, strict=True) if c == status)


def differences(case: Case, results: Results, names: list[str]) -> Iterator[str]:
    """What the kernel says otherwise than the reference, one sentence each."""
    columns_first = 0
    for number, (county, unit) in enumerate(case.units):
        reference = determine(case.book, unit, case.situation(county))
        for outcome in reference.outcomes:
            row = number if outcome.who is None else columns_first + outcome.who
            yield from _outcome(outcome, results, row, f"unit {number}")
        for name in names:
            yield from _values(reference, name, results, number, columns_first)
        columns_first += len(unit.people)


def _outcome(outcome: Outcome, results: Results, row: int, where: str) -> Iterator[str]:
    name = outcome.program.name
    status = int(results.status[name][row])
    if status != outcome.status:
        yield f"{where} {name} {outcome.who}: status {outcome.status!r}, kernel {status}"
        return
    packed = int(results.conditions[name][row])
    conditions = [(packed >> (2 * k)) & 3 for k in range(len(outcome.conditions))]
    if conditions != [int(s) for _, s in outcome.conditions]:
        yield f"{where} {name} {outcome.who}: conditions {outcome.conditions}, kernel {conditions}"
        return
    if deciding(outcome.program, status, conditions, outcome.in_force) is not outcome.deciding:
        yield f"{where} {name} {outcome.who}: deciding {outcome.deciding}"
    if outcome.amount is not None and results.amount[name].value(row) != outcome.amount:
        yield f"{where} {name} {outcome.who}: amount {outcome.amount}, kernel {results.amount[name].value(row)}"


def _values(reference: Determination, name: str, results: Results, unit: int, first: int) -> Iterator[str]:
    rule = reference.book[name]
    household = rule.entity is Household
    for who in [None] if household else range(len(reference.facts.people)):
        expected = reference.value(name, who)
        found = results.value(name, unit if who is None else first + who)
        if found != expected:
            yield f"unit {unit} {name} {who}: {expected}, kernel {found}"


def disagreements(case: Case, kernel: Kernel, names: list[str] | None = None) -> list[str]:
    wanted = [p.name for p in case.book.provisions] if names is None else names
    results = kernel.run(case.columns(), on=case.on, month=case.month, known_at=case.known_at, threads=2)
    return list(differences(case, results, wanted))


# -- what was drawn -----------------------------------------------------------------------------------------------
def node_classes() -> set[str]:
    """Every kind of node a rulebook can hold, with the variants that mean something of their own."""

    def below(cls: type[Expr]) -> Iterator[type[Expr]]:
        for sub in cls.__subclasses__():
            yield sub
            yield from below(sub)

    abstract = {"Unary", "Binary", "Arithmetic", "Column", "Setting", "Rule"}
    inner = {
        "Gap",
        "SwitchIs",
        "Frozen",
    }  # made by the kernels themselves, from missing texts and kept values
    made = {c.__name__ for c in below(Expr) if c.__module__.startswith("minzheng.rules.")}
    variants = {f"Aggregate {how}" for how in ("sum", "count", "any", "all", "most", "least")}
    variants |= {f"Compare {word}" for word in ("below", "at_most", "over", "at_least", "equals")}
    return (made - abstract - inner) | variants


def drawn_classes(book: Rulebook) -> set[str]:
    seen: set[str] = set()
    for rule in book.rules:
        seen.add(type(rule).__name__)
        texts = [v.expr for v in rule.versions] if isinstance(rule, Provision) else []
        for text in texts:
            for node in walk(text) if text is not None else ():
                seen.add(type(node).__name__)
                if isinstance(node, Aggregate):
                    seen.add(f"Aggregate {node.how}")
                if isinstance(node, Compare):
                    seen.add(f"Compare {node.word}")
    return seen


__all__ = [
    "Round",
    "deciding",
    "differences",
    "disagreements",
    "drawn_classes",
    "node_classes",
    "plain_kernel",
]
