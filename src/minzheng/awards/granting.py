"""What a confirmation brings: from which month something is received, until when where that is known, and what gives way.

The months come from the rulebook: after the decision (TM-10), from the application (TM-18), at once for relief (LS-4).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.decide import rulebook
from minzheng.assessment.models import Decision
from minzheng.awards.actions import change_amount, open_award, stop_award, village_of
from minzheng.awards.families import exclude_each_other
from minzheng.awards.models import Award
from minzheng.awards.queries import awards_of, members_in, month
from minzheng.awards.said import Document, covered, opened
from minzheng.awards.taking_over import take_over, untaken
from minzheng.awards.types import Cause, Ground, ReviewClass
from minzheng.awards.ways import reverse_award
from minzheng.base.types import Actor
from minzheng.rulebook import declared
from minzheng.rulebook.history import start_of
from minzheng.rules import Program
from minzheng.rules.language.declare import Parameter
from minzheng.rules.timeline import Start
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

VALIDITY: dict[str, Parameter] = {"edge": declared.edge_validity, "rigid": declared.gx_validity}
"""For how many months a recognition holds."""
ONCE = frozenset({"once", "yearly"})
LENGTH_OF_PHASE_OUT = "phase_out_length"


@dataclass(frozen=True)
class Months:
    """From when and to when something is received; `ground` says why the end is known beforehand."""

    since: Month
    last: Month | None = None
    ground: Ground = Ground.TERM_OVER


def months_of(document: Document, program: Program, *, received_on: date, on: date) -> Months:
    """The months of a programme confirmed on `on` after an application of `received_on`."""
    start = start_of(program)
    since = {
        Start.APPLICATION: Month.of(received_on),
        Start.DECISION: Month.of(on),
        Start.AFTER_DECISION: Month.of(on).plus(1),
    }[start]
    if program.cadence in ONCE:
        return Months(since, since, Ground.PAID_ONCE)
    length = _length(document, program.name, on)
    return Months(since) if length is None else Months(since, since.plus(length - 1))


def _length(document: Document, programme: str, on: date) -> int | None:
    """For how many months, where the law says so beforehand."""
    if programme == "phase_out":
        return int(document.content["values"][LENGTH_OF_PHASE_OUT])
    if programme not in VALIDITY:
        return None
    parameter = VALIDITY[programme]
    found = rulebook().parameters.resolve(parameter, document.decision.division[:6], on, on)
    if not found.known:
        raise Refusal(
            "award.no_validity",
            f"{parameter.label}的数值尚未取得，不能确定有效期。",
            next_step="请由政策部门补充该参数。",
        )
    return int(found.value)  # type: ignore[arg-type]


def grant(
    *,
    actor: Actor,
    case: uuid.UUID,
    decision: Decision,
    programme: str,
    household: int,
    person: int | None,
    received_on: date,
    on: date,
    reason: str,
    review_class: ReviewClass = ReviewClass.NONE,
) -> Award:
    """Open the award a confirmed case brings. What may not stand beside it ends or gives way first, also what only the
    registry says is received.
    """
    if untaken(actor, household):
        county = village_of(actor, household)[:6]
        take_over(actor=actor, county=county, month=Month.of(on), on=on, household=household)
    document = opened(actor, decision)
    months = months_of(document, rulebook().program(programme), received_on=received_on, on=on)
    people = covered(document, programme, person)
    make_room(
        actor=actor,
        document=document,
        programme=programme,
        household=household,
        people=people,
        since=months.since,
        case=case,
        on=on,
        reason=reason,
    )
    return open_award(
        actor=actor,
        case=case,
        decision=decision,
        programme=programme,
        household=household,
        person=person,
        covered=people,
        since=months.since,
        last=months.last,
        ground=months.ground,
        review_class=review_class,
        reason=reason,
        on=on,
    )


def make_room(
    *,
    actor: Actor,
    document: Document,
    programme: str,
    household: int,
    people: list[int],
    since: Month,
    case: uuid.UUID,
    on: date,
    reason: str,
) -> list[Award]:
    """End, or take these people out of, what the household receives and may not receive beside the programme.

    Locked before they are read: what is decided here is decided of the awards as they stay.
    """
    moved = []
    for award in awards_of(actor, household).order_by("pk").select_for_update(of=("self",)):
        if not exclude_each_other(award.programme, programme) or not _runs_from(award, since):
            continue
        there = set(members_in(award, max(since, Month.of(award.since))))
        leaving = there & set(people)
        if not leaving:
            continue
        why = f"改享{rulebook().program(programme).label}：{reason}"
        if there - leaving and _still_granted(document, award):
            moved.append(
                change_amount(
                    actor=actor, award=award.public_id, since=max(since, Month.of(award.since)),
                    decision=document.decision, cause=Cause.GAVE_WAY, covered=sorted(there - leaving),
                    last=_last(award), reason=why, case=case, on=on,
                )
            )  # fmt: skip
        else:
            moved.append(
                stop_award(
                    actor=actor, award=award.public_id, last=since.plus(-1), ground=Ground.OTHER_PROGRAMME,
                    decision=document.decision, reason=why, case=case, on=on,
                )
            )  # fmt: skip
    return moved


def _runs_from(award: Award, since: Month) -> bool:
    return award.ends is None or Month.of(award.ends) > since


def _still_granted(document: Document, award: Award) -> bool:
    says = document.says(award.programme, award.person_id)
    return says is not None and says.grants


def _last(award: Award) -> Month | None:
    ends = month(award.ends)
    return None if ends is None else ends.plus(-1)


# -- as the effect of a line's confirmation ------------------------------------------------------------------
REVIEW_FIELD = "review_class"
"""The field of a confirmation in which an officer chooses another class than the one that follows from the facts."""


def confirmed(taken: Any) -> None:
    """The effect of `confirm`: `taken` is the step of a case that carries its kept decision."""
    case = taken.case
    grant(
        actor=taken.actor,
        case=case.public_id,
        decision=case.decision,
        programme=case.programme,
        household=case.household_id,
        person=case.person_id,
        received_on=case.received_on,
        on=taken.on,
        reason=taken.reason,
        review_class=chosen_class(taken, case.programme),
    )


def voided(taken: Any) -> None:
    """The effect of `void`: the confirmation was wrong, nothing is due from the beginning on.

    Decided anew first: while the rules still grant it, the facts have to be put right before.
    """
    case = taken.case
    award = Award.objects.filter(case_id=case.public_id, programme=case.programme).first()
    if award is None:
        return
    kept = keep_decision(
        actor=taken.actor, household=case.household_id, purpose=f"撤销确认 {case.number}", on=taken.on
    )
    reverse_award(
        actor=taken.actor,
        award=award.public_id,
        decision=kept,
        reason=taken.reason,
        case=case.public_id,
        on=taken.on,
    )


def chosen_class(taken: Any, programme: str) -> ReviewClass:
    """The class an officer chose, else the one the facts of the decision give (DY-1)."""
    chosen = taken.fields.get(REVIEW_FIELD)
    if chosen:
        return ReviewClass(chosen)
    return class_of(opened(taken.actor, taken.case.decision), programme)


def class_of(document: Document, programme: str) -> ReviewClass:
    """Yearly where the circumstances hardly change; half-yearly where somebody able to work has no fixed income."""
    if programme == "tekun":
        return ReviewClass.TEKUN
    if programme not in REVIEWED:
        return ReviewClass.NONE
    people = document.content["facts"]["people"]
    able = any(person["labour"]["value"] in ABLE_TO_WORK for person in people)
    return ReviewClass.B if able else ReviewClass.A


REVIEWED = frozenset({"dibao", "single"})
ABLE_TO_WORK = frozenset({"ABLE", "PARTLY"})
