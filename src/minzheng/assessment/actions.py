"""What an officer does with a lead or review, taking lists out of the platform, and keeping a determination."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from minzheng.assessment.canonical import canonical, document_of
from minzheng.assessment.decide import decide
from minzheng.assessment.kept_text import keep_text
from minzheng.assessment.models import Decision, Lead
from minzheng.assessment.queries import Filter, lead_lines, lead_of, leads
from minzheng.assessment.types import Kind
from minzheng.assessment.words import ask_words
from minzheng.assessment.workflow import COOL_DOWN_DAYS, Action, State, Transition, transition
from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry import queries as registry
from minzheng.registry.actions import suppress_leads
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal


@transaction.atomic
def open_lead(*, actor: Actor, lead: uuid.UUID) -> Lead:
    """The lead, after recording who looked at it. Raises the same `Refusal` for what is elsewhere or nowhere."""
    row = lead_of(actor, lead)
    record(actor, "open_lead", "assessment.lead", row.public_id, division=row.division)
    return row


@transaction.atomic
def handle_lead(
    *,
    actor: Actor,
    lead: uuid.UUID,
    action: Action,
    version: int,
    reason: str,
    until: date | None = None,
    every_programme: bool = False,
) -> Lead:
    """One step of the workflow. `version` is the one the officer saw: a lead changed meanwhile is refused.

    Declining and postponing also record in the registry that nobody is to be approached about the programme
    (`every_programme`: about any) until a day; the next sweep reads it.
    """
    actor.require(Permission.HANDLE_LEADS)
    lead_of(actor, lead)
    row = Lead.objects.select_for_update().get(public_id=lead)
    step = _allowed(row, action, version)
    until = _checked_until(step, until)
    if step.reason and not reason.strip():
        raise Refusal("lead.no_reason", "请填写办理情况或事由。", field="reason")
    assert step.after is not None
    row.state, row.until, row.reason = step.after, until, reason.strip()
    row.version += 1
    row.save(update_fields=["state", "until", "reason", "version"])
    if action in (Action.DECLINE, Action.POSTPONE):
        _keep_silent(actor, row, action, until, every_programme=every_programme)
    record(
        actor,
        f"lead_{action.value}",
        "assessment.lead",
        row.public_id,
        division=row.division,
        reason=reason.strip(),
        detail={"version": row.version, "until": until.isoformat() if until else None},
    )
    return row


def _allowed(row: Lead, action: Action, version: int) -> Transition:
    if row.version != version:
        raise Refusal(
            "lead.changed",
            "该线索已由他人办理或由新一次比对更新，您的操作没有保存。",
            next_step="请刷新页面，按最新情况办理。",
        )
    step = transition(action, State(row.state), Kind(row.kind))
    if step is None:
        raise Refusal(
            "lead.wrong_state",
            f"该线索目前为“{State(row.state).label}”，不能办理“{action.label}”。",
            next_step="请刷新页面后再办理。",
        )
    if action is Action.REOPEN and _another_live(row):
        raise Refusal(
            "lead.another", "同一对象同一待遇已有在办的线索，不能重新打开。", next_step="请办理在办的一条。"
        )
    return step


def _another_live(row: Lead) -> bool:
    from minzheng.assessment.workflow import LIVE

    same = Lead.objects.filter(
        household_id=row.household_id, person_id=row.person_id, programme=row.programme
    )
    return same.filter(state__in=[s.value for s in LIVE]).exclude(pk=row.pk).exists()


def _checked_until(step: Transition, until: date | None) -> date | None:
    """The day named, the usual one for a refusal; it has to lie ahead."""
    if not step.until:
        return None
    today = business_date()
    if until is None and step.action is Action.DECLINE:
        until = today + timedelta(days=COOL_DOWN_DAYS[State.DECLINED])
    if until is None:
        raise Refusal("lead.no_day", "请填写约定到哪一天。", field="until")
    if until <= today:
        raise Refusal("lead.past_day", "约定的日期应晚于今天（业务日期）。", field="until")
    return until


def _keep_silent(
    actor: Actor, row: Lead, action: Action, until: date | None, *, every_programme: bool
) -> None:
    from minzheng.assessment.programmes import RECEIVED_AS

    kind = codes.Suppression.DECLINED if action is Action.DECLINE else codes.Suppression.DO_NOT_CONTACT
    suppress_leads(
        actor=actor,
        household=row.household_id,
        person=row.person_id,
        kind=kind,
        programme=None if every_programme else RECEIVED_AS[row.programme],
        since=business_date(),
        until=until,
        reason=row.reason,
    )


@transaction.atomic
def export_leads(*, actor: Actor, which: Filter | None = None, purpose: str) -> list[dict[str, Any]]:
    """The rows of a list for a file, all of them, in its order, under Chinese headings; numbers stay masked.

    Recorded with the purpose and the count before a row is returned.
    """
    actor.require(Permission.EXPORT)
    if not purpose.strip():
        raise Refusal("export.no_purpose", "导出名单须填写用途。", field="purpose")
    which = which or Filter()
    rows = list(leads(actor, which))
    record(
        actor,
        "export_leads",
        "assessment.lead",
        "",
        division=which.division[:12],
        reason=purpose.strip(),
        detail={"rows": len(rows), "programme": which.programme, "kinds": [int(k) for k in which.kinds]},
    )
    return [_export_row(line) for line in lead_lines(actor, rows)]


@transaction.atomic
def keep_decision(
    *,
    actor: Actor,
    household: int,
    purpose: str,
    on: date | None = None,
    known_at: datetime | None = None,
    shown: Determination | None = None,
) -> Decision:
    """Decide a household now and keep the determination as it was made; append-only.

    on: the day of law (the business date). known_at: only what was recorded by then (now). shown: a determination made in
    this transaction that was checked and is to be kept as it is, whatever was recorded since; `known_at` is then the
    moment before its facts were read.
    """
    actor.require(Permission.DECIDE)
    if not purpose.strip():
        raise Refusal("decision.no_purpose", "保存试算结果须填写用途。", field="purpose")
    moment = known_at or datetime.now(UTC)
    determination = shown or decide(actor, household, on=on, known_at=moment, steps=False)
    assert determination.facts.unit_id == household
    content = canonical(document_of(determination, moment))
    book = determination.book
    text = keep_text(book)
    row = Decision(
        division=str(registry.township_of_household(actor, household)),
        household_id=household,
        on=determination.situation.on,
        known_at=moment,
        actor=actor.key,
        purpose=purpose.strip(),
        rulebook=text,
        content=content,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )
    row.save(force_insert=True)
    record(
        actor,
        "keep_decision",
        "assessment.decision",
        row.pk,
        division=row.division,
        reason=purpose.strip(),
        detail={"digest": row.digest},
    )
    return row


def _export_row(line: Any) -> dict[str, Any]:
    lead: Lead = line.lead
    return {
        "类别": Kind(lead.kind).label,
        "待遇": line.programme_label,
        "乡镇（街道）": registry.division_name(lead.division),
        "村（社区）": registry.division_name(lead.village),
        "户主": line.household.head if line.household else "",
        "姓名": line.person.name if line.person else "",
        "证件号码": line.person.number if line.person else "",
        "应享每月（元）": _yuan(lead.fen),
        "在享每月（元）": _yuan(lead.received_fen),
        "说明": lead.sentence,
        "条款": "、".join(lead.clauses),
        "须查清": "；".join(ask_words(lead)),
        "状态": State(lead.state).label,
        "最早查出": lead.first_found.isoformat(),
        "编号": str(lead.public_id),
    }


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"
