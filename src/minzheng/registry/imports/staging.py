"""Checked rows as rows of the registry's tables, handed to an open load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from minzheng.registry import codes
from minzheng.registry.bulk import Load
from minzheng.registry.imports.checking import Checked
from minzheng.registry.imports.fields import DISABILITY_PARTS, FIELDS, Field
from minzheng.registry.imports.households import Households
from minzheng.registry.readings import pinyin

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Placed:
    """The good rows of a batch: which, the ids of their persons, where they live, since when."""

    checked: Checked
    good: Array
    persons: Array
    place: Array
    household: Array
    village: Array
    since: pa.Array
    source: pa.Array

    @property
    def township(self) -> Array:
        return (self.village // 1000).astype(np.int32)

    def of_person(self, rows: Array) -> dict[str, Any]:
        at = pa.array(rows)
        return {
            "person_id": self.persons[rows],
            "township": self.township[rows],
            "source": self.source.take(at),
        }


class Staging:
    """Adds the good rows of batch after batch to the load and remembers which row became which person."""

    def __init__(
        self, load: Load, households: Households, *, today: int, month: int, source: codes.Source
    ) -> None:
        self.load, self.households = load, households
        self.today, self.month, self.source = today, month, source
        self.batches: list[tuple[Array, Array, Array]] = []
        self._pinyin: dict[str, str] = {}

    @property
    def persons(self) -> tuple[Array, Array, Array]:
        """Of every staged person: id (rising), row in the file, place of the household."""
        if not self.batches:
            return (np.zeros(0, np.int64),) * 3
        ids, rows, places = (np.concatenate(part) for part in zip(*self.batches, strict=True))
        order = np.argsort(ids, kind="stable")
        return ids[order], rows[order], places[order]

    def add(self, checked: Checked, place: Array, fresh: int) -> None:
        """Everything the good rows of a batch say. `fresh` households are met for the first time."""
        if fresh:
            numbered = self.load.fresh_ids("household", fresh)
            self.households.ids = np.concatenate([self.households.ids, numbered])
        good = np.flatnonzero(~checked.bad)
        if not len(good):
            return
        place = place[good]
        persons = self.load.fresh_ids("person", len(good))
        self.batches.append((persons, checked.row[good], place))
        since = checked.values("lives_here_since", good)
        placed = _Placed(
            checked,
            good,
            persons,
            place,
            self.households.ids[place],
            self.households.village[place],
            _days(np.where(since == 0, self.today, since)),
            pa.array(np.full(len(good), int(self.source)), pa.int16()),
        )
        self._persons(placed)
        relation = checked.values("relation", good)
        self._memberships(placed, relation)
        self._hukou(placed)
        self._facts(placed)
        self._standing(placed, relation)

    def add_households(self) -> int:
        """The households with somebody in them, once all their rows are known."""
        met = self.households
        keep = np.flatnonzero(met.inhabited & ~met.bad)
        if len(keep):
            village = met.village[keep]
            table = {
                "id": met.ids[keep],
                "township": village // 1000,
                "village": village,
                "opened_on": _days(np.full(len(keep), self.today)),
                "source": np.full(len(keep), int(self.source)),
            }
            self.load.add("household", pa.table(table))
        return len(keep)

    def _persons(self, placed: _Placed) -> None:
        at, numbers = pa.array(placed.good), placed.checked.numbers
        names = placed.checked.columns["name"].take(at)
        table = {
            "id": placed.persons,
            "township": placed.township,
            "resident_id": numbers.text.take(at),
            "name": names,
            "name_pinyin": self._readings(names),
            "sex": numbers.sex[placed.good],
            "birth_date": _days(numbers.born[placed.good]),
            "source": placed.source,
        }
        self.load.add("person", pa.table(table))

    def _readings(self, names: pa.Array) -> pa.Array:
        encoded = names.dictionary_encode()
        read = []
        for name in encoded.dictionary.to_pylist():
            known = self._pinyin.get(name)
            if known is None:
                known = self._pinyin[name] = pinyin(name)
            read.append(known)
        return pa.array(read, pa.string()).take(encoded.indices)

    def _memberships(self, placed: _Placed, relation: Array) -> None:
        table = {
            "household_id": placed.household,
            "township": placed.township,
            "person_id": placed.persons,
            "person_township": placed.township,
            "relation": relation,
            "position": self.households.positions(placed.place, relation),
            "lives_here": pa.array(np.full(len(placed.good), True)),
            "lives_here_since": placed.since,
            "since": placed.since,
            "source": placed.source,
        }
        self.load.add("membership", pa.table(table))

    def _hukou(self, placed: _Placed) -> None:
        checked, good = placed.checked, placed.good
        if "rural" not in checked.reads and "hukou" not in checked.reads:
            return
        division = checked.values("hukou", good)
        table = placed.of_person(np.arange(len(good))) | {
            "division": np.where(division == 0, placed.village, division),
            "rural": pa.array(checked.values("rural", good) > 0, mask=~checked.written("rural", good)),
            "since": placed.since,
        }
        self.load.add("hukou", pa.table(table))

    def _facts(self, placed: _Placed) -> None:
        for field in FIELDS:
            rows = np.flatnonzero(placed.checked.written(field.name, placed.good))
            if len(rows):
                self._fact(placed, field, rows)

    def _fact(self, placed: _Placed, field: Field, rows: Array) -> None:
        good = placed.good[rows]
        values = placed.checked.values(field.name, good)
        if field.income is not None:
            money = {
                "kind": np.full(len(rows), int(field.income)),
                "fen": values,
                "since": _days(np.full(len(rows), self.month)),
            }
            self.load.add("income", pa.table(placed.of_person(rows) | money))
            return
        since = {"since": placed.since.take(pa.array(rows))}
        if field.name == "labour":
            self.load.add("capacity", pa.table(placed.of_person(rows) | since | {"labour": values}))
        elif field.name == "disability_level":
            kind = placed.checked.values("disability_kind", good)
            parts = {part: np.where(kind == k, values, 0) for k, part in enumerate(DISABILITY_PARTS, start=1)}
            table = placed.of_person(rows) | since | {"level": values} | parts
            self.load.add("certificate", pa.table(table))

    def _standing(self, placed: _Placed, relation: Array) -> None:
        """The head's row speaks for the household."""
        written = placed.checked.written("registration", placed.good)
        rows = np.flatnonzero((relation == codes.Relation.HEAD) & written)
        _distinct, first = np.unique(placed.household[rows], return_index=True)
        rows = rows[np.sort(first)]
        if not len(rows):
            return
        at = pa.array(rows)
        table = {
            "household_id": placed.household[rows],
            "township": placed.township[rows],
            "registration": placed.checked.values("registration", placed.good[rows]),
            "since": placed.since.take(at),
            "source": placed.source.take(at),
        }
        self.load.add("standing", pa.table(table))


def _days(values: Array) -> pa.Array:
    return pa.array(values.astype(np.int32), pa.int32()).cast(pa.date32())
