"""Runs one spec on every engine: the reference, the kernel's text, and for some the compiled kernel."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minzheng.rules import Expr, Household, Person, Program, Provision, instrument, provision
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.columns import Columns
from minzheng.rules.explain.determine import determine
from minzheng.rules.facts import UnitFacts, unit_facts
from minzheng.rules.kernel import compile_book
from minzheng.rules.language.declare import Parameter
from minzheng.rules.language.expr import Column, walk
from minzheng.rules.language.kinds import Money
from tests.generative.agreement import deciding, plain_kernel
from tests.spec.tables import ARROW, Table, expectation, fact_cell, parameter_rows, table, written

TEXT = instrument("示例〔2023〕1号", name="示例办法", in_force="2020-01-01")


def every_leaf(rules: Iterable[Expr]) -> list[Expr]:
    """All facts, parameters and rules under some rules."""
    found: dict[int, Expr] = {}
    todo = list(rules)
    while todo:
        for node in walk(todo.pop()):
            if id(node) in found:
                continue
            found[id(node)] = node
            if isinstance(node, Program):
                todo += [*node.requires, *([node.amount] if node.amount is not None else [])]
            elif isinstance(node, Provision):
                node.trace()
                todo += [v.expr for v in node.versions if v.expr is not None]
    return list(found.values())


def as_rule(expr: Expr, people: bool) -> Provision | Program:
    """A bare expression becomes the provision `answer`."""
    if isinstance(expr, Provision | Program):
        return expr

    def answer() -> Expr:
        """本例的表达式。"""
        return expr

    of = Person if people or expr.entity is Person else Household
    made: Provision = provision(TEXT, 1, of=of, label="答案")(answer)
    return made


@dataclass
class Example:
    """Tables of one spec, read: households with their people, and what is expected of each."""

    book: Rulebook
    rule: Provision | Program
    units: list[UnitFacts]
    expected: list[tuple[int, int | None, dict[str, str]]]
    county: str
    on: datetime.date
    month: datetime.date
    known_at: datetime.date | None

    @property
    def situation(self) -> Situation:
        return Situation.at(self.county, self.on, self.month, self.known_at)

    def row(self, unit: int, who: int | None) -> int:
        before = sum(len(u.people) for u in self.units[:unit])
        return unit if who is None else before + who


def read_example(
    expr: Expr,
    households: str,
    people: str,
    parameters: str,
    *,
    county: str,
    on: str,
    month: str | None,
    known_at: str | None,
    counties: Sequence[str],
    declared: Sequence[Parameter],
) -> Example:
    homes, members = table(households or "household\n1"), table(people or "household | person")
    rule = as_rule(expr, bool(members.expected))
    leaves = every_leaf([rule])
    settings = {id(p): p for p in [*declared, *(n for n in leaves if isinstance(n, Parameter))]}
    rows = parameter_rows(parameters, settings.values())
    programs = [n for n in leaves if isinstance(n, Program)]
    extra = [rule] if isinstance(rule, Provision) else []
    book = Rulebook(programs=programs, parameters=rows, counties=counties, provisions=extra)
    units, expected = _units(book, homes, members)
    at = datetime.date.fromisoformat
    day = at(on)
    return Example(
        book, rule, units, expected, county, day, at(f"{month}-01") if month else day.replace(day=1),
        at(known_at) if known_at else None,
    )  # fmt: skip


def _facts(book: Rulebook, cells: dict[str, str]) -> dict[str, Any]:
    names = [n for n in cells if not n.startswith(ARROW) and n not in ("household", "person")]
    unread = [n for n in names if n not in book.columns]
    assert not unread, f"the rule reads no {', '.join(unread)}"
    return {n: fact_cell(book.columns[n], cells[n]) for n in names}


def _units(
    book: Rulebook, homes: Table, members: Table
) -> tuple[list[UnitFacts], list[tuple[int, int | None, dict[str, str]]]]:
    units, expected = [], []
    by_home: dict[str, list[dict[str, str]]] = {}
    for row in members.rows:
        cells = members.cells(row)
        by_home.setdefault(cells["household"], []).append(cells)
    if homes.rows == [["1"]] and by_home:
        homes = Table(["household"], [[name] for name in by_home])
    for number, row in enumerate(homes.rows):
        cells = homes.cells(row)
        people = by_home.get(cells["household"], [])
        columns: list[Column] = list(book.columns.values())
        units.append(unit_facts(columns, _facts(book, cells), [_facts(book, p) for p in people]))
        if homes.expected:
            expected.append((number, None, {h: cells[h] for h in homes.expected}))
        if members.expected:
            for who, person in enumerate(people):
                expected.append((number, who, {h: person[h] for h in members.expected}))
    return units, expected


# -- engines ------------------------------------------------------------------------------------------------------
Found = dict[str, str]
"""What an engine says of one holder, by name of the expected column, written as in the tables."""


def by_reference(example: Example) -> list[Found]:
    found = []
    for unit, who, wanted in example.expected:
        told = determine(example.book, example.units[unit], example.situation)
        rule = example.rule
        if isinstance(rule, Provision):
            found.append({name: written(told.value(rule.name, who), rule.kind) for name in wanted})
            continue
        outcome = told.of(rule.name, who)
        amount = "" if outcome.amount is None else written(outcome.amount, Money)
        decided_by = "" if outcome.deciding is None else outcome.deciding.name
        say = {
            f"{ARROW} outcome": outcome.status.key,
            f"{ARROW} amount": amount,
            f"{ARROW} decided by": decided_by,
            f"{ARROW} failing": ", ".join(p.name for p in outcome.failing),
            f"{ARROW} needs": ", ".join(_need(n) for n in outcome.needs),
            f"{ARROW} ask first": ", ".join(_need(n) for n in outcome.ask_first),
        }
        found.append({name: say[name] for name in wanted})
    return found


def _need(need: tuple[str, int | None]) -> str:
    return need[0] if need[1] is None else f"{need[0]} of {need[1] + 1}"


def by_kernel(example: Example, *, cache: Path | None) -> list[Found]:
    """The kernel's answers; what only an explanation says (needs) is left out."""
    rule = example.rule
    names = [rule.name] if isinstance(rule, Provision) else []
    if cache is None:
        kernel = plain_kernel(example.book, values=names)
    else:
        kernel = compile_book(example.book, values=names, cache=cache)
    columns = Columns.from_units(example.book, example.units, example.county)
    results = kernel.run(columns, on=example.on, month=example.month, known_at=example.known_at, threads=1)
    found = []
    for unit, who, wanted in example.expected:
        row = example.row(unit, who)
        if isinstance(rule, Provision):
            found.append({name: written(results.value(rule.name, row), rule.kind) for name in wanted})
            continue
        status = int(results.status[rule.name][row])
        packed = int(results.conditions[rule.name][row])
        conditions = [(packed >> (2 * k)) & 3 for k in range(len(rule.requires))]
        oversize = unit in results.oversize
        clause = None if oversize else deciding(rule, status, conditions, rule.in_force(example.on))
        amount: Any = None
        if rule.amount is not None and status != 0 and not oversize:
            amount = results.amount[rule.name].value(row)
        say = {
            f"{ARROW} outcome": ("no", "review", "unknown", "yes")[status],
            f"{ARROW} amount": "" if amount is None else written(amount, Money),
            f"{ARROW} decided by": "" if clause is None else clause.name,
            f"{ARROW} failing": ", ".join(
                p.name for p, c in zip(rule.requires, conditions, strict=True) if c == 0 and not oversize
            ),
        }
        found.append({name: say[name] for name in wanted if name in say})
    return found


Engine = Callable[[Example], list[Found]]


def check(example: Example, engines: dict[str, Engine]) -> None:
    """Every engine says what is expected."""
    assert example.expected, "a spec expects something: a column that begins with →"
    rule = example.rule
    for name, engine in engines.items():
        for (unit, who, wanted), found in zip(example.expected, engine(example), strict=True):
            for column, text in found.items():
                right = wanted[column]
                if isinstance(rule, Provision):
                    right = written(expectation(right, rule.kind), rule.kind)
                elif column == f"{ARROW} amount" and right:
                    right = written(expectation(right, Money), Money)
                holder = f"household {unit + 1}" + ("" if who is None else f", person {who + 1}")
                assert text == right, f"{name}, {holder}, {column}: expected {right}, found {text}"


__all__ = ["Example", "check", "read_example"]
