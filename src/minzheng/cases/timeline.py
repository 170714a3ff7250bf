"""A case as its family reads it: what has been done, where it stands, what is still to come and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from minzheng.cases.clocks import work_calendar
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case, ClockRow, Event, Shortage
from minzheng.cases.types import Outcome
from minzheng.cases.workflow import Action, Line
from minzheng.values.errors import Refusal

DONE, NOW, AHEAD = "done", "now", "ahead"

#: Words a twelve-year-old understands for the milestones a family asks about; each by the actions that reach it.
MILESTONES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("提交申请", (Action.SUBMIT,)),
    ("乡镇（街道）受理", (Action.ACCEPT,)),
    ("核对收入和财产", (Action.START_INVESTIGATION,)),
    ("上门了解情况", (Action.VISIT,)),
    ("乡镇（街道）提出意见", (Action.GIVE_OPINION,)),
    ("在村（社区）公示", (Action.PUBLICISE,)),
    ("公示结束", (Action.END_PUBLICITY,)),
    ("报县级审核", (Action.REPORT,)),
    ("作出决定", (Action.CONFIRM, Action.REFUSE)),
    ("送达告知书", (Action.NOTIFY, Action.NOTIFY_REFUSAL)),
)
ENDED = {
    Outcome.WITHDRAWN: "已撤回申请",
    Outcome.TERMINATED: "已终止办理",
    Outcome.VOIDED: "已作废",
    Outcome.REJECTED: "没有受理",
}


@dataclass(frozen=True)
class Stage:
    """A milestone. `limit`: the last day the law gives it, `workdays` how many working days that is from today."""

    label: str
    state: str
    on: date | None = None
    limit: date | None = None
    workdays: int | None = None
    clause: str = ""


@dataclass(frozen=True)
class Timeline:
    """The stages, and what the family has to do now."""

    stages: tuple[Stage, ...]
    to_do: tuple[str, ...]
    outcome: str


def timeline(row: Case, on: date) -> Timeline:
    """The milestones of a case's line in their order, with days and limits."""
    line = line_of(row.line)
    reached = dict(Event.objects.filter(case=row).order_by("version").values_list("action", "on"))
    running = list(ClockRow.objects.filter(case=row, met_on=None))
    ended = ENDED.get(Outcome(row.outcome)) if row.outcome else None
    stages: list[Stage] = []
    ahead = row.closed_on is None
    for label, actions in MILESTONES:
        day = next((reached[action] for action in actions if action in reached), None)
        if day is not None:
            stages.append(Stage(label, DONE, day))
        elif ahead and _in_line(line, actions, row.mode):
            now = all(stage.state == DONE for stage in stages)
            stages.append(_ahead(label, NOW if now else AHEAD, line, running, actions, on))
    if ended is not None:
        stages.append(Stage(ended, DONE, row.closed_on))
    to_do = Shortage.objects.filter(case=row, supplied_on=None).order_by("pk").values_list("item", flat=True)
    return Timeline(tuple(stages), tuple(f"请补充：{item}" for item in to_do), Outcome(row.outcome).label)


def _in_line(line: Line, actions: tuple[str, ...], mode: str) -> bool:
    return any(
        step.action in actions and (not mode or mode in [one.value for one in step.modes])
        for step in line.steps
    )


def _ahead(
    label: str, state: str, line: Line, running: list[ClockRow], actions: tuple[str, ...], on: date
) -> Stage:
    """The limit that reaching the milestone meets, the first of several."""
    meets = {clock.parameter for clock in line.clocks if set(clock.until) & set(actions)}
    limits = [one for one in running if one.parameter in meets and one.due_on is not None]
    first = min(limits, key=lambda one: one.due_on or date.max, default=None)
    if first is None or first.due_on is None:
        return Stage(label, state)
    return Stage(label, state, None, first.due_on, _workdays(on, first.due_on), first.clause)


def _workdays(on: date, until: date) -> int | None:
    """Working days left; nothing is said while a calendar is missing."""
    try:
        return work_calendar().workdays_between(on, until)
    except Refusal:
        return None
