"""What the platform does of itself each day: notices end, clocks that lacked a calendar get their day.

Idempotent: each case is one transaction; killed anywhere it goes on where it stopped, run twice it does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from minzheng.base.models import Staff
from minzheng.base.queries import successor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.cases import clocks
from minzheng.cases.deskwork import able
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case, ClockRow, PublicNotice
from minzheng.cases.moving import move, note
from minzheng.cases.types import NoticeKind, Unit
from minzheng.cases.workflow import Action
from minzheng.values.errors import Refusal

JOB = "cases"


@dataclass
class Report:
    """What a run did, by case number."""

    on: date
    ended: list[str] = field(default_factory=list)
    dated: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        text = f"{self.on:%Y-%m-%d}：公示期满 {len(self.ended)} 件，补算期限 {len(self.dated)} 件，离岗移交 {len(self.handed)} 件"
        return text + (f"，未能处理 {len(self.troubles)} 件" if self.troubles else "") + "。"


def run_day(on: date) -> Report:
    """Everything that falls due by itself up to and on a day."""
    actor = system_actor(JOB)
    report = Report(on)
    for case, number in _with_ended_notice(actor, on):
        _try(report, report.ended, number, partial(_end_publicity, actor, case, on))
    for case, number, successor in _of_leavers(actor):
        _try(report, report.handed, number, partial(_hand_on, actor, case, successor, on))
    for clock, number in _without_day(actor):
        _try(report, report.dated, number, partial(_date_clock, actor, clock, on))
    return report


def _try(report: Report, done: list[str], number: str, work: Callable[[], bool]) -> None:
    """One case at a time, so that one that cannot be done holds up no other; it is told, not swallowed."""
    try:
        if work():
            done.append(number)
    except Refusal as refusal:
        report.troubles.append((number, str(refusal)))


def _with_ended_notice(actor: Actor, on: date) -> list[tuple[int, str]]:
    with scope(actor):
        rows = PublicNotice.objects.filter(kind=NoticeKind.OPINION, ended_on=None, until__lt=on)
        return list(rows.order_by("case_id").values_list("case_id", "case__number"))


def _end_publicity(actor: Actor, case: int, on: date) -> bool:
    """By the line's own step where the case still waits for it, else the notice is just taken down."""
    with scope(actor):
        row = Case.objects.select_for_update().get(pk=case)
        hanging = PublicNotice.objects.filter(
            case=row, kind=NoticeKind.OPINION, ended_on=None, until__lt=on
        ).first()
        if hanging is None:
            return False
        if line_of(row.line).step(Action.END_PUBLICITY, row.state, row.mode) is not None:
            move(actor=actor, case=row.public_id, action=Action.END_PUBLICITY, version=row.version, on=on)
        else:
            hanging.ended_on = on
            hanging.save(update_fields=["ended_on"])
        return True


def _of_leavers(actor: Actor) -> list[tuple[int, str, int]]:
    """Open cases whose assignee has handed everything over (staff administration), with who took it over."""
    with scope(actor):
        rows = Case.objects.filter(closed_on=None, assignee__isnull=False).order_by("pk")
        held = list(rows.values_list("pk", "number", "assignee_id"))
        took = {one: successor_of(one) for one in {assignee for _pk, _number, assignee in held}}
    return [(pk, number, to) for pk, number, at in held if (to := took[at]) is not None]


def _hand_on(actor: Actor, case: int, successor: int, on: date) -> bool:
    """To the successor where they may work there, else to nobody: then it stands among the unassigned."""
    with scope(actor):
        row = Case.objects.select_for_update().get(pk=case)
        if row.assignee_id is None or successor_of(row.assignee_id) != successor:
            return False
        fields = {"from": row.assignee_id, "staff": successor}
        try:
            account: Staff | None = able(successor, row)
        except Refusal:
            account, fields["staff"] = None, 0
        note(
            actor,
            row,
            Action.ASSIGN,
            on,
            clause="GV-4",
            reason="人员变动移交",
            fields=fields,
            changes={"assignee": account},
        )
        return True


def _without_day(actor: Actor) -> list[tuple[int, str]]:
    with scope(actor):
        rows = ClockRow.objects.filter(met_on=None, due_on=None).order_by("case_id", "pk")
        return list(rows.values_list("pk", "case__number"))


def _date_clock(actor: Actor, clock: int, on: date) -> bool:
    """A limit whose calendar or parameter was missing is reckoned again."""
    with scope(actor):
        case_id = ClockRow.objects.values_list("case_id", flat=True).get(pk=clock)
        row = Case.objects.select_for_update().get(pk=case_id)
        waiting = ClockRow.objects.select_for_update().filter(pk=clock, due_on=None, met_on=None).first()
        if waiting is None:
            return False
        found = clocks.limit(
            waiting.parameter, Unit(waiting.unit), row.division[:6], waiting.started_on, waiting.started_on
        )
        if found.due_on is None:
            return False
        waiting.due_on, waiting.value, waiting.problem = found.due_on, found.value, ""
        waiting.calendar = found.calendar
        waiting.save(update_fields=["due_on", "value", "problem", "calendar"])
        note(actor, row, Action.SET_DEADLINE, on, clause="TX-2", fields={"parameter": waiting.parameter})
        return True
