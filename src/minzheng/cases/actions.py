"""What is done with applications and cases. Every action runs inside the actor's scope."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.assessment.actions import handle_lead
from minzheng.assessment.canonical import canonical
from minzheng.assessment.queries import lead_of
from minzheng.assessment.workflow import Action as LeadAction
from minzheng.assessment.workflow import State
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases import attaching, boards, deskwork, kin, letters, mandates, objecting, stating, visiting
from minzheng.cases.deciding import decide_row, judge_row
from minzheng.cases.lines import line_for
from minzheng.cases.models import (
    Appeal,
    Application,
    Attachment,
    Case,
    Consent,
    Finding,
    KinDeclaration,
    LetterRow,
    Override,
    StatementRow,
    Visit,
)
from minzheng.cases.moving import move
from minzheng.cases.opening import fitting, one_at_a_time, open_row
from minzheng.cases.queries import Which, work_queue
from minzheng.cases.search import export
from minzheng.cases.stating import Statement
from minzheng.cases.types import Channel, LetterKind, NoticeKind
from minzheng.cases.visiting import Seen
from minzheng.cases.where import case_row, village_of
from minzheng.cases.workflow import APART, DECISIONS, Action
from minzheng.values.errors import Refusal


@transaction.atomic
def submit_application(
    *,
    actor: Actor,
    household: int,
    applicant: int,
    channel: Channel,
    client_key: uuid.UUID,
    statements: Sequence[Statement | Mapping[str, Any]] = (),
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
    mandates.allow(actor, Action.SUBMIT)
    on = on or business_date()
    wanted = [list(one) for one in programmes or ()]
    stated = stating.checked(actor, household, stating.statements_from(statements), on)
    plain = [one.plain for one in stated]
    digest = _digest(household, applicant, channel, plain, wanted, lead)
    one_at_a_time(str(client_key))
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
        statements=plain,
        wanted=wanted,
        lead=lead,
        client_key=client_key,
        request_digest=digest,
    )
    row.save(force_insert=True)
    row.refresh_from_db(fields=["number", "recorded_at", "received_by"])
    stating.keep(row, stated)
    for programme, person in fitting(actor, row, stating.preview(actor, household, stated, on)):
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
    if lead is not None:
        _lead_applied(actor, lead, row)
    return row


def _lead_applied(actor: Actor, lead: uuid.UUID, row: Application) -> None:
    """The lead is answered by its own action: by the officer who took the application in, else by the platform (GV-1)."""
    if actor.may(Permission.HANDLE_LEADS) and not actor.is_resident:
        _apply(actor, lead, row)
        return
    with scope(system_actor("applications")) as platform:
        _apply(platform, lead, row)


def _apply(actor: Actor, lead: uuid.UUID, row: Application) -> None:
    found = lead_of(actor, lead)
    if found.household_id != row.household_id:
        raise Refusal("application.other_lead", "该线索是另一家庭的。", field="lead")
    if State(found.state).is_live:
        handle_lead(
            actor=actor,
            lead=lead,
            action=LeadAction.APPLY,
            version=found.version,
            reason=f"申请 {row.number}",
        )


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
    if action in APART:
        raise Refusal("case.apart", f"“{Action(action).label}”有单独的页面，请在该页面办理。")
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


def judge(
    *,
    actor: Actor,
    case: uuid.UUID,
    verdict: bool,
    reason: str,
    evidence: Sequence[uuid.UUID],
    expires_on: date,
    fen: int | None = None,
    on: date | None = None,
) -> Override:
    """Judge what the rules leave to a person (review, unknown, an amount within a range), with evidence and an end."""
    return judge_row(
        actor=actor,
        case=case,
        verdict=verdict,
        reason=reason,
        evidence=evidence,
        expires_on=expires_on,
        fen=fen,
        on=on or business_date(),
    )


def record_visit(
    *,
    actor: Actor,
    case: uuid.UUID,
    client_key: uuid.UUID,
    base_version: int,
    staff: Sequence[int],
    present: str,
    findings: Sequence[Seen] = (),
    note: str = "",
    remote_ground: str = "",
    documents: Sequence[tuple[uuid.UUID, str]] = (),
    on: date | None = None,
) -> Visit:
    """A visit by at least two (`staff`: ids of their accounts), as made and sent whenever there was a network."""
    return visiting.record_visit(
        actor=actor,
        case=case,
        client_key=client_key,
        base_version=base_version,
        staff=staff,
        present=present,
        findings=findings,
        on=on or business_date(),
        note_text=note,
        remote_ground=remote_ground,
        documents=documents,
    )


def resolve_finding(*, actor: Actor, finding: uuid.UUID, take: bool, reason: str) -> Finding:
    """Settle two findings that clash."""
    return visiting.resolve_finding(actor=actor, finding=finding, take=take, reason=reason)


def declare_kin(
    *, actor: Actor, staff: int, person: int, relation: str, reason: str = "", on: date | None = None
) -> KinDeclaration:
    """Register that a member of staff is near kin of a resident (GV-2)."""
    return kin.declare(
        actor=actor, staff=staff, person=person, relation=relation, reason=reason, on=on or business_date()
    )


def withdraw_kin(
    *, actor: Actor, declaration: uuid.UUID, reason: str, on: date | None = None
) -> KinDeclaration:
    """Take a registration back; never one's own."""
    return kin.withdraw(actor=actor, declaration=declaration, reason=reason, on=on or business_date())


def assign(*, actor: Actor, case: uuid.UUID, staff: int | None, version: int, on: date | None = None) -> Case:
    """Give a case to somebody, or back to nobody."""
    return deskwork.assign(actor=actor, case=case, staff=staff, version=version, on=on or business_date())


def count_from(*, actor: Actor, case: uuid.UUID, parameter: str, since: date, on: date | None = None) -> Case:
    """Start a limit of the line that runs from a day the law names."""
    return deskwork.count_from(
        actor=actor, case=case, parameter=parameter, since=since, on=on or business_date()
    )


def hand_over(*, actor: Actor, leaver: int, to: int | None, on: date | None = None) -> int:
    """All open cases of somebody who leaves."""
    return deskwork.hand_over(actor=actor, leaver=leaver, to=to, on=on or business_date())


def transfer(
    *,
    actor: Actor,
    case: uuid.UUID,
    version: int,
    reason: str,
    client_key: uuid.UUID | None = None,
    on: date | None = None,
) -> Case:
    """The case follows its household to where the registry says it is now."""
    return deskwork.transfer(
        actor=actor,
        case=case,
        version=version,
        reason=reason,
        client_key=client_key,
        on=on or business_date(),
    )


def attach(
    *,
    actor: Actor,
    case: uuid.UUID,
    document: uuid.UUID,
    kind: str,
    title: str = "",
    on: date | None = None,
) -> Attachment:
    """Put a kept document into a case."""
    return attaching.attach(
        actor=actor, case=case, document=document, kind=kind, title=title, on=on or business_date()
    )


def sign_consent(
    *,
    actor: Actor,
    case: uuid.UUID,
    people: Sequence[int],
    until: date,
    document: uuid.UUID | None = None,
    on: date | None = None,
) -> list[Consent]:
    """People authorise the check of their means (CK-1)."""
    return attaching.sign(
        actor=actor, case=case, people=people, until=until, document=document, on=on or business_date()
    )


def withdraw_consent(
    *, actor: Actor, consent: uuid.UUID, reason: str = "", on: date | None = None
) -> Consent:
    """Take an authorisation back."""
    return attaching.withdraw_consent(actor=actor, consent=consent, reason=reason, on=on or business_date())


def take_down_result(*, actor: Actor, case: uuid.UUID, on: date | None = None) -> int:
    """The benefit has ended: its result no longer hangs on the board (PB-2)."""
    return boards.take_down(case_row(actor, case), NoticeKind.RESULT, on or business_date())


def adopt_statements(*, actor: Actor, case: uuid.UUID) -> list[StatementRow]:
    """Record what the applicant stated and nothing contradicts; acceptance does it by itself."""
    application = case_row(actor, case, lock=True).application
    return [] if application is None else stating.adopt(actor, application)


def resolve_statement(
    *, actor: Actor, case: uuid.UUID, statement: uuid.UUID, take: bool, reason: str
) -> StatementRow:
    """Settle a statement that differs from the record."""
    row = case_row(actor, case, lock=True)
    found = StatementRow.objects.filter(application__cases=row, public_id=statement).first()
    if found is None:
        raise Refusal("statement.not_found", "没有找到该申报。")
    return stating.resolve(actor, found.pk, take=take, reason=reason)


@transaction.atomic
def decide_appeal(
    *,
    actor: Actor,
    appeal: uuid.UUID,
    upheld: bool,
    result: str,
    organ: str = "",
    document: uuid.UUID | None = None,
    on: date | None = None,
) -> Appeal:
    """What the organ of reconsideration or the court said. Not upheld: a new case follows the old one (`previous`)."""
    return objecting.decide_appeal(
        actor, appeal, upheld=upheld, result=result, organ=organ, document=document, on=on or business_date()
    )


def object_to_notice(
    *, notice: uuid.UUID, text: str, source: str = "", client_key: uuid.UUID, on: date | None = None
) -> None:
    """Anybody, signed in or not, objects to what hangs on a board; kept with the case, never shown to the family."""
    objecting.by_anybody(notice, text=text, source=source, client_key=client_key, on=on or business_date())


def export_cases(
    *, actor: Actor, which: Which | None = None, purpose: str, on: date | None = None
) -> list[dict[str, Any]]:
    """The rows of a queue for a file, with the purpose recorded."""
    return export(actor, work_queue(actor, which), purpose=purpose, on=on or business_date())


@transaction.atomic
def write_letter(
    *,
    actor: Actor,
    case: uuid.UUID,
    kind: LetterKind,
    title: str,
    paragraphs: Sequence[str],
    clause_ids: Sequence[str] = (),
    adverse: bool = False,
    on: date | None = None,
) -> LetterRow:
    """A written notice of a line's own (a change, a stop) in a case; numbered, printable, kept as written."""
    row = case_row(actor, case, lock=True)
    actor.require(Permission.SEE_CASES)
    return letters.write_other(
        actor,
        row,
        kind,
        title=title,
        paragraphs=paragraphs,
        clause_ids=clause_ids,
        on=on or business_date(),
        adverse=adverse,
    )
