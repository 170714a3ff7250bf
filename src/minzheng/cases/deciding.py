"""What a case comes to now, and the decision on it: kept as it was made, never on what the decider did not see."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.canonical import canonical, document_of
from minzheng.assessment.decide import decide
from minzheng.assessment.payment import payable_of
from minzheng.base.types import Actor
from minzheng.cases.models import Case
from minzheng.cases.moving import move
from minzheng.cases.types import Outcome
from minzheng.cases.where import case_row
from minzheng.cases.workflow import Action
from minzheng.rules.explain.determine import Determination
from minzheng.rules.explain.determine import Outcome as Determined
from minzheng.rules.status import NO, YES
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

    @property
    def settled(self) -> bool:
        return self.outcome.status in (YES, NO)


def assess(actor: Actor, row: Case, on: date, *, steps: bool = True) -> Assessed:
    """Decide the case's household with the facts as they are known now."""
    if row.household_id is None:
        raise Refusal("case.not_assessed", "该业务不作资格认定。")
    determination = decide(actor, row.household_id, on=on, steps=steps)
    who = position_of(determination, row.person_id)
    try:
        outcome = determination.of(row.programme, who)
    except KeyError:
        raise Refusal("case.no_programme", "规则中没有这项待遇，不能认定。") from None
    return Assessed(
        determination, outcome, who, payable_of(determination, outcome), digest_of(determination, outcome)
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
    _as_the_rules_say(found, confirm)
    kept = keep_decision(
        actor=actor, household=_household(row), purpose=f"{action.label} {row.number}", on=on
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


def _as_the_rules_say(found: Assessed, confirm: bool) -> None:
    status = found.outcome.status
    if status == (YES if confirm else NO):
        return
    if found.settled:
        wanted = "确认" if confirm else "不予确认"
        raise Refusal(
            "case.against_rules",
            f"按现有事实，认定结果为“{status.label}”，不能{wanted}。",
            next_step="如事实有误，请先更正事实，再重新认定。",
        )
    raise Refusal(
        "case.unsettled",
        f"认定结果为“{status.label}”，还有事项没有查清，不能作出决定。",
        next_step="请先查清列出的事项；须由人员判断的，按规定登记判断、证据和有效期。",
    )
