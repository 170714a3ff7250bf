"""A job: which rulebook, which day, which programs; and one partition of it, run wherever it is wanted."""

from __future__ import annotations

import datetime
import hashlib
import importlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from minzheng.rules.book import Rulebook
from minzheng.rules.kernel import Kernel, compile_book
from minzheng.rules.language.errors import RuleError

from .files import Partition, outcome_tables, read_partition


@dataclass(frozen=True)
class Job:
    """What every worker must know. Small and plain: it travels by value, the rulebook by its importable name.

    book: "package.module:function", a function without arguments that returns the Rulebook. programs: names (none:
    all). values: rules whose values are wanted besides. parameters: an overlay of values. nothing: facts that count
    as 0 here (in a first stage nobody owes anything yet). cache: folder of the machine code.
    """

    book: str
    on: datetime.date
    month: datetime.date | None = None
    known_at: datetime.date | None = None
    programs: tuple[str, ...] | None = None
    values: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Any], ...] = ()
    nothing: frozenset[str] = field(default_factory=frozenset)
    cache: str | None = None
    threads: int = 1

    def rulebook(self) -> Rulebook:
        return _rulebook(self.book)


@dataclass(frozen=True)
class Done:
    """One partition done: what was counted, and the SHA-256 of its outcomes."""

    county: str
    households: int
    people: int
    full_units: int
    oversize: int
    digest: str


@cache
def _rulebook(name: str) -> Rulebook:
    module, _, function = name.partition(":")
    book = getattr(importlib.import_module(module), function)()
    if not isinstance(book, Rulebook):
        raise RuleError(f"{name} returns no Rulebook")
    return book


@cache
def _kernel(job: Job) -> Kernel:
    book = job.rulebook()
    programs = None if job.programs is None else [book.program(name) for name in job.programs]
    folder = None if job.cache is None else Path(job.cache)
    return compile_book(book, programs=programs, values=job.values, cache=folder)


def run_partition(job: Job, partition: Partition, out: Path) -> Done:
    """Decide one partition and write `outcomes-units-<county>.parquet` and `outcomes-ties-<county>.parquet`."""
    book, kernel = job.rulebook(), _kernel(job)
    columns = read_partition(book, partition, job.nothing)
    results = kernel.run(
        columns, on=job.on, month=job.month, known_at=job.known_at, threads=job.threads,
        parameters=book.parameters.overlaid(dict(job.parameters)) if job.parameters else None,
    )  # fmt: skip
    digest = hashlib.sha256()
    for part, table in outcome_tables(kernel.source.plan.programs, book, results).items():
        digest.update(_bytes(table))
        _write(table, out / f"outcomes-{part}-{partition.county}.parquet")
    return Done(
        partition.county,
        columns.units,
        columns.rows,
        results.full_units,
        len(results.oversize),
        digest.hexdigest(),
    )


def _bytes(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _write(table: pa.Table, path: Path) -> None:
    """Whole or not at all: a task that is tried again finds no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table, part, compression="lz4")
    part.replace(path)


def run_here(job: Job, partitions: Iterable[Partition], out: Path) -> list[Done]:
    """All partitions, one after another, in this process."""
    return [run_partition(job, p, out) for p in partitions]
