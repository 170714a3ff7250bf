"""Who people are: identity, hukou, kin, schooling, spells, disability, work."""

from __future__ import annotations

import numpy as np

from minzheng.registry import codes
from minzheng.registry.codes import Coverage
from minzheng.registry.extraction.arrays import (
    Array,
    anyone,
    county_now,
    taken,
    whole_months,
    yes_no,
)
from minzheng.registry.extraction.columns import (
    Value,
    coded,
)
from minzheng.registry.extraction.universe import Universe
from minzheng.registry.reading import NEVER, NOTHING, Rows
from minzheng.rulebook import vocabulary
from minzheng.rules.calendar import day_number
from minzheng.rules.status import NO, YES

#: Holidays between two stages of schooling do not interrupt them: from the end of June to the start of September,
#: and the weeks before the certificate or after it.
_HOLIDAY_DAYS = 120


class Persons(Universe):
    """Themes of persons."""

    def _identity(self) -> None:
        everyone = np.arange(self.people)
        self._person("sex", coded("sex", codes.Sex)[self.persons["sex"]], everyone, self.persons, None)
        self._person("born", self.persons["birth_date"], everyone, self.persons, None)
        self._person(
            "died", np.where(self.death_row >= 0, YES, NO), self.death_row, self.death_rows, Coverage.DEATH
        )

    def _tie_facts(self) -> None:
        ties, row = self.ties, np.arange(len(self.ties))
        lives, since = ties["lives_here"], ties["lives_here_since"]
        out = self.out.tie
        relation = coded("relation", codes.Relation)[ties["relation"]]
        out["relation"] = Value(relation, np.ones(len(ties), bool), ties, row)
        out["lives_here"] = Value(yes_no(lives), lives != NOTHING, ties, row)
        out["lives_here_since"] = Value(since.astype(np.int32), since != NOTHING, ties, row)

    def _hukou(self) -> None:
        rows = self.reader.in_force("hukou", ["person_id", "division", "rural"])
        row = self._latest(rows, "person_id", unique=True)
        rural = taken(rows["rural"], row, NOTHING)
        county = np.where(row >= 0, county_now(taken(rows["division"], row, 0)), 0)
        self.out.person["rural_hukou"] = Value(yes_no(rural), rural != NOTHING, rows, row)
        tie_county, tie_row = county[self.tie_row], row[self.tie_row]
        own = (self.units["township"] // 1000)[self.tie_unit]
        here = tie_county == own
        self.out.tie["person_hukou_here"] = Value(
            np.where(here, YES, NO).astype(np.int8), tie_row >= 0, rows, tie_row
        )
        some = anyone(self.tie_unit[here], len(self.units))
        unclear = anyone(self.tie_unit[tie_row < 0], len(self.units))
        empty = np.diff(self.out.offsets) == 0
        first = np.full(len(self.units), -1, np.int64)
        first[self.tie_unit[::-1]] = tie_row[::-1]
        first[self.tie_unit[here][::-1]] = tie_row[here][::-1]
        self.out.unit["hukou_here"] = Value(
            np.where(some, YES, NO).astype(np.int8), (some | ~unclear) & ~empty, rows, first
        )

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
        self.out.kin_vouched = self._silence(Coverage.KINSHIP)

    def _schooling(self) -> None:
        rows = self.reader.rows("enrolment", ["person_id", "stage", "full_time", "since", "until"])
        rows = rows.where(rows["since"] <= self.on).sorted_by("person_id", "since", "stage")
        now = rows.where(rows["until"] > self.on)
        row = self._latest(now, "person_id", unique=True)
        stage = coded("schooling", codes.Stage)[taken(now["stage"], row, 0)]
        self._person("schooling", stage, row, now, Coverage.ENROLMENT)
        self._person(
            "full_time_student", yes_no(taken(now["full_time"], row, 0)), row, now, Coverage.ENROLMENT
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
        interrupted = anyone(who[broken], self.people)
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
        # Of a source that does not tell limited from no capacity, the row is read as it always was: as none.
        lacking = np.isin(now["kind"], [kind_of.NO_OR_LIMITED_CIVIL_CAPACITY, kind_of.NO_CIVIL_CAPACITY])
        these = now.where(lacking)
        yes, row = np.full(self.people, YES), self._latest(these, "since")
        self._person("no_civil_capacity", yes, row, these, Coverage.CAPACITY)
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
        since = taken(these["since"], row, self.on)
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
        days = self.on - taken(away["since"], row, self.on)
        self._person("parents_away_days", days, row, away, Coverage.CHILD_CARE)

    def _disability(self) -> None:
        parts = ["visual", "hearing", "speech", "limb", "intellectual", "mental"]
        rows = self.reader.in_force("certificate", ["person_id", "level", *parts, "expires_on", "frozen"])
        row = self._latest(rows, "person_id", unique=True)
        for part in parts:
            self._person(f"{part}_level", taken(rows[part], row, 0), row, rows, Coverage.CERTIFICATE)
        self._person("disability_level", taken(rows["level"], row, 0), row, rows, Coverage.CERTIFICATE)
        expires, frozen = taken(rows["expires_on"], row, 0), taken(rows["frozen"], row, 0)
        self.certified = (row >= 0) & (frozen == 0) & ((expires == NOTHING) | (expires >= self.on))
        self._person("certificate_valid", np.where(self.certified, YES, NO), row, rows, Coverage.CERTIFICATE)
        mind = [taken(rows[part], row, 0).astype(np.int64) for part in ("intellectual", "mental")]
        self.mind_level = np.where((mind[0] > 0) & (mind[1] > 0), np.minimum(*mind), np.maximum(*mind))
        care = self.reader.in_force("selfcare", ["person_id", "fails"])
        row = self._latest(care, "person_id", unique=True)
        self._person("selfcare_fails", taken(care["fails"], row, 0), row, care, None)

    def _work(self) -> None:
        jobs = self.reader.in_force("employment", ["person_id", "since"])
        row = self._latest(jobs, "person_id", unique=True)
        self._person("working", np.full(self.people, YES), row, jobs, Coverage.EMPLOYMENT)
        recent = taken(jobs["since"], row, 0) > day_number(self.moment.window_start)
        self._person("new_job", np.where(recent, YES, NO), row, jobs, Coverage.EMPLOYMENT)
        rows = self.reader.in_force("capacity", ["person_id", "labour", "independent"])
        row = self._latest(rows, "person_id", unique=True)
        labour, independent = taken(rows["labour"], row, NOTHING), taken(rows["independent"], row, NOTHING)
        said = np.where(labour != NOTHING, row, -1)
        self._person("labour", coded("labour", codes.Labour)[np.maximum(labour, 0)], said, rows, None)
        said = np.where(independent != NOTHING, row, -1)
        self._person("independent", yes_no(independent), said, rows, None)
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
        values = coded("restriction", codes.Restriction)[taken(rows["kind"], row, 0)]
        self._person("restriction", values, row, rows, Coverage.RESTRICTION)
        self.restricted = taken(rows["kind"], row, 0)
        self.term = taken(rows["term_months"], row, NOTHING)
