"""The same kernel as an Apache Spark job on two worker processes: bits, time, and what a nation needs on paper."""

from __future__ import annotations

from benchmarks.child import OURS, run
from benchmarks.city import City
from benchmarks.figures import Figure

NATION = 1_400_000_000
WORKERS = (1, 2)
HOUR = 3600


def measure(city: City) -> list[Figure]:
    found = run(OURS, "benchmarks.ours_cluster", {"snapshot": str(city.completed), "workers": WORKERS})
    one, two = found["spark_1_s"], found["spark_2_s"]
    core_seconds = 2 * two * NATION / found["people"]
    note = (
        f"{found['partitions']} partitions, {found['people']:,} people, all programmes, outcomes written; warm: 1 worker {one:.1f} s, "
        f"2 workers {two:.1f} s, the local kernel on one thread {found['here_s']:.1f} s; first job with the session's start "
        f"{found['first_2_s']:.1f} s. On paper, 1.4 billion people are {NATION / found['people']:,.0f} such cities: "
        f"{core_seconds / HOUR:.1f} core hours, {core_seconds / 64:,.0f} s on 64 cores"
    )
    return [
        Figure(
            "spark_differences", found["differences"], "cells",
            f"local kernel {found['here_s']:.1f} s, Spark with 2 workers {two:.1f} s", "Apache Spark against the local kernel",
            most=0, note=note,
        )
    ]  # fmt: skip
