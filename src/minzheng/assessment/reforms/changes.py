"""Who changes: one row for each holder of a programme that differs under a reform. Ids only, no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from minzheng.assessment.reforms.measures import Held, Rows
from minzheng.assessment.reforms.simulate import Simulation
from minzheng.assessment.reforms.tally import CLASSES
from minzheng.rules.columns import Array
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import Status


def changed_rows(found: Simulation) -> pa.Table:
    """Household, person (none for a household's programme), programme, both outcomes and payments in fen.

    `household_class` says what becomes of the household's whole month. A payment that is not settled is null.
    """
    parts = [_of_programme(found, name) for name in found.touched]
    return pa.concat_tables(parts) if parts else _of_rows(found, "", np.zeros(0, np.int64))


def write_changes(found: Simulation, path: Path) -> int:
    """Write the rows as Parquet, complete or not at all; how many there are."""
    table = changed_rows(found)
    draft = path.with_name(f".{path.name}.part")
    pq.write_table(table, draft)
    draft.replace(path)
    return int(table.num_rows)


@dataclass
class Changed:
    """Changed holders within some regions."""

    table: pa.Table

    @property
    def count(self) -> int:
        return int(self.table.num_rows)

    def listed(self, start: int, most: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.table.slice(start, most).to_pylist()
        return rows


def changed_holders(found: Simulation, regions: Sequence[str], programme: str = "") -> Changed:
    """Changed holders of townships inside these regions, ordered by programme, township and household.

    A region of a village opens its own village only.
    """
    table = changed_rows(found)
    if programme:
        table = table.filter(pc.equal(table["programme"], programme))
    return Changed(table.filter(pa.array(_inside(table, regions), pa.bool_())).sort_by(_ORDER))


_ORDER = [
    ("programme", "ascending"),
    ("township", "ascending"),
    ("household_id", "ascending"),
    ("person_id", "ascending"),
]


def _inside(table: pa.Table, regions: Sequence[str]) -> npt.NDArray[np.bool_]:
    township, village = (table[name].to_numpy() for name in ("township", "village"))
    inside = np.zeros(table.num_rows, bool)
    for region in regions:
        places, digits = (township, 9) if len(region) <= 9 else (village, 12)
        inside |= places // 10 ** (digits - len(region)) == int(region)
    return inside


def _of_programme(found: Simulation, name: str) -> pa.Table:
    before, after = found.held_before[name], found.held_after[name]
    rows = np.flatnonzero((before.status != after.status) | (payments(before) != payments(after)))
    return _of_rows(found, name, rows)


def payments(held: Held) -> Rows:
    """Fen of each holder: 0 where nothing is paid, -1 where it is not settled."""
    result = np.zeros(len(held.status), np.int64)
    result[held.paid] = held.fen
    result[held.unsettled] = -1
    return result


def _of_rows(found: Simulation, name: str, rows: Rows) -> pa.Table:
    loaded, keys = found.city.loaded, found.keys
    held = (found.held_before.get(name), found.held_after.get(name))
    by_household = held[0] is not None and held[0].program.of is Household
    units = rows if by_household else keys.unit_of[rows]
    person = np.full(len(rows), -1, np.int64) if by_household else loaded.person_id[rows]
    columns: dict[str, pa.Array] = {
        "household_id": pa.array(loaded.unit_id[units], pa.int64()),
        "person_id": _nullable(person),
        "township": pa.array(loaded.township[units].astype(np.int64), pa.int64()),
        "village": pa.array(loaded.village[units].astype(np.int64), pa.int64()),
        "programme": pa.array([name] * len(rows), pa.string()),
    }
    for side, one in zip(("before", "after"), held, strict=True):
        status = np.zeros(0, np.int8) if one is None else one.status[rows]
        fen = np.zeros(0, np.int64) if one is None else payments(one)[rows]
        columns[f"outcome_{side}"] = pa.array([Status(s).key for s in status.tolist()], pa.string())
        columns[f"fen_{side}"] = _nullable(fen)
    classes = [CLASSES[c] for c in found.comparison.classes[units].tolist()]
    columns["household_class"] = pa.array(classes, pa.string())
    columns["household_change_fen"] = pa.array(found.comparison.change[units], pa.int64())
    return pa.table(columns)


def _nullable(values: Array) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values < 0)
