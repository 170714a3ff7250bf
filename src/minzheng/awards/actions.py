"""Opening, changing and ending awards. Nothing is overwritten: a change is a new version with rows of its own.

Each action runs in one transaction: allow, lock, check, change, write the receipt downward, record. Done twice it is done
once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from django.db import connection, transaction

from minzheng.assessment.models import Decision
from minzheng.awards import hands
from minzheng.awards.folding import Stretch
from minzheng.awards.models import Award
from minzheng.awards.queries import month, terms_of
from minzheng.awards.receipts import write_down
from minzheng.awards.reviews import review_day
from minzheng.awards.said import Document, Says, opened
from minzheng.awards.said import covered as covered_people
from minzheng.awards.types import GROUNDS, Amount, Cause, Ground, Origin, ReviewClass
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import households_in
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@transaction.atomic
def open_award(
    *,
    actor: Actor,
    case: uuid.UUID,
    decision: Decision | uuid.UUID,
    programme: str,
    household: int,
    since: Month,
    reason: str,
    person: int | None = None,
    covered: Sequence[int] | None = None,
    last: Month | None = None,
    fen: int | None = None,
    exact: Fraction | None = None,
    cause: Cause = Cause.OPENED,
    review_class: ReviewClass = ReviewClass.NONE,
    ground: Ground = Ground.TERM_OVER,
    on: date | None = None,
) -> Award:
    """A programme is received from `since` on, as a kept decision says; the same case twice gives the same award.

    person: of a personal programme; covered: whom it covers (as the decision reckoned). last: the last month, where it is
    known beforehand (`ground` says why). fen and exact are what the decision says unless an officer judged within the
    range it leaves open (`cause` DISCRETION). Refuses what excludes each other.
    """
    actor.require(Permission.CONFIRM_CASES)
    before = _of_case(case, programme, household, person)
    if before is not None:
        return before
    document = opened(actor, decision)
    says = _granted(document, programme, household, person, cause)
    amount = _amount(says, since, last, fen, exact)
    on = on or business_date()
    step = hands.Step("open", on, reason.strip(), case)
    award = Award(
        number=award_number(programme, document.decision.division, since),
        division=village_of(actor, household),
        household_id=household,
        person_id=person,
        programme=programme,
        origin=Origin.CASE,
        case_id=case,
        decision=document.decision,
        since=since.first_day,
        ground=ground if last is not None else Ground.NONE,
        review_class=review_class,
        review_due=review_day(review_class, document.decision.division, on),
        verb=step.verb,
        reason=step.reason,
        on=on,
        by_case=case,
    )
    award.save(force_insert=True)
    award.refresh_from_db()
    people = list(covered) if covered is not None else covered_people(document, programme, person)
    hands.cover(award, [(one, Stretch(since, amount.until, None)) for one in people])
    hands.add_terms(award, [amount], cause=cause, decision=document.decision.pk)
    write_down(actor, award, reason=step.reason or "待遇确认")
    hands.audited(actor, award, step, since=str(since), fen=amount.fen)
    return award


def village_of(actor: Actor, household: int) -> str:
    """The village of a household of the actor's regions."""
    found = households_in(actor).filter(pk=household).values_list("village", flat=True).first()
    if found is None:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    return str(found)


def _of_case(case: uuid.UUID, programme: str, household: int, person: int | None) -> Award | None:
    return Award.objects.filter(
        case_id=case, programme=programme, household_id=household, person_id=person
    ).first()


def _granted(document: Document, programme: str, household: int, person: int | None, cause: Cause) -> Says:
    """What the decision says, when it grants; an undecided one only where an officer judges."""
    says = document.says(programme, person) if document.decision.household_id == household else None
    if says is None or says.status == "no" or (not says.grants and cause is not Cause.DISCRETION):
        raise Refusal(
            "award.not_granted",
            "认定记录没有给出该待遇“符合”的结果，不能发放。",
            next_step="请核对办件的认定结果；事实有变化的，先登记事实再重新认定。",
        )
    return says


def _amount(says: Says, since: Month, last: Month | None, fen: int | None, exact: Fraction | None) -> Amount:
    fen = says.fen if fen is None else fen
    exact = (says.exact if fen == says.fen else Fraction(fen or 0)) if exact is None else exact
    if last is not None and last < since:
        raise Refusal("award.period", "止月早于起月。", field="last")
    return Amount(
        since, last.plus(1) if last else None, fen or 0, exact if exact is not None else Fraction(fen or 0)
    )


def award_number(programme: str, division: str, since: Month) -> str:
    """`dibao-140403-2023-000017`: counted by programme, county and year of the first month."""
    county = division[:6]
    with connection.cursor() as cursor:
        cursor.execute("select awards_take_numbers(%s, %s, %s, 1)", [programme, county, since.year])
        (number,) = cursor.fetchone()
    return f"{programme}-{county}-{since.year}-{number:06d}"


@transaction.atomic
def change_amount(
    *,
    actor: Actor,
    award: uuid.UUID,
    since: Month,
    decision: Decision | uuid.UUID,
    cause: Cause,
    reason: str,
    last: Month | None = None,
    fen: int | None = None,
    exact: Fraction | None = None,
    covered: Sequence[int] | None = None,
    case: uuid.UUID | None = None,
    version: int | None = None,
    review_class: ReviewClass | None = None,
    on: date | None = None,
) -> Award:
    """Another amount from a month on (earlier than now: arrears), or the same amount on a new decision.

    Nothing is written when the award already says it. `covered`: whom it covers from that month on.
    """
    actor.require(Permission.CONFIRM_CASES)
    row = hands.locked(actor, award, version)
    document = opened(actor, decision)
    says = _granted(document, row.programme, row.household_id, row.person_id, cause)
    amount = _amount(says, since, last, fen, exact)
    amount = replace(amount, until=amount.until or month(row.ends))
    _inside(row, amount)
    if _says_already(row, amount, document, covered):
        return row
    on = on or business_date()
    step = hands.Step("change", on, reason.strip(), case)
    _needs_reason(step)
    hands.next_version(actor, row, step, **_review(review_class, document.decision.division, on))
    if covered is not None:
        _cover_from(row, amount, covered)
    hands.add_terms(row, [amount], cause=cause, decision=document.decision.pk)
    write_down(actor, row, reason=step.reason)
    return row


def _inside(row: Award, amount: Amount) -> None:
    ends = month(row.ends)
    if amount.since < Month.of(row.since):
        raise Refusal("award.before_start", "不能早于待遇起始月变更金额。", field="since")
    if ends is not None and (amount.since >= ends or amount.until is None or amount.until > ends):
        raise Refusal("award.after_end", "该待遇已停发，停发以后的月份不能变更金额。", field="since")


def _says_already(row: Award, amount: Amount, document: Document, people: Sequence[int] | None) -> bool:
    """Whether the award already rests on this decision for these months."""
    for one in terms_of(row):
        if (
            one.since <= amount.since
            and one.until == amount.until
            and one.what.decision_id == document.decision.pk
        ):
            same = one.what.fen == amount.fen
            return same and (people is None or set(people) == _covered_from(row, amount.since))
    return False


def _covered_from(row: Award, since: Month) -> set[int]:
    return {
        m.person_id
        for m in hands.live_members(row)
        if Month.of(m.since) <= since and (m.until is None or Month.of(m.until) > since)
    }


def _review(chosen: ReviewClass | None, division: str, on: date) -> dict[str, object]:
    if chosen is None:
        return {}
    return {"review_class": chosen, "review_due": review_day(chosen, division, on)}


def _cover_from(row: Award, amount: Amount, people: Sequence[int]) -> None:
    """In the months of an amount it covers these people; in the others it covers whom it did."""
    keep: list[tuple[int, Stretch[None]]] = []
    for member in hands.live_members(row):
        since, until = Month.of(member.since), month(member.until)
        if since < amount.since:
            keep.append((member.person_id, Stretch(since, _earlier(until, amount.since), None)))
        if amount.until is not None and (until is None or until > amount.until):
            keep.append((member.person_id, Stretch(max(since, amount.until), until, None)))
    keep += [(person, Stretch(amount.since, amount.until, None)) for person in people]
    hands.cover(row, _joined(keep))


def _earlier(one: Month | None, other: Month) -> Month:
    return other if one is None else min(one, other)


def _joined(rows: list[tuple[int, Stretch[None]]]) -> list[tuple[int, Stretch[None]]]:
    """Neighbouring months of one person as one row."""
    found: list[tuple[int, Stretch[None]]] = []
    for person, months in sorted(rows, key=lambda one: (one[0], one[1].since)):
        if found and found[-1][0] == person and found[-1][1].until == months.since:
            found[-1] = (person, Stretch(found[-1][1].since, months.until, None))
        else:
            found.append((person, months))
    return found


@transaction.atomic
def stop_award(
    *,
    actor: Actor,
    award: uuid.UUID,
    last: Month | None,
    ground: Ground,
    reason: str,
    case: uuid.UUID | None = None,
    decision: Decision | uuid.UUID | None = None,
    version: int | None = None,
    on: date | None = None,
) -> Award:
    """Nothing is due after the month `last` (None: from its beginning). An award that ends there already is left alone."""
    actor.require(Permission.CONFIRM_CASES)
    row = hands.locked(actor, award, version)
    since = Month.of(row.since)
    end = since if last is None or last < since else last.plus(1)
    if row.ends is not None and month(row.ends) == end and row.ground == ground:
        return row
    if row.ends is not None and Month.of(row.ends) < end:
        raise Refusal("award.ended", "该待遇已更早停发。", next_step="恢复发放须重新认定。")
    step = hands.Step("stop", on or business_date(), reason.strip(), case)
    _needs_reason(step)
    kept = None if decision is None else opened(actor, decision).decision
    if GROUNDS[ground].decision and kept is None:
        raise Refusal(
            "award.no_decision", f"以“{ground.label}”停发须先作出认定。", article=GROUNDS[ground].clause
        )
    hands.next_version(actor, row, step, ground=ground)
    hands.add_end(row, end, cause=Cause.ENDED, decision=kept.pk if kept else None)
    hands.cut_members(row, end)
    write_down(actor, row, reason=step.reason)
    return row


def _needs_reason(step: hands.Step) -> None:
    if not step.reason:
        raise Refusal("award.no_reason", "增发、减发、停发须填写事由。", field="reason", article="DY-4")
