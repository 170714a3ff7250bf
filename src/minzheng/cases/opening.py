"""Opening a case: its row and its first clocks. The database writes the first event."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import connection, transaction
from django.db.models import Q

from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases import clocks
from minzheng.cases.lines import line_for, line_of
from minzheng.cases.models import Application, Case
from minzheng.cases.moving import on_behalf_of
from minzheng.cases.types import Channel
from minzheng.cases.workflow import Action, Line
from minzheng.registry.codes import Programme
from minzheng.registry.queries import receipts_in
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.status import REVIEW, UNKNOWN, YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


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
    one_at_a_time(f"household {household}")
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
    with on_behalf_of(actor):
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


def one_at_a_time(what: str) -> None:
    """Whoever comes with the same waits for this transaction, and then finds what it wrote."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"cases {what}"])


def fitting(actor: Actor, row: Application, determination: Determination) -> list[tuple[str, int | None]]:
    """(programme, person) to open a case for, in the rulebook's order: all that are not a plain no and neither received
    nor in hand already, and those the applicant insists on."""
    people = list(determination.facts.people_ids)
    wanted = {(programme, person) for programme, person in row.wanted}
    passed_over = _in_hand(row.household_id) | _received(actor, row)
    caused = any(one["table"] == "relief" for one in row.statements)
    found = []
    for outcome in determination.outcomes:
        holder = None if outcome.who is None else int(people[outcome.who])
        asked = (outcome.program.name, holder)
        if line_for(outcome.program.name) is None:
            continue
        fits = _fits(outcome, caused) and asked not in passed_over
        if fits or asked in wanted:
            found.append(asked)
    return found


def _fits(outcome: Outcome, caused: bool) -> bool:
    """Not a plain no. Aid that is given once for a cause needs the cause: nobody has an emergency nobody spoke of."""
    once = outcome.program.cadence == "once"
    settled = (YES,) if once and not caused else (YES, REVIEW, UNKNOWN)
    return outcome.in_force and outcome.status in settled


def _in_hand(household: int) -> set[tuple[str, int | None]]:
    rows = Case.objects.filter(household_id=household, closed_on=None)
    return set(rows.values_list("programme", "person_id"))


def _received(actor: Actor, row: Application) -> set[tuple[str, int | None]]:
    """What is received already is not opened a second time by itself; relief is of its cause, not of a month."""
    lines = receipts_in(actor, Month.of(row.received_on), households=[row.household_id])
    names = {code: name for name, code in RECEIVED_AS.items() if code is not Programme.RELIEF}
    return {(names[one.programme], one.person_id) for one in lines if one.programme in names}


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
