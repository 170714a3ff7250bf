"""Receipts that stand in the registry without an award become awards, so that exclusions, payroll and reviews hold for them.

For a city that starts with the platform: what another system granted has no decision here, and says so. What contradicts
itself (one person twice in what excludes each other) is left as it is and told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction

from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.awards.queries import text_after
from minzheng.awards.reviews import review_day
from minzheng.awards.types import ReviewClass
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.registry.codes import Programme
from minzheng.values.month import Month

CODES = {int(code): name for name, code in RECEIVED_AS.items() if code is not Programme.RELIEF}
"""Programmes by the registry's code; relief is paid once and over."""
CLASSES = {"dibao": ReviewClass.A, "single": ReviewClass.A, "tekun": ReviewClass.TEKUN}


@dataclass(frozen=True)
class Left:
    """A receipt that did not become an award, and why."""

    household_id: int
    programme: str
    why: str


@dataclass
class TakenOver:
    """How many awards were made, and what was left."""

    awards: int = 0
    left: list[Left] = field(default_factory=list)


_CANDIDATES = """
select nextval(pg_get_serial_sequence('awards_award', 'id')), r.id, r.household_id, r.person_id, p.name,
       coalesce(r.fen, 0), r.since, r.until, h.village::text
from registry_receipt r
join registry_household h on h.id = r.household_id
join unnest(%(codes)s::int[], %(names)s::text[]) p (code, name) on p.code = r.programme
join awards_programme k on k.name = p.name and k.whole = (r.person_id is null)
where r.superseded_at is null and r.since <= %(month)s and (r.until is null or r.until > %(month)s)
  and h.village >= %(low)s and h.village < %(high)s
  and (%(household)s::bigint is null or r.household_id = %(household)s)
  and not exists (select from awards_written w where w.receipt_id = r.id)
order by h.village, r.id
"""
# Who is covered, and the months each occupies in each family of what excludes each other.
_PEOPLE = """
select t.award, m.person_id, f.family, lower(d.during), upper(d.during)
from unnest(%(awards)s::bigint[], %(households)s::bigint[], %(persons)s::bigint[], %(programmes)s::text[],
            %(since)s::date[], %(until)s::date[]) t (award, household_id, person_id, programme, since, until)
join registry_membership m on m.household_id = t.household_id and m.superseded_at is null
     and m.since <= %(month)s and (m.until is null or m.until > %(month)s)
     and (m.person_id = t.person_id or t.person_id is null and m.home)
join awards_family f on f.programme = t.programme
cross join lateral awards_occupies(f.span, t.since, t.until) d (during)
"""
_COVERED = """
select person_id, family, lower(during), upper(during) from awards_cover where person_id = any(%s)
"""
_AWARDS = """
insert into awards_award (id, public_id, number, division, household_id, person_id, programme, origin, since, ground,
                          review_class, review_due, version, verb, reason, on_day)
overriding system value
select id, gen_random_uuid(), number, division, household_id, person_id, programme, 'taken_over', since,
       case when until is null then '' else 'term_over' end, review_class, review_due, 1, 'take_over',
       %(reason)s, %(on)s
from unnest(%(awards)s::bigint[], %(numbers)s::text[], %(divisions)s::text[], %(households)s::bigint[],
            %(persons)s::bigint[], %(programmes)s::text[], %(since)s::date[], %(until)s::date[], %(classes)s::text[],
            %(due)s::date[])
     t (id, number, division, household_id, person_id, programme, since, until, review_class, review_due)
"""
_MEMBERS = """
insert into awards_member (award_id, household_id, division, version, person_id, since, until)
select t.award, t.household_id, t.division, 1, p.person_id, t.since, t.until
from unnest(%(covering)s::bigint[], %(covered)s::bigint[]) p (award, person_id)
join unnest(%(awards)s::bigint[], %(households)s::bigint[], %(divisions)s::text[], %(since)s::date[], %(until)s::date[])
     t (award, household_id, division, since, until) using (award)
"""
_TERMS = """
insert into awards_term (award_id, household_id, division, version, since, until, runs, fen, exact, cause)
select award, household_id, division, 1, since, until, true, fen, fen::text, 'taken_over'
from unnest(%(awards)s::bigint[], %(households)s::bigint[], %(divisions)s::text[], %(since)s::date[], %(until)s::date[],
            %(fen)s::bigint[]) t (award, household_id, division, since, until, fen)
"""
_WRITTEN = """
insert into awards_written (award_id, household_id, division, version, receipt_id)
select award, household_id, division, 1, receipt
from unnest(%(awards)s::bigint[], %(households)s::bigint[], %(divisions)s::text[], %(receipts)s::bigint[])
     t (award, household_id, division, receipt)
"""


class _Candidate(NamedTuple):
    """A receipt on its way to an award, with the id the award will have."""

    award: int
    receipt: int
    household: int
    person: int | None
    programme: str
    fen: int
    since: date
    until: date | None
    division: str


class _Held(NamedTuple):
    """Months somebody occupies in a family; award None: by one that stands already."""

    award: int | None
    whole: bool
    since: date
    until: date | None

    def overlaps(self, other: _Held) -> bool:
        return (other.until is None or self.since < other.until) and (
            self.until is None or other.since < self.until
        )


@transaction.atomic
def take_over(
    *, actor: Actor, county: str, month: Month, on: date, household: int | None = None
) -> TakenOver:
    """Awards for what runs in a month in a county by the registry alone. Twice is once; set-wise, a county at a time.

    Rows travel as arrays: the application's role may make no temporary table.
    """
    actor.require(Permission.CONFIRM_CASES if household is not None else Permission.IMPORT)
    done = TakenOver()
    found = _candidates(county, month, household)
    covered = _occupied(found, month)
    people = _settled(found, covered, done)
    kept = [one for one in found if one.award in people]
    if kept:
        _write(kept, people, _reviews(county, on), county, on)
    done.awards = len(kept)
    detail = {"awards": done.awards, "left": len(done.left), "month": str(month)}
    record(actor, "take_over_receipts", "awards.award", household or county, division=county, detail=detail)
    return done


def _candidates(county: str, month: Month, household: int | None) -> list[_Candidate]:
    values: dict[str, Any] = {
        "codes": list(CODES), "names": list(CODES.values()), "month": month.first_day,
        "low": int(county.ljust(12, "0")), "high": int(text_after(county).ljust(12, "0")), "household": household,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, values)
        return [_Candidate(*row) for row in cursor.fetchall()]


def _occupied(found: Sequence[_Candidate], month: Month) -> dict[tuple[int, str], list[_Held]]:
    """By person and family: what would be occupied, and what is."""
    whole = {one.award: one.person is None for one in found}
    held: defaultdict[tuple[int, str], list[_Held]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, _arrays(found) | {"month": month.first_day})
        for award, person, family, since, until in cursor.fetchall():
            held[person, family].append(_Held(award, whole[award], since, until))
        cursor.execute(_COVERED, [list({person for person, _family in held})])
        for person, family, since, until in cursor.fetchall():
            if (person, family) in held:
                held[person, family].append(_Held(None, False, since, until))
    return held


def _settled(
    found: Sequence[_Candidate], held: dict[tuple[int, str], list[_Held]], done: TakenOver
) -> dict[int, set[int]]:
    """By award the people it covers. Somebody with a status of his own is not of the household's; whoever would have two
    leaves both where they are, and so does what covers nobody.
    """
    people: defaultdict[int, set[int]] = defaultdict(set)
    twice: set[int] = set()
    for (person, _family), rows in held.items():
        own = [row for row in rows if row.award is not None and not row.whole]
        rest = [row for row in rows if not (row.whole and any(row.overlaps(other) for other in own))]
        for row in rest:
            if row.award is None:
                continue
            people[row.award].add(person)
            if any(other.award != row.award and row.overlaps(other) for other in rest):
                twice.add(row.award)
    done.left += [
        Left(one.household, one.programme, "同一人同月已有不能同时享受的待遇")
        for one in found
        if one.award in twice
    ]
    done.left += [
        Left(one.household, one.programme, "家庭中没有可以享受的人员")
        for one in found
        if one.award not in people
    ]
    return {award: covered for award, covered in people.items() if award not in twice}


def _arrays(found: Sequence[_Candidate]) -> dict[str, Any]:
    return {
        "awards": [one.award for one in found],
        "receipts": [one.receipt for one in found],
        "households": [one.household for one in found],
        "persons": [one.person for one in found],
        "programmes": [one.programme for one in found],
        "fen": [one.fen for one in found],
        "since": [one.since for one in found],
        "until": [one.until for one in found],
        "divisions": [one.division for one in found],
    }


def _write(
    kept: Sequence[_Candidate],
    people: dict[int, set[int]],
    reviews: dict[str, tuple[str, date | None]],
    county: str,
    on: date,
) -> None:
    pairs = [(one.award, person) for one in kept for person in sorted(people[one.award])]
    classes = [reviews.get(one.programme, ("", None)) for one in kept]
    values = _arrays(kept) | {
        "numbers": _numbers(kept, county),
        "classes": [of for of, _due in classes],
        "due": [due for _of, due in classes],
        "covering": [award for award, _person in pairs],
        "covered": [person for _award, person in pairs],
        "reason": "由登记的已享受待遇接管",
        "on": on,
    }
    with connection.cursor() as cursor:
        for statement in (_AWARDS, _MEMBERS, _TERMS, _WRITTEN):
            cursor.execute(statement, values)


def _numbers(kept: Sequence[_Candidate], county: str) -> list[str]:
    """Serial numbers by programme and year of the first month, in the order of the candidates."""
    many = Counter((one.programme, one.since.year) for one in kept)
    following: dict[tuple[str, int], int] = {}
    with connection.cursor() as cursor:
        for (programme, year), count in sorted(many.items()):
            cursor.execute("select awards_take_numbers(%s, %s, %s, %s)", [programme, county, year, count])
            (following[programme, year],) = cursor.fetchone()
    numbers = []
    for one in kept:
        key = (one.programme, one.since.year)
        numbers.append(f"{one.programme}-{one.division[:6]}-{one.since.year}-{following[key]:06d}")
        following[key] += 1
    return numbers


def _reviews(county: str, on: date) -> dict[str, tuple[str, date | None]]:
    return {programme: (str(of), review_day(of, county, on)) for programme, of in CLASSES.items()}


def untaken(actor: Actor, household: int) -> bool:
    """Whether the registry says that a household receives something no award stands for."""
    actor.require(Permission.SEE_CASES)
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from registry_receipt r where r.household_id = %s and r.superseded_at is null"
            " and r.programme = any(%s) and not exists (select from awards_written w where w.receipt_id = r.id))",
            [household, list(CODES)],
        )
        (found,) = cursor.fetchone()
    return bool(found)
