"""The division data that ship with the program, as rows; see SOURCES.md. Reading only: `loading` writes them."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent
COUNTY_BORDERS = FOLDER / "counties.geojson"
#: The day the four districts took the place of the five retired units.
RESHAPED_ON = date(2018, 11, 23)


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """A division as it is stored."""

    code: int
    name: str
    pseudo: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successor: int | None = None

    @property
    def level(self) -> int:
        return len(str(self.code))

    @property
    def parent(self) -> int | None:
        return {
            2: None,
            4: self.code // 100,
            6: self.code // 100,
            9: self.code // 1000,
            12: self.code // 1000,
        }[self.level]


@functools.cache
def shipped_divisions() -> tuple[DivisionRow, ...]:
    """All rows, parents before their children, successors before the retired."""
    retired = _retired()
    fresh = {row.successor for row in retired}
    rows = {row.code: row for row in _country()}
    for row in _changzhi():
        since = RESHAPED_ON if row.code in fresh else None
        rows[row.code] = DivisionRow(row.code, row.name, row.pseudo, since)
    ordered = sorted(rows.values(), key=lambda row: (row.level, row.code))
    return (*ordered, *retired)


@functools.cache
def real_townships() -> tuple[int, ...]:
    """The 128 townships, towns and streets of Changzhi, without units made for statistics."""
    return tuple(row.code for row in shipped_divisions() if row.level == 9 and not row.pseudo)


@functools.cache
def known_areas() -> frozenset[str]:
    """First six digits that an identity number may carry without remark: current counties and our retired ones."""
    return frozenset(str(row.code) for row in shipped_divisions() if row.level == 6)


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _country() -> list[DivisionRow]:
    return [DivisionRow(int(row["code"]), row["name"]) for row in _read("china.csv") if len(row["code"]) <= 6]


def _changzhi() -> list[DivisionRow]:
    return [DivisionRow(int(row["code"]), row["name"], bool(row["pseudo"])) for row in _read("changzhi.csv")]


def _retired() -> list[DivisionRow]:
    return [
        DivisionRow(
            int(row["code"]),
            row["name"],
            valid_to=date.fromisoformat(row["valid_to"]),
            successor=int(row["successor"]),
        )
        for row in _read("retired.csv")
    ]
