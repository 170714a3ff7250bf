"""Our side of the sweep: `python -m benchmarks.ours TASK.json`, a process of its own.

Times: `load_s` Parquet to arrays, `run_s` arrays to results; compilation happens before either and is told apart.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks import law
from minzheng.rules.columns import Columns, physical_type, unknown_code
from minzheng.rules.kernel import Kernel, Results, compile_book
from minzheng.rules.language.expr import Column


def columns(folder: Path, kernel: Kernel) -> Columns:
    """Only what the kernel reads, county by county into arrays made once."""
    counties = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["counties"]
    homes = {county: pq.ParquetFile(folder / f"units-{county}.parquet") for county in counties}
    ties = {county: pq.ParquetFile(folder / f"ties-{county}.parquet") for county in counties}
    spans, first = [], 0
    for county, file in homes.items():
        spans.append((county, first, first := first + file.metadata.num_rows))
    sizes = np.concatenate([file.read(["unit_size"])["unit_size"].to_numpy() for file in homes.values()])
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    source = kernel.source
    return Columns(offsets, spans, _arrays(homes, source.unit_columns), _arrays(ties, source.person_columns))


def _arrays(files: dict[str, pq.ParquetFile], declared: list[Column]) -> dict[str, Any]:
    rows = sum(file.metadata.num_rows for file in files.values())
    arrays = {column.column: np.empty(rows, physical_type(column)) for column in declared}
    first = 0
    for file in files.values():
        end = first + file.metadata.num_rows
        table = file.read(list(arrays))
        for column in declared:
            arrays[column.column][first:end] = table[column.column].fill_null(unknown_code(column)).to_numpy()
        first = end
    return arrays


def plain_results(found: Results) -> dict[str, Any]:
    """Arrays the comparison reads: status codes, and amounts in yuan with the rows that are still open."""
    out: dict[str, Any] = {name: found.status[name] for name in law.PROGRAMS}
    numbers = {f"{name}_amount": found.amount[name] for name in law.AMOUNTS}
    numbers |= {name: found.values[name] for name in law.VALUES}
    for name, amounts in numbers.items():
        out[name] = amounts.num / (amounts.scale * 100) / (1 if amounts.den is None else amounts.den)
        out[f"{name}_open"] = np.array(sorted(amounts.open), np.int64)
    return out


def result_bytes(found: Results) -> int:
    arrays = [*found.status.values(), *found.conditions.values()]
    for amounts in (*found.amount.values(), *found.values.values()):
        arrays.append(amounts.num)
        if amounts.den is not None:
            arrays.append(amounts.den)
    return sum(int(array.nbytes) for array in arrays)


def peak_kib() -> int:
    """Peak memory of this process alone: what a parent held before it started us does not count."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main(path: str) -> None:
    task = json.loads(Path(path).read_text(encoding="utf-8"))
    rulebook = law.book()
    began = time.perf_counter()
    kernel = compile_book(rulebook, programs=law.chosen(rulebook), values=law.VALUES)
    answer: dict[str, Any] = {"runs_s": []}
    for turn in range(task["repeat"] + 1):
        start = time.perf_counter()
        held = columns(Path(task["snapshot"]), kernel)
        loaded = time.perf_counter()
        found = kernel.run(held, on=law.ON)
        done = time.perf_counter()
        if turn == 0:
            answer["first_s"] = done - began
        else:
            answer["runs_s"].append([loaded - start, done - loaded])
        answer.setdefault("peak_kib", peak_kib())
        if turn < task["repeat"]:
            del held, found
    answer |= {
        "households": held.units,
        "people": held.rows,
        "columns": len(held.unit) + len(held.people),
        "bytes": held.nbytes + result_bytes(found),
        "full": found.full_units,
    }
    if task.get("results"):
        np.savez(task["results"], **plain_results(found))
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
