"""What is done with applications and cases. Every action runs inside the actor's scope."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.assessment.canonical import canonical
from minzheng.assessment.decide import decide
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.cases.deciding import decide_row
from minzheng.cases.lines import line_for
from minzheng.cases.models import Application, Case
from minzheng.cases.moving import move
from minzheng.cases.opening import open_row
from minzheng.cases.types import Channel
from minzheng.cases.where import village_of
from minzheng.cases.workflow import DECISIONS
from minzheng.rules.explain.determine import Outcome
from minzheng.rules.status import NO
from minzheng.values.errors import Refusal


@transaction.atomic
def submit_application(
    *,
    actor: Actor,
    household: int,
    applicant: int,
    channel: Channel,
    client_key: uuid.UUID,
    statements: Sequence[Mapping[str, Any]] = (),
    programmes: Iterable[tuple[str, int | None]] | None = None,
    lead: uuid.UUID | None = None,
    on: date | None = None,
) -> Application:
    """Take in what a household asks for, evaluate every programme, open the cases that fit.

    programmes: (programme, person or None) the applicant insists on having decided formally, whatever comes out.
    The same `client_key` again gives the application of the first time; with other content it is refused.
    """
    if not actor.is_resident:
        actor.require(Permission.RECEIVE_CASES)
    on = on or business_date()
    wanted = [list(one) for one in programmes or ()]
    digest = _digest(household, applicant, channel, statements, wanted, lead)
    earlier = Application.objects.filter(client_key=client_key).first()
    if earlier is not None:
        return _same_request(earlier, digest)
    row = Application(
        number="SQ",
        division=village_of(actor, household, on),
        household_id=household,
        applicant_id=applicant,
        channel=channel,
        received_on=on,
        statements=list(statements),
        wanted=wanted,
        lead=lead,
        client_key=client_key,
        request_digest=digest,
    )
    row.save(force_insert=True)
    row.refresh_from_db(fields=["number", "recorded_at", "received_by"])
    for programme, person in _fitting(actor, row, on):
        line = line_for(programme)
        assert line is not None
        open_row(
            actor=actor,
            line=line.name,
            programme=programme,
            division=row.division,
            household=household,
            person=person,
            applicant=applicant,
            channel=channel,
            on=on,
            application=row,
            lead=lead,
        )
    return row


def _digest(*parts: Any) -> str:
    return hashlib.sha256(canonical([_jsonable(part) for part in parts]).encode()).hexdigest()


def _jsonable(part: Any) -> Any:
    return str(part) if isinstance(part, uuid.UUID) else part


def _same_request(earlier: Application, digest: str) -> Application:
    if earlier.request_digest != digest:
        raise Refusal(
            "application.key_used",
            "这次提交与先前一次标识相同而内容不同，没有保存。",
            next_step="请重新打开申请页面后提交。",
        )
    return earlier


def _fitting(actor: Actor, row: Application, on: date) -> list[tuple[str, int | None]]:
    """(programme, person) to open a case for, in the rulebook's order: all that are not a plain no, and those asked for."""
    determination = decide(actor, row.household_id, on=on, steps=False)
    people = list(determination.facts.people_ids)
    wanted = {(programme, person) for programme, person in row.wanted}
    found = []
    for outcome in determination.outcomes:
        holder = None if outcome.who is None else int(people[outcome.who])
        if line_for(outcome.program.name) is None:
            continue
        if _fits(outcome) or (outcome.program.name, holder) in wanted:
            found.append((outcome.program.name, holder))
    return found


def _fits(outcome: Outcome) -> bool:
    return outcome.in_force and outcome.status != NO


@transaction.atomic
def open_case(
    *,
    actor: Actor,
    line: str,
    programme: str,
    household: int | None,
    applicant: int | None,
    channel: Channel,
    person: int | None = None,
    second_applicant: int | None = None,
    division: str = "",
    previous: Case | None = None,
    lead: uuid.UUID | None = None,
    on: date | None = None,
) -> Case:
    """A case by itself: of a change event, of a line that is not about a household (then `division` says where)."""
    on = on or business_date()
    place = division or ("" if household is None else village_of(actor, household, on))
    return open_row(
        actor=actor,
        line=line,
        programme=programme,
        division=place,
        household=household,
        person=person,
        applicant=applicant,
        second_applicant=second_applicant,
        channel=channel,
        on=on,
        previous=previous,
        lead=lead,
    )


def take_step(
    *,
    actor: Actor,
    case: uuid.UUID,
    action: str,
    version: int,
    fields: Mapping[str, Any] | None = None,
    reason: str = "",
    client_key: uuid.UUID | None = None,
    on: date | None = None,
) -> Case:
    """One step of the case's line. `version` is the one that was shown: a case changed meanwhile is refused."""
    if action in DECISIONS:
        raise Refusal("case.decide_apart", "确认和不予确认须先查看认定结果，请在决定页面办理。")
    return move(
        actor=actor,
        case=case,
        action=action,
        version=version,
        fields=fields,
        reason=reason,
        client_key=client_key,
        on=on or business_date(),
    )


def decide_case(
    *,
    actor: Actor,
    case: uuid.UUID,
    confirm: bool,
    version: int,
    shown_digest: str,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
    client_key: uuid.UUID | None = None,
    on: date | None = None,
) -> Case:
    """Confirm or refuse, on what `queries.assessed` showed (`shown_digest` is its digest)."""
    return decide_row(
        actor=actor,
        case=case,
        confirm=confirm,
        version=version,
        shown_digest=shown_digest,
        reason=reason,
        fields=dict(fields or {}),
        client_key=client_key,
        on=on or business_date(),
    )
