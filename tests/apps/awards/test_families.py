"""What excludes what: the table of families against the matrix, the law, and ten thousand awards in the database."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from minzheng.awards.families import FAMILIES, JUDGED, exclude_each_other, families_of
from minzheng.rulebook.clauses import catalogue
from minzheng.rulebook.programs import PROGRAMS
from minzheng.rulebook.worked import read_files, run
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import YES
from minzheng.values.month import Month, months_between
from tests.apps.awards.matrix import EXCLUDED, PROGRAMMES, WHOLE, excluded

PROVISIONS = Path(__file__).parents[2] / "provisions"


def test_the_families_say_what_the_matrix_says_of_every_pair():
    said = {frozenset({a, b}) for a in PROGRAMMES for b in PROGRAMMES if exclude_each_other(a, b)}
    assert said == EXCLUDED


def test_every_clause_of_the_matrix_is_held_by_a_family_or_judged_by_the_law():
    stated = {clause.id for clause in catalogue() if clause.group == "ST"}
    held = {clause for family in FAMILIES for clause in family.clauses if clause.startswith("ST-")}
    assert held | set(JUDGED) == stated
    assert held & set(JUDGED) == set()


def test_parameters_by_which_the_matrix_may_change_are_parameters_of_the_rulebook():
    from minzheng.rulebook import load

    keys = {parameter for parameter in JUDGED.values() if parameter}
    assert keys <= set(load().parameters.rows)


def test_the_database_knows_every_programme_of_the_rulebook_as_the_rulebook_does(city):
    with connection.cursor() as cursor:
        cursor.execute("select name, whole, cadence from awards_programme")
        held = set(cursor.fetchall())
    assert held == {(p.name, p.of is Household, p.cadence) for p in PROGRAMS}
    assert {name for name, whole, _cadence in held if whole} == WHOLE


def test_the_database_holds_the_same_families_as_the_code(city):
    with connection.cursor() as cursor:
        cursor.execute("select family, programme, span from awards_family")
        held = set(cursor.fetchall())
    assert held == {(f.name, p, str(f.span)) for f in FAMILIES for p in f.programmes}


def _granted(determination) -> dict[int, set[str]]:
    """Programmes by person: a household's programme covers those over whom its income is shared."""
    people = range(len(determination.facts.people))
    found: dict[int, set[str]] = {who: set() for who in people}
    for outcome in determination.outcomes:
        if outcome.status != YES or not outcome.in_force:
            continue
        name = outcome.program.name
        if outcome.who is not None:
            found[outcome.who].add(name)
        elif name in ("dibao", "phase_out", "edge", "rigid"):
            for who in people:
                if determination.value("dibao_member", who) == YES:
                    found[who].add(name)
    for names in found.values():
        # Who is taken in alone leaves the recognition of the others (ST-3).
        if "single" in names:
            names -= {"edge", "rigid"}
    return found


TOGETHER = {
    ("living_subsidy", "care_subsidy"),
    ("dibao", "living_subsidy"),
    ("dibao", "care_subsidy"),
    ("dibao", "old_age"),
    ("old_age", "living_subsidy"),
    ("orphan", "care_subsidy"),
    ("dibao", "unattended"),
    ("phase_out", "living_subsidy"),
}
"""Pairs of the matrix that the law does grant beside each other; the worked cases must show each of them."""


def test_what_the_law_grants_together_no_family_forbids():
    files = [
        PROVISIONS / name for name in ("stacking.yaml", "subsidies.yaml", "children.yaml", "old_age.yaml")
    ]
    seen: set[tuple[str, str]] = set()
    for case in read_files(files):
        for moment in run(case).moments:
            for names in _granted(moment.determination).values():
                pairs = [(a, b) for a in sorted(names) for b in sorted(names) if a < b]
                assert [pair for pair in pairs if exclude_each_other(*pair)] == [], case.id
                seen |= set(pairs)
    assert {tuple(sorted(pair)) for pair in TOGETHER} <= seen


# -- ten thousand awards ---------------------------------------------------------------------------------

TRY = """
create function pg_temp.try_award(number text, programme text, household bigint, person bigint, people bigint[],
                                  since date, until date) returns boolean language plpgsql as $$
declare
    award bigint;
    place text;
begin
    select village::text into place from registry_household where id = household;
    insert into awards_award (public_id, number, division, household_id, person_id, programme, origin, since, ground,
                              review_class, version, verb, reason, on_day)
    values (gen_random_uuid(), number, place, household, person, programme, 'taken_over', since,
            case when until is null then '' else 'term_over' end, '', 1, 'take_over', '', since)
    returning id into award;
    insert into awards_member (award_id, household_id, division, version, person_id, since, until)
    select award, household, place, 1, one, since, until from unnest(people) one;
    return true;
exception when exclusion_violation then
    return false;
end
$$
"""
FIRST, LAST = Month(2023, 1), Month(2025, 12)


def _school_years(months: set[Month]) -> set[Month]:
    """Every month of the school years these lie in: aid for study is given once in a school year."""
    starts = {Month(m.year if m.number >= 9 else m.year - 1, 9) for m in months}
    return {month for start in starts for month in months_between(start, start.plus(11))}


def _taken(programme: str, since: Month, until: Month | None) -> set[Month]:
    months = set(months_between(since, (until or LAST.plus(48)).plus(-1)))
    return _school_years(months) if programme == "study_aid" else months


class _Brute:
    """What is received, month by month and person by person, kept as plain sets."""

    def __init__(self) -> None:
        self.held: dict[int, list[tuple[str, set[Month]]]] = {}

    def allows(self, programme: str, people: list[int], months: set[Month]) -> bool:
        return not any(
            excluded(programme, other) and months & taken
            for person in people
            for other, taken in self.held.get(person, ())
        )

    def add(self, programme: str, people: list[int], months: set[Month]) -> None:
        for person in people:
            self.held.setdefault(person, []).append((programme, months))


def _homes() -> dict[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select household_id, array_agg(person_id order by person_id) from registry_membership"
            " where superseded_at is null group by 1 order by 1"
        )
        return dict(cursor.fetchall())


def _drawn(rng: random.Random, homes: dict[int, list[int]], edges: list[Month]) -> tuple:
    """A random award; its months like to touch those of earlier ones."""
    household = rng.choice(sorted(homes))
    programme = rng.choice(PROGRAMMES)
    people = homes[household]
    covered = rng.sample(people, rng.randint(1, len(people))) if programme in WHOLE else [rng.choice(people)]
    since = rng.choice(edges) if rng.random() < 0.6 else FIRST.plus(rng.randrange(36))
    since = min(since.plus(rng.choice((-1, 0, 0, 0, 1))), LAST)
    length = rng.choice((1, 1, 1, 2, 3, 6, 12, None))
    until = None if length is None and rng.random() < 0.2 else since.plus(length or 1)
    return programme, household, sorted(covered), since, until


@pytest.mark.parametrize("seed", [1])
def test_ten_thousand_awards_stand_or_fall_as_by_hand(city_of_stories, seed):
    rng, brute = random.Random(seed), _Brute()
    homes, edges = _homes(), [FIRST]
    wrong: list[str] = []
    stood = 0
    with connection.cursor() as cursor:
        cursor.execute(TRY)
        for at in range(10_000):
            programme, household, people, since, until = _drawn(rng, homes, edges)
            person = None if programme in WHOLE else people[0]
            values = [
                f"t-{at}",
                programme,
                household,
                person,
                people,
                since.first_day,
                until and until.first_day,
            ]
            cursor.execute("select pg_temp.try_award(%s, %s, %s, %s, %s, %s, %s)", values)
            (accepted,) = cursor.fetchone()
            months = _taken(programme, since, until)
            if accepted != brute.allows(programme, people, months):
                wrong.append(f"{at} {programme} {people} {since} {until}: {accepted}")
            if accepted:
                brute.add(programme, people, months)
                edges.append(until or since)
                stood += 1
    assert wrong == []
    assert 500 < stood < 9_500


def test_a_programme_has_families_unless_it_stands_beside_everything():
    assert [p for p in PROGRAMMES if not families_of(p)] == ["relief_emergency", "relief_expenditure"]


def test_the_school_year_counts_from_september_whichever_month_the_aid_is_paid_in(city):
    from minzheng.rulebook.history import SCHOOL_YEAR_FROM

    with connection.cursor() as cursor:
        cursor.execute(
            "select awards_school_year(date '2024-08-31'), awards_school_year(date '2024-09-01'),"
            " awards_occupies('school_year', date '2024-10-01', date '2024-11-01')"
        )
        before, after, span = cursor.fetchone()
    assert (before, after) == (date(2023, SCHOOL_YEAR_FROM, 1), date(2024, SCHOOL_YEAR_FROM, 1))
    assert (span.lower, span.upper) == (date(2024, 9, 1), date(2025, 9, 1))
