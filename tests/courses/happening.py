"""What the case says happened, put into the registry on its day by those who keep it: births, deaths, jobs, releases."""

from __future__ import annotations

from datetime import date
from typing import Any

from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.rulebook import vocabulary as v
from minzheng.rulebook.worked.case import Case, Event, Monthly
from tests.courses.loading import Placed
from tests.courses.rows import household_lines, person_lines

SOURCE = codes.Source.CIVIL_AFFAIRS


def happen(actor: Actor, case: Case, placed: Placed, event: Event) -> None:
    """Register one event of a case."""
    if event.joins or event.leaves:
        raise NotImplementedError("somebody who joins or leaves goes through the registry's own moves")
    for name, facts in event.people.items():
        _of_person(actor, placed.people[name], dict(facts), event.on)
    findings = {key: value for key, value in event.household.items() if key != "income_rose_by_job" or value}
    for table, values in household_lines(findings, event.on, since=event.on):
        _record(actor, table, placed.household, values)


def _of_person(actor: Actor, person: int, facts: dict[str, Any], on: date) -> None:
    from minzheng.registry.actions import register_death

    if facts.pop("died", False):
        register_death(actor=actor, person=person, died_on=on, source=SOURCE)
    if facts.get("restriction") is v.Restriction.NONE:
        _end(actor, "restriction", person, on)
        _event(actor, person, codes.Event.RELEASED, on)
    wages = facts.get("wages")
    if isinstance(wages, Monthly):
        facts["wages"] = wages
        _event(actor, person, codes.Event.NEW_JOB if facts.get("working") else codes.Event.LOST_JOB, on)
    for table, values in person_lines(facts, on, since=on):
        if table == "income":
            values = {**values, "since": values["since"].replace(day=1)}
        if table in ("certificate", "capacity", "selfcare", "employment"):
            _end(actor, table, person, on)
        _record(actor, table, person, values)


def _record(actor: Actor, table: str, holder: int, values: dict[str, Any]) -> None:
    from minzheng.registry.actions import record_fact

    given = {name: value for name, value in values.items() if value is not None}
    record_fact(actor=actor, table=table, holder=holder, values=given, source=SOURCE)


def _end(actor: Actor, table: str, person: int, on: date) -> None:
    """What held until then holds no longer."""
    from minzheng.registry.actions import FactRow, end_fact
    from minzheng.registry.history import records_of

    for row in records_of(actor, table, person=person, on=on):
        end_fact(
            actor=actor, row=FactRow(table, person, row.id), until=on, source=SOURCE, reason="情况变化",
        )  # fmt: skip


def _event(actor: Actor, person: int, kind: codes.Event, on: date) -> None:
    _record(actor, "lifeevent", person, {"kind": kind, "on_day": on})
