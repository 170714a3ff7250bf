"""Objections to what hangs on the board or to a check, and ways against a decision."""

from __future__ import annotations

import uuid
from datetime import date

from minzheng.base.actions import record
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases.clocks import parameter_on, work_calendar
from minzheng.cases.lines import line_of
from minzheng.cases.models import Appeal, Case, LetterRow, Objection, PublicNotice
from minzheng.cases.moving import Taken, note, on_behalf_of
from minzheng.cases.types import AppealKind, NoticeKind
from minzheng.cases.where import case_row
from minzheng.cases.workflow import Action
from minzheng.values.errors import Refusal


def about_notice(taken: Taken) -> None:
    """Somebody objects while the opinion hangs. The source may be left out: what is said is looked into all the same."""
    hanging = PublicNotice.objects.filter(case=taken.case, kind="opinion", ended_on=None).first()
    if hanging is None or (hanging.until is not None and taken.on > hanging.until):
        raise Refusal(
            "objection.too_late",
            "公示期已满。",
            next_step="对确认结果不服的，可以申请行政复议，或者实名举报。",
            article="PB-1",
        )
    _keep(taken, "notice")


def about_check(taken: Taken) -> None:
    _keep(taken, "check")


def _keep(taken: Taken, about: str) -> None:
    with on_behalf_of(taken.actor):
        Objection.objects.create(
            case=taken.case,
            version=taken.case.version,
            about=about,
            received_on=taken.on,
            source=str(taken.fields.get("source", ""))[:64],
            text=taken.reason,
        )


def answer(taken: Taken) -> None:
    """Every open objection is answered by what the step says."""
    for one in Objection.objects.filter(case=taken.case, answered_on=None):
        one.answered_on, one.answer = taken.on, taken.reason
        one.save(update_fields=["answered_on", "answer"])


def board_cleared(taken: Taken) -> None:
    """What is no longer in question no longer hangs."""
    with on_behalf_of(taken.actor):
        PublicNotice.objects.filter(case=taken.case, ended_on=None).update(ended_on=taken.on)


def appeal(taken: Taken) -> None:
    """Reconsideration or lawsuit is filed. Whether it is in time is worked out and shown; the organ decides it."""
    kind = AppealKind(taken.fields.get("kind", AppealKind.RECONSIDERATION))
    last = last_day(taken.case, kind)
    Appeal.objects.create(
        case=taken.case,
        version=taken.case.version,
        kind=kind,
        filed_on=taken.on,
        last_day=last,
        in_time=None if last is None else taken.on <= last,
        text=taken.reason,
    )


def last_day(case: Case, kind: AppealKind) -> date | None:
    """The last day to appeal, counted from when the written decision was delivered; None while it was not."""
    letter = (
        LetterRow.objects.filter(case=case, delivered_on__isnull=False)
        .order_by("-delivered_on", "-pk")
        .first()
    )
    if letter is None or letter.delivered_on is None:
        return None
    delivered = letter.delivered_on
    key = "appeal.reconsideration" if kind is AppealKind.RECONSIDERATION else "appeal.litigation"
    value = parameter_on(key, case.division[:6], delivered)
    if not value.known:
        return None
    length = int(value.value)  # type: ignore[arg-type]
    calendar = work_calendar()
    if kind is AppealKind.RECONSIDERATION:
        return calendar.last_day(delivered, length)
    return calendar.last_month_day(delivered, length)


LONGEST = 2000


def by_anybody(notice: uuid.UUID, *, text: str, source: str, client_key: uuid.UUID, on: date) -> None:
    """An objection from the board itself. The platform enters it in the case: by the line's own step where it has one."""
    if not text.strip():
        raise Refusal("objection.empty", "请写明异议的内容。", field="text")
    with scope(system_actor("board")) as platform:
        hanging = (
            PublicNotice.objects.select_related("case")
            .filter(public_id=notice, kind=NoticeKind.OPINION, ended_on=None, until__gte=on)
            .first()
        )
        if hanging is None:
            raise Refusal("objection.too_late", "该公示已期满或不存在。", article="PB-1")
        row = case_row(platform, hanging.case.public_id, lock=True)
        if row.events.filter(client_key=client_key).exists():
            return
        step = line_of(row.line).step(Action.OBJECT, row.state, row.mode)
        note(
            platform,
            row,
            Action.OBJECT,
            on,
            clause="PB-1",
            after=step.to(row.state) if step is not None else "",
            client_key=client_key,
        )
        Objection.objects.create(
            case=row,
            version=row.version,
            about="notice",
            received_on=on,
            source=source.strip()[:64],
            text=text.strip()[:LONGEST],
        )


def decide_appeal(
    actor: Actor,
    appeal: uuid.UUID,
    *,
    upheld: bool,
    result: str,
    organ: str,
    document: uuid.UUID | None,
    on: date,
) -> Appeal:
    """Keep what came of an appeal, once."""
    actor.require(Permission.RECEIVE_CASES)
    found = Appeal.objects.select_related("case").filter(public_id=appeal).first()
    if found is None:
        raise Refusal("appeal.not_found", "没有找到该复议或者诉讼。")
    row = case_row(actor, found.case.public_id, lock=True)
    if found.decided_on is not None:
        raise Refusal("appeal.settled", "该复议或者诉讼已登记结果。")
    if not result.strip():
        raise Refusal("appeal.no_result", "请填写结果。", field="result")
    found.decided_on, found.upheld, found.result, found.document = on, upheld, result.strip(), document
    found.save(update_fields=["decided_on", "upheld", "result", "document"])
    record(
        actor,
        "decide_appeal",
        "cases.case",
        row.public_id,
        division=row.division,
        reason=result.strip(),
        detail={"upheld": upheld, "organ": organ},
    )
    return found
