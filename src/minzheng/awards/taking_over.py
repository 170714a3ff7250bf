"""Receipts that stand in the registry without an award become awards, so that exclusions, payroll and reviews hold for them.

For a city that starts with the platform: what another system granted has no decision here, and says so. What contradicts
itself (one person twice in what excludes each other) is left as it is and told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

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
create temporary table taken on commit drop as
select r.id as receipt, r.household_id, r.person_id, p.name as programme, coalesce(r.fen, 0) as fen, r.since, r.until,
       h.village::text as division, nextval(pg_get_serial_sequence('awards_award', 'id')) as award
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
_PEOPLE = """
create temporary table taken_people on commit drop as
select t.award, m.person_id, t.person_id is null as whole, f.family, awards_occupies(f.span, t.since, t.until) as during
from taken t
join registry_membership m on m.household_id = t.household_id and m.superseded_at is null
     and m.since <= %(month)s and (m.until is null or m.until > %(month)s)
     and (m.person_id = t.person_id or t.person_id is null and m.home)
join awards_family f on f.programme = t.programme
"""
_INDEXED = "create index on taken_people (person_id, family); analyze taken; analyze taken_people"
# Somebody with a status of his own is not of the household's.
_OWN_STATUS = """
delete from taken_people w using taken_people p
where w.whole and not p.whole and p.person_id = w.person_id and p.family = w.family and p.during && w.during
"""
_TWICE = """
select distinct t.award, t.household_id, t.programme from taken t join taken_people a on a.award = t.award
where exists (select from taken_people b where b.person_id = a.person_id and b.family = a.family
              and b.award <> a.award and b.during && a.during)
   or exists (select from awards_cover c where c.person_id = a.person_id and c.family = a.family
              and c.during && a.during)
"""
_NOBODY = """
select t.award, t.household_id, t.programme from taken t
where not exists (select from taken_people p where p.award = t.award)
"""
_AWARDS = """
insert into awards_award (id, public_id, number, division, household_id, person_id, programme, origin, since, ground,
                          review_class, review_due, version, verb, reason, on_day)
overriding system value
select award, gen_random_uuid(),
       format('%%s-%%s-%%s-%%s', programme, left(division, 6), extract(year from since),
              lpad((n.first + row_number() over (partition by programme, extract(year from since)
                                                 order by division, receipt) - 1)::text, 6, '0')),
       division, household_id, person_id, programme, 'taken_over', since, case when until is null then '' else 'term_over' end,
       coalesce(r.class, ''), r.due, 1, 'take_over', %(reason)s, %(on)s
from taken t
join unnest(%(number_of)s::text[], %(year)s::int[], %(first)s::bigint[]) n (programme, year, first)
     using (programme)
left join unnest(%(review_of)s::text[], %(class)s::text[], %(due)s::date[]) r (programme, class, due) using (programme)
where n.year = extract(year from t.since)
"""
_ROWS = (
    """
insert into awards_member (award_id, household_id, division, version, person_id, since, until)
select distinct t.award, t.household_id, t.division, 1, p.person_id, t.since, t.until
from taken t join taken_people p on p.award = t.award
""",
    """
insert into awards_term (award_id, household_id, division, version, since, until, runs, fen, exact, cause)
select award, household_id, division, 1, since, until, true, fen, fen::text, 'taken_over' from taken
""",
    """
insert into awards_written (award_id, household_id, division, version, receipt_id)
select award, household_id, division, 1, receipt from taken
""",
)


@transaction.atomic
def take_over(
    *, actor: Actor, county: str, month: Month, on: date, household: int | None = None
) -> TakenOver:
    """Awards for what runs in a month in a county by the registry alone. Twice is once; set-wise, a county at a time."""
    actor.require(Permission.CONFIRM_CASES if household is not None else Permission.IMPORT)
    done = TakenOver()
    low, high = county.ljust(12, "0"), text_after(county).ljust(12, "0")
    values: dict[str, Any] = {
        "codes": list(CODES), "names": list(CODES.values()), "month": month.first_day, "low": int(low),
        "high": int(high), "household": household, "on": on, "reason": "由登记的已享受待遇接管",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists taken, taken_people")
        cursor.execute(_CANDIDATES, values)
        cursor.execute(_PEOPLE, values)
        cursor.execute(_INDEXED)
        cursor.execute(_OWN_STATUS)
        for question, why in (
            (_TWICE, "同一人同月已有不能同时享受的待遇"),
            (_NOBODY, "家庭中没有可以享受的人员"),
        ):
            cursor.execute(question)
            _leave(done, cursor.fetchall(), why)
        cursor.execute(_AWARDS, values | _numbers(county) | _reviews(county, on))
        done.awards = cursor.rowcount
        for statement in _ROWS:
            cursor.execute(statement)
    detail = {"awards": done.awards, "left": len(done.left), "month": str(month)}
    record(actor, "take_over_receipts", "awards.award", household or county, division=county, detail=detail)
    return done


def _leave(done: TakenOver, rows: Iterable[tuple[int, int, str]], why: str) -> None:
    found = list(rows)
    done.left += [Left(household, programme, why) for _award, household, programme in found]
    with connection.cursor() as cursor:
        gone = [award for award, _household, _programme in found]
        cursor.execute("delete from taken_people where award = any(%s)", [gone])
        cursor.execute("delete from taken where award = any(%s)", [gone])


def _numbers(county: str) -> dict[str, Any]:
    """Serial numbers for each programme and year of a first month."""
    found: dict[str, list[Any]] = {"number_of": [], "year": [], "first": []}
    with connection.cursor() as cursor:
        cursor.execute(
            "select programme, extract(year from since)::int, count(*) from taken group by 1, 2 order by 1, 2"
        )
        for programme, year, many in cursor.fetchall():
            cursor.execute("select awards_take_numbers(%s, %s, %s, %s)", [programme, county, year, many])
            (first,) = cursor.fetchone()
            found["number_of"].append(programme)
            found["year"].append(year)
            found["first"].append(first)
    return found


def _reviews(county: str, on: date) -> dict[str, Any]:
    due = {programme: review_day(of, county, on) for programme, of in CLASSES.items()}
    return {
        "review_of": list(CLASSES),
        "class": [str(of) for of in CLASSES.values()],
        "due": list(due.values()),
    }


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
