"""A city small enough to be counted by hand, straight in memory: no registry, no snapshot on disk."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from minzheng.assessment.city import City
from minzheng.registry.snapshot import Loaded, Manifest
from minzheng.rulebook import load
from minzheng.rulebook.vocabulary import Labour, ParentState, Registration, Relation
from minzheng.rules.columns import Columns
from minzheng.rules.facts import UnitFacts, unit_facts
from minzheng.rules.stages import Edges
from minzheng.values.month import Month

ON = date(2023, 12, 31)
BOOK = load()
YUAN = 100


def person(**more: Any) -> dict[str, Any]:
    """A woman of forty who works for nothing; whatever is said replaces it."""
    return {
        "relation": Relation.HEAD,
        "born": date(1983, 5, 1),
        "lives_here": True,
        "lives_here_since": date(2010, 1, 1),
        "person_hukou_here": True,
        "rural_hukou": False,
        "independent": True,
        "labour": Labour.PARTLY,
        "working": True,
        "father_state": ParentState.DEAD,
        "mother_state": ParentState.DEAD,
        "father_level": 0,
        "mother_level": 0,
        "father_mind_level": 0,
        "mother_mind_level": 0,
        **more,
    }


def household(*people: dict[str, Any], unknown: tuple[str, ...] = (), **more: Any) -> UnitFacts:
    unit = {"registration": Registration.URBAN, "hukou_here": True, "contracted_land": False, **more}
    made = {fact.column for fact in BOOK.gathered}
    columns = [c for c in BOOK.columns.values() if c.column not in made and c.column != "supported_people"]
    return unit_facts(columns, unit, people, unknown=unknown)


def wage(yuan: int) -> dict[str, Any]:
    """A wage of so many yuan a month through the whole window."""
    return {"wages__total": yuan * 12 * YUAN, "wages__month": yuan * YUAN}


def city(
    *units: tuple[int, UnitFacts], supporters: tuple[tuple[int, int], ...] = (), folder: Path = Path("none")
) -> City:
    """A city of (township, household), townships in order. supporters: (person row, row of their child elsewhere)."""
    parts = []
    for county in sorted({town // 1000 for town, _facts in units}):
        here = [facts for town, facts in units if town // 1000 == county]
        parts.append((str(county), here))
    columns = _joined(parts)
    rows = np.arange(columns.rows, dtype=np.int64)
    manifest = Manifest(
        folder, Month(2023, 12), ON, datetime(2024, 1, 1, tzinfo=UTC), 12, tuple(c for c, _ in parts),
        columns.units, columns.rows, {},
    )  # fmt: skip
    towns = np.array([town for town, _facts in units], np.int32)
    loaded = Loaded(
        manifest, columns, np.arange(1, columns.units + 1), towns, towns.astype(np.int64) * 1000, rows + 1001
    )
    person_rows = np.array([one for one, _other in supporters], np.int64)
    others = np.array([other for _one, other in supporters], np.int64)
    return City(loaded, {"obligors": Edges(person_rows, others), "supporters": Edges(person_rows, others)})


def _joined(parts: list[tuple[str, list[UnitFacts]]]) -> Columns:
    pieces = [Columns.from_units(BOOK, units, county) for county, units in parts]
    made = {fact.column for fact in BOOK.gathered} | {"supported_people"}
    offsets, counties, first, row = [np.zeros(1, np.int64)], [], 0, 0
    for (county, units), piece in zip(parts, pieces, strict=True):
        counties.append((county, first, first + len(units)))
        offsets.append(piece.offsets[1:] + row)
        first, row = first + len(units), row + piece.rows
    unit = {name: np.concatenate([p.unit[name] for p in pieces]) for name in pieces[0].unit}
    people = {n: np.concatenate([p.people[n] for p in pieces]) for n in pieces[0].people if n not in made}
    return Columns(np.concatenate(offsets), counties, unit, people)
