"""How a case moves: one step of its line's table, checked, written to the ledger, with its clocks and effects.

Order: allow, lock, check, change, record. Used by `actions`; nothing else moves a case.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from minzheng.base.actions import record
from minzheng.base.models import Staff
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.cases import clocks, mandates
from minzheng.cases.forms import cleaned
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case, ClockRow, Duty, Event, KinDeclaration
from minzheng.cases.types import Outcome, Side, Who
from minzheng.cases.where import case_row
from minzheng.cases.workflow import Action, Line, Step
from minzheng.values.errors import Refusal

if TYPE_CHECKING:
    from minzheng.cases.deciding import Assessed


@dataclass
class Taken:
    """A step in hand: what effects get. `changes` are written to the case with the step."""

    actor: Actor
    case: Case
    line: Line
    step: Step
    fields: dict[str, Any]
    reason: str
    on: date
    changes: dict[str, Any] = field(default_factory=dict)
    event: Event | None = None
    assessed: Assessed | None = None
    """What a decision rests on."""


def who_is(actor: Actor) -> Who:
    if actor.is_resident:
        return Who.RESIDENT
    return Who.PLATFORM if actor.is_system else Who.OFFICER


@transaction.atomic
def move(
    *,
    actor: Actor,
    case: uuid.UUID,
    action: str,
    version: int,
    fields: Mapping[str, Any] | None = None,
    reason: str = "",
    on: date,
    client_key: uuid.UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    assessed: Assessed | None = None,
) -> Case:
    """Take one step. The same `client_key` again gives the result of the first time and writes nothing."""
    row = case_row(actor, case, lock=True)
    if client_key is not None and Event.objects.filter(case=row, client_key=client_key).exists():
        return row
    line = line_of(row.line)
    step = allowed(actor, row, line, action, version)
    said = cleaned(step, fields or {})
    taken = Taken(actor, row, line, step, said, reason.strip(), on, dict(changes or {}), assessed=assessed)
    _check(taken)
    _prepare(taken)
    _write(taken, client_key)
    _follow(taken)
    return row


def allowed(actor: Actor, row: Case, line: Line, action: str, version: int) -> Step:
    """The row of the table for this action now, or a refusal that says why not."""
    if row.version != version:
        raise Refusal(
            "case.changed",
            "该办件已由他人办理，您看到的不是最新情况，您的操作没有保存。",
            next_step="请刷新页面，按最新情况办理。",
        )
    mandates.allow(actor, action)
    step = line.step(action, row.state, row.mode)
    if step is None:
        raise Refusal(
            "case.wrong_state",
            f"该办件目前为“{line.state(row.state).label}”，不能办理“{label_of(line, action)}”。",
            next_step="请刷新页面后再办理。",
        )
    if who_is(actor) not in step.who:
        who = "、".join(one.label for one in step.who)
        raise Refusal("case.not_yours", f"“{step.label}”由{who}办理。")
    if step.by is not None and who_is(actor) is Who.OFFICER:
        actor.require(step.by)
    refuse_wrong_level(actor, row, step)
    refuse_wrong_person(Standing(actor, row), step)
    return step


def refuse_wrong_level(actor: Actor, row: Case, step: Step) -> None:
    """Where the county decides, an officer of a township does not, whatever their role allows elsewhere."""
    level = step.level_in(row.mode)
    if not level or who_is(actor) is not Who.OFFICER:
        return
    if not any(len(region) <= level and row.division.startswith(region) for region in actor.regions):
        raise Refusal(
            "case.wrong_level",
            f"该办件的“{step.label}”由县级民政部门办理。",
            next_step="请报县级民政部门办理。",
            article="GV-3",
        )


def label_of(line: Line, action: str) -> str:
    """How a line calls an action, else the standard name."""
    own = next((step.label for step in line.steps if step.action == action), None)
    return own or (Action(action).label if action in Action.values else action)


class Standing:
    """How somebody stands to a case: each question is asked once, however many steps ask it."""

    def __init__(self, actor: Actor, row: Case, natural_person: uuid.UUID | None = None) -> None:
        """natural_person: of a colleague, whom the actor names; else the one behind the actor's account."""
        self._actor, self._row, self._named = actor, row, natural_person

    @cached_property
    def natural_person(self) -> uuid.UUID | None:
        return self._named or natural_person_of(self._actor)

    @cached_property
    def duties(self) -> list[Duty]:
        who = self.natural_person
        return [] if who is None else list(Duty.objects.filter(case=self._row, natural_person=who))

    @cached_property
    def is_agent(self) -> bool:
        return self.natural_person is not None and mandates.acts_for(self.natural_person, self._row)

    @cached_property
    def is_kin(self) -> bool:
        return self.natural_person is not None and is_kin(self.natural_person, self._row)


def refuse_wrong_person(standing: Standing, step: Step, whom: str = "您") -> None:
    """The friendly form of what the database refuses anyway: two sides of one case, near kin (R4, R5).

    whom: how the person is spoken of, if it is not the one who acts.
    """
    if step.side is None:
        return
    if standing.natural_person is None:
        raise Refusal("case.no_person", f"“{step.label}”须由工作人员本人办理，平台不能代办。", article="GV-4")
    other = next((duty for duty in standing.duties if duty.side != step.side), None)
    if other is not None:
        raise Refusal(
            "case.separation",
            f"{whom}已参与该办件的“{other.get_side_display()}”，同一人不能再办理“{step.label}”。",
            next_step="请由本单位其他工作人员办理。",
            article="GV-4",
        )
    if standing.is_agent:
        raise Refusal(
            "case.agent",
            f"{whom}受该家庭委托代办，不能再办理“{step.label}”。",
            next_step="请由本单位其他工作人员办理。",
            article="GV-4",
        )
    if standing.is_kin:
        raise _recusal(whom)


def _recusal(whom: str) -> Refusal:
    return Refusal(
        "case.recusal",
        f"{whom}与该家庭成员有近亲属备案，应当回避，不能办理该办件。",
        next_step="请由其他工作人员办理。",
        article="GV-2",
    )


@contextmanager
def recusal_told(whom: str = "您") -> Iterator[None]:
    """Kin declared where the actor does not see it is refused by the database; that is said in the same words."""
    try:
        yield
    except IntegrityError as error:
        if "near kin takes no part" in str(error):
            raise _recusal(whom) from None
        raise


def natural_person_of(actor: Actor) -> uuid.UUID | None:
    """The person behind an account of staff, as the database knows them; None for the platform and residents."""
    if not actor.key.startswith("staff:"):
        return None
    return (
        Staff.objects.filter(pk=int(actor.key.removeprefix("staff:")))
        .values_list("natural_person", flat=True)
        .first()
    )


def is_kin(natural_person: uuid.UUID, row: Case) -> bool:
    """Whether somebody has declared kin among those the case is about, as far as the actor sees."""
    from minzheng.registry.models import Membership

    about = {one for one in (row.person_id, row.applicant_id, row.second_applicant_id) if one is not None}
    if row.household_id is not None:
        members = Membership.objects.filter(household_id=row.household_id, superseded_at=None)
        about |= set(members.values_list("person_id", flat=True))
    return KinDeclaration.objects.filter(
        natural_person=natural_person, person_id__in=about, withdrawn_on=None
    ).exists()


def _check(taken: Taken) -> None:
    from minzheng.cases.needs import unmet

    if taken.step.reason and not taken.reason:
        raise Refusal("case.no_reason", f"办理“{taken.step.label}”须填写事由。", field="reason")
    missing = unmet(taken.line, taken.step, taken.case)
    if missing:
        names = "；".join(one.label for one in missing)
        raise Refusal(
            "case.incomplete",
            f"还不能办理“{taken.step.label}”，缺少：{names}。",
            next_step="请补齐后再办理。",
            article=next((one.clause for one in missing if one.clause), ""),
        )


def _prepare(taken: Taken) -> None:
    from minzheng.cases.standard import PREPARE

    prepare = PREPARE.get(taken.step.action)
    if prepare is not None:
        prepare(taken)


def _write(taken: Taken, client_key: uuid.UUID | None) -> None:
    """The event, then the case as the event says, then its clocks."""
    row, step = taken.case, taken.step
    after = step.to(row.state)
    with recusal_told():
        taken.event = Event.objects.create(
            case=row,
            version=row.version + 1,
            on=taken.on,
            action=step.action,
            before=row.state,
            after=after,
            side=step.side.value if step.side else "",
            clause=step.clause,
            reason=taken.reason,
            fields=taken.fields | _decision(taken),
            client_key=client_key,
        )
    row.state, row.version = after, row.version + 1
    for name, value in taken.changes.items():
        setattr(row, name, value)
    if taken.line.state(after).final:
        row.closed_on = row.closed_on or taken.on
        row.outcome = row.outcome or Outcome.DONE
    with on_behalf_of(taken.actor):
        due = _turn_clocks(taken)
    row.due_on = due.due_on if due else None
    row.due_clock = due.parameter if due else ""
    row.save()


def _decision(taken: Taken) -> dict[str, str]:
    """The kept determination a decision rests on stands in its event: the database checks both together."""
    kept = taken.changes.get("decision")
    return {} if kept is None else {"decision": str(kept.pk)}


def on_behalf_of(actor: Actor) -> AbstractContextManager[Any]:
    """What a resident's step brings with it in tables a resident does not write, the platform writes."""
    return scope(system_actor("cases")) if actor.is_resident else nullcontext()


def _turn_clocks(taken: Taken) -> ClockRow | None:
    """Stop and start what the step stops and starts; the limit that comes first now."""
    row, action = taken.case, taken.step.action
    clocks.after_step(row, taken.line, action, taken.on)
    if row.closed_on is not None:
        clocks.stop_all(row, action, taken.on)
    if action == Action.EXTEND:
        clocks.extend(row, taken.line, taken.on)
    return clocks.first_due(ClockRow.objects.filter(case=row, met_on=None))


def note(
    actor: Actor,
    row: Case,
    action: str,
    on: date,
    *,
    clause: str = "",
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    side: Side | None = None,
    after: str = "",
    client_key: uuid.UUID | None = None,
) -> Case:
    """An entry of the mechanism itself in the ledger of a locked case; no row of the table is asked, the state stays
    unless `after` says another."""
    step = Step(action, action, (row.state,), after, None, clause, side=side)
    refuse_wrong_person(Standing(actor, row), step)
    taken = Taken(actor, row, line_of(row.line), step, dict(fields or {}), reason, on, dict(changes or {}))
    _write(taken, client_key)
    _audit(taken)
    return row


def _follow(taken: Taken) -> None:
    """What the step brings with it, then what the line adds, then the audit."""
    from minzheng.cases.standard import FOLLOW

    for follow in FOLLOW.get(taken.step.action, ()):
        follow(taken)
    effect = taken.line.effects.get(taken.step.action)
    if effect is not None:
        effect(taken)
    _audit(taken)


def _audit(taken: Taken) -> None:
    record(
        taken.actor,
        f"case_{taken.step.action}",
        "cases.case",
        taken.case.public_id,
        division=taken.case.division,
        reason=taken.reason,
        detail={"version": taken.case.version, "state": taken.case.state},
    )
