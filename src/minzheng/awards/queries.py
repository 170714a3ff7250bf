"""Reading awards: of a household, one with its terms, what is due for a month, what is due for review."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Q, QuerySet

from minzheng.awards.folding import Stretch, joined, layered
from minzheng.awards.models import Award, Member, Term
from minzheng.awards.types import Due
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


def not_found() -> Refusal:
    """What is elsewhere and what is nowhere look the same."""
    return Refusal(
        "award.not_found", "没有找到该待遇，或不在您的管辖区域内。", next_step="请核对编号后重新查找。"
    )


def in_scope(actor: Actor) -> Q:
    """Awards of the actor's regions (or household), said in the query as well as held by the database."""
    if actor.household is not None:
        return Q(household_id=actor.household)
    found = Q(pk__in=[])
    for region in actor.regions:
        found |= Q(division__gte=region, division__lt=text_after(region))
    return found


def text_after(region: str) -> str:
    """The first code beyond a region's: divisions are compared as texts of digits."""
    return str(int(region) + 1).zfill(len(region))


def awards(actor: Actor) -> QuerySet[Award]:
    """Every award of the actor's regions: for casework, for those who pay, for a resident those of the household."""
    if not actor.is_resident and not actor.may(Permission.SEE_PAYMENTS):
        actor.require(Permission.SEE_CASES)
    return Award.objects.filter(in_scope(actor))


def awards_of(actor: Actor, household: int) -> QuerySet[Award]:
    """All awards of one household, running ones first, then the latest ended."""
    return (
        awards(actor)
        .filter(household_id=household)
        .order_by(F("ends").desc(nulls_first=True), "programme", "id")
    )


def award_of(actor: Actor, public_id: uuid.UUID | str) -> Award:
    """One award. Raises the same `Refusal` for what is elsewhere or nowhere."""
    row = awards(actor).filter(public_id=public_id).first()
    if row is None:
        raise not_found()
    return row


def running_in(actor: Actor, month: Month, *, household: int) -> list[Award]:
    """Awards of a household of which something (an amount or a recognition) holds in a month."""
    held = Q(since__lte=month.first_day) & (Q(ends=None) | Q(ends__gt=month.first_day))
    return list(awards(actor).filter(held, household_id=household).order_by("programme", "person_id"))


# -- amounts ---------------------------------------------------------------------------------------------


def month(day: date | None) -> Month | None:
    return None if day is None else Month.of(day)


def stretches_of(terms: Iterable[Term]) -> list[Stretch[Term]]:
    """The terms that count, by months: of several that hold a month the latest; what does not run is left out."""
    ordered = sorted(terms, key=lambda term: term.pk)
    rows = [Stretch(Month.of(term.since), month(term.until), term) for term in ordered]
    return [one for one in layered(rows) if one.what.runs]


def terms_of(award: Award) -> list[Stretch[Term]]:
    """The counting terms of an award in order of months."""
    return stretches_of(award.terms.all())


def amounts_of(award: Award) -> list[Stretch[int]]:
    """Fen a month in order of months; neighbours with one amount are one."""
    return joined([Stretch(one.since, one.until, one.what.fen) for one in terms_of(award)])


def due_of(award: Award, of: Month) -> int:
    """Fen due for one month."""
    return next((one.what for one in amounts_of(award) if one.holds(of)), 0)


def term_for(award: Award, of: Month) -> Term | None:
    """The term that says what is due for a month; None where nothing runs."""
    return next((one.what for one in terms_of(award) if one.holds(of)), None)


def members_in(award: Award, of: Month) -> list[int]:
    """The people an award covers in a month."""
    held = Q(since__lte=of.first_day) & (Q(until=None) | Q(until__gt=of.first_day))
    rows = Member.objects.filter(held, award=award, superseded_at=None)
    return list(rows.order_by("person_id").values_list("person_id", flat=True))


_DUE = """
select a.id, a.public_id::text, a.number, a.household_id, a.person_id, a.programme, a.division, t.id, t.fen
from awards_award a
cross join lateral (
    select id, fen, runs from awards_term
    where award_id = a.id and since <= %(month)s and (until is null or until > %(month)s)
    order by id desc limit 1
) t
where a.programme = %(programme)s and a.division >= %(low)s and a.division < %(high)s
  and a.since <= %(month)s and (a.ends is null or a.ends > %(month)s)
  and t.runs and t.fen > 0
order by a.division, a.id
"""


def due_in(actor: Actor, month: Month, programme: str, county: str) -> list[Due]:
    """What is due for a month, every award of a programme and county in one statement, by place.

    As known now: arrears of earlier months are differences of `due_in` of those months and what was paid.
    """
    actor.require(Permission.PREPARE_PAYROLL)
    values: dict[str, date | str] = {
        "month": month.first_day,
        "programme": programme,
        "low": county,
        "high": text_after(county),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        return [Due(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class ReviewDue:
    """An award whose review fell due."""

    award: Award
    due: date


def reviews_due(actor: Actor, on: date, *, county: str = "") -> list[ReviewDue]:
    """Running awards whose review is due by a day, the longest due first."""
    rows = awards(actor).filter(review_due__lte=on).filter(Q(ends=None) | Q(ends__gt=on))
    if county:
        rows = rows.filter(division__gte=county, division__lt=text_after(county))
    return [ReviewDue(row, row.review_due) for row in rows.order_by("review_due", "id") if row.review_due]


def by_ids(actor: Actor, ids: Sequence[int]) -> dict[int, Award]:
    """Awards by internal number, for the layer above."""
    return awards(actor).in_bulk(list(ids))
