"""Opening a case: its row and its first clocks. The database writes the first event."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction
from django.db.models import Q

from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases import clocks
from minzheng.cases.lines import line_of
from minzheng.cases.models import Application, Case
from minzheng.cases.types import Channel
from minzheng.cases.workflow import Action, Line
from minzheng.values.errors import Refusal


@transaction.atomic
def open_row(
    *,
    actor: Actor,
    line: str,
    programme: str,
    division: str,
    household: int | None,
    person: int | None,
    applicant: int | None,
    channel: Channel,
    on: date,
    application: Application | None = None,
    second_applicant: int | None = None,
    previous: Case | None = None,
    lead: uuid.UUID | None = None,
) -> Case:
    """A new case of a line in its first state. One open case a holder and programme; another is refused."""
    if not actor.is_resident:
        actor.require(Permission.RECEIVE_CASES)
    declared = line_of(line)
    _refuse_second(declared, household, person, programme)
    row = Case(
        number=declared.code,
        line=declared.name,
        programme=programme,
        application=application,
        previous=previous,
        division=division,
        household_id=household,
        person_id=person,
        applicant_id=applicant,
        second_applicant_id=second_applicant,
        channel=channel,
        state=declared.starts,
        received_on=on,
        lead=lead,
    )
    running = [clocks.begun(row, clock, on) for clock in declared.clocks if clock.since == Action.SUBMIT]
    first = clocks.first_due(running)
    if first is not None:
        row.due_on, row.due_clock = first.due_on, first.parameter
    row.save(force_insert=True)
    row.refresh_from_db(fields=["number", "opened_at"])
    for one in running:
        one.case = row
        one.save(force_insert=True)
    record(
        actor,
        "case_submit",
        "cases.case",
        row.public_id,
        division=row.division,
        detail={"line": declared.name, "programme": programme},
    )
    return row


def _refuse_second(line: Line, household: int | None, person: int | None, programme: str) -> None:
    if household is None:
        return
    same = Case.objects.filter(household_id=household, programme=programme, closed_on=None)
    same = same.filter(Q(person_id=person) if person else Q(person_id=None))
    open_one = same.first()
    if open_one is not None:
        raise Refusal(
            "case.another_open",
            f"该对象的“{line.label}”已有在办的办件 {open_one.number}，不能再开一件。",
            next_step="请在原办件上继续办理。",
        )
