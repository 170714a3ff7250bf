"""Which provisions both sides run, and the parameters' values as plain numbers for the other side."""

from __future__ import annotations

import ast
from datetime import date
from fractions import Fraction
from pathlib import Path

from minzheng.rulebook import load
from minzheng.rulebook.programs import TO_THE_YUAN
from minzheng.rules import Program, Provision
from minzheng.rules.book import Rulebook
from minzheng.rules.status import YES

ON = date(2023, 12, 31)
PROGRAMS = ("tekun", "dibao", "phase_out", "single", "edge")
AMOUNTS = ("tekun", "dibao", "single")
VALUES = ("income_per_head",)
OUTPUTS = (*PROGRAMS, *(f"{name}_amount" for name in AMOUNTS), *VALUES)


def book() -> Rulebook:
    return load()


def chosen(rulebook: Rulebook) -> list[Program]:
    return [rulebook.program(name) for name in PROGRAMS]


def book_of_the_chosen(rulebook: Rulebook) -> Rulebook:
    """A rulebook of the chosen programmes alone, so that both sides do the same work."""
    paid = [provision for name, provision in TO_THE_YUAN.items() if name in PROGRAMS]
    return Rulebook(
        programs=chosen(rulebook), provisions=paid, parameters=rulebook.parameters, counties=rulebook.counties
    )


def provisions_run(rulebook: Rulebook) -> set[str]:
    """Names of all provisions the chosen programmes and their amounts read."""
    found: set[str] = set()
    for program in chosen(rulebook):
        roots = [program, *([program.amount] if program.amount is not None else [])]
        found |= {rule.name for root in roots for rule in rulebook.needs(root) if isinstance(rule, Provision)}
    return found


def plain_parameters(rulebook: Rulebook, county: str) -> dict[str, float]:
    """Values in force on the day, money in yuan, a switch as 0 or 1; keys with underscores."""
    values: dict[str, float] = {}
    for key, setting in rulebook.settings.items():
        found = rulebook.parameters.resolve(setting, county, ON)
        if setting.kind.domain is not None or not found.known:
            continue
        assert isinstance(found.value, int | Fraction)
        values[key.replace(".", "_")] = _plain(setting.kind.name, found.value)
    return values


def _plain(kind: str, value: int | Fraction) -> float:
    if kind == "bool":
        return float(value == YES)
    return float(Fraction(value) / 100) if kind == "money" else float(value)


def openfisca_inputs(entity: str) -> set[str]:
    """Names of the other side's input variables, read from its own declaration without importing it."""
    names = ast.parse((Path(__file__).parent / "openfisca_side" / "inputs.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in names.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            title = node.targets[0].id
            if title.endswith(f"_OF_{entity.upper()}"):
                found |= {one.value for one in _keys(node.value)}
    return found


def _keys(value: ast.expr) -> list[ast.Constant]:
    parts = value.keys if isinstance(value, ast.Dict) else value.elts if isinstance(value, ast.Tuple) else []
    return [one for one in parts if isinstance(one, ast.Constant)]
