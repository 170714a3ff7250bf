"""Partitions as Parquet files: facts in, outcomes out. Null is unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Array, Columns, physical_type, unknown_code
from minzheng.rules.kernel.results import Amounts, Choices, Results
from minzheng.rules.language.declare import Program
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Household

UNITS, TIES = "units", "ties"
SIZE, UNIT = "unit_size", "unit_id"


@dataclass(frozen=True)
class Partition:
    """One county: where its households and its people stand."""

    county: str
    units: str
    ties: str


def partitions(folder: Path) -> list[Partition]:
    """All partitions of a folder, by county."""
    found = []
    for path in sorted(folder.glob(f"{UNITS}-*.parquet")):
        county = path.stem.removeprefix(f"{UNITS}-")
        ties = path.with_name(f"{TIES}-{county}.parquet")
        if not ties.exists():
            raise RuleError(f"{path.name} has no {ties.name} beside it")
        found.append(Partition(county, str(path), str(ties)))
    return found


# -- facts --------------------------------------------------------------------------------------------------------
def read_partition(book: Rulebook, partition: Partition, nothing: Collection[str] = ()) -> Columns:
    """The facts a book reads, as columns. A fact without a column is unknown; those in `nothing` are 0 instead."""
    unit_columns = [c for c in book.columns.values() if c.entity is Household]
    people_columns = [c for c in book.columns.values() if c.entity is not Household]
    units = _read(partition.units, [SIZE, *(c.column for c in unit_columns)])
    ties = _read(partition.ties, [c.column for c in people_columns])
    offsets = np.concatenate([[0], np.cumsum(units[SIZE].to_numpy(), dtype=np.int64)]).astype(np.int64)
    if offsets[-1] != ties.num_rows:
        raise RuleError(f"{partition.ties}: {ties.num_rows} people, the households count {offsets[-1]}")
    unit = {c.column: _array(units, c, nothing) for c in unit_columns}
    people = {c.column: _array(ties, c, nothing) for c in people_columns}
    return Columns(offsets, [(partition.county, 0, units.num_rows)], unit, people)


def _read(path: str, wanted: list[str]) -> pa.Table:
    with pq.ParquetFile(path) as file:
        there = set(file.schema_arrow.names)
        return file.read(columns=[name for name in wanted if name in there], use_threads=False)


def _array(table: pa.Table, column: Column, nothing: Collection[str]) -> Array:
    kind = physical_type(column)
    if column.column in nothing:
        return np.zeros(table.num_rows, kind)
    if column.column not in table.column_names:
        return np.full(table.num_rows, unknown_code(column), kind)
    values = pc.fill_null(table[column.column].cast(pa.from_numpy_dtype(kind)), unknown_code(column))
    return np.ascontiguousarray(values.to_numpy())


def write_partitions(book: Rulebook, columns: Columns, folder: Path) -> list[Partition]:
    """The columns of some counties as partitions; unit_id is the number of the household."""
    folder.mkdir(parents=True, exist_ok=True)
    for county, first, end in columns.counties:
        sizes = np.diff(columns.offsets[first : end + 1]).astype(np.int16)
        rows = slice(int(columns.offsets[first]), int(columns.offsets[end]))
        units: dict[str, Any] = {UNIT: np.arange(first, end), SIZE: sizes}
        ties: dict[str, Any] = {UNIT: np.repeat(units[UNIT], sizes)}
        for name, column in book.columns.items():
            if column.entity is Household:
                units[name] = _nullable(column, columns.unit[name][first:end])
            else:
                ties[name] = _nullable(column, columns.people[name][rows])
        for part, content in ((UNITS, units), (TIES, ties)):
            pq.write_table(pa.table(content), folder / f"{part}-{county}.parquet", compression="lz4")
    return partitions(folder)


def _nullable(column: Column, values: Array) -> pa.Array:
    if column.kind.name == "bool":
        return pa.array(values, mask=(values == 1) | (values == 2))
    return pa.array(values, mask=values == unknown_code(column))


# -- outcomes -----------------------------------------------------------------------------------------------------
def outcome_tables(programs: Iterable[Program], book: Rulebook, results: Results) -> dict[str, pa.Table]:
    """What a kernel found as a table of households and one of people, rows in the order of the facts.

    A program has `name.status` (0 no, 1 review, 2 unknown, 3 yes), `name.conditions` (two bits each) and, if it pays,
    `name.num` / `name.den` in fen, with the ends of a range (`lo`, `lo_den`, `hi`, `hi_den`, `taint`) where it is open.
    """
    units: dict[str, Any] = {}
    ties: dict[str, Any] = {}
    for program in programs:
        into = units if program.of is Household else ties
        into[f"{program.name}.status"] = results.status[program.name]
        into[f"{program.name}.conditions"] = results.conditions[program.name]
        if program.name in results.amount:
            into.update(_number(program.name, results.amount[program.name]))
    for name, value in results.values.items():
        into = units if book[name].entity is Household else ties
        if isinstance(value, Amounts):
            into.update(_number(name, value))
        elif isinstance(value, Choices):
            into |= {f"{name}.mask": value.mask, f"{name}.taint": value.taint}
        else:
            into[f"{name}.status"] = value
    return {UNITS: pa.table(units), TIES: pa.table(ties)}


def _number(name: str, amounts: Amounts) -> dict[str, Any]:
    rows = len(amounts.num)
    settled = np.ones(rows, bool)
    settled[amounts.open.rows] = False
    den = amounts.den if amounts.den is not None else np.ones(rows, np.int64)
    found: dict[str, Any] = {
        f"{name}.num": pa.array(amounts.num, mask=~settled),
        f"{name}.den": pa.array(den * amounts.scale, mask=~settled),
    }
    scales = (1, amounts.open.scale, 1, amounts.open.scale, 1)
    for part, values, scale in zip(
        ("lo", "lo_den", "hi", "hi_den", "taint"), amounts.open.parts, scales, strict=True
    ):
        whole = np.zeros(rows, np.int64)
        whole[amounts.open.rows] = values * scale
        found[f"{name}.{part}"] = pa.array(whole, mask=settled)
    return found


def differences(one: Path, other: Path) -> int:
    """Cells in which two folders of outcomes differ; a table, column or row that only one has counts whole."""
    names = {p.name for folder in (one, other) for p in folder.glob("outcomes-*.parquet")}
    return sum(_table_differences(one / name, other / name) for name in sorted(names))


def _table_differences(one: Path, other: Path) -> int:
    tables = [pq.read_table(p) if p.exists() else pa.table({}) for p in (one, other)]
    if tables[0].equals(tables[1]):
        return 0
    columns = [set(t.column_names) for t in tables]
    rows = max(t.num_rows for t in tables)
    found: int = rows * len(columns[0] ^ columns[1])
    for name in columns[0] & columns[1]:
        a, b = (t[name].combine_chunks() for t in tables)
        if len(a) != len(b):
            found += rows
        elif not a.equals(b):
            same = pc.fill_null(pc.equal(a, b), False)
            both_null = pc.and_(pc.is_null(a), pc.is_null(b))
            found += len(a) - int(pc.sum(pc.or_(same, both_null)).as_py() or 0)
    return found
