"""What the steps of assistance bring with them: facts found in a case, awards opened, changed, phased out, stopped.

Called by casework inside the transaction of the step, after the case has moved (`taken` is the step).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from minzheng.assessment.decide import decide
from minzheng.assistance.reviews import open_review
from minzheng.assistance.tables import INDICATORS
from minzheng.awards import granting
from minzheng.awards.actions import change_amount, stop_award
from minzheng.awards.models import Award
from minzheng.awards.queries import awards_of, members_in
from minzheng.awards.said import Document, covered, opened
from minzheng.awards.types import Cause, Ground
from minzheng.awards.ways import regroup
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.cases.types import Channel
from minzheng.payments.actions import open_recovery
from minzheng.payments.types import RecoveryKind
from minzheng.registry import codes
from minzheng.registry.actions import FactRow, correct_fact, end_fact, record_fact
from minzheng.registry.history import records_of
from minzheng.registry.queries import deaths_of, homes_of_many
from minzheng.registry.tables import BY_NAME, Holder
from minzheng.rules.explain.determine import Determination
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.status import NO, YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


# -- facts found in a case -----------------------------------------------------------------------------------
def selfcare_assessed(taken: Any) -> None:
    """How many of the six a person cannot do becomes a fact of the registry; the six stay in the ledger (TK-A1)."""
    fails = sum(not taken.fields[name] for name in INDICATORS)
    person = taken.case.person_id
    with scope(system_actor("casework")) as platform:
        current = current_fact(platform, "selfcare", person, taken.on)
        if current is not None and current.since == taken.on:
            correct_fact(
                actor=platform, row=current.row, values={"fails": fails}, source=codes.Source.VISIT,
                reason=f"重新评估 {taken.case.number}",
            )  # fmt: skip
            return
        if current is not None:
            end_fact(
                actor=platform, row=current.row, until=taken.on, source=codes.Source.VISIT,
                reason=f"重新评估 {taken.case.number}",
            )  # fmt: skip
        record_fact(
            actor=platform, table="selfcare", holder=person, values={"fails": fails, "since": taken.on},
            source=codes.Source.VISIT, reason=taken.case.number,
        )  # fmt: skip


def relief_assessed(taken: Any) -> None:
    """Whether the difficulty is real, for how many people and months: found by the officer, kept in the registry."""
    household, number = taken.case.household_id, taken.case.number
    people, months = int(taken.fields["people"]), int(taken.fields["months"])
    with scope(system_actor("casework")) as platform:
        current = current_fact(platform, "relief", household, taken.on)
        if current is None:
            raise Refusal(
                "relief.no_cause",
                "登记中没有该户的急难情形或者支出困难，不能核定。",
                next_step="请先把申报的困难情形登记到家庭情况。",
                article="LS-1",
            )
        correct_fact(
            actor=platform, row=current.row, values={"people": people, "grade": months},
            source=codes.Source.VISIT, reason=f"核定 {number}",
        )  # fmt: skip
        record_fact(
            actor=platform, table="finding", holder=household, source=codes.Source.VISIT, reason=number,
            values={
                "kind": codes.Finding.HARDSHIP, "holds": bool(taken.fields["holds"]), "since": taken.on,
            },
        )  # fmt: skip


@dataclass(frozen=True)
class Current:
    """A fact as it holds on a day: which row, and since when."""

    row: FactRow
    since: date


def current_fact(actor: Actor, table: str, holder: int, on: date) -> Current | None:
    """The row of a table that holds for somebody on a day; of several the one that began last."""
    of_person = BY_NAME[table].holder is Holder.PERSON
    person, household = (holder, None) if of_person else (None, holder)
    found = records_of(actor, table, person=person, household=household, on=on)
    latest = max(found, key=lambda one: (one.values["since"], one.id), default=None)
    return None if latest is None else Current(FactRow(table, holder, latest.id), latest.values["since"])


# -- awards --------------------------------------------------------------------------------------------------
def relieved(taken: Any) -> None:
    """Relief is paid once for its cause: the cause is marked, so that it is not paid for again (LS-7)."""
    granting.confirmed(taken)
    with scope(system_actor("casework")) as platform:
        current = current_fact(platform, "relief", taken.case.household_id, taken.on)
        if current is not None:
            correct_fact(
                actor=platform, row=current.row, values={"relieved_on": taken.on},
                source=codes.Source.CIVIL_AFFAIRS, reason=f"已救助 {taken.case.number}",
            )  # fmt: skip


def reviewed_award(taken: Any) -> Award:
    """The award a review is about: of its programme and holder, the one that runs (there is never a second)."""
    case = taken.case
    rows = awards_of(taken.actor, case.household_id).filter(
        programme=case.programme, person_id=case.person_id
    )
    award = rows.first()
    if award is None:
        raise Refusal("review.no_award", "该户没有这项在享待遇，不能复核。", next_step="请作废本复核。")
    return award


def continued(taken: Any) -> None:
    """The conditions hold: the amount is what the new decision says, from the month after it (TM-10, DY-4)."""
    award = reviewed_award(taken)
    document = opened(taken.actor, taken.case.decision)
    ends = None if award.ends is None else Month.of(award.ends)
    since = max(Month.of(taken.on).plus(1), Month.of(award.since))
    if ends is None or since < ends:
        change_amount(
            actor=taken.actor,
            award=award.public_id,
            since=since,
            last=None if ends is None else ends.plus(-1),
            decision=taken.case.decision,
            cause=Cause.CHANGED if _for_a_change(taken) else Cause.REVIEWED,
            covered=covered(document, award.programme, award.person_id),
            review_class=granting.chosen_class(taken, award.programme),
            reason=taken.reason,
            case=taken.case.public_id,
            on=taken.on,
        )
    _look_at_what_depends(taken, document)


def _for_a_change(taken: Any) -> bool:
    return bool(taken.case.channel == Channel.EVENT)


def discontinued(taken: Any) -> None:
    """The conditions hold no longer: phased out where the income rose by work (JT), else stopped, from next month."""
    award = reviewed_award(taken)
    document = opened(taken.actor, taken.case.decision)
    phased = document.says("phase_out", None) if award.programme == "dibao" else None
    out = phased is not None and phased.grants
    chosen = taken.fields.get("ground") or Ground.NOT_ENTITLED
    ground = Ground.TO_PHASE_OUT if out else Ground(chosen)
    stop_award(
        actor=taken.actor,
        award=award.public_id,
        last=_last_month(taken, ground),
        ground=ground,
        decision=taken.case.decision,
        reason=taken.reason,
        case=taken.case.public_id,
        on=taken.on,
    )
    if out:
        granting.grant(
            actor=taken.actor,
            case=taken.case.public_id,
            decision=taken.case.decision,
            programme="phase_out",
            household=taken.case.household_id,
            person=None,
            received_on=taken.case.received_on,
            on=taken.on,
            reason=taken.reason,
        )
    _look_at_what_depends(taken, document)


def _last_month(taken: Any, ground: Ground) -> Month:
    """That of the decision; where there was fraud the one before it began (SA-1)."""
    begun = taken.fields.get("from_month")
    if begun is None:
        return Month.of(taken.on)
    if ground is not Ground.FRAUD:
        raise Refusal(
            "review.not_fraud",
            "没有虚报、隐瞒、伪造的，自决定的次月起停发，不追溯。",
            field="from_month",
            article="SA-2",
        )
    return Month.parse(begun).plus(-1)


def _look_at_what_depends(taken: Any, document: Document) -> None:
    """Whatever else the family receives and this decision says no to is looked at too; nothing ends by itself."""
    for other in awards_of(taken.actor, taken.case.household_id):
        says = document.says(other.programme, other.person_id)
        if other.ends is None and says is not None and says.status == "no":
            open_review(taken.actor, other, channel=Channel.EVENT, on=taken.on)


def stopped_by_death(taken: Any) -> None:
    """Who died receives nothing from the month after; no decision is needed, the fact alone ends it (TM-19)."""
    award = reviewed_award(taken)
    died = max(_deaths(taken, award).values())
    stop_award(
        actor=taken.actor,
        award=award.public_id,
        last=Month.of(died),
        ground=Ground.DEATH,
        reason=taken.reason,
        case=taken.case.public_id,
        on=taken.on,
    )


def _deaths(taken: Any, award: Award) -> dict[int, date]:
    """The days on which everybody the award covers died. Somebody who lives is not ended this way."""
    people = members_in(award, Month.of(taken.on)) or ([award.person_id] if award.person_id else [])
    found = deaths_of(taken.actor, people)
    if not people or set(people) - set(found):
        raise Refusal(
            "review.somebody_lives",
            "待遇所含人员没有全部死亡，不能据死亡登记停发。",
            next_step="请按复核程序重新认定其余成员的待遇。",
            article="TM-19",
        )
    return found


def regrouped(taken: Any) -> None:
    """The household split, merged or lost somebody: awards follow who lives where, from next month (DY-6).

    What the law no longer grants there is left running and looked at by a person.
    """
    case, on = taken.case, taken.on
    award = reviewed_award(taken)
    people = set(award.members.filter(superseded_at=None).values_list("person_id", flat=True))
    with scope(system_actor("casework")) as platform:
        homes = homes_of_many(platform, people, on=on)
    households = sorted({case.household_id} | {home for found in homes.values() for home in found})
    regroup(
        actor=taken.actor, households=households, since=Month.of(on).plus(1),
        reason=f"{case.number}：{taken.reason}", on=on,
    )  # fmt: skip


def given_up(taken: Any) -> None:
    """The family leaves of its own will (S43 article 24): from the month after."""
    award = reviewed_award(taken)
    stop_award(
        actor=taken.actor,
        award=award.public_id,
        last=Month.of(taken.on),
        ground=Ground.VOLUNTARY,
        reason=taken.reason,
        case=taken.case.public_id,
        on=taken.on,
    )


def household_updated(taken: Any) -> None:
    """The dead are taken out of the household from the day after (TM-19)."""
    household = taken.case.household_id
    with scope(system_actor("casework")) as platform:
        members = records_of(platform, "membership", household=household, on=taken.on)
        died = deaths_of(platform, [one.values["person_id"] for one in members])
        gone = [one for one in members if one.values["person_id"] in died]
        if not gone:
            raise Refusal(
                "household.nothing_to_update",
                "该户成员没有死亡登记，没有需要更新的内容。",
                next_step="其他成员变化请在家庭页面办理迁入、迁出或者分户。",
                article="TM-19",
            )
        for one in gone:
            end_fact(
                actor=platform,
                row=FactRow("membership", household, one.id),
                until=died[one.values["person_id"]] + timedelta(days=1),
                source=codes.Source.CIVIL_AFFAIRS,
                reason=f"{taken.case.number}：{taken.reason}",
            )


def sanctioned(taken: Any) -> None:
    """Refund and fine follow fraud only, the fine within its bounds; silence for too long is reprimanded (SA-1, SA-3)."""
    fields, on = taken.fields, taken.on
    with scope(system_actor("casework")) as platform:
        determination = decide(platform, taken.case.household_id, on=on, steps=False)
    found = evaluated(determination, fields)
    kind = fields["kind"]
    if kind == "reprimand" and found.rule(found.book["reprimand"], None) != YES:
        raise Refusal(
            "sanction.no_reprimand",
            "未报告变化没有超过规定的月数，或者属于隐瞒，不适用批评教育。",
            article="SA-3",
        )
    if kind in ("refund", "fine") and not fields.get("received"):
        raise Refusal("sanction.no_amount", "请填写违法获取的金额。", field="received", article="SA-1")
    if kind == "refund":
        _claim_back(taken, reviewed_award(taken))
    if kind == "fine" and found.rule(found.book["fine_lawful"], None) != YES:
        least, most = (found.rule(found.book[name], None) for name in ("fine_at_least", "fine_at_most"))
        raise Refusal(
            "sanction.fine_out_of_bounds",
            f"罚款应在 {yuan_text(least)} 元至 {yuan_text(most)} 元之间。",
            field="fine",
            article="SA-1",
        )


def _claim_back(taken: Any, award: Award) -> None:
    """What was paid beyond what is due becomes a recovery, in the amount the officer states or not at all."""
    ends = None if award.ends is None else Month.of(award.ends)
    if ends is None or award.ground != Ground.FRAUD:
        raise Refusal(
            "sanction.not_stopped",
            "待遇尚未因虚报、隐瞒、伪造停发，不能责令退回。",
            next_step="请先作出停发决定，写明自哪个月起不应享受。",
            article="SA-1",
        )
    made = open_recovery(
        actor=taken.actor, award=award.public_id, kind=RecoveryKind.FRAUD, since=ends, last=Month.of(taken.on),
        reason=taken.reason, client_key=uuid.uuid5(taken.case.public_id, "refund"), on=taken.on,
    )  # fmt: skip
    if made.fen != int(taken.fields["received"]):
        raise Refusal(
            "sanction.other_amount",
            f"账上多发的为 {yuan_text(made.fen)} 元，与填写的不一致。",
            field="received",
            article="SA-1",
        )


def evaluated(determination: Determination, fields: dict[str, Any]) -> Evaluation:
    """The provisions about sanctions, with the facts only the case file has."""
    facts = replace(
        determination.facts,
        unit={
            **determination.facts.unit,
            "concealed": YES if fields["kind"] in ("refund", "fine") else NO,
            "wrongly_received": int(fields.get("received") or 0),
            "fine_set": int(fields.get("fine") or 0),
            "unreported_months": int(fields.get("months") or 0),
        },
    )
    return Evaluation(determination.book, facts, determination.situation)


def yuan_text(fen: Any) -> str:
    return (
        f"{Fraction(fen) / 100:.2f}"
        if isinstance(fen, Fraction)
        else f"{int(fen) // 100}.{int(fen) % 100:02d}"
    )
