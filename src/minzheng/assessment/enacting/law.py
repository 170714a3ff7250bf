"""What is in force beside the files of the rulebook: the enacted values, each until the month it was taken back from."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.models import Max

from minzheng.assessment.enacting.models import Enactment, Proposal
from minzheng.rulebook import load
from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import Row, read_row

AT = "平台签署生效"
_LATEST = "select id, digest from assessment_enactment order by id desc limit 1"
Latest = tuple[int, str] | None
_known: tuple[Latest, Rulebook] | None = None


def book_in_force() -> Rulebook:
    """The rulebook in force. What it rests on only grows, so the latest enactment stands for all of it.

    Each call asks for that one row, so that no process goes on with an edition that is past; the rest is read where
    it is another one than last time. Its digest tells apart equal numbers of two databases.
    """
    global _known
    with connection.cursor() as cursor:
        cursor.execute(_LATEST)
        latest: Latest = cursor.fetchone()
    known = _known
    if known is None or known[0] != latest:
        known = _known = (latest, load(enacted_rows()))
    return known[1]


def enacted_rows() -> tuple[Row, ...]:
    """The rows two people signed into force, in the order they did."""
    found = (
        Enactment.objects.filter(withdraws=None)
        .select_related("proposal", "withdrawn_by__proposal")
        .order_by("id")
    )
    return tuple(row_of(one.proposal, _day(one), one.pk, _until(one)) for one in found)


def _day(enactment: Enactment) -> date:
    assert enactment.day is not None, "the database stamps it"
    return enactment.day


def _until(enactment: Enactment) -> date | None:
    """The month a value was taken back from; one taken back from before its beginning never held."""
    taken_back = getattr(enactment, "withdrawn_by", None)
    return None if taken_back is None else max(taken_back.proposal.since, enactment.proposal.since)


def row_of(proposal: Proposal, day: date, order: int, until: date | None = None) -> Row:
    """A proposal as a row of the rulebook. Known from its first day, or from `day` where that is later: a standard
    signed late gives arrears and leaves what was decided before as it was.
    """
    parameter = load().parameters.declared[proposal.key]
    raw = {
        "place": proposal.place,
        "from": proposal.since,
        "value": {"true": True, "false": False}.get(proposal.value, proposal.value),
        "known_from": max(day, proposal.since),
        "document": proposal.document,
        "mark": "assumed" if proposal.example else "found",
        "example": proposal.example,
        "note": proposal.reason,
        "checked": day,
        "link": proposal.link,
    }
    if until is not None:
        raw["until"] = until
    row = read_row(parameter, raw, f"{AT}（{order}）")
    return Row(**{**vars(row), "order": order})


def last_enactment() -> int:
    """The number of the last enactment; 0 before the first."""
    return int(Enactment.objects.aggregate(last=Max("id"))["last"] or 0)
