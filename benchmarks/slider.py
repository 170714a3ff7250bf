"""A moved slider of the reform desk: engine time to price the whole city again."""

from __future__ import annotations

import statistics

from benchmarks.child import OURS, run
from benchmarks.city import City
from benchmarks.figures import Figure

ROUNDS = 5


def measure(city: City) -> list[Figure]:
    found = run(OURS, "benchmarks.ours_slider", {"snapshot": str(city.snapshot), "rounds": ROUNDS})
    first, later = found["first"], found["later"]
    return [
        Figure(
            "slider_ms", statistics.median(later), "ms",
            f"first move of a slider {statistics.median(first):,.0f} ms (at most {max(first):,.0f}); getting the desk ready "
            f"{found['ready_s']:.0f} s",
            "Reform desk: a moved slider re-costs the whole city", most=150,
            note=f"median over every slider at {ROUNDS} positions, from {min(later):.0f} to {max(later):.0f} ms; "
            f"{found['people']:,} people, cost, gainers, losers and gaps by county, age and programme; no compilation",
        )
    ]  # fmt: skip
