"""The nation's engine: the same kernel over partitions of Parquet files, one after another or as an Apache Spark job.

A partition is a county: `units-<county>.parquet` (a household a row: unit_id, unit_size, its facts) and
`ties-<county>.parquet` (its people, in the same order). Nothing crosses partitions: what people of other counties owe
stands in the ties already, written by the first stage. The bits are the same wherever a partition is run.

`spark` needs the extra `cluster` (pyspark) and Java 17; everything else here does not.
"""

from .files import Partition, differences, partitions, read_partition, write_partitions
from .job import Done, Job, run_here, run_partition

__all__ = [
    "Done", "Job", "Partition", "differences", "partitions", "read_partition", "run_here", "run_partition",
    "write_partitions",
]  # fmt: skip
