"""The limits of law in a case: started, met and extended by steps; lengths are rulebook parameters of the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from minzheng.base.queries import work_calendar as work_calendar
from minzheng.cases.models import Case, ClockRow
from minzheng.cases.types import Mode, Unit
from minzheng.cases.workflow import SOME_DAY, Clock, Line
from minzheng.rules.language.declare import Parameter
from minzheng.rules.parameters import Resolved
from minzheng.values.errors import Refusal
from minzheng.values.workdays import WorkCalendar, publicity_ends


def parameter_on(key: str, county: str, on: date) -> Resolved:
    """A parameter of the rulebook as it holds in a county on a day, published by then: a limit is not changed afterwards."""
    from minzheng.assessment.decide import rulebook

    values = rulebook().parameters
    declared: Parameter = values.declared[key]
    return values.resolve(declared, county, on, on)


def mode_of(county: str, on: date) -> Mode:
    """Who confirms in a county on a day (GV-3); a county whose mode is not known cannot accept."""
    from minzheng.rulebook.modes import Approval

    found = parameter_on("approval.mode", county, on)
    if not found.known:
        raise Refusal(
            "case.no_mode",
            f"本县（市、区）{on:%Y-%m-%d} 的审核确认方式没有载入，不能受理。",
            next_step="请联系政策管理人员核对参数“审核确认机关”。",
            article="GV-3",
        )
    chosen = next(member for member in Approval if member.bit == found.value)
    return Mode(chosen.name.lower())


@dataclass(frozen=True)
class Limit:
    """What a clock comes to: its length, its last day, or why there is none."""

    value: int | None
    due_on: date | None
    problem: str
    resolved: Resolved
    calendar: str


def limit(parameter: str, unit: Unit, county: str, since: date, on: date) -> Limit:
    """The last day of a limit that began on `since`, with the parameter as it holds on `on`."""
    found = parameter_on(parameter, county, on)
    if not found.known:
        return Limit(None, None, f"参数 {parameter} 在该日没有数值", found, "")
    value = int(found.value)  # type: ignore[arg-type]
    calendar = work_calendar()
    try:
        return Limit(value, _last_day(calendar, since, value, unit), "", found, calendar.version)
    except Refusal as refusal:
        return Limit(value, None, refusal.message, found, calendar.version)


def _last_day(calendar: WorkCalendar, since: date, value: int, unit: Unit) -> date:
    if unit is Unit.WORKDAY:
        return calendar.plus_workdays(since, value)
    if unit is Unit.MONTH:
        return calendar.last_month_day(since, value)
    if unit is Unit.NATURAL:
        return publicity_ends(since, value)
    return calendar.last_day(since, value)


def after_step(case: Case, line: Line, action: str, on: date) -> None:
    """Stop what the action meets, start what it begins, and say on the case which limit comes first."""
    for clock in line.clocks:
        if case.mode and Mode(case.mode) not in clock.modes:
            continue
        if action in clock.until:
            _running(case, clock).update(met_on=on, met_by=action)
        if action == clock.since:
            _start(case, clock, on)


def stop_all(case: Case, action: str, on: date) -> None:
    """A closed case has no running limit."""
    ClockRow.objects.filter(case=case, met_on=None).update(met_on=on, met_by=action)


def _running(case: Case, clock: Clock):  # type: ignore[no-untyped-def]
    return ClockRow.objects.filter(case=case, parameter=clock.parameter, met_on=None)


def _start(case: Case, clock: Clock, on: date) -> None:
    if not _running(case, clock).exists():
        begun(case, clock, on).save(force_insert=True)


def count_from(case: Case, line: Line, parameter: str, since: date, on: date) -> ClockRow | None:
    """Start a limit that runs from a day the law names; None where it runs already, or was met for that day."""
    clock = next(one for one in line.clocks if one.parameter == parameter and one.since == SOME_DAY)
    if (
        ClockRow.objects.filter(case=case, parameter=parameter)
        .filter(Q(met_on=None) | Q(started_on=since))
        .exists()
    ):
        return None
    row = begun(case, clock, on, since)
    row.save(force_insert=True)
    return row


def begun(case: Case, clock: Clock, on: date, since: date | None = None) -> ClockRow:
    """A clock that starts on a day (or ran since one before), not saved yet."""
    since = since or on
    found = limit(clock.parameter, clock.unit, case.division[:6], since, on)
    row = found.resolved.row
    return ClockRow(
        case=case,
        parameter=clock.parameter,
        clause=clock.clause,
        value=found.value,
        unit=clock.unit,
        document=row.document if row else "",
        example=found.resolved.example,
        started_on=since,
        due_on=found.due_on,
        calendar=found.calendar,
        problem=found.problem,
    )


def extend(case: Case, line: Line, on: date) -> list[ClockRow]:
    """Move every running limit that the law lets be extended; counted from its own start (TM-8)."""
    moved = []
    for clock in line.clocks:
        row = _running(case, clock).first() if clock.extended_by else None
        if row is None:
            continue
        found = limit(clock.extended_by, clock.unit, case.division[:6], row.started_on, on)
        if found.due_on is None:
            raise Refusal("case.no_extension", found.problem, next_step="补录后再办理延长。", article="TM-8")
        row.extended_from, row.due_on, row.value = row.due_on, found.due_on, found.value
        row.calendar = found.calendar
        row.save(update_fields=["extended_from", "due_on", "value", "calendar"])
        moved.append(row)
    if not moved:
        raise Refusal("case.nothing_to_extend", "该办件目前没有可以依法延长的时限。", article="TM-8")
    return moved


def first_due(rows: Iterable[ClockRow]) -> ClockRow | None:
    """Of running limits the one that ends first; one without a day comes before all, so that somebody looks."""
    running = [row for row in rows if row.met_on is None]
    return min(running, key=lambda row: (row.due_on or date.min, row.pk), default=None)
