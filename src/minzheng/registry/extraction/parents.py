"""The state of a child's parents, from what was recorded of the child and of the parents; choices."""

from __future__ import annotations

import numpy as np

from minzheng.registry import codes
from minzheng.registry.codes import Coverage
from minzheng.registry.extraction.arrays import (
    Array,
    taken,
    whole_months,
)
from minzheng.registry.extraction.columns import (
    Value,
    coded,
    column_value,
)
from minzheng.registry.extraction.persons import Persons
from minzheng.registry.reading import NEVER, NOTHING, Rows
from minzheng.rulebook import vocabulary
from minzheng.rules.status import YES


def _restricted_parent() -> Array:
    state = vocabulary.ParentState
    table = np.zeros(max(codes.Restriction.values) + 1, np.int8)
    table[0] = state.CARING.code
    table[codes.Restriction.PRISON] = state.PRISON.code
    table[codes.Restriction.DETOX] = state.DETOX.code
    table[codes.Restriction.OTHER] = state.OTHER_RESTRICTION.code
    table[codes.Restriction.DECLARED_MISSING] = state.DECLARED_MISSING.code
    return table


_RESTRICTED_PARENT = _restricted_parent()


class Parents(Persons):
    """Themes that build on those of persons."""

    def _parents(self) -> None:
        rows = self.reader.in_force(
            "parentstate",
            ["person_id", "parent", "state", "term_months", "reported_on", "level", "mind_level", "since"],
        )
        for name, parent, who, edge in (
            ("father", codes.Parent.FATHER, self.father, self.father_edge),
            ("mother", codes.Parent.MOTHER, self.mother, self.mother_edge),
        ):
            these = rows.where(rows["parent"] == parent)
            self._parent(name, these, self._latest(these, "since"), who, edge)

    def _parent(self, name: str, rows: Rows, row: Array, who: Array, edge: Array) -> None:
        """One parent of everybody: what was recorded of the child first, then what the registry knows of the parent."""
        state_of = vocabulary.ParentState
        registered = who >= 0
        dead = registered & (self.died[who] != NEVER)
        held = np.where(registered, self.restricted[who], 0)
        derived = np.where(dead, state_of.DEAD.code, _RESTRICTED_PARENT[held])
        said = row >= 0
        state = np.where(
            said, coded("father_state", codes.ParentState)[taken(rows["state"], row, 0)], derived
        )
        vouched = registered & (dead | (held > 0) | self._silence(Coverage.PARENT_STATE))
        self.out.person[f"{name}_state"] = Value(
            state.astype(np.int8), said | vouched, rows, row, ~said & vouched, Coverage.PARENT_STATE
        )
        certified = registered & self.certified[who]
        level = self.out.person["disability_level"]
        for column, own, recorded in (
            (f"{name}_level", level.values, "level"),
            (f"{name}_mind_level", self.mind_level, "mind_level"),
        ):
            stated = taken(rows[recorded], row, NOTHING)
            value = np.where(stated > 0, stated, np.where(certified, own[who], 0))
            certain = (stated > 0) | (registered & (certified | level.known[who]))
            self._parent_count(column, value, certain, rows, row)
        self._parent_terms(name, rows, row, state, held, who)

    def _parent_terms(self, name: str, rows: Rows, row: Array, state: Array, held: Array, who: Array) -> None:
        state_of = vocabulary.ParentState
        confined = np.isin(
            state, [state_of.PRISON.code, state_of.DETOX.code, state_of.OTHER_RESTRICTION.code]
        )
        stated = taken(rows["term_months"], row, NOTHING)
        term = np.where(stated != NOTHING, stated, np.where((held > 0) & (who >= 0), self.term[who], NOTHING))
        settled = self._silence(Coverage.PARENT_STATE) | (row >= 0)
        self._parent_count(
            f"{name}_term",
            np.where(confined, np.maximum(term, 0), 0),
            np.where(confined, term != NOTHING, settled),
            rows,
            row,
        )
        gone = (row >= 0) & (taken(rows["state"], row, 0) == codes.ParentState.NO_CONTACT)
        absent = np.where(gone, self._months_since(taken(rows["since"], row, self.on)), 0)
        self._parent_count(f"{name}_absent_months", absent, settled, rows, row)
        reported = taken(rows["reported_on"], row, NOTHING)
        asked = (row >= 0) & (reported != NOTHING)
        # "超过": a month begun counts, so that six months and one day are more than six.
        since = reported[asked]
        months = np.zeros(len(asked), np.int64)
        months[asked] = np.maximum(whole_months(since, np.full(len(since), self.on - 1)) + 1, 0)
        self._parent_count(f"{name}_report_months", months, settled, rows, row)

    def _parent_count(self, name: str, values: Array, known: Array, rows: Rows, row: Array) -> None:
        column = self.columns[name]
        self.out.person[name] = column_value(
            column, values, known, rows, row, known & (row < 0), Coverage.PARENT_STATE
        )

    def _choices(self) -> None:
        rows = self.reader.in_force("choice", ["person_id", "kind", "value", "since"])
        rows = rows.where(rows["kind"] == codes.Choice.CHILD_PROGRAMME)
        row = self._latest(rows, "since")
        chosen = coded("child_choice", codes.ChildProgramme)[taken(rows["value"], row, 0)]
        self._person("child_choice", chosen, row, rows, None)
        self._person("child_choice_recorded", np.full(self.people, YES), row, rows, None)
