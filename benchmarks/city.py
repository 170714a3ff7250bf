"""The city both sides read: built once by the platform's own commands, its snapshot, and the snapshot completed.

The completed snapshot carries the facts that come from obligors in other households as ordinary columns, because
openfisca-core has no word for a fact of another household: the in-memory comparison starts after them on both sides.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import law

SEED = 1
MINZHENG = Path(sys.executable).parent / "minzheng"


class City:
    """A demonstration city in a home of its own (under var/bench by default)."""

    def __init__(self, home: Path, scale: str) -> None:
        self.home, self.scale = home, scale
        self.snapshot = home / "snapshot"
        self.completed = home / "completed"
        self.environment = os.environ | {"MINZHENG_HOME": str(home)}
        self.commands: dict[str, str] = {}

    def command(self, *words: str) -> float:
        """Run a command of the platform in the city's home; the seconds it took."""
        began = time.perf_counter()
        subprocess.run([MINZHENG, *words], env=self.environment, check=True)
        return time.perf_counter() - began

    def build(self) -> float | None:
        """Build the city unless it stands; the seconds it took, None where it stood already."""
        mark = self.home / "built.json"
        wanted = {"scale": self.scale, "seed": SEED}
        if mark.exists() and json.loads(mark.read_text(encoding="utf-8")) == wanted:
            return None
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        took = self.command("demo", "build", "--scale", self.scale, "--seed", str(SEED))
        mark.write_text(json.dumps(wanted), encoding="utf-8")
        return took

    def write_snapshot(self) -> float:
        """Export the registry; the seconds of the whole command."""
        return self.command("snapshot", str(self.snapshot))

    def complete(self) -> None:
        """What obligors owe kept beside the snapshot for us, and as columns of the ties for the other side."""
        from minzheng.assessment.city import FirstStage, load_city
        from minzheng.assessment.owed import read_owed, write_owed

        rulebook = law.book()
        city = load_city(self.snapshot, rulebook)
        write_owed(city, FirstStage(rulebook))
        owed = read_owed(city, rulebook)
        assert owed is not None, "what was written a moment ago is there"
        shutil.rmtree(self.completed, ignore_errors=True)
        shutil.copytree(self.snapshot, self.completed, ignore=shutil.ignore_patterns("ties-*", "owed*"))
        for county, first, end in city.columns.counties:
            rows = slice(int(city.columns.offsets[first]), int(city.columns.offsets[end]))
            name = f"ties-{county}.parquet"
            table = pq.read_table(self.snapshot / name)
            for column, values in owed.items():
                table = table.append_column(column, _nullable(rulebook.columns[column], values[rows]))
            pq.write_table(table, self.completed / name, compression="lz4", row_group_size=256 * 1024)


def _nullable(column, values) -> pa.Array:
    from minzheng.rules.columns import unknown_code

    return pa.array(values, mask=values == unknown_code(column))
