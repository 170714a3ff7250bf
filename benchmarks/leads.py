"""From the snapshot's files to ranked leads on disk, beside openfisca-core from the same files to its result arrays."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from benchmarks import law
from benchmarks.child import OPENFISCA, OURS, run
from benchmarks.city import City
from benchmarks.figures import Figure

REPEAT = 5


def measure(city: City) -> list[Figure]:
    rulebook = law.book()
    with tempfile.TemporaryDirectory() as folder:
        ours = run(
            OURS, "benchmarks.ours_leads",
            {"snapshot": str(city.snapshot), "target": str(Path(folder) / "leads.parquet"), "repeat": REPEAT},
        )  # fmt: skip
    theirs = run(
        OPENFISCA, "benchmarks.openfisca_side.run",
        {"snapshot": str(city.completed), "month": f"{law.ON:%Y-%m}", "repeat": REPEAT, "outputs": list(law.OUTPUTS),
         "parameters": law.plain_parameters(rulebook, rulebook.counties[0])},
    )  # fmt: skip
    same, every = ours["same"], ours["all"]
    fast = statistics.median(same["runs_s"])
    slow = statistics.median(load + calculate for load, calculate in theirs["runs_s"])
    steps = ", ".join(f"{name} {seconds:.2f}" for name, seconds in same["seconds"].items())
    return [
        Figure(
            "leads_vs_openfisca", slow / fast, "times faster",
            f"openfisca-core {slow:.2f} s to arrays, ours {fast:.2f} s to {same['leads']:,} ranked leads on disk",
            "From Parquet to ranked leads on disk", least=3,
            note=f"ours, seconds by step: {steps}; what obligors owe read from the files on both sides, {same['sample']:,} outcomes "
            f"re-decided by the reference engine, what openfisca-core cannot leave open only counted; all {len(rulebook.programs)} programmes: "
            f"{statistics.median(every['runs_s']):.2f} s, {every['leads']:,} findings, with the questions that would settle what is open",
        )
    ]  # fmt: skip
