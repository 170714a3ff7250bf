"""What a case comes to now, and the decision on it: kept as it was made, never on what the decider did not see."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.canonical import canonical, document_of
from minzheng.assessment.decide import decide
from minzheng.assessment.payment import payable_of
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Case, Override
from minzheng.cases.moving import move
from minzheng.cases.types import Outcome
from minzheng.cases.where import case_row
from minzheng.cases.workflow import Action
from minzheng.rules.explain.determine import Determination
from minzheng.rules.explain.determine import Outcome as Determined
from minzheng.rules.explain.sentences import needs_words
from minzheng.rules.status import NO, YES, Span
from minzheng.values.errors import Refusal

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Assessed:
    """The case's programme decided now. `digest` stands for everything that was shown."""

    determination: Determination
    outcome: Determined
    who: int | None
    fen: int | None
    digest: str
    read_at: datetime
    """A moment before the facts were read."""

    @property
    def settled(self) -> bool:
        return self.outcome.status in (YES, NO)

    @property
    def open_amount(self) -> bool:
        """A programme that pays, and what it pays is not known to the fen."""
        return self.outcome.program.amount is not None and self.fen is None

    @property
    def undecided(self) -> tuple[str, ...]:
        """The provisions a person would have to judge."""
        program = self.outcome.program
        names = [one.name for one, status in self.outcome.conditions if status not in (YES, NO)]
        if not self.settled and not names:
            names.append(program.name)
        if self.outcome.status != NO and self.open_amount and program.amount is not None:
            names.append(program.amount.name)
        return tuple(names)


def assess(actor: Actor, row: Case, on: date, *, steps: bool = True) -> Assessed:
    """Decide the case's household with the facts as they are known now."""
    if row.household_id is None:
        raise Refusal("case.not_assessed", "该业务不作资格认定。")
    read_at = timezone.now()
    determination = decide(actor, row.household_id, on=on, steps=steps)
    who = position_of(determination, row.person_id)
    try:
        outcome = determination.of(row.programme, who)
    except KeyError:
        raise Refusal("case.no_programme", "规则中没有这项待遇，不能认定。") from None
    return Assessed(
        determination,
        outcome,
        who,
        payable_of(determination, outcome),
        digest_of(determination, outcome),
        read_at,
    )


def position_of(determination: Determination, person: int | None) -> int | None:
    if person is None:
        return None
    people: list[Any] = list(determination.facts.people_ids)
    if person not in people:
        raise Refusal(
            "case.person_left",
            "该人员已不在本户，不能按原家庭认定。",
            next_step="请核对家庭成员，必要时终止本办件，在现家庭重新申请。",
        )
    return people.index(person)


def digest_of(determination: Determination, outcome: Determined) -> str:
    """SHA-256 over facts, parameters, day and the outcome shown; not over the moment it was asked."""
    document = document_of(determination, _EPOCH)
    who, name = outcome.who, outcome.program.name
    document["outcomes"] = [
        one
        for one, found in zip(document["outcomes"], determination.outcomes, strict=True)
        if found.who == who and found.program.name == name
    ]
    document["situation"] = {**document["situation"], "published_by": None}
    return hashlib.sha256(canonical(document).encode()).hexdigest()


@transaction.atomic
def decide_row(
    *,
    actor: Actor,
    case: uuid.UUID,
    confirm: bool,
    version: int,
    shown_digest: str,
    reason: str,
    on: date,
    fields: dict[str, Any] | None = None,
    client_key: uuid.UUID | None = None,
) -> Case:
    """Confirm or refuse. Refuses when something changed since it was shown, or the rules say otherwise."""
    row = case_row(actor, case, lock=True)
    if client_key is not None and row.events.filter(client_key=client_key).exists():
        return row
    action = Action.CONFIRM if confirm else Action.REFUSE
    found = assess(actor, row, on, steps=False)
    _same_as_shown(found, shown_digest)
    _as_the_rules_say(row, found, confirm, on)
    # What was checked is what is kept: decided again, it could be of facts that were recorded a moment ago.
    kept = keep_decision(
        actor=actor,
        household=_household(row),
        purpose=f"{action.label} {row.number}",
        on=on,
        known_at=found.read_at,
        shown=found.determination,
    )
    return move(
        actor=actor,
        case=case,
        action=action,
        version=version,
        fields=fields,
        reason=reason,
        on=on,
        client_key=client_key,
        changes={
            "decision": kept,
            "outcome": Outcome.YES if confirm else Outcome.NO,
            "decided_on": on,
        },
        assessed=found,
    )


def _household(row: Case) -> int:
    assert row.household_id is not None
    return row.household_id


def _same_as_shown(found: Assessed, shown: str) -> None:
    if shown != found.digest:
        raise Refusal(
            "case.shown_changed",
            "您看过认定结果之后，事实或者参数有变化，没有作出决定。",
            next_step="请重新查看认定结果后再决定。",
        )


def _as_the_rules_say(row: Case, found: Assessed, confirm: bool, on: date) -> None:
    status = found.outcome.status
    if found.settled and status != (YES if confirm else NO):
        wanted = "确认" if confirm else "不予确认"
        raise Refusal(
            "case.against_rules",
            f"按现有事实，认定结果为“{status.label}”，不能{wanted}。",
            next_step="如事实有误，请先更正事实，再重新认定。",
        )
    judged = judgement_for(row, found, on)
    if not found.settled and (judged is None or judged.verdict != confirm):
        raise Refusal(
            "case.unsettled",
            f"认定结果为“{status.label}”，还有事项没有查清，不能作出决定。{_what_is_missing(found)}",
            next_step=_what_now(found),
        )
    if confirm and found.open_amount and (judged is None or judged.fen is None):
        raise Refusal(
            "case.amount_open",
            "金额还不能确定，不能确认。",
            next_step="请先查清列出的事项，或者在规定幅度内核定金额，写明理由和证据。",
        )


def _what_is_missing(found: Assessed) -> str:
    words = needs_words(found.determination, found.outcome.ask_first or found.outcome.needs)
    return f"须查清：{'；'.join(words)}。" if words else ""


def _what_now(found: Assessed) -> str:
    """A value that no document has given yet is put in force by two people, not found out in a case."""
    settings = found.determination.book.settings
    if any(name in settings for name, _who in found.outcome.needs):
        return "参数没有数值的，请由政策研究岗在“参数与规则生效”中按文件提出，经两人签署生效后再办理。"
    return "请先查清列出的事项；须由人员判断的，按规定登记判断、证据和有效期。"


# -- judgements ------------------------------------------------------------------------------------------
def judgement_for(row: Case, found: Assessed, on: date) -> Override | None:
    """The judgement that covers everything the rules leave open now and has not run out."""
    return next(
        (
            one
            for one in Override.objects.filter(case=row, expires_on__gte=on).order_by("-pk")
            if set(found.undecided) <= set(one.provisions)
        ),
        None,
    )


@transaction.atomic
def judge_row(
    *,
    actor: Actor,
    case: uuid.UUID,
    verdict: bool,
    reason: str,
    evidence: Sequence[uuid.UUID],
    expires_on: date,
    fen: int | None,
    on: date,
) -> Override:
    """A person judges what the rules leave open in a case. It binds nobody but the decision it is cited in."""
    if not actor.may(Permission.CONFIRM_CASES):
        actor.require(Permission.REVIEW_CASES)
    row = case_row(actor, case, lock=True)
    found = assess(actor, row, on, steps=False)
    if not found.undecided:
        raise Refusal("judgement.nothing_open", "按现有事实，规则已经能得出结果，没有须由人员判断的事项。")
    _judged_properly(reason, evidence, expires_on, on)
    _amount_in_range(found, fen)
    kept = Override.objects.create(
        case=row,
        version=row.version,
        provisions=sorted(found.undecided),
        verdict=verdict,
        fen=fen,
        reason=reason.strip(),
        evidence=list(evidence),
        on=on,
        expires_on=expires_on,
    )
    record(
        actor,
        "judge_case",
        "cases.case",
        row.public_id,
        division=row.division,
        reason=reason.strip(),
        detail={"verdict": verdict, "provisions": sorted(found.undecided)},
    )
    return kept


def _judged_properly(reason: str, evidence: Sequence[uuid.UUID], expires_on: date, on: date) -> None:
    if not reason.strip():
        raise Refusal("judgement.no_reason", "请写明判断的理由。", field="reason")
    if not evidence:
        raise Refusal("judgement.no_evidence", "请附上判断所依据的证据材料。", field="evidence")
    if expires_on <= on:
        raise Refusal("judgement.no_end", "判断的有效期应晚于今天。", field="expires_on")


def _amount_in_range(found: Assessed, fen: int | None) -> None:
    amount = found.outcome.amount
    if fen is None or not isinstance(amount, Span):
        return
    if not amount.lo <= fen <= amount.hi:
        raise Refusal("judgement.out_of_range", "核定的金额不在规定的幅度内。", field="fen", article="LS-6")


def decided_fen(row: Case) -> int | None:
    """What a decided case pays a month: judged by a person, else as the kept decision says."""
    judged = Override.objects.filter(case=row, verdict=True).exclude(fen=None).order_by("-pk").first()
    if judged is not None:
        return judged.fen
    outcome = kept_outcome(row)
    return None if outcome is None else outcome["payable"]


def kept_outcome(row: Case) -> dict[str, Any] | None:
    """The outcome of the case's programme in its kept decision."""
    if row.decision is None:
        return None
    document = json.loads(row.decision.content)
    people = document["household"]["people"]
    who = None if row.person_id is None else people.index(row.person_id)
    return next(
        (one for one in document["outcomes"] if one["programme"] == row.programme and one["person"] == who),
        None,
    )
