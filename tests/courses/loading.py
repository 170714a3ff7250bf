"""Loading worked cases into the registry, all at once, each into a township of its county."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from minzheng.registry import codes
from minzheng.registry.codes import Relation
from minzheng.registry.divisions import shipped_divisions
from minzheng.rulebook.worked.case import Case
from minzheng.values.identity import DEMO_AREA, compose
from minzheng.values.month import Month
from tests.courses.rows import LONG_AGO, SOURCE, Home, Someone, home_of

RECORDED = datetime(2022, 1, 1, tzinfo=UTC)
#: Where cases of the whole city live: a county whose mode and values are the city's.
ANYWHERE = "140423"
#: Hukou of somebody from elsewhere: a county in Henan.
OUTSIDE = 410_102
COVERED_FROM, COVERED_TO = date(2000, 1, 1), date(2027, 12, 31)
RECEIVING = date(2021, 1, 1)
COUNTED = frozenset({"phase_out"})
"""Programmes of which it matters for how many months they have been received."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """Where a case ended up: its household and its people by name."""

    household: int
    village: str
    people: dict[str, int]
    obligors: dict[str, int]

    @property
    def township(self) -> str:
        return self.village[:9]

    @property
    def county(self) -> str:
        return self.village[:6]


class Loading:
    """Collects the rows of cases; ids begin where the registry is told to begin."""

    def __init__(self, first: int = 1000) -> None:
        self.tables: dict[str, list[Row]] = defaultdict(list)
        self.household, self.person = first, first
        self.placed: dict[str, Placed] = {}
        self._sequence: dict[tuple[date, bool], int] = {}

    def add(self, case: Case, on: date) -> Placed:
        """The household of a case as it stands on a day."""
        home = home_of(case, on)
        village = village_of(ANYWHERE if case.county == "140400" else case.county)
        household = self._household(village, home.lines)
        people, obligors = {}, {}
        for position, who in enumerate(home.people):
            people[who.name] = self._member(household, village, who, position)
        self._kinship(home, people, village)
        self._received(case, household, people, on)
        for who in home.people:
            if who.obligor and not _parent_at_home(who, home):
                obligors[who.name] = self._obligor(who, people[who.name], village)
        placed = Placed(household, str(village), people, obligors)
        self.placed[case.id] = placed
        return placed

    def _received(self, case: Case, household: int, people: dict[str, int], on: date) -> None:
        """What was being received the month before, as receipts of the registry; a person's under their own name.

        A course begins with an application, so that nothing is there before it, unless it takes over what is registered.
        """
        if case.course and all(step.do != "take_over" for step in case.course.steps):
            return
        for (programme, who), award in case.before.items():
            if not award.paid:
                continue
            month = Month.of(on)
            person = None if who is None else people[case.people[who].name]
            since = month.plus(-award.count).first_day if programme in COUNTED else RECEIVING
            self.tables["receipt"].append(
                {"household_id": household, "township": self.tables["household"][-1]["township"], "person_id": person,
                 "programme": int(codes.Programme[programme.upper()]), "fen": award.fen, "since": since,
                 "source": SOURCE}
            )  # fmt: skip

    def _household(self, village: int, lines: Sequence[tuple[str, Row]]) -> int:
        self.household += 1
        holder = {"household_id": self.household, "township": village // 1000}
        self.tables["household"].append(
            {"id": self.household, "township": village // 1000, "village": village, "address": "1号",
             "opened_on": LONG_AGO, "source": SOURCE}
        )  # fmt: skip
        for table, row in lines:
            self.tables[table].append({**holder, **row, "source": SOURCE})
        return self.household

    def _member(self, household: int, village: int, who: Someone, position: int) -> int:
        person = self._person(village, who.name, who.born, female=who.female)
        town = village // 1000
        self.tables["membership"].append(
            {"household_id": household, "township": town, "person_id": person, "person_township": town,
             "relation": int(who.relation), "position": position, "home": True, "lives_here": who.lives_here,
             "lives_here_since": who.lives_since, "since": who.since, "source": SOURCE}
        )  # fmt: skip
        holder = {"person_id": person, "township": town}
        home = village if who.hukou_here else OUTSIDE
        self.tables["hukou"].append(
            {**holder, "division": home, "rural": who.rural, "since": who.born, "source": SOURCE}
        )
        for table, row in who.lines:
            of = {"household_id": household} if table == "receipt" else {}
            self.tables[table].append({**holder, **of, **_not_before(row, who.born), "source": SOURCE})
        return person

    def _person(self, village: int, name: str, born: date, *, female: bool) -> int:
        self.person += 1
        taken = self._sequence.get((born, female), 0)
        self._sequence[born, female] = taken + 1
        number = compose(DEMO_AREA, born, 100 + 2 * taken + (not female))
        self.tables["person"].append(
            {"id": self.person, "township": village // 1000, "resident_id": number.reveal_for("tests"), "name": name,
             "sex": 2 if female else 1, "birth_date": born, "source": SOURCE}
        )  # fmt: skip
        return self.person

    def _kin(self, person: int, relative: int, kind: codes.Kin, since: date, village: int) -> None:
        self.tables["kinship"].append(
            {"person_id": person, "township": village // 1000, "relative_id": relative, "kind": int(kind),
             "since": since, "source": SOURCE}
        )  # fmt: skip

    def _kinship(self, home: Home, ids: dict[str, int], village: int) -> None:
        by_relation: dict[Relation, list[Someone]] = defaultdict(list)
        for who in home.people:
            by_relation[who.relation].append(who)
        heads, spouses = by_relation[Relation.HEAD], by_relation[Relation.SPOUSE]
        for head in heads:
            for spouse in spouses:
                one, other = sorted((ids[head.name], ids[spouse.name]))
                self._kin(one, other, codes.Kin.SPOUSE, LONG_AGO, village)
        for child in by_relation[Relation.CHILD]:
            for parent in (*heads, *spouses):
                kind = codes.Kin.MOTHER if parent.female else codes.Kin.FATHER
                if parent.born < child.born:
                    self._kin(ids[child.name], ids[parent.name], kind, child.born, village)
        for parent in by_relation[Relation.PARENT]:
            for head in heads:
                kind = codes.Kin.MOTHER if parent.female else codes.Kin.FATHER
                self._kin(ids[head.name], ids[parent.name], kind, head.born, village)
        for grandchild in by_relation[Relation.GRANDCHILD]:
            for elder in (*heads, *spouses):
                self._kin(
                    ids[grandchild.name], ids[elder.name], codes.Kin.GRANDPARENT, grandchild.born, village
                )

    def _obligor(self, who: Someone, person: int, village: int) -> int:
        """A grown child, the father or a grandfather, with a home of his own and nothing to spare: able, owing nothing."""
        child = who.obligor == "child"
        born = date(who.born.year + {"child": 22, "father": -24, "grandfather": -50}[who.obligor], 1, 2)
        home = self._household(village, [("standing", {"registration": 1, "since": LONG_AGO})])
        other = Someone(
            f"{who.name}的{OBLIGORS[who.obligor]}", born, False, Relation.HEAD, True, LONG_AGO, True, False,
            max(born, LONG_AGO), lines=[("employment", {"since": date(2015, 1, 1)})],
        )  # fmt: skip
        found = self._member(home, village, other, 0)
        if child:
            self._kin(found, person, codes.Kin.MOTHER if who.female else codes.Kin.FATHER, born, village)
        else:
            kind = codes.Kin.FATHER if who.obligor == "father" else codes.Kin.GRANDPARENT
            self._kin(person, found, kind, who.born, village)
        return found

    def publish(self) -> None:
        """Commit everything collected, and that every source answers for the whole city."""
        from minzheng.registry.bulk import bulk_load, tables_from

        self.tables["coverage"] = [
            {"division": 1404, "kind": kind, "since": COVERED_FROM, "complete_to": COVERED_TO,
             "trusted_until": COVERED_TO, "source": SOURCE}
            for kind in codes.Coverage.values
        ]  # fmt: skip
        with bulk_load(note="worked cases", recorded_at=RECORDED) as load:
            for name, table in tables_from((name, _columns(rows)) for name, rows in self._ordered()).items():
                load.add(name, table)
            load.publish()

    def _ordered(self) -> Iterable[tuple[str, list[Row]]]:
        from minzheng.registry.tables import TABLES

        return [(table.name, self.tables[table.name]) for table in TABLES if self.tables[table.name]]


OBLIGORS = {"child": "儿子", "father": "父亲", "grandfather": "祖父"}


def _parent_at_home(who: Someone, home: Home) -> bool:
    """Somebody whose parent stands in the household has no other father; a child with family needs no grandfather."""
    relations = {other.relation for other in home.people}
    if who.obligor == "grandfather":
        return len(home.people) > 1
    return who.obligor == "father" and (
        who.relation is Relation.CHILD or (who.relation is Relation.HEAD and Relation.PARENT in relations)
    )


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, _DEFAULTS.get(name)) for row in rows] for name in names}


_DEFAULTS = {
    "visual": 0,
    "hearing": 0,
    "speech": 0,
    "limb": 0,
    "intellectual": 0,
    "mental": 0,
    "frozen": False,
}


def _not_before(row: Row, born: date) -> Row:
    """Nobody had anything before they were born; what is reckoned by months begins on a first."""
    since = row.get("since")
    if since is None or since >= born:
        return row
    monthly = "fen" in row and since.day == 1
    return {**row, "since": _next_first(born) if monthly else born}


def _next_first(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def village_of(county: str) -> int:
    """The first real village of a county."""
    return min(
        row.code for row in shipped_divisions() if row.level == 12 and str(row.code).startswith(county)
    )
