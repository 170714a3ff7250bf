"""The same kernel over partitions, here and on a Spark cluster of two worker processes: the same bits."""

from __future__ import annotations

import os
import random
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minzheng import rulebook
from minzheng.rules import RuleError
from minzheng.rules.cluster import Job, differences, partitions, read_partition, run_here, write_partitions
from minzheng.rules.columns import Columns
from minzheng.rules.kernel import compile_book
from minzheng.rules.kernel.incremental import subset
from tests.generative.households import Households

pytestmark = pytest.mark.compiled

ON = date(2023, 12, 31)


@pytest.fixture(scope="module")
def city() -> Columns:
    """Invented households in all twelve counties."""
    book = rulebook.load()
    draw = Households(book, random.Random(7))
    units = [draw.draw((0, 5, 30)[n % 3]) for n in range(60)]
    made = Columns.from_units(book, units, "140403")
    spans = [(county, 5 * k, 5 * k + 5) for k, county in enumerate(rulebook.COUNTIES)]
    return Columns(made.offsets, spans, made.unit, made.people)


@pytest.fixture(scope="module")
def folder(city: Columns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("snapshot")
    write_partitions(rulebook.load(), city, place)
    return place


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return Job(
        "minzheng.rulebook:load",
        ON,
        values=("income_per_head",),
        cache=str(tmp_path_factory.mktemp("kernels")),
    )


def test_partitions_hold_what_was_written(city: Columns, folder: Path) -> None:
    book = rulebook.load()
    for part, (county, first, end) in zip(partitions(folder), city.counties, strict=True):
        assert part.county == county
        read, (wanted, _) = read_partition(book, part), subset(city, np.arange(first, end))
        assert read.offsets.tolist() == wanted.offsets.tolist()
        for kept, found in ((wanted.unit, read.unit), (wanted.people, read.people)):
            assert {n: a.tolist() for n, a in kept.items()} == {n: a.tolist() for n, a in found.items()}


def test_partitions_give_what_one_run_over_all_gives(
    city: Columns, folder: Path, job: Job, tmp_path: Path
) -> None:
    done = run_here(job, partitions(folder), tmp_path)
    assert [d.households for d in done] == [5] * 12
    whole = compile_book(rulebook.load(), cache=Path(job.cache or "")).run(city, on=ON)
    for county, first, end in city.counties:
        units, ties = (
            pq.read_table(tmp_path / f"outcomes-{part}-{county}.parquet") for part in ("units", "ties")
        )
        rows = slice(int(city.offsets[first]), int(city.offsets[end]))
        for program in rulebook.load().programs:
            of_unit = f"{program.name}.status" in units.column_names
            table, at = (units, slice(first, end)) if of_unit else (ties, rows)
            assert table[f"{program.name}.status"].to_pylist() == whole.status[program.name][at].tolist()
            assert (
                table[f"{program.name}.conditions"].to_pylist() == whole.conditions[program.name][at].tolist()
            )
            if program.name in whole.amount:
                for k, row in enumerate(range(at.start, at.stop)):
                    open_row = row in whole.amount[program.name].open
                    assert (table[f"{program.name}.num"][k].as_py() is None) == open_row


def test_differences_are_counted(folder: Path, job: Job, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    few = partitions(folder)[:2]
    run_here(job, few, one)
    run_here(job, few, other)
    assert differences(one, other) == 0
    name = f"outcomes-ties-{few[0].county}.parquet"
    table = pq.read_table(other / name)
    at = table.column_names.index("tekun.status")
    changed = [(s + 1) % 4 if k < 3 else s for k, s in enumerate(table["tekun.status"].to_pylist())]
    column = pa.array(changed, table.schema.field(at).type)
    pq.write_table(table.set_column(at, table.schema.field(at), column), other / name)
    assert differences(one, other) == 3
    (other / name).unlink()
    assert differences(one, other) == table.num_rows * table.num_columns


def test_a_partition_that_does_not_fit_is_refused(folder: Path, job: Job, tmp_path: Path) -> None:
    first, second = partitions(folder)[:2]
    mixed = type(first)(first.county, first.units, second.ties)
    if pq.read_metadata(first.ties).num_rows != pq.read_metadata(second.ties).num_rows:
        with pytest.raises(RuleError, match="the households count"):
            run_here(job, [mixed], tmp_path)
    lonely = tmp_path / "units-140403.parquet"
    lonely.write_bytes(Path(first.units).read_bytes())
    with pytest.raises(RuleError, match="no ties-140403"):
        partitions(tmp_path)


@pytest.mark.cluster
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # sockets py4j leaves to the collector
def test_two_spark_workers_give_the_bits_of_the_local_kernel(folder: Path, job: Job, tmp_path: Path) -> None:
    from minzheng.rules.cluster.spark import local_session, run_on_spark

    parts = partitions(folder)
    assert len(parts) == 12
    here = run_here(job, parts, tmp_path / "here")
    before = dict(os.environ)
    session = local_session(2, memory_mb=1024)
    try:
        there = run_on_spark(session, job, parts, tmp_path / "there")
    finally:
        session.stop()
        os.environ.clear()
        os.environ.update(before)
    assert there == here
    assert differences(tmp_path / "here", tmp_path / "there") == 0
