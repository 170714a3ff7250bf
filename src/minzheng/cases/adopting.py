"""What investigators found becomes what the registry knows, before the opinion is given, so that the decision sees it.

A finding fills in what is not known and corrects what a family, a village or an earlier visit said. What an agency has
recorded otherwise stands, and is told. A "no" about a spell (somebody does not care for anybody) has no row to be: the
registry's silence says so where a source covers it; elsewhere a person judges.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Case, Finding
from minzheng.cases.moving import Taken
from minzheng.cases.stating import Statement, differing, recorded
from minzheng.cases.types import Found
from minzheng.cases.visit_form import FACT
from minzheng.registry import codes
from minzheng.registry.actions import FactRow, correct_fact, record_fact
from minzheng.values.month import Month

#: Who may be corrected by a visit.
SOFT = frozenset({codes.Source.APPLICANT, codes.Source.VISIT, codes.Source.VILLAGE, codes.Source.PLATFORM})

Row = tuple[str, dict[str, Any]] | None
Maker = Callable[[Any, date, int | None], Row]


def _flag(table: str, column: str) -> Maker:
    return lambda value, on, _person: (table, {column: value == "yes", "since": on})


def _spell(kind: codes.Status) -> Maker:
    """Only that it is so can be written down."""
    return lambda value, on, _person: ("status", {"kind": int(kind), "since": on}) if value == "yes" else None


def _found(kind: codes.Finding) -> Maker:
    return lambda value, on, _person: ("finding", {"kind": int(kind), "holds": value == "yes", "since": on})


def _labour(value: Any, on: date, _person: int | None) -> Row:
    known = value in codes.Labour.__members__
    return ("capacity", {"labour": int(codes.Labour[value]), "since": on}) if known else None


def _state(parent: codes.Parent) -> Maker:
    def make(value: Any, on: date, _person: int | None) -> Row:
        return "parentstate", {"parent": int(parent), "state": int(codes.ParentState[value]), "since": on}

    return make


def _absent(parent: codes.Parent) -> Maker:
    def make(value: Any, on: date, _person: int | None) -> Row:
        state = int(codes.ParentState.NO_CONTACT)
        since = _months_ago(on, int(value))
        return (
            ("parentstate", {"parent": int(parent), "state": state, "since": since}) if int(value) else None
        )

    return make


def _care(value: Any, on: date, _person: int | None) -> Row:
    kind = int(codes.Status.CARE_NEED)
    return ("status", {"kind": kind, "since": _months_ago(on, int(value))}) if int(value) else None


def _months_ago(on: date, months: int) -> date:
    month = Month.of(on).plus(-months)
    return month.first_day.replace(day=min(on.day, month.last_day.day))


def _choice(value: Any, on: date, _person: int | None) -> Row:
    kind = int(codes.Choice.CHILD_PROGRAMME)
    return "choice", {"kind": kind, "value": int(codes.ChildProgramme[value]), "since": on}


def _selfcare(value: Any, on: date, _person: int | None) -> Row:
    return "selfcare", {"fails": int(value), "since": on}


def _lives_here(value: Any, on: date, person: int | None) -> Row:
    return "membership", {"person_id": person, "lives_here": value == "yes", "since": on}


def _lives_here_since(value: Any, on: date, person: int | None) -> Row:
    since = date.fromisoformat(str(value))
    return "membership", {"person_id": person, "lives_here_since": since, "since": on}


def _of_relief(column: str) -> Maker:
    """Of a difficulty that is recorded; by itself a number of people is none."""
    return lambda value, on, _person: ("relief", {column: int(value), "since": on})


def _nowhere(_value: Any, _on: date, _person: int | None) -> Row:
    """Follows from other rows, which are recorded instead (since when each parent is away)."""
    return None


MAKERS: dict[str, Maker] = {
    "labour": _labour,
    "independent": _flag("capacity", "independent"),
    "contracted_land": _flag("standing", "contracted_land"),
    "cooperates": _flag("standing", "cooperates"),
    "cares_for_dependent": _spell(codes.Status.CARES_FOR_DEPENDENT),
    "pregnant_or_nursing": _spell(codes.Status.PREGNANT_OR_NURSING),
    "father_away": _spell(codes.Status.FATHER_AWAY),
    "mother_away": _spell(codes.Status.MOTHER_AWAY),
    "parent_home_unable": _spell(codes.Status.PARENT_HOME_UNABLE),
    "parents_away_days": _nowhere,
    "home_finding": _found(codes.Finding.HOME),
    "vehicle_finding": _found(codes.Finding.VEHICLE),
    "business_finding": _found(codes.Finding.BUSINESS),
    "disposal_finding": _found(codes.Finding.DISPOSAL),
    "hardship_finding": _found(codes.Finding.HARDSHIP),
    "income_rose_by_job": _found(codes.Finding.INCOME_ROSE_BY_JOB),
    "father_state": _state(codes.Parent.FATHER),
    "mother_state": _state(codes.Parent.MOTHER),
    "father_absent_months": _absent(codes.Parent.FATHER),
    "mother_absent_months": _absent(codes.Parent.MOTHER),
    "child_choice": _choice,
    "care_months": _care,
    "selfcare_fails": _selfcare,
    "lives_here": _lives_here,
    "lives_here_since": _lives_here_since,
    "emergency_people": _of_relief("people"),
    "relief_grade": _of_relief("grade"),
}
"""How a fact found at the door is written down, by its column. A test holds that every such fact has one."""

_HOUSEHOLD_TABLES = frozenset({"standing", "finding", "relief", "membership"})
_NEVER_ALONE = frozenset({"membership", "relief"})
"""Rows that a finding completes and never begins."""


@dataclass
class Adopted:
    """Labels of findings that became facts, of those that have no row to be, and of those an agency says otherwise."""

    recorded: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)


def adopt_findings(actor: Actor, row: Case) -> Adopted:
    """Write down the current findings about facts of the law. Again it writes nothing new."""
    done = Adopted()
    found = Finding.objects.filter(case=row, state=Found.CURRENT, field__startswith=f"{FACT}:")
    for one in found.select_related("visit").order_by("pk"):
        column, person = _about(one.field)
        maker = MAKERS.get(column)
        made = maker(one.value, one.visit.on, person) if maker is not None else None
        if made is None:
            done.unwritten.append(one.label)
            continue
        table, values = made
        holder = row.household_id if table in _HOUSEHOLD_TABLES else person
        if holder is None:
            done.unwritten.append(one.label)
            continue
        _write(actor, Statement(table, holder, values), row.number, one.label, done)
    return done


def _about(name: str) -> tuple[str, int | None]:
    _fact, column, *person = name.split(":")
    return column, int(person[0]) if person else None


def _write(actor: Actor, statement: Statement, number: str, label: str, done: Adopted) -> None:
    reason = f"办件 {number} 入户调查"
    for row_id, source, row in recorded(statement):
        differs = differing(statement, row)
        missing = {
            n: v for n, v in statement.values.items() if row[n] is None and v is not None and n != "until"
        }
        if not differs and not missing:
            return
        if differs and source not in SOFT:
            done.against.append(label)
            return
        values = {name: statement.values[name] for name in (*differs, *missing)}
        at = FactRow(statement.table, statement.holder, row_id)
        correct_fact(actor=actor, row=at, values=values, source=codes.Source.VISIT, reason=reason)
        done.recorded.append(label)
        return
    if statement.table in _NEVER_ALONE:
        done.unwritten.append(label)
        return
    record_fact(
        actor=actor,
        table=statement.table,
        holder=statement.holder,
        values=dict(statement.values),
        source=codes.Source.VISIT,
        reason=reason,
    )
    done.recorded.append(label)


def before_opinion(taken: Taken) -> None:
    """The opinion rests on what was found. Who may not write the registry has the platform write it down."""
    may = taken.actor.may(Permission.RECORD_FACTS)
    with nullcontext(taken.actor) if may else scope(system_actor("visits")) as writer:
        done = adopt_findings(writer, taken.case)
    if done.recorded or done.unwritten or done.against:
        taken.fields |= {"adopted": done.recorded, "unwritten": done.unwritten, "against": done.against}
