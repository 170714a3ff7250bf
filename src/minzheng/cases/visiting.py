"""Visits: two investigators at least, sent from a phone any time later, nothing lost, clashes shown side by side."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.assessment.canonical import canonical
from minzheng.base.actions import record
from minzheng.base.models import Staff
from minzheng.base.types import Actor, Permission
from minzheng.cases.lines import line_of
from minzheng.cases.models import Attachment, Case, Finding, Visit
from minzheng.cases.moving import Standing, move, natural_person_of, note, recusal_told, refuse_wrong_person
from minzheng.cases.types import Found, Side
from minzheng.cases.where import case_row
from minzheng.cases.workflow import Action, Step
from minzheng.values.errors import Refusal

FEWEST = 2


@dataclass(frozen=True)
class Seen:
    """One thing found out. based_on: the number of the finding that stood in the form when it was filled in, 0 for none."""

    field: str
    label: str
    value: Any
    based_on: int = 0


@transaction.atomic
def record_visit(
    *,
    actor: Actor,
    case: uuid.UUID,
    client_key: uuid.UUID,
    base_version: int,
    staff: Sequence[int],
    present: str,
    findings: Sequence[Seen],
    on: date,
    note_text: str = "",
    remote_ground: str = "",
    documents: Sequence[tuple[uuid.UUID, str]] = (),
) -> Visit:
    """Keep a visit as it was made. The same `client_key` again gives the visit of the first time.

    base_version: the case as the form was filled in. A case that moved on meanwhile still takes the visit, marked late.
    documents: (public id, kind) of photographs and signatures already kept.
    """
    actor.require(Permission.INVESTIGATE)
    row = case_row(actor, case, lock=True)
    digest = _digest(staff, present, findings, on, note_text, remote_ground, documents)
    earlier = Visit.objects.filter(client_key=client_key).first()
    if earlier is not None:
        return _sent_before(earlier, row, digest)
    _two_investigators(staff)
    if not present.strip():
        raise Refusal("visit.nobody_present", "请填写在场的家庭成员。", field="present", article="CK-6")
    late = line_of(row.line).step(Action.VISIT, row.state, row.mode) is None
    _may_investigate(actor, row, staff)
    row = _enter(actor, row, on, late)
    with recusal_told("同行的调查人员"):
        visit = Visit.objects.create(
            case=row,
            client_key=client_key,
            request_digest=digest,
            version=row.version,
            base_version=base_version,
            on=on,
            staff=sorted(set(staff)),
            present=present.strip(),
            remote_ground=remote_ground.strip(),
            note=note_text.strip(),
            late=late,
        )
    visit.refresh_from_db()
    for seen in findings:
        _keep(row, visit, seen, natural_person_of(actor))
    for document, kind in documents:
        _attach(row, visit, document, kind, on)
    return visit


def _digest(*parts: Any) -> str:
    return hashlib.sha256(canonical([_plain(part) for part in parts]).encode()).hexdigest()


def _plain(part: Any) -> Any:
    if isinstance(part, Seen):
        return [part.field, part.value, part.based_on]
    if isinstance(part, list | tuple):
        return [_plain(one) for one in part]
    return part if isinstance(part, str | int | bool | dict) or part is None else str(part)


def _sent_before(earlier: Visit, row: Case, digest: str) -> Visit:
    if earlier.case_id != row.pk or earlier.request_digest != digest:
        raise Refusal(
            "visit.key_used",
            "这份入户调查已经上传过，再次上传的内容不同，没有覆盖原来的。",
            next_step="请在办件中查看已上传的一份；如有补充，请另填一份入户调查。",
        )
    return earlier


def _two_investigators(staff: Sequence[int]) -> None:
    """The friendly form of the database's own check: two different natural persons with accounts in use."""
    people = Staff.objects.filter(pk__in=set(staff), is_active=True)
    if len({one.natural_person for one in people}) < FEWEST or people.count() < len(set(staff)):
        raise Refusal(
            "visit.too_few",
            "入户调查须有两名以上工作人员，并且都有在用的账号。",
            field="staff",
            next_step="请填写同行的另一名调查人员。",
            article="CK-6",
        )


def _may_investigate(actor: Actor, row: Case, staff: Sequence[int]) -> None:
    """Nobody who is named as an investigator has another side of the case, acts for the family or is near kin."""
    step = Step(Action.VISIT, "入户调查", (row.state,), "", None, "CK-6", side=Side.HANDLE)
    for one in Staff.objects.filter(pk__in=set(staff)).order_by("pk"):
        whom = "您" if actor.key == f"staff:{one.pk}" else one.name
        refuse_wrong_person(Standing(actor, row, one.natural_person), step, whom)


def _enter(actor: Actor, row: Case, on: date, late: bool) -> Case:
    """The event of the visit: a step of the table, or a late one that leaves the state as it is."""
    if late:
        return note(actor, row, Action.VISIT, on, clause="CK-6", fields={"late": True})
    return move(actor=actor, case=row.public_id, action=Action.VISIT, version=row.version, on=on)


def _keep(row: Case, visit: Visit, seen: Seen, author: uuid.UUID | None) -> Finding | None:
    """The next number of a field. Somebody else's finding that the form did not know stays, and this one waits."""
    earlier = list(Finding.objects.filter(case=row, field=seen.field).order_by("number"))
    current = next((one for one in earlier if one.state == Found.CURRENT), None)
    if current is not None and current.value == seen.value:
        return None
    clash = current is not None and current.number != seen.based_on and current.author != author
    number = earlier[-1].number + 1 if earlier else 1
    if current is not None and not clash:
        current.state = Found.SUPERSEDED
        current.save(update_fields=["state"])
    return Finding.objects.create(
        case=row,
        visit=visit,
        field=seen.field,
        label=seen.label,
        value=seen.value,
        number=number,
        based_on=min(seen.based_on, number - 1),
        state=Found.CONFLICT if clash else Found.CURRENT,
    )


def _attach(row: Case, visit: Visit, document: uuid.UUID, kind: str, on: date) -> None:
    Attachment.objects.get_or_create(
        case=row, document=document, defaults={"kind": kind, "visit": visit, "added_on": on}
    )


@transaction.atomic
def resolve_finding(*, actor: Actor, finding: uuid.UUID, take: bool, reason: str) -> Finding:
    """Of two findings that clash take the one that waits, or leave the one that stands; with a reason."""
    actor.require(Permission.INVESTIGATE)
    found = Finding.objects.select_related("case").filter(public_id=finding).first()
    if found is None:
        raise Refusal("finding.not_found", "没有找到该调查情况，或不在您的管辖区域内。")
    row = case_row(actor, found.case.public_id, lock=True)
    found.refresh_from_db(fields=["state"])
    if found.state != Found.CONFLICT:
        raise Refusal("finding.settled", "这项冲突已经处理过。", next_step="请刷新页面。")
    if not reason.strip():
        raise Refusal("finding.no_reason", "请填写采用或者不采用的理由。", field="reason")
    if take:
        Finding.objects.filter(case=row, field=found.field, state=Found.CURRENT).update(
            state=Found.SUPERSEDED
        )
    found.state = Found.CURRENT if take else Found.DISMISSED
    found.reason = reason.strip()
    found.save(update_fields=["state", "reason"])
    record(
        actor,
        "resolve_finding",
        "cases.case",
        row.public_id,
        division=row.division,
        reason=reason.strip(),
        detail={"field": found.field, "take": take},
    )
    return found


def seen_from(given: Sequence[Mapping[str, Any]]) -> list[Seen]:
    """Findings as a phone sends them."""
    found = []
    for one in given:
        if set(one) - {"field", "label", "value", "based_on"} or not {"field", "label", "value"} <= set(one):
            raise Refusal(
                "visit.findings", "调查情况的格式不对，没有保存。", next_step="请更新页面后重新上传。"
            )
        found.append(
            Seen(str(one["field"])[:80], str(one["label"])[:120], one["value"], int(one.get("based_on", 0)))
        )
    return found
