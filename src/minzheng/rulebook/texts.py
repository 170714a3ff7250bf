"""The text of the rulebook as data: that of the files, and any that was kept, read back over the facts and values of now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from minzheng.rulebook import COUNTIES, case_facts, load, parameters, vocabulary
from minzheng.rules import Series
from minzheng.rules.book import Rulebook
from minzheng.rules.language.expr import Column
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.written import Plain, read_back, written


@cache
def of_files() -> Plain:
    """The text this program ships. Not to be changed by whoever reads it."""
    return written(load())


def reread(plain: Mapping[str, Any], values: ParameterSet | None = None) -> Rulebook:
    """The rulebook of a text. Raises RuleError where it reads a fact or parameter that is not declared any more."""
    return read_back(
        plain, columns=declared_facts(), parameters=values or parameters(), counties=tuple(COUNTIES)
    )


@cache
def declared_facts() -> dict[str, Column]:
    """Every fact the vocabulary has, by its column, whether a rule reads it or not."""
    found: dict[str, Column] = {}
    for module in (vocabulary, case_facts):
        found |= _of_module(module)
    return found


def _of_module(module: ModuleType) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for value in vars(module).values():
        parts = (value.total, value.this_month) if isinstance(value, Series) else (value,)
        found |= {part.column: part for part in parts if isinstance(part, Column)}
    return found
