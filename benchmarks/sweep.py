"""The same provisions over the whole city, in memory: time, memory, share of the machine's bandwidth."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import agreement, law, machine
from benchmarks.child import OPENFISCA, OURS, run
from benchmarks.city import City
from benchmarks.figures import Figure

REPEAT = 3
MIB = 1024


def measure(city: City) -> list[Figure]:
    rulebook = law.book()
    provisions = len(law.provisions_run(rulebook))
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder)
        task: dict[str, Any] = {
            "snapshot": str(city.completed), "month": f"{law.ON:%Y-%m}", "repeat": REPEAT, "outputs": list(law.OUTPUTS),
            "parameters": law.plain_parameters(rulebook, rulebook.counties[0]),
        }  # fmt: skip
        before = machine.bandwidth()
        ours = run(OURS, "benchmarks.ours", task | {"results": str(kept / "ours.npz")})
        theirs = run(OPENFISCA, "benchmarks.openfisca_side.run", task | {"results": str(kept / "theirs.npz")})
        speed = max(before, machine.bandwidth())
        compared = agreement.check(kept / "ours.npz", kept / "theirs.npz")
    fast = statistics.median(turn[1] for turn in ours["runs_s"])
    slow = statistics.median(turn[1] for turn in theirs["runs_s"])
    size = (
        f"{ours['people']:,} people in {ours['households']:,} households, {ours['columns']} columns, "
        f"{ours['bytes'] / 2**20:,.0f} MiB read and written, {ours['full']:,} households with something open; "
        f"{provisions} provisions here, {theirs['formulas']} formulas there, {sum(compared.values()):,} values compared, "
        "0 differ"
    )
    return [
        Figure(
            "sweep_vs_openfisca", slow / fast, "times faster",
            f"openfisca-core {slow:.2f} s, ours {fast:.3f} s", "Sweep in memory against openfisca-core",
            least=3, note=size,
        ),
        Figure(
            "sweep_memory_vs_openfisca", ours["peak_kib"] / theirs["peak_kib"], "of its peak memory",
            f"openfisca-core {theirs['peak_kib'] / MIB:,.0f} MiB, ours {ours['peak_kib'] / MIB:,.0f} MiB",
            "Peak memory of the process", most=0.5,
            note="each side in a process of its own, once from reading the files to the results",
        ),
        Figure(
            "sweep_bandwidth_share", ours["bytes"] / fast / speed, "of the measured bandwidth",
            f"{speed / 2**30:.1f} GiB/s copied by all cores in the same run", "Share of memory bandwidth",
            note="inputs and outputs once each, divided by the time",
        ),
    ]  # fmt: skip
