"""Opening reviews of what runs: because it is time (DY-1), because something happened (DY-6). Nothing changes by that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from minzheng.assistance.models import ChangeTask
from minzheng.awards.models import Award
from minzheng.awards.queries import awards
from minzheng.base.types import Actor
from minzheng.cases.actions import count_from, open_case
from minzheng.cases.models import Case
from minzheng.cases.queries import Which, work_queue
from minzheng.cases.types import Channel
from minzheng.registry import codes
from minzheng.registry.queries import events_recorded_after, homes_of_many

LINE = "review"
AT_ONCE = 500
DEATH = f"event:{int(codes.Event.DEATH)}"
AFTER_A_DEATH = "death.update"
"""How long the household may wait to be brought up to date after a member's death (TM-19)."""
AGES = (3, 16, 18, 60, 70, 80, 100)
"""Ages at which the law of some programme changes (DY-6)."""


@dataclass(frozen=True)
class Change:
    """Something that happened to a person: a life event, an age reached, a certificate that ran out."""

    person: int
    what: str
    on_day: date
    recorded_at: datetime | None = None

    @property
    def label(self) -> str:
        kind, _, detail = self.what.partition(":")
        if kind == "age":
            return f"年满{detail}周岁"
        if kind == "certificate":
            return "残疾证到期"
        return codes.Event(int(detail)).label


def open_review(actor: Actor, award: Award, *, channel: Channel, on: date) -> tuple[Case, bool]:
    """The open review of an award and whether it is new: an award has one at a time."""
    queue = work_queue(actor, Which(line=LINE, household=award.household_id, programme=award.programme))
    before = queue.filter(person_id=award.person_id).first()
    if before is not None:
        return before, False
    case = open_case(
        actor=actor,
        line=LINE,
        programme=award.programme,
        household=award.household_id,
        person=award.person_id,
        applicant=award.person_id,
        channel=channel,
        on=on,
    )
    return case, True


def open_for(actor: Actor, changes: Iterable[Change], on: date) -> int:
    """Open the reviews that changes call for; a change already seen opens nothing. Returns how many were opened."""
    by_person: dict[int, list[Change]] = {}
    for change in changes:
        by_person.setdefault(change.person, []).append(change)
    opened = 0
    for person, award in covering(actor, set(by_person), on):
        for change in by_person[person]:
            if not _seen(change, award):
                opened += _open_one(actor, change, award, on)
    return opened


def _seen(change: Change, award: Award) -> bool:
    """Whether what the award rests on was made of that day or later, and knew of it.

    What was taken over from the registry rests on no decision: it is as it was found on the day of the take-over, and
    whoever should not have been receiving then is found by the sweep. A death is looked at all the same.
    """
    term = award.terms.exclude(decision=None).select_related("decision").order_by("-id").first()
    if term is None or term.decision is None:
        return change.what != DEATH and change.on_day <= award.on
    if change.on_day > term.decision.on:
        return False
    return change.recorded_at is None or change.recorded_at <= term.decision.known_at


def _open_one(actor: Actor, change: Change, award: Award, on: date) -> bool:
    same = {
        "award": award.public_id,
        "person_id": change.person,
        "what": change.what,
        "on_day": change.on_day,
    }
    if ChangeTask.objects.filter(**same).exists():
        return False
    case, fresh = open_review(actor, award, channel=Channel.EVENT, on=on)
    if change.what == DEATH and case.line == LINE:
        count_from(actor=actor, case=case.public_id, parameter=AFTER_A_DEATH, since=change.on_day, on=on)
    ChangeTask.objects.create(
        **same, division=award.division, household_id=award.household_id, case=case.public_id
    )
    return fresh


def covering(actor: Actor, people: set[int], on: date) -> Iterator[tuple[int, Award]]:
    """(person, award) for every award a change of one of these people may touch.

    Theirs, those that cover them, and those of the household they live in: who comes home is not covered yet.
    """
    month = on.replace(day=1)
    homes = homes_of_many(actor, people, on=on)
    of_homes = {household for found in homes.values() for household in found}
    touched = Q(person_id__in=people) | Q(person_id=None, household_id__in=of_homes)
    touched |= Q(members__person_id__in=people, members__superseded_at=None)
    for award in awards(actor).filter(touched).exclude(ends__lte=month).distinct().order_by("id"):
        inside = set(award.members.filter(superseded_at=None).values_list("person_id", flat=True))
        if award.person_id is None:
            inside |= {person for person, found in homes.items() if award.household_id in found}
        for person in sorted(inside & people):
            yield person, award


def events_after(actor: Actor, at: datetime) -> Iterator[list[Change]]:
    """Life events recorded after a moment, in batches, the oldest first."""
    last = 0
    while lines := events_recorded_after(actor, at, after=last, most=AT_ONCE):
        yield [Change(one.person_id, f"event:{int(one.kind)}", one.on_day, one.recorded_at) for one in lines]
        at, last = lines[-1].recorded_at, lines[-1].id
