"""What is done in assistance beside the steps of a case: reviews fall due, changes open their tasks, relief in stages."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from minzheng.assistance.models import ReadTo
from minzheng.assistance.reviews import AGES, LINE, Change, events_after, open_for, open_review
from minzheng.assistance.types import OwnAction
from minzheng.awards.models import Award, Member
from minzheng.awards.queries import award_of, awards, awards_of, reviews_due
from minzheng.awards.tasks import close_task, open_tasks
from minzheng.awards.types import TaskKind
from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases import corrections
from minzheng.cases.actions import decide_case, take_step
from minzheng.cases.corrections import Doubted
from minzheng.cases.models import Case, Correction
from minzheng.cases.queries import Which, doubted, work_queue
from minzheng.cases.types import Channel
from minzheng.registry.queries import Reached, ages_reached, certificates_ended
from minzheng.values.errors import Refusal

READ_AGAIN = timedelta(days=1)
"""A transaction may commit after others that began later: the last day is read again, which opens nothing twice."""
PEOPLE_AT_ONCE = 10_000


def confirm(**decision: Any) -> Case:
    """`cases.actions.decide_case` with `confirm=True`; the line's effect opens the award in the same transaction."""
    return decide_case(confirm=True, **decision)


def review(*, actor: Actor, on: date | None = None, county: str = "") -> int:
    """Open the reviews that have fallen due (DY-1, DY-2); returns how many are new. Safe to run twice."""
    on = on or business_date()
    opened = 0
    for due in reviews_due(actor, on, county=county):
        with transaction.atomic():
            _case, fresh = open_review(actor, due.award, channel=Channel.SYSTEM, on=on)
        opened += fresh
    return opened


def open_found(*, actor: Actor, on: date | None = None) -> int:
    """Open a review for what a day of dynamic management found about running awards; returns how many are new.

    The task is closed by the case. Letters about what ended by itself are no review and stay open tasks.
    """
    on = on or business_date()
    opened = 0
    for task in open_tasks(actor).exclude(kind=TaskKind.NOTICE):
        with transaction.atomic():
            case, fresh = open_review(actor, task.award, channel=Channel.SYSTEM, on=on)
            close_task(actor=actor, task=task.public_id, on=on, case=case.public_id)
        opened += fresh
    return opened


def open_doubted(*, actor: Actor, on: date | None = None) -> int:
    """Review what runs because of a decision that supervision found doubtful (GV-4); returns how many reviews are new.

    Once for each finding: a review begun on its day or later has dealt with it.
    """
    on = on or business_date()
    opened = 0
    for case in doubted(actor).iterator(chunk_size=1000):
        for award in awards(actor).filter(Q(ends=None) | Q(ends__gt=on), case_id=case.public_id):
            since = work_queue(actor, Which(line=LINE, household=award.household_id, closed=True)).filter(
                programme=award.programme, person_id=award.person_id, received_on__gte=case.looked_at
            )
            if since.exists():
                continue
            with transaction.atomic():
                _case, fresh = open_review(actor, award, channel=Channel.SYSTEM, on=on)
            opened += fresh
    return opened


def open_change_task(*, actor: Actor, on: date | None = None) -> int:
    """Open a review for every change of somebody who receives something (DY-6): life events, ages, expired certificates.

    Reads on from where the last run stopped; returns how many reviews are new. Changes nothing else.
    """
    on = on or business_date()
    place = ReadTo.objects.filter(id=1).first()
    since = datetime(2000, 1, 1, tzinfo=UTC) if place is None else place.events_to - READ_AGAIN
    opened, reached = 0, since
    for batch in events_after(actor, since):
        with transaction.atomic():
            opened += open_for(actor, [change for change in batch if change.on_day <= on], on)
        reached = max(reached, *(change.recorded_at for change in batch if change.recorded_at))
    days = on if place is None else place.days_to
    for some in _covered_people(actor, on):
        with transaction.atomic():
            found = [*ages_reached(actor, some, AGES, since=days, until=on)]
            found += certificates_ended(actor, some, since=days, until=on)
            opened += open_for(actor, [_change(one) for one in found], on)
    ReadTo.objects.update_or_create(
        id=1, defaults={"events_to": max(reached, since), "days_to": max(days, on)}
    )
    return opened


def _change(one: Reached) -> Change:
    return Change(one.person_id, one.what, one.on_day)


def _covered_people(actor: Actor, on: date) -> Iterator[list[int]]:
    """Everybody some running award covers, some thousands at once."""
    running = awards(actor).exclude(ends__lte=on.replace(day=1))
    rows = Member.objects.filter(award__in=running, superseded_at=None).exclude(until__lte=on.replace(day=1))
    last = 0
    while some := list(
        rows.filter(person_id__gt=last)
        .order_by("person_id")
        .values_list("person_id", flat=True)
        .distinct()[:PEOPLE_AT_ONCE]
    ):
        yield some
        last = some[-1]


@transaction.atomic
def report_change(
    *,
    actor: Actor,
    award: uuid.UUID,
    what: str,
    happened_on: date,
    client_key: uuid.UUID,
    on: date | None = None,
) -> Case:
    """The family (or an officer for them) reports a change: the review opens, or goes on with the report in it (TM-20)."""
    on = on or business_date()
    row = award_of(actor, award)
    if happened_on > on:
        raise Refusal("change.not_yet", "变化日期晚于当前业务日期。", field="happened_on")
    case = _review_of(actor, row, on)
    return take_step(
        actor=actor,
        case=case.public_id,
        action=OwnAction.REPORT_CHANGE,
        version=case.version,
        fields={"what": what, "happened_on": happened_on},
        client_key=client_key,
        on=on,
    )


@dataclass(frozen=True)
class Reported:
    """What a report led to: the reviews it stands in, or the request to put the registry right."""

    reviews: tuple[Case, ...] = ()
    correction: Correction | None = None


@transaction.atomic
def report(
    *, actor: Actor, household: int, what: Doubted, client_key: uuid.UUID, on: date | None = None
) -> Reported:
    """A family says what is not as registered. A change, where something is being received, opens the reviews (TM-20);
    anything else is a request for correction with its own limit. The same key again is the same report.
    """
    on = on or business_date()
    reviews = _reviews_of_report(actor, household, what, client_key, on) if what.changed_on else ()
    if reviews:
        return Reported(reviews=reviews)
    asked = corrections.ask(actor=actor, household=household, what=what, client_key=client_key, on=on)
    return Reported(correction=asked)


def _reviews_of_report(
    actor: Actor, household: int, what: Doubted, client_key: uuid.UUID, on: date
) -> tuple[Case, ...]:
    """The report in the review of every running award; an award whose own case is still open has no review yet."""
    corrections.refuse_nonsense(actor, household, what, on)
    reviews = []
    for award in awards_of(actor, household).exclude(ends__lte=on.replace(day=1)):
        key = uuid.uuid5(client_key, str(award.public_id))
        said = f"{what.label}：{what.says.strip()}"
        try:
            with transaction.atomic():
                reviews.append(
                    report_change(
                        actor=actor, award=award.public_id, what=said, happened_on=what.changed_on or on,
                        client_key=key, on=on,
                    )
                )  # fmt: skip
        except Refusal as refusal:
            if refusal.code != "case.another_open":
                raise
    return tuple(reviews)


def _review_of(actor: Actor, row: Award, on: date) -> Case:
    """The award's open review; a family reports, the platform opens what that calls for."""
    if not actor.is_resident:
        return open_review(actor, row, channel=Channel.EVENT, on=on)[0]
    with scope(system_actor("reviews")) as platform:
        return open_review(platform, row, channel=Channel.EVENT, on=on)[0]


def reassess_selfcare(*, actor: Actor, case: uuid.UUID, version: int, **how: Any) -> Case:
    """The six indicators once more, within the days of TM-14; `fields` are yes or no for each."""
    return take_step(actor=actor, case=case, action=OwnAction.REASSESS_SELFCARE, version=version, **how)


def update_household(*, actor: Actor, case: uuid.UUID, version: int, **how: Any) -> Case:
    """Who died is taken out of the household (TM-19)."""
    return take_step(actor=actor, case=case, action=OwnAction.UPDATE_HOUSEHOLD, version=version, **how)


def sanction(*, actor: Actor, case: uuid.UUID, version: int, **how: Any) -> Case:
    """Refund, fine or reprimand, within what the law allows (SA-1, SA-3)."""
    return take_step(actor=actor, case=case, action=OwnAction.SANCTION, version=version, **how)


@dataclass(frozen=True)
class Compared:
    """A watch list beside those who receive: on both, on the list alone (possible leads), aided alone."""

    both: frozenset[int]
    listed_only: frozenset[int]
    aided_only: frozenset[int]


@transaction.atomic
def compare_watch_list(
    *, actor: Actor, listed: Collection[int] | None, place: str, on: date | None = None
) -> Compared:
    """Who stands on the watch list against falling back into poverty and who receives something (DY-5).

    listed: persons of the registry on that list. The list belongs to the department of agriculture and rural affairs;
    there is no interface to it here: an officer brings it as a file and matches it to persons first.
    """
    actor.require(Permission.HANDLE_LEADS)
    if listed is None:
        raise Refusal(
            "watch_list.missing",
            "尚未取得防返贫监测对象名单，不能比对。",
            next_step="请向农业农村部门取得名单，导入并对应到登记人员后再比对。",
            article="DY-5",
        )
    on = on or business_date()
    aided: set[int] = set()
    for some in _covered_people(actor, on):
        aided.update(some)
    found = Compared(
        frozenset(aided & set(listed)), frozenset(set(listed) - aided), frozenset(aided - set(listed))
    )
    record(
        actor, "compare_watch_list", "assistance", place, division=place[:12],
        detail={"listed": len(listed), "both": len(found.both), "listed_only": len(found.listed_only)},
    )  # fmt: skip
    return found
