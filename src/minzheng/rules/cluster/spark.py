"""The job on Apache Spark: one task a partition; Spark places, retries and collects, the kernel does the rest.

Facts are read and outcomes written by the workers themselves (a file system all of them reach); only the names of
files and one line a partition pass through Spark.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from .files import Partition
from .job import Done, Job, run_partition

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ASKED = "county string, units string, ties string"
TOLD = "county string, households long, people long, full_units long, oversize long, digest string"


def local_session(workers: int = 2, *, memory_mb: int = 2048, name: str = "minzheng") -> SparkSession:
    """A session on a cluster of worker processes of this machine, one core each."""
    import pyspark
    from pyspark.sql import SparkSession

    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    builder = SparkSession.builder.appName(name).master(f"local-cluster[{workers},1,{memory_mb}]")
    settings = {
        "spark.executor.memory": f"{memory_mb // 2}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    session: SparkSession = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def run_on_spark(session: SparkSession, job: Job, partitions: Sequence[Partition], out: Path) -> list[Done]:
    """All partitions as tasks of a Spark job, by county; raises what a task raised."""
    rows = session.sparkContext.parallelize([astuple(p) for p in partitions], len(partitions))
    told = session.createDataFrame(rows, ASKED).mapInArrow(_task(job, str(out)), TOLD)
    return sorted((Done(**row.asDict()) for row in told.collect()), key=lambda done: done.county)


def _task(job: Job, out: str) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                done = run_partition(job, Partition(**row), Path(out))
                yield pa.RecordBatch.from_pylist([vars(done)])

    return run
