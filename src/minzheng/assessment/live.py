"""The facts behind a lead read again at the moment it is opened: death, new award, refusal, changed circumstances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from django.utils import timezone

from minzheng.assessment.decide import decide
from minzheng.assessment.models import Lead
from minzheng.assessment.payment import payable_of
from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.assessment.types import Kind
from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry import queries as registry
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.status import NO, YES, Status
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@dataclass(frozen=True)
class LiveCheck:
    """Whether a lead still holds today. `changes` says in words what is different from when it was written."""

    holds: bool
    changes: tuple[str, ...]
    outcome: Outcome | None = None
    fen: int | None = None
    determination: Determination | None = None
    who: int | None = None


def live_check(actor: Actor, lead: Lead) -> LiveCheck:
    """Read death, receipts, refusals and all facts of the household now; nothing is written."""
    changes = [*_deaths(actor, lead), *_silences(actor, lead)]
    stopped = bool(changes)
    receiving = _receiving(actor, lead)
    if receiving != Kind(lead.kind).is_review:
        stopped = True
        changes.append("已登记享受该待遇" if receiving else "已不再登记享受该待遇")
    try:
        determination = decide(actor, lead.household_id)
    except Refusal as refusal:
        return LiveCheck(False, (*changes, refusal.message))
    who = _position(determination, lead)
    if lead.person_id is not None and who is None:
        return LiveCheck(False, (*changes, "该人员已不在本户"), determination=determination)
    try:
        outcome = determination.of(lead.programme, who)
    except KeyError:
        return LiveCheck(False, (*changes, "规则中已没有该待遇"), determination=determination, who=who)
    fen = payable_of(determination, outcome)
    same = _same(lead, outcome, fen)
    if not same:
        changes.append(_difference(lead, outcome, fen))
    return LiveCheck(same and not stopped, tuple(changes), outcome, fen, determination, who)


def findable_since(actor: Actor, lead: Lead, *, months: int = 12, as_known_then: bool = True) -> date | None:
    """Since the end of which month, without a break up to now, the registry alone would have found what the lead says.

    as_known_then: with what was recorded by the end of each month; else with everything known today. Looks back over
    `months`; None where it does not hold now. The measure of people who were missed (days undiscovered).
    """
    found: date | None = None
    month, today = Month.of(business_date()), business_date()
    for back in range(months + 1):
        on = today if back == 0 else month.plus(-back).last_day
        moment = timezone.make_aware(datetime.combine(on, time.max)) if as_known_then and back else None
        try:
            determination = decide(actor, lead.household_id, on=on, known_at=moment, steps=False)
            outcome = determination.of(lead.programme, _position(determination, lead))
        except (Refusal, KeyError):
            break
        if outcome.status != lead.outcome or _receiving(actor, lead, on) != Kind(lead.kind).is_review:
            break
        found = on
    return found


def _position(determination: Determination, lead: Lead) -> int | None:
    if lead.person_id is None:
        return None
    people: list[Any] = list(determination.facts.people_ids)
    return people.index(lead.person_id) if lead.person_id in people else None


def _deaths(actor: Actor, lead: Lead) -> list[str]:
    if lead.person_id is None:
        return []
    died = registry.deaths_of(actor, [lead.person_id])
    return [f"该人员已于 {died[lead.person_id]:%Y-%m-%d} 死亡"] if died and not lead.is_review else []


def _silences(actor: Actor, lead: Lead) -> list[str]:
    if lead.is_review:
        return []
    programme = RECEIVED_AS[lead.programme]
    found = registry.suppressions(actor, on=business_date(), households=[lead.household_id])
    return [
        f"已登记“{one.kind.label}”" + (f"，至 {one.until:%Y-%m-%d}" if one.until else "")
        for one in found
        if one.person_id in (None, lead.person_id) and one.programme in (None, programme)
    ]


def _receiving(actor: Actor, lead: Lead, on: date | None = None) -> bool:
    wanted = RECEIVED_AS[lead.programme]
    if wanted is codes.Programme.RELIEF:
        return Kind(lead.kind).is_review
    month = Month.of(on or business_date())
    lines = registry.receipts_in(actor, month, households=[lead.household_id])
    return any(line.programme is wanted and line.person_id in (None, lead.person_id) for line in lines)


def _same(lead: Lead, outcome: Outcome, fen: int | None) -> bool:
    """Whether today's outcome says what the lead says."""
    kind = Kind(lead.kind)
    if kind is Kind.ENTITLED or kind is Kind.AMOUNT:
        return outcome.status == YES and fen == lead.fen
    if kind is Kind.ENDED:
        return outcome.status == NO
    return outcome.status == lead.outcome


def _difference(lead: Lead, outcome: Outcome, fen: int | None) -> str:
    before, now = Status(lead.outcome), outcome.status
    if before != now:
        return f"按现有事实，结果由“{before.label}”变为“{now.label}”"
    return f"按现有事实，每月金额由 {_yuan(lead.fen)} 变为 {_yuan(fen)}"


def _yuan(fen: int | Fraction | None) -> str:
    if fen is None:
        return "未定"
    whole = int(fen)
    return f"{whole // 100:,}.{whole % 100:02d} 元"
