"""The end a programme has by itself: an age, a certificate that runs out, the months of a phase-out.

Found by deciding month after month until the answer is a definite no. What is not known ends nothing, and whoever is no
longer entitled for another reason is looked at by a person (DY-4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.decide import decide
from minzheng.assessment.payment import payable_of
from minzheng.awards.actions import change_amount, stop_award
from minzheng.awards.models import Award
from minzheng.awards.queries import due_of
from minzheng.awards.queries import month as month_of
from minzheng.awards.reckoned import day_for
from minzheng.awards.tasks import note
from minzheng.awards.types import Cause, Ground, TaskKind
from minzheng.base.types import Actor
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.language.declare import Provision
from minzheng.rules.status import NO, YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

BY_ITSELF: dict[str, tuple[Ground, frozenset[str]]] = {
    "old_age_range": (Ground.AGE, frozenset({"old_age"})),
    "orphan_age": (Ground.AGE, frozenset({"orphan"})),
    "is_minor": (Ground.AGE, frozenset({"unattended"})),
    "lb_young": (Ground.AGE, frozenset({"left_behind"})),
    "disabled": (Ground.CERTIFICATE, frozenset({"living_subsidy", "care_subsidy"})),
}
"""The deciding provision of a no that is an end by itself: passing time alone makes it, whatever the family does."""


@dataclass(frozen=True)
class End:
    """The first month for which the law says no, and the provision that says it. `ground` is None where a person decides."""

    month: Month
    provision: Provision | None
    ground: Ground | None


def known_end(
    actor: Actor, award: Award, *, first: Month, on: date, months: int = 24, book: Rulebook | None = None
) -> End | None:
    """The first definite no from a month on; None where none is found in so many months or the person left."""
    for ahead in range(months + 1):
        month = first.plus(ahead)
        if award.ends is not None and month >= Month.of(award.ends):
            return End(Month.of(award.ends), None, Ground(award.ground) if award.ground else None)
        outcome = outcome_for(actor, award, day_for(month, on), book)
        if outcome is not None and outcome[1].status == NO:
            deciding = outcome[1].deciding
            provision = deciding if isinstance(deciding, Provision) else None
            return End(month, provision, _by_itself(award, provision))
    return None


def _by_itself(award: Award, provision: Provision | None) -> Ground | None:
    if provision is None or provision.name not in BY_ITSELF:
        return None
    ground, programmes = BY_ITSELF[provision.name]
    return ground if award.programme in programmes else None


def outcome_for(
    actor: Actor, award: Award, day: date, book: Rulebook | None = None
) -> tuple[Determination, Outcome] | None:
    """What the law says of an award's programme on a day; None where household or person is no longer there."""
    try:
        determination = decide(actor, award.household_id, on=day, book=book, steps=False)
    except Refusal:
        return None
    people = list(determination.facts.people_ids)
    if award.person_id is not None and award.person_id not in people:
        return None
    who = None if award.person_id is None else people.index(award.person_id)
    return determination, determination.of(award.programme, who)


def end_by_itself(actor: Actor, award: Award, *, on: date, book: Rulebook | None = None) -> bool:
    """End an award whose own end has come or comes with the next month. Whether it ended."""
    first = max(Month.of(award.since), Month.of(on).plus(-2))
    found = known_end(
        actor, award, first=first, on=on, months=Month.of(on).plus(1).months_since(first), book=book
    )
    if found is None or found.ground is None or found.provision is None:
        return False
    if award.ends is not None and Month.of(award.ends) <= found.month:
        return False
    day = day_for(found.month, on)
    reason = f"{found.provision.label}：自 {found.month} 起不再满足"
    decision = keep_decision(actor=actor, household=award.household_id, purpose=reason, on=day)
    stop_award(
        actor=actor, award=award.public_id, last=found.month.plus(-1), ground=found.ground, reason=reason,
        decision=decision, on=on,
    )  # fmt: skip
    # DY-4: whatever ends, ends in writing.
    note(
        award,
        TaskKind.NOTICE,
        key=str(found.month),
        due=on,
        detail={"since": str(found.month), "why": reason},
    )
    return True


def phase_out_month(actor: Actor, award: Award, *, on: date, book: Rulebook | None = None) -> str:
    """The coming month of a phase-out: its rate, or a look at somebody who is under the standard again (JT-7)."""
    month = Month.of(on).plus(1)
    if month < Month.of(award.since) or (award.ends is not None and month >= Month.of(award.ends)):
        return "over"
    day = day_for(month, on)
    found = outcome_for(actor, award, day, book)
    if found is None:
        return "gone"
    determination, outcome = found
    if determination.of("dibao").status == YES:
        note(award, TaskKind.ENTITLED_AGAIN, key=str(month), due=on, detail={"since": str(month)})
        return "entitled_again"
    if outcome.status != YES:
        return "undecided"
    if payable_of(determination, outcome) == due_of(award, month):
        return "same"
    decision = keep_decision(actor=actor, household=award.household_id, purpose="渐退逐月核定", on=day)
    change_amount(
        actor=actor, award=award.public_id, since=month, last=_last(award), decision=decision,
        cause=Cause.PHASE_OUT, reason=f"渐退 {month} 应发比例", on=on,
    )  # fmt: skip
    return "changed"


def _last(award: Award) -> Month | None:
    ends = month_of(award.ends)
    return None if ends is None else ends.plus(-1)
