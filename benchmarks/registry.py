"""Residents from a file into PostgreSQL, and the whole registry out to Parquet."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.child import OURS, ROOT
from benchmarks.city import City
from benchmarks.figures import Figure

PEOPLE = 600_000


def imported(persons: int) -> dict[str, float]:
    """One import on a throwaway server, in a process of its own."""
    done = subprocess.run(
        [OURS, "-m", "benchmarks.registry_import", "--persons", str(persons)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(city: City) -> list[Figure]:
    file = imported(PEOPLE)
    exported = city.write_snapshot()
    city.complete()
    manifest = json.loads((Path(city.snapshot) / "manifest.json").read_text(encoding="utf-8"))
    return [
        Figure(
            "import_rows_per_s", file["persons_per_s"], "persons/s",
            f"{PEOPLE:,} persons, {file['megabytes']:,.0f} MB of CSV, in {file['seconds']:.1f} s",
            "Import into PostgreSQL", least=30_000,
            note="each person with household, residence and two facts: read, checked, sealed, copied, indexes and "
            "constraints held",
        ),
        Figure(
            "snapshot_s", exported, "s",
            f"{manifest['households']:,} households, {manifest['ties']:,} people, with the start of the command",
            "Registry to Parquet, whole city", most=60,
        ),
    ]  # fmt: skip
