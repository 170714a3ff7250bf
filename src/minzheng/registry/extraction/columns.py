"""The columns of the vocabulary and what an extraction holds."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minzheng.registry.codes import Coverage
from minzheng.registry.extraction.arrays import Array
from minzheng.registry.reading import Moment, Rows
from minzheng.rulebook import vocabulary
from minzheng.rules import Choice, Fact, Series
from minzheng.rules.columns import physical_type
from minzheng.rules.language.expr import Column
from minzheng.rules.status import NO, YES

#: Facts that an engine's first stage computes from the edges of kin, not the registry.
GATHERED = frozenset(
    {"obligors", "obligors_incapable", "support_due", "support_due_waivable", "supported_people"}
)


@functools.cache
def vocabulary_columns() -> dict[str, Column]:
    """Every column a snapshot carries, by name: facts, and both parts of each monthly series."""
    columns: dict[str, Column] = {}
    for declared in vars(vocabulary).values():
        if isinstance(declared, Fact) and declared.name not in GATHERED:
            columns[declared.column] = declared
        elif isinstance(declared, Series):
            for part in (declared.total, declared.this_month):
                assert isinstance(part, Column)
                columns[part.column] = part
    return columns


@dataclass
class Value:
    """A column: engine codes, where they are known, and (for provenance) which row of which table said so."""

    values: Array
    known: Array
    rows: Rows | None = None
    row: Array | None = None
    absent: Array | None = None
    kind: Coverage | None = None
    beyond_bounds: int = 0


@dataclass
class Extract:
    """Households (sorted by county and id), their ties (by household, then position) and all columns."""

    moment: Moment
    unit_id: Array
    unit_township: Array
    unit_village: Array
    offsets: Array
    tie_person: Array
    tie_row: Array
    tie_position: Array
    person_id: Array
    person_born: Array
    person_died: Array
    kin: Rows
    receipts: Rows | None = None
    kin_vouched: Array | None = None
    """by person: the recorded kin are all there are"""
    unit: dict[str, Value] = field(default_factory=dict)
    person: dict[str, Value] = field(default_factory=dict)
    tie: dict[str, Value] = field(default_factory=dict)

    def people_column(self, name: str) -> Value:
        """A column of people, one value a tie."""
        if name in self.tie:
            return self.tie[name]
        value = self.person[name]
        at = self.tie_row
        row = None if value.row is None else value.row[at]
        absent = None if value.absent is None else value.absent[at]
        return Value(value.values[at], value.known[at], value.rows, row, absent, value.kind)


def column_value(
    column: Column,
    values: Array,
    known: Array,
    rows: Rows | None,
    row: Array | None,
    absent: Array,
    kind: Coverage | None,
) -> Value:
    """A column in its array type. What is recorded beyond the declared bounds is not believed: it is unknown."""
    if column.bounds is not None and column.kind.name != "date":
        within = (values >= column.bounds[0]) & (values <= column.bounds[1])
        values = np.where(within, values, column.bounds[0])
        return Value(
            values.astype(physical_type(column)), known & within, rows, row, absent & within, kind,
            int((known & ~within).sum()),
        )  # fmt: skip
    return Value(values.astype(physical_type(column)), known, rows, row, absent, kind)


def has_absent(column: Column) -> bool:
    return getattr(column, "absent", None) is not None


def absent_code(column: Column) -> int:
    absent = getattr(column, "absent", None)
    if isinstance(absent, Choice):
        return absent.code
    if isinstance(absent, bool):
        return YES if absent else NO
    return int(absent or 0)


@functools.cache
def coded(name: str, registry_codes: type[Any]) -> Array:
    """From the registry's code to the code of the vocabulary's choice of the same name; 0 stays the first."""
    column = vocabulary_columns()[name]
    domain = column.kind.domain
    assert domain is not None
    table = np.zeros(max(registry_codes.values) + 1, np.int8)
    for member in registry_codes:
        if member.name in domain.__members__:
            table[member.value] = domain[member.name].code
    return table
