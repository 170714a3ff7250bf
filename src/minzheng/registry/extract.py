"""What every fact of the vocabulary is in terms of the registry's rows: one definition for one household and a city.

Works on arrays. `Extract` holds the households, their ties and the values; who may see them is asked elsewhere.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.registry import codes
from minzheng.registry.codes import Coverage
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.reading import NEVER, NOTHING, Moment, Reader, Rows
from minzheng.rulebook import vocabulary
from minzheng.rules import Choice, Fact, Series
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import physical_type
from minzheng.rules.language.expr import Column
from minzheng.rules.monthly import month_value, window_total
from minzheng.rules.status import NO, YES

Array = npt.NDArray[Any]

#: Facts that an engine's first stage computes from the edges of kin, not the registry.
GATHERED = frozenset(
    {"obligors", "obligors_incapable", "support_due", "support_due_waivable", "supported_people"}
)
#: Holidays between two stages of schooling do not interrupt them: from the end of June to the start of September,
#: and the weeks before the certificate or after it.
_HOLIDAY_DAYS = 120


@functools.cache
def vocabulary_columns() -> dict[str, Column]:
    """Every column a snapshot carries, by name: facts, and both parts of each monthly series."""
    columns: dict[str, Column] = {}
    for declared in vars(vocabulary).values():
        if isinstance(declared, Fact) and declared.name not in GATHERED:
            columns[declared.column] = declared
        elif isinstance(declared, Series):
            for part in (declared.total, declared.this_month):
                assert isinstance(part, Column)
                columns[part.column] = part
    return columns


@dataclass
class Value:
    """A column: engine codes, where they are known, and (for provenance) which row of which table said so."""

    values: Array
    known: Array
    rows: Rows | None = None
    row: Array | None = None
    absent: Array | None = None
    kind: Coverage | None = None
    beyond_bounds: int = 0


@dataclass
class Extract:
    """Households (sorted by county and id), their ties (by household, then position) and all columns."""

    moment: Moment
    unit_id: Array
    unit_township: Array
    unit_village: Array
    offsets: Array
    tie_person: Array
    tie_row: Array
    tie_position: Array
    person_id: Array
    person_born: Array
    person_died: Array
    kin: Rows
    receipts: Rows | None = None
    unit: dict[str, Value] = field(default_factory=dict)
    person: dict[str, Value] = field(default_factory=dict)
    tie: dict[str, Value] = field(default_factory=dict)

    def people_column(self, name: str) -> Value:
        """A column of people, one value a tie."""
        if name in self.tie:
            return self.tie[name]
        value = self.person[name]
        at = self.tie_row
        row = None if value.row is None else value.row[at]
        absent = None if value.absent is None else value.absent[at]
        return Value(value.values[at], value.known[at], value.rows, row, absent, value.kind)


def extract(reader: Reader, say: Callable[[str], None] = lambda _theme: None) -> Extract:
    """All columns of the vocabulary for the households the reader holds (or the whole region of its scope).

    `say` is told each of `THEMES` when it begins.
    """
    return _Extraction(reader, say).run()


#: What is read, in order.
THEMES = (
    "家庭与成员", "身份与死亡", "与户主关系", "户籍", "家庭登记情况", "亲属", "在读", "个人情形", "残疾与自理", "就业与劳动能力",
    "收入", "财产", "支出", "急难事件", "调查认定", "已享受待遇", "父母状况", "选择",
)  # fmt: skip


def _column(
    column: Column,
    values: Array,
    known: Array,
    rows: Rows | None,
    row: Array | None,
    absent: Array,
    kind: Coverage | None,
) -> Value:
    """A column in its array type. What is recorded beyond the declared bounds is not believed: it is unknown."""
    if column.bounds is not None and column.kind.name != "date":
        within = (values >= column.bounds[0]) & (values <= column.bounds[1])
        values = np.where(within, values, column.bounds[0])
        return Value(
            values.astype(physical_type(column)), known & within, rows, row, absent & within, kind,
            int((known & ~within).sum()),
        )  # fmt: skip
    return Value(values.astype(physical_type(column)), known, rows, row, absent, kind)


class _Extraction:
    """The working state of one extraction: the universe of people first, then theme by theme."""

    def __init__(self, reader: Reader, say: Callable[[str], None]) -> None:
        self.reader, self.moment, self.say = reader, reader.moment, say
        self.columns = vocabulary_columns()
        self.on = self.moment.day
        self.first = day_number(self.moment.month.first_day)
        self.year_before = day_number(self.moment.year_before)
        self._silences: dict[Coverage | None, Array] = {}

    def run(self) -> Extract:
        self.say(THEMES[0])
        self._universe()
        for label, theme in zip(
            THEMES[1:],
            (
                self._identity, self._tie_facts, self._hukou, self._standing, self._kinship, self._schooling,
                self._spells, self._disability, self._work, self._incomes, self._assets, self._expenditures,
                self._emergencies, self._findings, self._receipts, self._parents, self._choices,
            ),
            strict=True,
        ):  # fmt: skip
            self.say(label)
            theme()
            if not self.reader.provenance:
                self._forget_rows()
        return self.out

    def _forget_rows(self) -> None:
        """For a city nobody asks which row said so; the values alone are kept."""
        for value in (*self.out.unit.values(), *self.out.person.values(), *self.out.tie.values()):
            value.rows = value.row = value.absent = None

    # -- the universe ------------------------------------------------------------------------------------

    def _universe(self) -> None:
        reader = self.reader
        households = reader.rows("household", ["id", "township", "village", "opened_on", "closed_on"])
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
            self.reader.holders = _held(self.reader, wanted)
        self.kin = self._read_kin()
        if self.reader.holders.persons is not None:
            edges = self.kin
            wanted = self.reader.holders.persons
            wanted = np.unique(np.concatenate([wanted, edges["person_id"], edges["relative_id"]]))
            self.reader.holders = _held(self.reader, wanted)
        persons = self.reader.rows("person", ["id", "township", "sex", "birth_date"])
        persons = self._as_known(persons).sorted_by("id")
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

    # -- tools -------------------------------------------------------------------------------------------

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
        return _last_of_each(who, None if unique else rows[by], self.people)

    def _unit_latest(self, rows: Rows) -> Array:
        return _last_of_each(self._unit_of(rows), rows.columns.get("since"), len(self.units))

    def _unit_of(self, rows: Rows) -> Array:
        at = locate(self._unit_ids[0], rows["household_id"])
        return np.where(at >= 0, self._unit_ids[1][at], -1)

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

    def _covered(self, kind: Coverage, places: _Places, first: int, last: int) -> Array:
        """Whether a source vouches for the kind in the township on every day from `first` to `last`."""
        answers = [self._covers(kind, township, first, last) for township in places.distinct.tolist()]
        return np.array(answers, bool)[places.at]

    @cached_property
    def _person_places(self) -> _Places:
        return _Places.of(self.persons["township"])

    @cached_property
    def _unit_places(self) -> _Places:
        return _Places.of(self.units["township"])

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
        if _has_absent(column):
            absent = ~found & self._silence(kind)
        known = found | absent
        if sums and kind is not None:
            known &= ~self._gap(kind, self.on, self.on)
        values = np.where(found, values, _absent_code(column) if _has_absent(column) else 0)
        self.out.person[name] = _column(column, values, known, rows, row, absent & known, kind)

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
        if _has_absent(column):
            covered = np.ones(len(self.units), bool)
            if kind is not None:
                covered = self._covered(kind, self._unit_places, self.on, self.on)
            absent = ~found & covered
        known = found | absent
        if open_question is not None:
            known &= ~open_question
        values = np.where(found, values, _absent_code(column) if _has_absent(column) else 0)
        self.out.unit[name] = _column(column, values, known, rows, row, absent & known, kind)

    def _unit_question(self, kind: Coverage, first: int, last: int) -> Array:
        """Households one of whose people has an open question of the kind."""
        question = np.zeros(len(self.units), bool)
        question[self.tie_unit[self._gap(kind, first, last)[self.tie_row]]] = True
        return question

    # -- themes ------------------------------------------------------------------------------------------

    def _identity(self) -> None:
        everyone = np.arange(self.people)
        self._person("sex", _coded("sex", codes.Sex)[self.persons["sex"]], everyone, self.persons, None)
        self._person("born", self.persons["birth_date"], everyone, self.persons, None)
        self._person(
            "died", np.where(self.death_row >= 0, YES, NO), self.death_row, self.death_rows, Coverage.DEATH
        )

    def _tie_facts(self) -> None:
        ties, row = self.ties, np.arange(len(self.ties))
        lives, since = ties["lives_here"], ties["lives_here_since"]
        out = self.out.tie
        relation = _coded("relation", codes.Relation)[ties["relation"]]
        out["relation"] = Value(relation, np.ones(len(ties), bool), ties, row)
        out["lives_here"] = Value(_yes_no(lives), lives != NOTHING, ties, row)
        out["lives_here_since"] = Value(since.astype(np.int32), since != NOTHING, ties, row)

    def _hukou(self) -> None:
        rows = self.reader.in_force("hukou", ["person_id", "division", "rural"])
        row = self._latest(rows, "person_id", unique=True)
        rural = _taken(rows["rural"], row, NOTHING)
        county = np.where(row >= 0, _county_now(_taken(rows["division"], row, 0)), 0)
        self.out.person["rural_hukou"] = Value(_yes_no(rural), rural != NOTHING, rows, row)
        tie_county, tie_row = county[self.tie_row], row[self.tie_row]
        own = (self.units["township"] // 1000)[self.tie_unit]
        here = tie_county == own
        self.out.tie["person_hukou_here"] = Value(
            np.where(here, YES, NO).astype(np.int8), tie_row >= 0, rows, tie_row
        )
        some = _any(self.tie_unit[here], len(self.units))
        unclear = _any(self.tie_unit[tie_row < 0], len(self.units))
        empty = np.diff(self.out.offsets) == 0
        first = np.full(len(self.units), -1, np.int64)
        first[self.tie_unit[::-1]] = tie_row[::-1]
        first[self.tie_unit[here][::-1]] = tie_row[here][::-1]
        self.out.unit["hukou_here"] = Value(
            np.where(some, YES, NO).astype(np.int8), (some | ~unclear) & ~empty, rows, first
        )

    def _standing(self) -> None:
        names = ["registration", "contracted_land", "relocated_to_town", "cooperates"]
        rows = self.reader.in_force("standing", ["household_id", *names])
        row = self._unit_latest(rows)
        kinds = {"relocated_to_town": Coverage.RELOCATION, "cooperates": Coverage.COOPERATION}
        for name in names:
            recorded = _taken(rows[name], row, NOTHING)
            if name == "registration":
                values = _coded("registration", codes.Registration)[np.maximum(recorded, 0)]
            else:
                values = _yes_no(recorded)
            said = np.where(recorded != NOTHING, row, -1)
            self._unit(name, values, said, rows, kinds.get(name))

    def _kinship(self) -> None:
        kin = self.kin
        who, relative = self._who(kin), self._who(kin, "relative_id")
        self.father = np.full(self.people, -1, np.int64)
        self.mother = np.full(self.people, -1, np.int64)
        self.father_edge, self.mother_edge = np.zeros((2, self.people), bool)
        for kind, target, edge in (
            (codes.Kin.FATHER, self.father, self.father_edge),
            (codes.Kin.MOTHER, self.mother, self.mother_edge),
        ):
            these = (kin["kind"] == kind) & (who >= 0)
            target[who[these]] = relative[these]
            edge[who[these]] = True
        alive = self.died == NEVER
        married = np.full(self.people, -1, np.int64)
        for one, other in ((who, relative), (relative, who)):
            couple = np.flatnonzero((kin["kind"] == codes.Kin.SPOUSE) & (one >= 0))
            living = (other[couple] < 0) | alive[other[couple]]
            married[one[couple[living]]] = couple[living]
        self._person("married", np.full(self.people, YES), married, kin, Coverage.KINSHIP)

    def _schooling(self) -> None:
        rows = self.reader.rows("enrolment", ["person_id", "stage", "full_time", "since", "until"])
        rows = rows.where(rows["since"] <= self.on).sorted_by("person_id", "since", "stage")
        now = rows.where(rows["until"] > self.on)
        row = self._latest(now, "person_id", unique=True)
        stage = _coded("schooling", codes.Stage)[_taken(now["stage"], row, 0)]
        self._person("schooling", stage, row, now, Coverage.ENROLMENT)
        self._person(
            "full_time_student", _yes_no(_taken(now["full_time"], row, 0)), row, now, Coverage.ENROLMENT
        )
        self._person("study_record", self._study(rows, row), row, now, Coverage.ENROLMENT)

    def _study(self, rows: Rows, now: Array) -> Array:
        """Of adults at school today: whether they have been at school without a break since they turned 18."""
        who = self._who(rows)
        inside = who >= 0
        who, since, until = who[inside], rows["since"][inside], rows["until"][inside]
        adult_on = self._adult_on
        later = until > adult_on[who]
        who, since, until = who[later], since[later], until[later]
        first = np.ones(len(who), bool)
        first[1:] = who[1:] != who[:-1]
        reached = np.where(first, adult_on[who], np.concatenate([[0], until[:-1]]) if len(who) else who)
        broken = since.astype(np.int64) - reached > _HOLIDAY_DAYS
        interrupted = _any(who[broken], self.people)
        record = vocabulary.StudyRecord
        adult = (adult_on <= self.on) & (now >= 0)
        studying = np.where(interrupted, record.INTERRUPTED.code, record.CONTINUOUS.code)
        return np.where(adult, studying, record.NONE.code)

    def _spells(self) -> None:
        rows = self.reader.rows("status", ["person_id", "kind", "since", "until"])
        rows = rows.where(rows["since"] <= self.on)
        kind_of = codes.Status
        plain = (
            ("totally_dependent", kind_of.TOTALLY_DEPENDENT, Coverage.CARE),
            ("serious_disease", kind_of.SERIOUS_DISEASE, Coverage.ILLNESS),
            ("certified_ill", kind_of.CERTIFIED_ILL, Coverage.ILLNESS),
            ("conscript", kind_of.CONSCRIPT, Coverage.SERVICE),
            ("no_civil_capacity", kind_of.NO_CIVIL_CAPACITY, Coverage.CAPACITY),
            ("pregnant_or_nursing", kind_of.PREGNANT_OR_NURSING, Coverage.CAPACITY),
            ("cares_for_dependent", kind_of.CARES_FOR_DEPENDENT, Coverage.CAPACITY),
            ("retired_cadre", kind_of.RETIRED_CADRE, Coverage.ALLOWANCES),
            ("injury_care_allowance", kind_of.INJURY_CARE_ALLOWANCE, Coverage.ALLOWANCES),
            ("adopted", kind_of.ADOPTED, Coverage.CHILD_CARE),
            ("father_away", kind_of.FATHER_AWAY, Coverage.CHILD_CARE),
            ("mother_away", kind_of.MOTHER_AWAY, Coverage.CHILD_CARE),
            ("parent_home_unable", kind_of.PARENT_HOME_UNABLE, Coverage.CHILD_CARE),
        )
        now = rows.where(rows["until"] > self.on)
        for name, kind, coverage in plain:
            these = now.where(now["kind"] == kind)
            self._person(name, np.full(self.people, YES), self._latest(these, "since"), these, coverage)
        self._lasting(now, "care_months", kind_of.CARE_NEED, Coverage.CARE, 1)
        self._lasting(now, "religious_years", kind_of.RELIGIOUS, Coverage.SERVICE, 12)
        placed = now.where(now["kind"] == kind_of.INSTITUTION)
        institution = np.full(self.people, vocabulary.Placement.INSTITUTION.code)
        self._person("placement", institution, self._latest(placed, "since"), placed, Coverage.CHILD_CARE)
        self._orphan(rows)
        self._away(now)

    def _lasting(self, now: Rows, name: str, kind: codes.Status, coverage: Coverage, months: int) -> None:
        """For how many whole months (or years) a spell has lasted."""
        these = now.where(now["kind"] == kind)
        row = self._latest(these, "since")
        since = _taken(these["since"], row, self.on)
        self._person(name, self._months_since(since) // months, row, these, coverage)

    def _months_since(self, since: Array) -> Array:
        return whole_months(since, np.full(len(since), self.on))

    def _orphan(self, rows: Rows) -> None:
        these = rows.where(rows["kind"] == codes.Status.ORPHAN_RECOGNISED)
        who = self._who(these)
        adult_on = self._adult_on
        these = these.where((who >= 0) & (these["since"] < adult_on[who]))
        row = self._latest(these, "since")
        self._person("orphan_recognised", np.full(self.people, YES), row, these, Coverage.CHILD_CARE)

    def _away(self, now: Rows) -> None:
        """Days since the parents are away: both since the later one left, or one since that one left."""
        away = now.where(
            (now["kind"] == codes.Status.FATHER_AWAY) | (now["kind"] == codes.Status.MOTHER_AWAY)
        )
        row = self._latest(away, "since")
        days = self.on - _taken(away["since"], row, self.on)
        self._person("parents_away_days", days, row, away, Coverage.CHILD_CARE)

    def _disability(self) -> None:
        parts = ["visual", "hearing", "speech", "limb", "intellectual", "mental"]
        rows = self.reader.in_force("certificate", ["person_id", "level", *parts, "expires_on", "frozen"])
        row = self._latest(rows, "person_id", unique=True)
        for part in parts:
            self._person(f"{part}_level", _taken(rows[part], row, 0), row, rows, Coverage.CERTIFICATE)
        self._person("disability_level", _taken(rows["level"], row, 0), row, rows, Coverage.CERTIFICATE)
        expires, frozen = _taken(rows["expires_on"], row, 0), _taken(rows["frozen"], row, 0)
        self.certified = (row >= 0) & (frozen == 0) & ((expires == NOTHING) | (expires >= self.on))
        self._person("certificate_valid", np.where(self.certified, YES, NO), row, rows, Coverage.CERTIFICATE)
        mind = [_taken(rows[part], row, 0).astype(np.int64) for part in ("intellectual", "mental")]
        self.mind_level = np.where((mind[0] > 0) & (mind[1] > 0), np.minimum(*mind), np.maximum(*mind))
        care = self.reader.in_force("selfcare", ["person_id", "fails"])
        row = self._latest(care, "person_id", unique=True)
        self._person("selfcare_fails", _taken(care["fails"], row, 0), row, care, None)

    def _work(self) -> None:
        jobs = self.reader.in_force("employment", ["person_id", "since"])
        row = self._latest(jobs, "person_id", unique=True)
        self._person("working", np.full(self.people, YES), row, jobs, Coverage.EMPLOYMENT)
        recent = _taken(jobs["since"], row, 0) > day_number(self.moment.window_start)
        self._person("new_job", np.where(recent, YES, NO), row, jobs, Coverage.EMPLOYMENT)
        rows = self.reader.in_force("capacity", ["person_id", "labour", "independent"])
        row = self._latest(rows, "person_id", unique=True)
        labour, independent = _taken(rows["labour"], row, NOTHING), _taken(rows["independent"], row, NOTHING)
        said = np.where(labour != NOTHING, row, -1)
        self._person("labour", _coded("labour", codes.Labour)[np.maximum(labour, 0)], said, rows, None)
        said = np.where(independent != NOTHING, row, -1)
        self._person("independent", _yes_no(independent), said, rows, None)
        self._work_offers()
        self._restrictions()

    def _work_offers(self) -> None:
        """How many offers in a row, the last ones, were refused."""
        rows = self.reader.rows("workoffer", ["person_id", "offered_on", "refused"])
        rows = rows.where(rows["offered_on"] <= self.on).sorted_by("person_id", "offered_on")
        who = self._who(rows)
        rows, who = rows.where(who >= 0), who[who >= 0]
        accepted = np.full(self.people, -1, np.int64)
        taken = rows["refused"] == 0
        accepted[who[taken]] = np.flatnonzero(taken)
        streak = np.bincount(who[np.arange(len(who)) > accepted[who]], minlength=self.people)
        row = np.full(self.people, -1, np.int64)
        row[who] = np.arange(len(who))
        self._person("work_refusals", streak, row, rows, Coverage.WORK_OFFERS)

    def _restrictions(self) -> None:
        rows = self.reader.in_force("restriction", ["person_id", "kind", "term_months", "since"])
        row = self._latest(rows, "since")
        values = _coded("restriction", codes.Restriction)[_taken(rows["kind"], row, 0)]
        self._person("restriction", values, row, rows, Coverage.RESTRICTION)
        self.restricted = _taken(rows["kind"], row, 0)
        self.term = _taken(rows["term_months"], row, NOTHING)

    def _incomes(self) -> None:
        moment = self.moment
        start, end = day_number(moment.window_start), day_number(moment.month.plus(1).first_day)
        rows = self.reader.rows(
            "income",
            ["person_id", "kind", "fen", "since", "until"],
            f"since < date '{moment.month.plus(1).first_day}'"
            f" and (until is null or until > date '{moment.window_start}')",
        )
        kinds = {
            codes.Income.WAGES: Coverage.WAGES,
            codes.Income.BUSINESS_INCOME: Coverage.BUSINESS_INCOME,
            codes.Income.PROPERTY_INCOME: Coverage.PROPERTY_INCOME,
            codes.Income.EMPLOYEE_PENSION: Coverage.PENSION,
            codes.Income.BASE_PENSION: Coverage.PENSION,
            codes.Income.LOCAL_PENSION: Coverage.PENSION,
            codes.Income.TRANSFERS_RECEIVED: Coverage.TRANSFERS,
            codes.Income.SUPPORT_RECEIVED: Coverage.SUPPORT,
            codes.Income.SUPPORT_PAID: Coverage.SUPPORT,
            codes.Income.EXEMPT_TRANSFERS: Coverage.TRANSFERS,
        }
        for kind, coverage in kinds.items():
            these = rows.where(rows["kind"] == kind)
            self._series(kind.name.lower(), these, coverage, start, end)

    def _series(self, name: str, rows: Rows, kind: Coverage, start: int, end: int) -> None:
        """Both parts of a monthly series. Without a source that vouches, only rows spanning all of it count."""
        who = self._who(rows)
        rows, who = rows.where(who >= 0), who[who >= 0]
        since, until = month_ordinals(rows["since"]), month_ordinals(rows["until"])
        month, window, fen = self.moment.month.ordinal, self.moment.window, rows["fen"]
        row = np.full(self.people, -1, np.int64)
        row[who] = np.arange(len(who))
        for part, amounts, first, last in (
            ("total", window_total(since, until, fen, month, window), start, self.first - 1),
            ("month", month_value(since, until, fen, month), self.first, end - 1),
        ):
            column = self.columns[f"{name}__{part}"]
            values = _sums(who, amounts, self.people)
            covered = self._covered(kind, self._person_places, first, min(last, self.on))
            spanning = _any(who[(rows["since"] <= first) & (rows["until"] > last)], self.people)
            known = (covered | spanning) & ~self._gap(kind, first, last)
            paid = _any(who[amounts != 0], self.people)
            self.out.person[column.column] = _column(column, values, known, rows, row, known & ~paid, kind)

    def _assets(self) -> None:
        rows = self.reader.in_force("asset", ["person_id", "kind", "fen", "quantity", "since"])
        asset = codes.Asset
        money = rows.where(rows["kind"] == asset.FINANCIAL)
        who, fen = self._who(money), np.maximum(money["fen"], 0)
        total = _sums(who[who >= 0], fen[who >= 0], self.people)
        self._person(
            "financial_assets",
            total,
            self._latest(money, "since"),
            money,
            Coverage.FINANCIAL_ASSETS,
            sums=True,
        )
        for name, kind, coverage in (
            ("ordinary_vehicle", asset.ORDINARY_VEHICLE, Coverage.VEHICLES),
            ("special_vehicle", asset.SPECIAL_VEHICLE, Coverage.VEHICLES),
            ("business_registered", asset.BUSINESS, Coverage.MARKET_ENTITIES),
            ("shareholding", asset.SHAREHOLDING, Coverage.MARKET_ENTITIES),
        ):
            these = rows.where(rows["kind"] == kind)
            self._person(name, np.full(self.people, YES), self._latest(these, "since"), these, coverage)
        homes = rows.where(rows["kind"] == asset.HOME)
        self._owned("homes_owned", homes, homes["quantity"], Coverage.REAL_ESTATE, self.on)
        disposed = rows.where((rows["kind"] == asset.DISPOSED) & (rows["since"] >= self.year_before))
        self._owned("assets_disposed", disposed, disposed["quantity"], Coverage.DISPOSAL, self.year_before)

    def _owned(self, name: str, rows: Rows, amount: Array, kind: Coverage, first: int) -> None:
        """A household's column from what its people own: added up (a count), or there at all."""
        who = self._who(rows)
        inside = who >= 0
        owned = _sums(who[inside], amount[inside], self.people)
        held = np.bincount(self.tie_unit, weights=owned[self.tie_row], minlength=len(self.units))
        latest = self._latest(rows, "since")
        row = np.full(len(self.units), -1, np.int64)
        having = latest[self.tie_row] >= 0
        row[self.tie_unit[having]] = latest[self.tie_row][having]
        values = (
            np.where(held > 0, YES, NO) if self.columns[name].kind.name == "bool" else held.astype(np.int64)
        )
        self._unit(name, values, row, rows, kind, open_question=self._unit_question(kind, first, self.on))

    def _expenditures(self) -> None:
        first = self.moment.month.first_day
        bills = self.reader.rows(
            "expenditure",
            ["household_id", "kind", "fen", "since"],
            f"kind <= 3 and since >= date '{self.moment.year_before}' and since < date '{first}'",
        )
        standing = self.reader.in_force("expenditure", ["household_id", "kind", "fen", "since"], "kind = 4")
        for name, kind, rows in (
            ("medical_own_paid", codes.Expenditure.MEDICAL_OWN_PAID, bills),
            ("education_paid", codes.Expenditure.EDUCATION, bills),
            ("rehabilitation_paid", codes.Expenditure.REHABILITATION, bills),
            ("rigid_monthly", codes.Expenditure.RIGID, standing),
        ):
            these = rows.where(rows["kind"] == kind)
            unit = self._unit_of(these)
            total = _sums(unit[unit >= 0], these["fen"][unit >= 0], len(self.units))
            self._unit(name, total, self._unit_latest(these), these, Coverage.EXPENDITURE)

    def _emergencies(self) -> None:
        rows = self.reader.rows(
            "relief", ["household_id", "cause", "people", "grade", "relieved_on", "since", "until"]
        )
        rows = rows.where(rows["since"] <= self.on)
        current = rows.where(rows["until"] > self.on)
        row = self._unit_latest(current)
        cause = _taken(current["cause"], row, 0)
        by_spending = cause == codes.Cause.EXPENDITURE
        struck = np.where(by_spending, -1, row)
        kind = _coded("emergency", codes.Cause)[np.where(by_spending, 0, cause)]
        self._unit("emergency", kind, struck, current, Coverage.RELIEF)
        self._unit("emergency_people", _taken(current["people"], row, 0), row, current, Coverage.RELIEF)
        grade = _taken(current["grade"], row, NOTHING)
        self._unit("relief_grade", grade, np.where(grade != NOTHING, row, -1), current, None)
        hardship = np.where(by_spending, row, -1)
        self._unit("expenditure_hardship", np.full(len(row), YES), hardship, current, Coverage.RELIEF)
        before = rows.where((rows["relieved_on"] >= self.year_before) & (rows["relieved_on"] <= self.on))
        unit = self._unit_of(before)
        before, unit = before.where(unit >= 0), unit[unit >= 0]
        same = (before["cause"] == cause[unit]) & (before["since"] < _taken(current["since"], row, 0)[unit])
        again = np.full(len(self.units), -1, np.int64)
        again[unit[same]] = np.flatnonzero(same)
        self._unit("relief_same_cause", np.full(len(row), YES), again, before, Coverage.RELIEF)

    def _findings(self) -> None:
        rows = self.reader.in_force("finding", ["household_id", "kind", "holds", "since"])
        for name, kind in (
            ("home_finding", codes.Finding.HOME),
            ("vehicle_finding", codes.Finding.VEHICLE),
            ("business_finding", codes.Finding.BUSINESS),
            ("disposal_finding", codes.Finding.DISPOSAL),
            ("hardship_finding", codes.Finding.HARDSHIP),
            ("income_rose_by_job", codes.Finding.INCOME_ROSE_BY_JOB),
        ):
            these = rows.where(rows["kind"] == kind)
            row = self._unit_latest(these)
            self._unit(name, _yes_no(_taken(these["holds"], row, 0)), row, these, None)

    def _receipts(self) -> None:
        rows = self.reader.rows(
            "receipt", ["household_id", "person_id", "programme", "fen", "since", "until"]
        )
        before = self.moment.month.plus(-1)
        running = self._running(rows, day_number(before.first_day))
        self._household_receipts(rows, running)
        self._personal_receipts(running)
        self._study_aid(rows)
        now = self._running(rows, self.first)
        self.out.receipts = self._received(rows, now)
        for name, programme in (
            ("cadre_living", codes.Programme.CADRE_LIVING),
            ("cadre_care", codes.Programme.CADRE_CARE),
            ("elder_care_allowance", codes.Programme.ELDER_CARE),
        ):
            these = now.where((now["programme"] == programme) & (now["person_id"] != NOTHING))
            row = self._latest(these, "since")
            fen = np.maximum(_taken(these["fen"], row, 0), 0)
            self._person(name, fen, row, these, Coverage.ALLOWANCES)

    @staticmethod
    def _running(rows: Rows, day: int) -> Rows:
        return rows.where((rows["since"] <= day) & (rows["until"] > day))

    def _household_receipts(self, rows: Rows, running: Rows) -> None:
        programme = codes.Programme
        yes = np.full(len(self.units), YES)
        for name, kind in (
            ("dibao_before", programme.DIBAO),
            ("phase_out_before", programme.PHASE_OUT),
            ("edge_before", programme.EDGE),
            ("rigid_before", programme.RIGID),
        ):
            these = running.where(running["programme"] == kind)
            self._unit(name, yes, self._unit_latest(these), these, Coverage.RECEIPT)
        dibao = running.where(np.isin(running["programme"], [programme.DIBAO, programme.PHASE_OUT]))
        unit = self._unit_of(dibao)
        fen = np.maximum(dibao["fen"], 0)
        amount = _sums(unit[unit >= 0], fen[unit >= 0], len(self.units))
        # A receipt whose amount nobody recorded is known, its amount is not.
        unstated = _any(unit[(unit >= 0) & (dibao["fen"] == NOTHING)], len(self.units))
        row = self._unit_latest(dibao)
        self._unit("dibao_amount_before", amount, row, dibao, Coverage.RECEIPT, open_question=unstated)
        self._phase_out(rows)

    def _phase_out(self, rows: Rows) -> None:
        """Months of the latest phase-out up to the month before."""
        these = rows.where((rows["programme"] == codes.Programme.PHASE_OUT) & (rows["since"] < self.first))
        row = self._unit_latest(these)
        since, until = _taken(these["since"], row, self.first), _taken(these["until"], row, self.first)
        months = month_ordinals(np.minimum(until, self.first)) - month_ordinals(since)
        self._unit("phase_out_used", months, row, these, Coverage.RECEIPT)

    def _personal_receipts(self, running: Rows) -> None:
        programme = codes.Programme
        personal = running.where(running["person_id"] != NOTHING)
        for name, kind in (
            ("single_before", programme.SINGLE),
            ("tekun_before", programme.TEKUN),
            ("living_subsidy_before", programme.LIVING_SUBSIDY),
            ("care_subsidy_before", programme.CARE_SUBSIDY),
            ("old_age_before", programme.OLD_AGE),
            ("orphan_before", programme.ORPHAN),
            ("unattended_before", programme.UNATTENDED),
            ("left_behind_before", programme.LEFT_BEHIND),
        ):
            these = personal.where(personal["programme"] == kind)
            row = self._latest(these, "since")
            self._person(name, np.full(self.people, YES), row, these, Coverage.RECEIPT)

    def _received(self, rows: Rows, now: Rows) -> Rows:
        """What is being received in the month itself; aid for the school year counts all year."""
        yearly = rows["programme"] == codes.Programme.STUDY_AID
        this_year = (rows["since"] >= self._school_year()) & (rows["since"] <= self.first)
        paid = rows.where(yearly & this_year)
        kept = now.where(now["programme"] != codes.Programme.STUDY_AID)
        wanted = ("household_id", "person_id", "programme", "fen")
        return Rows("receipt", {name: np.concatenate([kept[name], paid[name]]) for name in wanted})

    def _school_year(self) -> int:
        """The first of September that the month's school year began with."""
        month = self.moment.month
        year = month.year if month.number >= 9 else month.year - 1
        return day_number(type(month)(year, 9).first_day)

    def _study_aid(self, rows: Rows) -> None:
        """Aid for the school year that the month lies in, from September."""
        these = rows.where(
            (rows["programme"] == codes.Programme.STUDY_AID)
            & (rows["person_id"] != NOTHING)
            & (rows["since"] >= self._school_year())
            & (rows["since"] < self.first)
        )
        row = self._latest(these, "since")
        self._person("study_aid_before", np.full(self.people, YES), row, these, Coverage.RECEIPT)

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
            said, _coded("father_state", codes.ParentState)[_taken(rows["state"], row, 0)], derived
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
            stated = _taken(rows[recorded], row, NOTHING)
            value = np.where(stated > 0, stated, np.where(certified, own[who], 0))
            certain = (stated > 0) | (registered & (certified | level.known[who]))
            self._parent_count(column, value, certain, rows, row)
        self._parent_terms(name, rows, row, state, held, who)

    def _parent_terms(self, name: str, rows: Rows, row: Array, state: Array, held: Array, who: Array) -> None:
        state_of = vocabulary.ParentState
        confined = np.isin(
            state, [state_of.PRISON.code, state_of.DETOX.code, state_of.OTHER_RESTRICTION.code]
        )
        stated = _taken(rows["term_months"], row, NOTHING)
        term = np.where(stated != NOTHING, stated, np.where((held > 0) & (who >= 0), self.term[who], NOTHING))
        settled = self._silence(Coverage.PARENT_STATE) | (row >= 0)
        self._parent_count(
            f"{name}_term",
            np.where(confined, np.maximum(term, 0), 0),
            np.where(confined, term != NOTHING, settled),
            rows,
            row,
        )
        gone = (row >= 0) & (_taken(rows["state"], row, 0) == codes.ParentState.NO_CONTACT)
        absent = np.where(gone, self._months_since(_taken(rows["since"], row, self.on)), 0)
        self._parent_count(f"{name}_absent_months", absent, settled, rows, row)
        reported = _taken(rows["reported_on"], row, NOTHING)
        asked = (row >= 0) & (reported != NOTHING)
        # "超过": a month begun counts, so that six months and one day are more than six.
        since = reported[asked]
        months = np.zeros(len(asked), np.int64)
        months[asked] = np.maximum(whole_months(since, np.full(len(since), self.on - 1)) + 1, 0)
        self._parent_count(f"{name}_report_months", months, settled, rows, row)

    def _parent_count(self, name: str, values: Array, known: Array, rows: Rows, row: Array) -> None:
        column = self.columns[name]
        self.out.person[name] = _column(
            column, values, known, rows, row, known & (row < 0), Coverage.PARENT_STATE
        )

    def _choices(self) -> None:
        rows = self.reader.in_force("choice", ["person_id", "kind", "value", "since"])
        rows = rows.where(rows["kind"] == codes.Choice.CHILD_PROGRAMME)
        row = self._latest(rows, "since")
        chosen = _coded("child_choice", codes.ChildProgramme)[_taken(rows["value"], row, 0)]
        self._person("child_choice", chosen, row, rows, None)


# -- small array tools -----------------------------------------------------------------------------------


def _held(reader: Reader, persons: Array) -> Any:
    return type(reader.holders)(persons=persons, households=reader.holders.households)


@dataclass(frozen=True)
class _Places:
    """Townships once each, and which of them everybody lives in."""

    distinct: Array
    at: Array

    @classmethod
    def of(cls, townships: Array) -> _Places:
        distinct, at = np.unique(townships, return_inverse=True)
        return cls(distinct, at.astype(np.int16 if len(distinct) < 2**15 else np.int64))


def _last_of_each(who: Array, by: Array | None, count: int) -> Array:
    """For each of `count` holders the row with the highest `by` (of equal ones the later row), or -1.

    Most holders have one row, so only the others' rows are sorted.
    """
    chosen = np.full(count, -1, np.int64)
    inside = np.flatnonzero(who >= 0)
    chosen[who[inside]] = inside
    if by is None:
        return chosen
    passed_over = inside[chosen[who[inside]] != inside]
    if len(passed_over):
        several = np.zeros(count, bool)
        several[who[passed_over]] = True
        rows = inside[several[who[inside]]]
        rows = rows[np.argsort(by[rows], kind="stable")]
        chosen[who[rows]] = rows
    return chosen


def locate(sorted_ids: Array, wanted: Array) -> Array:
    """Position of each wanted id among the sorted ones, or -1."""
    if not len(sorted_ids):
        return np.full(len(wanted), -1, np.int64)
    if sorted_ids[-1] - sorted_ids[0] + 1 == len(sorted_ids):
        at = wanted - sorted_ids[0]
        return np.where((at >= 0) & (at < len(sorted_ids)), at, -1)
    at = np.minimum(np.searchsorted(sorted_ids, wanted), len(sorted_ids) - 1)
    return np.where(sorted_ids[at] == wanted, at, -1)


def _taken(values: Array, row: Array, otherwise: int) -> Array:
    """The value of each one's row, or `otherwise`."""
    if not len(values):
        return np.full(len(row), otherwise, values.dtype if values.dtype.kind == "i" else np.int64)
    return np.where(row >= 0, values[row], otherwise)


def _any(who: Array, count: int) -> Array:
    hit = np.zeros(count, bool)
    hit[who] = True
    return hit


def _sums(who: Array, amounts: Array, count: int) -> Array:
    total = np.zeros(count, np.int64)
    np.add.at(total, who, amounts)
    return total


def _yes_no(recorded: Array) -> Array:
    return np.where(recorded > 0, YES, NO).astype(np.int8)


def _has_absent(column: Column) -> bool:
    return getattr(column, "absent", None) is not None


def _absent_code(column: Column) -> int:
    absent = getattr(column, "absent", None)
    if isinstance(absent, Choice):
        return absent.code
    if isinstance(absent, bool):
        return YES if absent else NO
    return int(absent or 0)


@functools.cache
def _coded(name: str, registry_codes: type[Any]) -> Array:
    """From the registry's code to the code of the vocabulary's choice of the same name; 0 stays the first."""
    column = vocabulary_columns()[name]
    domain = column.kind.domain
    assert domain is not None
    table = np.zeros(max(registry_codes.values) + 1, np.int8)
    for member in registry_codes:
        if member.name in domain.__members__:
            table[member.value] = domain[member.name].code
    return table


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


def _county_now(division: Array) -> Array:
    """The county a division code lies in today: six digits, retired codes resolved."""
    county = division.astype(np.int64)
    while True:
        long = county > 999_999
        if not long.any():
            break
        county = np.where(long, county // 1000, county)
    for row in shipped_divisions():
        if row.successor is not None:
            county = np.where(county == row.code, row.successor, county)
    return county


def month_ordinals(days: Array) -> Array:
    """Months since year 0 of day numbers; an open end stays far away."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return np.where(days == NEVER, 10**6, months)


def _civil(days: Array) -> tuple[Array, Array, Array]:
    date64 = days.astype("datetime64[D]")
    months = date64.astype("datetime64[M]")
    in_month = (date64 - months.astype("datetime64[D]")).astype(np.int64) + 1
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return months.astype(np.int64), in_month, length


def whole_months(start: Array, end: Array) -> Array:
    """`rules.calendar.months_between` of arrays of day numbers."""
    differ = np.flatnonzero(start != end)
    if len(differ) < len(start):
        some = np.zeros(len(start), np.int64)
        some[differ] = whole_months(start[differ], end[differ]) if len(differ) else 0
        return some
    first, first_day, _length = _civil(start)
    last, last_day, length = _civil(end)
    months: Array = last - first - (last_day < np.minimum(first_day, length))
    return months


def add_years(days: Array, years: int) -> Array:
    """The corresponding day years later, or the last day of February."""
    months, in_month, _length = _civil(days)
    target = (months + 12 * years).astype("datetime64[M]")
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64)
    day: Array = target.astype("datetime64[D]").astype(np.int64) + np.minimum(in_month, length) - 1
    return day
