"""Reading cases: one case, the queues, what may be done next. Limited by the actor and by the database."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases import boards, deciding, intake, letters
from minzheng.cases.boards import OnBoard as OnBoard
from minzheng.cases.deciding import Assessed
from minzheng.cases.diagram import svg
from minzheng.cases.intake import Offer as Offer
from minzheng.cases.intake import Question as Question
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case, ClockRow, Consent, Event, LetterRow, Shortage
from minzheng.cases.moving import Standing, refuse_wrong_level, refuse_wrong_person, who_is
from minzheng.cases.needs import unmet
from minzheng.cases.reading import Papers as Papers
from minzheng.cases.reading import appeals as appeals
from minzheng.cases.reading import conflicts as conflicts
from minzheng.cases.reading import contradictions as contradictions
from minzheng.cases.reading import findings as findings
from minzheng.cases.reading import kin_declarations as kin_declarations
from minzheng.cases.reading import papers_of as papers_of
from minzheng.cases.reading import statements_of as statements_of
from minzheng.cases.reading import to_supervise as to_supervise
from minzheng.cases.reading import visits as visits
from minzheng.cases.search import matching
from minzheng.cases.search import search as _search
from minzheng.cases.stating import Statement, preview, statements_from
from minzheng.cases.supervising import doubted as doubted
from minzheng.cases.timeline import Timeline as Timeline
from minzheng.cases.timeline import timeline
from minzheng.cases.types import Who
from minzheng.cases.where import case_row, in_scope
from minzheng.cases.workflow import Line, Requirement, State, Step
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal

SOON_DAYS = 7


@dataclass(frozen=True)
class Offered:
    """A step that leaves the case's state. `missing`: what it still waits for. `barred`: why this actor may not."""

    step: Step
    missing: tuple[Requirement, ...]
    barred: str

    @property
    def ready(self) -> bool:
        return not self.missing and not self.barred


@dataclass(frozen=True)
class CaseView:
    """A case with what its page shows at the top."""

    row: Case
    line: Line
    state: State
    clocks: tuple[ClockRow, ...]

    @property
    def next_limit(self) -> ClockRow | None:
        return next((one for one in self.clocks if one.met_on is None), None)


def _may_look(actor: Actor) -> None:
    if not actor.is_resident:
        actor.require(Permission.SEE_CASES)


def case_of(actor: Actor, public_id: uuid.UUID) -> Case:
    """One case of the actor's region, or of a resident's household."""
    _may_look(actor)
    return case_row(actor, public_id)


def case_view(actor: Actor, public_id: uuid.UUID) -> CaseView:
    row = case_of(actor, public_id)
    line = line_of(row.line)
    running = sorted(ClockRow.objects.filter(case=row), key=_soonest)
    return CaseView(row, line, line.state(row.state), tuple(running))


def _soonest(row: ClockRow) -> tuple[bool, date, int]:
    return row.met_on is not None, row.due_on or date.min, row.pk


def consents_of_household(actor: Actor) -> list[Consent]:
    """What the actor's own family authorised, the latest first; taken back or not."""
    own = Case.objects.filter(in_scope(actor), household_id=actor.household)
    return list(Consent.objects.filter(case__in=own).select_related("case").order_by("-since", "-pk"))


def steps_for(actor: Actor, row: Case) -> list[Offered]:
    """What may be done next by somebody like the actor, in the line's order, with what is missing or in the way."""
    line = line_of(row.line)
    mine = [
        s for s in line.steps_from(row.state, row.mode) if who_is(actor) in s.who and _permitted(actor, s)
    ]
    standing = Standing(actor, row)
    return [
        Offered(step, tuple(unmet(line, step, row)), _barred(actor, standing, row, step)) for step in mine
    ]


def _permitted(actor: Actor, step: Step) -> bool:
    if actor.only is not None and step.action not in actor.only:
        return False
    return step.by is None or who_is(actor) is not Who.OFFICER or actor.may(step.by)


def _barred(actor: Actor, standing: Standing, row: Case, step: Step) -> str:
    try:
        refuse_wrong_level(actor, row, step)
        refuse_wrong_person(standing, step)
    except Refusal as refusal:
        return refusal.message
    return ""


@dataclass(frozen=True)
class Which:
    """Which cases a queue shows. Empty means all open ones of the actor's regions."""

    line: str = ""
    programme: str = ""
    state: str = ""
    division: str = ""
    mine: int | None = None
    unassigned: bool = False
    closed: bool = False
    due_by: date | None = None
    household: int | None = None
    text: str = ""
    overdue: bool = False


def work_queue(actor: Actor, which: Which | None = None) -> QuerySet[Case]:
    """Cases in the order of their limits; count and page come from this one queryset."""
    _may_look(actor)
    which = which or Which()
    rows = Case.objects.filter(in_scope(actor))
    if which.text:
        rows = rows.filter(matching(actor, which.text, business_date()))
    if not which.closed:
        rows = rows.filter(closed_on=None)
    for name in ("line", "programme", "state"):
        if value := getattr(which, name):
            rows = rows.filter(**{name: value})
    if which.division:
        rows = rows.filter(division__startswith=which.division)
    if which.mine is not None:
        rows = rows.filter(assignee_id=which.mine)
    if which.unassigned:
        rows = rows.filter(assignee=None)
    if which.overdue:
        rows = rows.filter(_late(business_date()))
    if which.due_by is not None:
        rows = rows.filter(due_on__lte=which.due_by)
    if which.household is not None:
        rows = rows.filter(household_id=which.household)
    return rows.select_related("assignee").order_by("due_on", "received_on", "id")


def search(actor: Actor, text: str, on: date | None = None) -> QuerySet[Case]:
    """Cases by number, or by a name or pinyin in the household."""
    return _search(actor, text, on or business_date())


def _late(on: date) -> Q:
    """Past its first limit, or with one that has no day because a calendar or a parameter is missing."""
    return Q(due_on__lt=on) | ~Q(due_clock="") & Q(due_on=None)


def overdue(actor: Actor, on: date | None = None) -> QuerySet[Case]:
    """Open cases whose first limit has passed, or has no day because a calendar is missing."""
    _may_look(actor)
    rows = Case.objects.filter(in_scope(actor), closed_on=None)
    return rows.filter(_late(on or business_date())).select_related("assignee").order_by("due_on", "id")


def due_soon(actor: Actor, on: date | None = None, days: int = SOON_DAYS) -> QuerySet[Case]:
    """Open cases whose first limit ends within so many days."""
    _may_look(actor)
    on = on or business_date()
    rows = Case.objects.filter(
        in_scope(actor), closed_on=None, due_on__gte=on, due_on__lte=on + timedelta(days=days)
    )
    return rows.select_related("assignee").order_by("due_on", "id")


def missing(row: Case) -> list[str]:
    """What the applicant was asked for and has not brought yet."""
    return list(
        Shortage.objects.filter(case=row, supplied_on=None).order_by("pk").values_list("item", flat=True)
    )


def letters_of(actor: Actor, row: Case) -> list[LetterRow]:
    """The written notices of a case, the latest first."""
    _may_look(actor)
    return list(LetterRow.objects.filter(case=row).order_by("-pk"))


def paper_of(actor: Actor, letter: uuid.UUID) -> uuid.UUID:
    """The public id of a letter's PDF, made when first asked for."""
    _may_look(actor)
    row = LetterRow.objects.select_related("case").filter(public_id=letter).first()
    if row is None:
        raise Refusal("letter.not_found", "没有找到该文书，或不在您的管辖区域内。")
    return letters.paper_of(actor, row)


def offers(actor: Actor, household: int, on: date | None = None) -> list[Offer]:
    """What a household may apply for, found by a sweep: a notice and an offer, never a grant (GV-1)."""
    return intake.offers(actor, household, on or business_date())


def questions(
    actor: Actor,
    household: int,
    statements: Sequence[Statement | Mapping[str, Any]] = (),
    on: date | None = None,
) -> list[Question]:
    """Facts worth asking for: each could still change an outcome; empty when everything is decided."""
    return intake.questions(actor, household, statements_from(statements), on or business_date())


def previewed(
    actor: Actor,
    household: int,
    statements: Sequence[Statement | Mapping[str, Any]] = (),
    on: date | None = None,
    *,
    steps: bool = True,
) -> Determination:
    """What every programme comes to if what is stated were so; nothing is kept."""
    return preview(actor, household, statements_from(statements), on or business_date(), steps=steps)


def published_notices(village: str, on: date | None = None) -> list[OnBoard]:
    """What hangs in a village: public, and only what may be read there. Opens a scope of its own."""
    with scope(system_actor("board")):
        return boards.on_board(village, on or business_date())


def timeline_for_resident(actor: Actor, row: Case, on: date | None = None) -> Timeline:
    """What has been done, where it stands, what is to come and by when, in plain words; no name of any officer."""
    _may_look(actor)
    return timeline(row, on or business_date())


def cases_of_household(actor: Actor, household: int | None = None) -> list[Case]:
    """All cases of a household, the latest first; a resident's own without naming it."""
    _may_look(actor)
    rows = Case.objects.filter(in_scope(actor))
    wanted = actor.household if actor.is_resident else household
    return list(rows.filter(household_id=wanted).order_by("-received_on", "-pk"))


def diagram(line: str, current: str = "", mode: str = "") -> str:
    """A line's workflow as an SVG element, the current state bold, for one mode; safe to put into a page."""
    return svg(line_of(line), current, mode)


def history(actor: Actor, row: Case) -> list[Event]:
    """The whole ledger of a case, oldest first. Staff only: it names who did what and why."""
    actor.require(Permission.SEE_CASES)
    return list(Event.objects.filter(case=row).order_by("version"))


def assessed(actor: Actor, row: Case, on: date | None = None) -> Assessed:
    """What the case's programme comes to now; its `digest` goes into `decide_case`."""
    _may_look(actor)
    return deciding.assess(actor, row, on or business_date())
