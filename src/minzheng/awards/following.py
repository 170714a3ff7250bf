"""A family changed: what follows for its running awards at once, by the law alone, and what a person has to judge.

Whoever records a change does not decide about money. Without a decision only this happens: the awards of somebody who
died end with the month of the death (TM-19); what is granted for a person alone follows the person where the law grants
the same sum there; awards are where their household lives. Everything else runs on as it is and becomes a task, of which
assistance opens a review (DY-3, DY-4, DY-6); there an officer who may confirm calls `ways.regroup`.

The same is asked at the desk before a change is saved, done in the transaction that saves it, and done once a day for
what was recorded by another door: it goes by who lives where now, so that it may be done any number of times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Q

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.canonical import canonical, document_of
from minzheng.assessment.decide import decide
from minzheng.assessment.models import Decision
from minzheng.awards.actions import stop_award
from minzheng.awards.models import Award
from minzheng.awards.queries import due_of, in_scope, members_in
from minzheng.awards.said import Document, Says, covered
from minzheng.awards.tasks import note
from minzheng.awards.types import Fate, Ground, TaskKind
from minzheng.awards.ways import WHOLE, carry_over, follow_place
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import deaths_of, homes_now
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

JOB = "awards"
"""The name under which the platform follows a change."""
OF_THE_FAMILY = WHOLE | {"single", "tekun"}
"""Granted by what a family has: who lives in another family is judged anew and never carried there by the platform."""


@dataclass(frozen=True)
class Followed:
    """What becomes of one award. month: the first in which it is so; household: where it goes on, when it is carried."""

    award: Award
    fate: Fate
    month: Month
    household: int | None = None


@transaction.atomic
def follow(*, actor: Actor, households: Iterable[int], reason: str, on: date) -> list[Followed]:
    """What a change of these families brings to their running awards, done; by order of their numbers. Twice is once.

    The platform's own act: it sees both sides of a change between two places, and grants nobody more than before.
    """
    actor.require(Permission.CONFIRM_CASES)
    asked = list(dict.fromkeys(households))
    for household in asked:
        follow_place(actor=actor, household=household, on=on)
    change = _Change(actor, reason, on)
    rows = Award.objects.select_for_update().filter(in_scope(actor), household_id__in=asked)
    running = rows.filter(Q(ends=None) | Q(ends__gt=Month.of(on).first_day)).order_by("id")
    return [change.of(row) for row in running]


def follow_as_platform(households: Iterable[int], reason: str) -> list[Followed]:
    """What an officer's change brings, done by the platform in the officer's transaction; the officer need not be one who
    confirms, and the other family may be elsewhere.
    """
    with scope(system_actor(JOB)) as platform:
        return follow(actor=platform, households=households, reason=reason, on=business_date())


class _Change:
    """One look at several awards: each household is decided once."""

    def __init__(self, actor: Actor, reason: str, on: date) -> None:
        self.actor, self.reason, self.on = actor, reason.strip(), on
        self.next = Month.of(on).plus(1)
        self._documents: dict[int, Document | None] = {}

    def of(self, row: Award) -> Followed:
        month = max(self.next, Month.of(row.since))
        people = members_in(row, month) or members_in(row, Month.of(self.on))
        died = deaths_of(self.actor, people)
        if people and set(people) <= set(died):
            return self._ended(row, max(died.values()))
        if row.ends is not None and Month.of(row.ends) <= month:
            return Followed(row, Fate.STAYS, month)
        if row.person_id is None:
            return self._family(row, people, month)
        home = homes_now(self.actor, [row.person_id]).get(row.person_id)
        if home is not None and home != row.household_id:
            return self._carried(row, home, month)
        return self._person(row, month)

    def _ended(self, row: Award, died: date) -> Followed:
        last = Month.of(died)
        if row.ends is None or Month.of(row.ends) > last.plus(1):
            stop_award(
                actor=self.actor, award=row.public_id, last=last, ground=Ground.DEATH, reason=self.reason, on=self.on,
            )  # fmt: skip
        return Followed(row, Fate.ENDS, max(last.plus(1), Month.of(row.since)))

    def _family(self, row: Award, people: Sequence[int], month: Month) -> Followed:
        here = self._document(row.household_id)
        same = here is not None and _as_before(row, here.says(row.programme, None), month)
        if same and here is not None and set(covered(here, row.programme, None)) == set(people):
            return Followed(row, Fate.STAYS, month)
        return self._looked_at(row, here, people, month)

    def _person(self, row: Award, month: Month) -> Followed:
        """Somebody who lives where the award is: judged anew only where the change touches what it rests on."""
        here = self._document(row.household_id)
        if here is not None and _as_before(row, here.says(row.programme, row.person_id), month):
            return Followed(row, Fate.STAYS, month)
        return self._looked_at(row, here, [row.person_id or 0], month)

    def _carried(self, row: Award, home: int, month: Month) -> Followed:
        there = None if row.programme in OF_THE_FAMILY else self._document(home)
        says = None if there is None else there.says(row.programme, row.person_id)
        # An award that has not begun is not carried: it is confirmed for the place it was asked for.
        if not _as_before(row, says, month) or month <= Month.of(row.since):
            return self._looked_at(row, there, [row.person_id or 0], month)
        kept = keep_decision(actor=self.actor, household=home, purpose=self.reason, on=self.on)
        carry_over(
            actor=self.actor, award=row.public_id, household=home, since=month, decision=kept, reason=self.reason,
            on=self.on,
        )  # fmt: skip
        return Followed(row, Fate.CARRIED, month, home)

    def _looked_at(self, row: Award, here: Document | None, people: Sequence[int], month: Month) -> Followed:
        note(
            row, TaskKind.REGROUPED, key=_state(row, here, people), due=self.on,
            detail={"since": str(month), "why": self.reason},
        )  # fmt: skip
        return Followed(row, Fate.REVIEWED, month)

    def _document(self, household: int) -> Document | None:
        """What the law says of a household as it is now; None for one that is closed. Nothing is kept."""
        if household not in self._documents:
            self._documents[household] = _said(self.actor, household, self.on)
        return self._documents[household]


def _said(actor: Actor, household: int, on: date) -> Document | None:
    try:
        found = decide(actor, household, on=on, steps=False)
    except Refusal as refusal:
        if refusal.code != "facts.closed":
            raise
        return None
    content = canonical(document_of(found, datetime.now(UTC)))
    return Document(Decision(household_id=household, on=on, content=content))


def _as_before(row: Award, says: Says | None, month: Month) -> bool:
    """Whether the law grants what is received anyway: only then nobody has to judge."""
    return says is not None and says.grants and (says.fen or 0) == due_of(row, month)


def _state(row: Award, here: Document | None, people: Sequence[int]) -> str:
    """What a person would look at: the same state is noted once, another one anew."""
    says = None if here is None else here.says(row.programme, row.person_id)
    told = [
        sorted(people),
        sorted(here.people) if here else [],
        says.status if says else "",
        row.version,
    ]
    return f"family:{hashlib.sha256(canonical(told).encode()).hexdigest()[:16]}"
