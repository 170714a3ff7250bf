"""Public notices: an opinion hangs its days and ends by itself, a confirmed result hangs while the benefit lasts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from minzheng.cases.clocks import parameter_on
from minzheng.cases.models import Case, PublicNotice
from minzheng.cases.moving import Taken
from minzheng.cases.types import NoticeKind, Outcome
from minzheng.registry.queries import deaths_of, members_of, person_lines
from minzheng.values.errors import Refusal
from minzheng.values.month import full_years
from minzheng.values.workdays import publicity_ends

ADULT_AGE = "age.adult"


@dataclass(frozen=True)
class OnBoard:
    """A line of a village's board: all that may be read there. `notice` is what an objection names."""

    notice: uuid.UUID
    programme: str
    kind: NoticeKind
    applicant_name: str
    members: int
    fen: int | None
    since: date
    until: date | None


def publicise(taken: Taken) -> None:
    """Hang the opinion on the village's board from this day, for the days of the line's parameter (TX-3)."""
    publicity = taken.line.publicity
    if publicity is None:
        raise Refusal(
            "notice.not_this_line",
            "这项业务不公示。",
            next_step="请直接上报。",
            article="PB-3",
        )
    days = parameter_on(publicity.parameter, taken.case.division[:6], taken.on)
    if not days.known:
        raise Refusal("notice.no_days", "公示天数没有载入，不能公示。", article=publicity.clause)
    until = publicity_ends(taken.on, int(days.value))  # type: ignore[arg-type]
    _hang(taken, NoticeKind.OPINION, until)


def publish_result(taken: Taken) -> None:
    """Publish what was confirmed (PB-2). It hangs until the benefit ends; nothing says for how long (TX).

    Whoever was refused is nobody's business: there is nothing to publish, whatever the line's table allows.
    """
    if taken.case.outcome != Outcome.YES:
        raise Refusal(
            "notice.not_confirmed", "只公布予以确认的结果，本件没有予以确认，不能公布。", article="PB-2"
        )
    if taken.line.publicity is None or not taken.line.publicity.result:
        raise Refusal("notice.not_this_line", "这项业务的结果不公布。", article="PB-3")
    _hang(taken, NoticeKind.RESULT, None)


def _hang(taken: Taken, kind: NoticeKind, until: date | None) -> None:
    row = taken.case
    _grown_up(taken)
    take_down(row, kind, taken.on)
    PublicNotice.objects.create(
        case=row,
        kind=kind,
        members=_members(taken),
        fen=amount_of(taken),
        since=taken.on,
        until=until,
    )


def _grown_up(taken: Taken) -> None:
    applicant = taken.case.applicant_id
    line = person_lines(taken.actor, [applicant]).get(applicant) if applicant else None
    if line is None or not is_adult(line.birth_date, taken.case.division[:6], taken.on):
        raise Refusal(
            "notice.no_adult",
            "公示只写申请人姓名，申请人不在本辖区登记或者未成年，不能公示。",
            next_step="请由监护人作为申请人。",
            article="PB-3",
        )


def is_adult(born: date, county: str, on: date) -> bool:
    """Grown up by the rulebook's age; while that is not known nobody is."""
    age = parameter_on(ADULT_AGE, county, on)
    return age.known and full_years(born, on) >= int(age.value)  # type: ignore[arg-type]


def _members(taken: Taken) -> int:
    """How many people of the household; one where the case is about one person."""
    row = taken.case
    if row.person_id is not None or row.household_id is None:
        return 1
    people = [one.person_id for one in members_of(taken.actor, row.household_id, on=taken.on) if one.home]
    dead = deaths_of(taken.actor, people)
    return max(1, len([person for person in people if person not in dead]))


def amount_of(taken: Taken) -> int | None:
    """What would be paid a month as far as it is known now: what was decided, else what the rules come to."""
    from minzheng.cases.deciding import assess, decided_fen

    if taken.case.decision_id is not None:
        return decided_fen(taken.case)
    if taken.case.household_id is None:
        return None
    return assess(taken.actor, taken.case, taken.on, steps=False).fen


def take_down(case: Case, kind: NoticeKind, on: date) -> int:
    return PublicNotice.objects.filter(case=case, kind=kind, ended_on=None).update(ended_on=on)


def end_publicity(taken: Taken) -> None:
    """The notice has hung its days, to the 24:00 of the last one."""
    notice = PublicNotice.objects.filter(case=taken.case, kind=NoticeKind.OPINION, ended_on=None).first()
    if notice is None or notice.until is None or notice.until >= taken.on:
        raise Refusal("notice.still_hanging", "公示期还没有满。", article="TX-3")
    notice.ended_on = taken.on
    notice.save(update_fields=["ended_on"])


def hung_its_days(case: Case) -> bool:
    """Whether the last opinion that was published hung to its end, for `Need.NOTICE_ENDED`."""
    last = PublicNotice.objects.filter(case=case, kind=NoticeKind.OPINION).order_by("-since", "-id").first()
    return (
        last is not None
        and last.ended_on is not None
        and last.until is not None
        and (last.ended_on > last.until)
    )


def on_board(village: str, on: date) -> list[OnBoard]:
    """What hangs in a village on a day: nothing whose days are over, taken down or not. Needs a scope that holds it."""
    hanging = Q(until=None) | Q(until__gte=on)
    rows = PublicNotice.objects.filter(hanging, village=village, ended_on=None).order_by("since", "id")
    return [
        OnBoard(
            row.public_id,
            row.programme,
            NoticeKind(row.kind),
            row.applicant_name,
            row.members,
            row.fen,
            row.since,
            row.until,
        )
        for row in rows
    ]
