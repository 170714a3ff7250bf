"""The households, their ties and people, and the tools every theme reads rows with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from minzheng.registry.codes import Coverage
from minzheng.registry.extraction.arrays import (
    Array,
    Places,
    add_years,
    last_of_each,
    locate,
    taken,
)
from minzheng.registry.extraction.columns import (
    Extract,
    absent_code,
    column_value,
    has_absent,
    vocabulary_columns,
)
from minzheng.registry.extraction.places import as_they_stood, where_they_were
from minzheng.registry.reading import NEVER, NOTHING, Reader, Rows
from minzheng.rules.calendar import day_number


def held_by(reader: Reader, persons: Array) -> Any:
    return type(reader.holders)(persons=persons, households=reader.holders.households)


class Universe:
    """The working state of one extraction."""

    def __init__(self, reader: Reader, say: Callable[[str], None]) -> None:
        self.reader, self.moment, self.say = reader, reader.moment, say
        self.columns = vocabulary_columns()
        self.on = self.moment.day
        self.first = day_number(self.moment.month.first_day)
        self.year_before = day_number(self.moment.year_before)
        self._silences: dict[Coverage | None, Array] = {}

    def _forget_rows(self) -> None:
        """For a city nobody asks which row said so; the values alone are kept."""
        for value in (*self.out.unit.values(), *self.out.person.values(), *self.out.tie.values()):
            value.rows = value.row = value.absent = None

    def _universe(self) -> None:
        reader = self.reader
        households = reader.rows("household", ["id", "township", "village", "opened_on", "closed_on"])
        as_they_stood(reader, households)
        closed = households["closed_on"]
        open_now = (households["opened_on"] <= self.on) & ((closed == NOTHING) | (closed > self.on))
        ties = reader.in_force(
            "membership",
            ["household_id", "person_id", "relation", "position", "lives_here", "lives_here_since"],
        )
        order = np.lexsort([households["id"], households["township"] // 1000])
        households = Rows("household", {name: values[order] for name, values in households.columns.items()})
        households = households.where(open_now[order])
        by_id = np.argsort(households["id"], kind="stable")
        unit = locate(households["id"][by_id], ties["household_id"])
        ties, unit = ties.where(unit >= 0), by_id[unit[unit >= 0]]
        order = np.lexsort([ties["person_id"], ties["position"], unit])
        self.ties, self.tie_unit = (
            Rows("membership", {k: v[order] for k, v in ties.columns.items()}),
            unit[order],
        )
        self._people()
        count = np.bincount(self.tie_unit, minlength=len(households))
        self.out = Extract(
            self.moment,
            households["id"],
            households["township"],
            households["village"],
            np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
            self.ties["person_id"],
            locate(self.persons["id"], self.ties["person_id"]),
            self.ties["position"],
            self.persons["id"],
            self.persons["birth_date"],
            self.died,
            self.kin,
        )
        self.tie_row = self.out.tie_row
        self.units = households

    def _people(self) -> None:
        """The people of the ties and, where only some households are read, their parents and spouses."""
        if self.reader.holders.households is not None:
            wanted = np.unique(self.ties["person_id"])
            self.reader.holders = held_by(self.reader, wanted)
        self.kin = self._read_kin()
        if self.reader.holders.persons is not None:
            edges = self.kin
            wanted = self.reader.holders.persons
            wanted = np.unique(np.concatenate([wanted, edges["person_id"], edges["relative_id"]]))
            self.reader.holders = held_by(self.reader, wanted)
        persons = self.reader.rows("person", ["id", "township", "sex", "birth_date"])
        persons = self._as_known(persons)
        where_they_were(self.reader, persons)
        persons = persons.sorted_by("id")
        self.persons = persons
        deaths = self.reader.rows("death", ["person_id", "died_on"])
        self.death_rows = deaths.where(deaths["died_on"] <= self.on)
        self.died = np.full(len(persons), NEVER, np.int32)
        self.death_row = self._latest(self.death_rows, "died_on")
        found = self.death_row >= 0
        self.died[found] = self.death_rows["died_on"][self.death_row[found]]

    def _read_kin(self) -> Rows:
        where = "true"
        kin = self.reader.in_force("kinship", ["person_id", "relative_id", "kind"], where)
        if self.reader.holders.persons is None:
            return kin
        other = self.reader.in_force("kinship", ["person_id", "relative_id", "kind"], where, by="relative_id")
        fresh = ~np.isin(other["person_id"], self.reader.holders.persons)
        merged = {k: np.concatenate([v, other[k][fresh]]) for k, v in kin.columns.items()}
        return Rows("kinship", merged)

    def _as_known(self, persons: Rows) -> Rows:
        """Sex and birth date as they stood in the register at the moment of knowledge."""
        if self.moment.known_at is None or not len(persons):
            return persons
        former = self.reader.connection.execute(
            "select distinct on (person_id) person_id, sex, birth_date - date '1970-01-01'"
            " from registry_personversion where recorded_at <= %(at)s and superseded_at > %(at)s"
            " order by person_id, superseded_at",
            {"at": self.moment.known_at},
        ).fetchall()
        order = np.argsort(persons["id"])
        for person, sex, born in former:
            at = locate(persons["id"][order], np.array([person]))[0]
            if at >= 0:
                persons["sex"][order[at]], persons["birth_date"][order[at]] = sex, born
        return persons

    @property
    def people(self) -> int:
        return len(self.persons)

    @cached_property
    def _adult_on(self) -> Array:
        """The day each person turns 18."""
        return add_years(self.persons["birth_date"], 18)

    def _who(self, rows: Rows, column: str = "person_id") -> Array:
        return locate(self.persons["id"], rows[column])

    def _latest(self, rows: Rows, by: str, *, unique: bool = False) -> Array:
        """For each person the row that begins last, or -1. `unique`: the database holds one at a time."""
        who = self._who(rows)
        return last_of_each(who, None if unique else rows[by], self.people)

    def _unit_latest(self, rows: Rows) -> Array:
        return last_of_each(self._unit_of(rows), rows.columns.get("since"), len(self.units))

    def _unit_of(self, rows: Rows) -> Array:
        at = locate(self._unit_ids[0], rows["household_id"])
        return taken(self._unit_ids[1], at, -1)

    @cached_property
    def _unit_ids(self) -> tuple[Array, Array]:
        order = np.argsort(self.units["id"], kind="stable")
        return self.units["id"][order], order

    @cached_property
    def _coverage(self) -> list[tuple[int, int, int, int]]:
        rows = self.reader.rows("coverage", ["division", "kind", "since", "trusted_until"])
        return list(
            zip(
                rows["kind"].tolist(),
                rows["division"].tolist(),
                rows["since"].tolist(),
                rows["trusted_until"].tolist(),
                strict=True,
            )
        )

    def _covered(self, kind: Coverage, places: Places, first: int, last: int) -> Array:
        """Whether a source vouches for the kind in the township on every day from `first` to `last`."""
        answers = [self._covers(kind, township, first, last) for township in places.distinct.tolist()]
        return np.array(answers, bool)[places.at]

    @cached_property
    def _person_places(self) -> Places:
        return Places.of(self.persons["township"])

    @cached_property
    def _unit_places(self) -> Places:
        return Places.of(self.units["township"])

    def _covers(self, kind: Coverage, township: int, first: int, last: int) -> bool:
        spans = sorted(
            (since, until)
            for code, division, since, until in self._coverage
            if code == kind and str(township).startswith(str(division))
        )
        for since, until in spans:
            if since <= first <= until:
                first = until + 1
        return first > last

    @cached_property
    def _gap_rows(self) -> Rows:
        return self.reader.rows("gap", ["person_id", "kind", "since", "until"])

    def _gap(self, kind: Coverage, first: int, last: int) -> Array:
        """People for whom the kind is not cleared up at some time from `first` to `last`."""
        rows = self._gap_rows
        rows = rows.where((rows["kind"] == kind) & (rows["since"] <= last) & (rows["until"] > first))
        open_question = np.zeros(self.people, bool)
        who = self._who(rows)
        open_question[who[who >= 0]] = True
        return open_question

    def _person(
        self,
        name: str,
        values: Array,
        row: Array,
        rows: Rows | None,
        kind: Coverage | None,
        *,
        sums: bool = False,
    ) -> None:
        """A person's column from the rows found: absence where the source covers, unknown elsewhere.

        `sums`: rows add up, so that an open question leaves the whole unknown, rows or not.
        """
        column, found = self.columns[name], row >= 0
        absent = np.zeros(self.people, bool)
        if has_absent(column):
            absent = ~found & self._silence(kind)
        known = found | absent
        if sums and kind is not None:
            known &= ~self._gap(kind, self.on, self.on)
        values = np.where(found, values, absent_code(column) if has_absent(column) else 0)
        self.out.person[name] = column_value(column, values, known, rows, row, absent & known, kind)

    def _silence(self, kind: Coverage | None) -> Array:
        """People of whom no row means none. A kind of None is the platform's own record, always complete."""
        if kind not in self._silences:
            if kind is None:
                silent = np.ones(self.people, bool)
            else:
                silent = self._covered(kind, self._person_places, self.on, self.on)
                silent &= ~self._gap(kind, self.on, self.on)
            self._silences[kind] = silent
        return self._silences[kind]

    def _unit(
        self,
        name: str,
        values: Array,
        row: Array,
        rows: Rows | None,
        kind: Coverage | None,
        *,
        found: Array | None = None,
        open_question: Array | None = None,
    ) -> None:
        column = self.columns[name]
        found = row >= 0 if found is None else found
        absent = np.zeros(len(self.units), bool)
        if has_absent(column):
            covered = np.ones(len(self.units), bool)
            if kind is not None:
                covered = self._covered(kind, self._unit_places, self.on, self.on)
            absent = ~found & covered
        known = found | absent
        if open_question is not None:
            known &= ~open_question
        values = np.where(found, values, absent_code(column) if has_absent(column) else 0)
        self.out.unit[name] = column_value(column, values, known, rows, row, absent & known, kind)

    def _unit_question(self, kind: Coverage, first: int, last: int) -> Array:
        """Households one of whose people has an open question of the kind."""
        question = np.zeros(len(self.units), bool)
        question[self.tie_unit[self._gap(kind, first, last)[self.tie_row]]] = True
        return question
