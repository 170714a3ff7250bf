"""Cases: the queue of my regions, one case on one screen, the next step, the decision."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from minzheng.assessment.programmes import programme_label, programme_labels
from minzheng.base import step_up
from minzheng.base.actions import record
from minzheng.base.queries import business_date, names_of_actors
from minzheng.base.types import Permission
from minzheng.cases import actions, mandates, queries
from minzheng.cases.lines import lines
from minzheng.cases.models import Case, Event
from minzheng.cases.queries import CaseView, Offered, Which
from minzheng.cases.workflow import DECISIONS, Action, Line
from minzheng.registry import queries as registry
from minzheng.values.errors import Refusal
from minzheng.web import branches, explained, places
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.files import FORMATS
from minzheng.web.pages.case_more import decisions_of_people
from minzheng.web.pages.case_papers import OWN_FORMS, papers

PAGE_ROWS = 20
SOON_DAYS = 7
DUE = {"overdue": "已超期", "soon": "七天内到期"}


# -- the queue -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """The queue as the address asks for it."""

    line: str = ""
    programme: str = ""
    place: str = ""
    due: str = ""
    whose: str = ""
    closed: str = ""
    text: str = ""
    state: str = ""

    @classmethod
    def of(cls, request: OfficeRequest, given: Mapping[str, str]) -> Asked:
        """What is on offer; anything else is left out."""
        place = given.get("place", "")
        return cls(
            line=_one_of(given.get("line", ""), {one.name for one in lines()}),
            programme=_one_of(given.get("programme", ""), set(programme_labels())),
            place=place if place and places.holds(request.actor, place) else "",
            due=_one_of(given.get("due", ""), set(DUE)),
            whose=_one_of(given.get("whose", ""), {"mine", "nobody"}),
            closed="1" if given.get("closed") == "1" else "",
            text=given.get("text", "").strip()[:40],
            state=_one_of(given.get("state", ""), set(states())),
        )

    def which(self, request: OfficeRequest, today: date) -> Which:
        return Which(
            line=self.line,
            programme=self.programme,
            division=self.place,
            mine=request.user.pk if self.whose == "mine" else None,
            unassigned=self.whose == "nobody",
            closed=bool(self.closed),
            due_by=_due_by(self.due, today),
            text=self.text,
            state=self.state,
            overdue=self.due == "overdue",
        )

    @property
    def query(self) -> str:
        return urlencode([(name, value) for name, value in vars(self).items() if value])


def states() -> dict[str, str]:
    """States of all lines by name, in the order of the lines; those of one name are one."""
    return {state.name: state.label for line in reversed(lines()) for state in line.states}


def _one_of(text: str, known: set[str]) -> str:
    return text if text in known else ""


def _due_by(due: str, today: date) -> date | None:
    return today + timedelta(days=SOON_DAYS) if due == "soon" else None


@page(Permission.SEE_CASES)
def cases(request: OfficeRequest) -> HttpResponse:
    """My open cases in the order of their limits; the count and the list come from one queryset."""
    today = business_date()
    asked = Asked.of(request, request.GET.dict())
    found = queries.work_queue(request.actor, asked.which(request, today))
    count = found.count()
    number = min(_page_number(request.GET.get("page", "")), max(1, -(-count // PAGE_ROWS)))
    rows = list(found[(number - 1) * PAGE_ROWS : number * PAGE_ROWS])
    pages = max(1, -(-count // PAGE_ROWS))
    context = {
        "trail": [("", "办件")],
        "asked": asked,
        "rows": [_row(row, names, today) for row, names in _with_names(request, rows, today)],
        "count": count,
        "page": number,
        "pages": pages,
        "near": [n for n in range(number - 2, number + 3) if 0 < n <= pages],
        "query": asked.query,
        "lines": [(one.name, one.label) for one in lines()],
        "programmes": programme_labels(),
        "places": places.groups(request.actor),
        "due": DUE,
        "states": states(),
        "may_receive": request.actor.may(Permission.RECEIVE_CASES),
        "may_export": request.actor.may(Permission.EXPORT),
        "formats": FORMATS,
    }
    return render(request, "office/cases.html", context)


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 100_000 else 1


def _with_names(request: OfficeRequest, rows: list[Case], today: date) -> list[tuple[Case, str]]:
    """Each case with the name of whom it is about, read for all rows at once."""
    people = registry.person_lines(request.actor, [row.person_id for row in rows if row.person_id])
    homes = {
        line.id: line
        for line in registry.household_lines(
            request.actor,
            [row.household_id for row in rows if row.household_id and not row.person_id],
            on=today,
        )
    }
    named = []
    for row in rows:
        person = people.get(row.person_id) if row.person_id else None
        home = homes.get(row.household_id) if row.household_id else None
        named.append((row, person.name if person else f"{home.head} 户" if home and home.head else "家庭"))
    return named


def _row(row: Case, who: str, today: date) -> dict[str, Any]:
    line = next((one for one in lines() if one.name == row.line), None)
    return {
        "case": row,
        "who": who,
        "programme": programme_label(row.programme),
        "state": line.state(row.state) if line else None,
        "overdue": row.closed_on is None and row.due_on is not None and row.due_on < today,
        "soon": row.closed_on is None
        and row.due_on is not None
        and today <= row.due_on <= today + timedelta(days=SOON_DAYS),
    }


# -- one case ------------------------------------------------------------------------------------------------------
@page(Permission.SEE_CASES)
def case(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """One screen: who, where it stands and until when, the facts and the decision tree, the next step, the history."""
    view = _open(request, public_id)
    record(request.actor, "open_case", "cases.case", public_id, division=view.row.division)
    return _show(request, view)


def _open(request: OfficeRequest, public_id: uuid.UUID) -> CaseView:
    try:
        return queries.case_view(request.actor, public_id)
    except Refusal as refusal:
        if refusal.code == "case.not_found":
            raise NotFound("case", public_id) from None
        raise


@dataclass(frozen=True)
class Judged:
    """What the case's programme comes to now; `refused` says why it cannot be told."""

    one: explained.Shown | None
    fen: int | None = None
    digest: str = ""
    settled: bool = False
    refused: str = ""
    open: tuple[str, ...] = ()


def _judged(request: OfficeRequest, row: Case) -> Judged:
    if row.household_id is None:
        return Judged(None)
    try:
        found = queries.assessed(request.actor, row)
    except Refusal as refusal:
        return Judged(None, refused=f"{refusal.message}{refusal.next_step}")
    shown = explained.outcome(found.determination, row.programme, found.who)
    book = found.determination.book
    left = tuple(book[name].label for name in found.undecided)
    return Judged(shown, found.fen, found.digest, found.settled, open=left)


def _show(
    request: OfficeRequest,
    view: CaseView,
    refusal: Refusal | None = None,
    tried: Mapping[str, Any] | None = None,
) -> HttpResponse:
    row, today = view.row, business_date()
    offered = queries.steps_for(request.actor, row)
    [(_, who)] = _with_names(request, [row], today)
    context: dict[str, Any] = {
        "trail": [(reverse("cases"), "办件"), ("", row.number)],
        "view": view,
        "case": row,
        "who": who,
        "programme": programme_label(row.programme),
        "judged": _judged(request, row),
        "branches": branches.address_of("case-branch", row.public_id),
        "steps": [one for one in offered if one.step.action not in DECISIONS | OWN_FORMS],
        "decisions": [one for one in offered if one.step.action in DECISIONS],
        "members": _members(request, row, today),
        "history": _history(request, view.line, queries.history(request.actor, row)),
        "overdue": row.due_on is not None and row.closed_on is None and row.due_on < today,
        "refusal": refusal,
        "tried": tried or {},
        "key": uuid.uuid4(),
        "may_reveal": request.actor.may(Permission.REVEAL_IDENTITY),
        "household": _household(request, row, today),
        "papers": papers(request, row),
        "people": decisions_of_people(request, row),
        # Drawn by the case mechanism from the line's own table: no text of anybody in it.
        "diagram": mark_safe(queries.diagram(row.line, row.state, row.mode)),  # noqa: S308
    }
    return render(request, "office/case.html", context, status=409 if refusal else 200)


@page(Permission.SEE_CASES)
def branch(request: OfficeRequest, public_id: uuid.UUID, key: str) -> HttpResponse:
    """What one line of the explanation rests on. Opening it is recorded as opening the case is."""
    row = _open(request, public_id).row
    record(request.actor, "open_case", "cases.case", public_id, division=row.division)
    judged = _judged(request, row)
    [(_, who)] = _with_names(request, [row], business_date())
    return branches.show(
        request,
        judged.one.tree if judged.one else [],
        key,
        branches.address_of("case-branch", public_id),
        trail=[(reverse("cases"), "办件"), (reverse("case", args=[public_id]), row.number)],
        about=f"{who} · {programme_label(row.programme)}",
    )


def _members(request: OfficeRequest, row: Case, today: date) -> tuple[registry.Member, ...]:
    return () if row.household_id is None else registry.members_of(request.actor, row.household_id, on=today)


def _household(request: OfficeRequest, row: Case, today: date) -> registry.HouseholdLine | None:
    if row.household_id is None:
        return None
    found = registry.household_lines(request.actor, [row.household_id], on=today)
    return found[0] if found else None


def _history(request: OfficeRequest, line: Line, events: list[Event]) -> list[dict[str, Any]]:
    keys = {event.actor for event in events}
    names = names_of_actors(keys) | mandates.names_of(keys)
    labels = {step.action: step.label for step in line.steps} | {"submit": Action.SUBMIT.label}
    return [
        {
            "event": event,
            "label": labels.get(event.action, event.action),
            "state": line.state(event.after) if line.has_state(event.after) else None,
            "by": names[event.actor],
            "fields": _told(line, event),
        }
        for event in reversed(events)
    ]


def _told(line: Line, event: Event) -> list[tuple[str, str]]:
    """What was filled in with a step, under the words of its form."""
    fields = {one.name: one for step in line.steps if step.action == event.action for one in step.fields}
    told = []
    for name, value in event.fields.items():
        one = fields.get(name)
        if one is None or one.kind == "file":
            continue
        if one.kind == "money":
            text = f"{int(value) // 100:,}.{int(value) % 100:02d} 元"
        elif one.kind == "yesno":
            text = "是" if value else "否"
        elif one.kind == "choice":
            text = dict(one.choices).get(str(value), str(value))
        else:
            text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
        told.append((one.label, text))
    return told


# -- doing something about it --------------------------------------------------------------------------------------
@page(Permission.SEE_CASES, methods=("POST",))
def step(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """One step of the line's table. What is missing is said beside the form and nothing typed is lost."""
    view = _open(request, public_id)
    action = request.POST.get("action", "")
    offered = _offered(request, view, action)
    try:
        done = actions.take_step(
            actor=request.actor,
            case=public_id,
            action=action,
            version=_version(request.POST.get("version", "")),
            fields=_fields(request, offered),
            reason=request.POST.get("reason", ""),
            client_key=_key(request),
        )
    except Refusal as refusal:
        return _refused(request, public_id, refusal)
    label = offered.step.label if offered else action
    messages.success(request, f"已办理“{label}”。该办件现在是“{view.line.state(done.state).label}”。")
    return redirect("case", public_id=public_id)


@page(Permission.CONFIRM_CASES, methods=("POST",))
def decide(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """Confirm or refuse, on exactly what was shown."""
    step_up.require(request)
    view = _open(request, public_id)
    confirm = request.POST.get("action") == Action.CONFIRM.value
    offered = _offered(request, view, Action.CONFIRM.value if confirm else Action.REFUSE.value)
    try:
        actions.decide_case(
            actor=request.actor,
            case=public_id,
            confirm=confirm,
            version=_version(request.POST.get("version", "")),
            shown_digest=request.POST.get("digest", ""),
            reason=request.POST.get("reason", ""),
            fields=_fields(request, offered),
            client_key=_key(request),
        )
    except Refusal as refusal:
        return _refused(request, public_id, refusal)
    messages.success(request, "已确认。" if confirm else "已作出不予确认的决定，请在期限内送达告知书。")
    return redirect("case", public_id=public_id)


def show_again(request: OfficeRequest, public_id: uuid.UUID, refusal: Refusal) -> HttpResponse:
    """The case's page with what was refused at its top."""
    return _show(request, _open(request, public_id), refusal, request.POST)


def _refused(request: OfficeRequest, public_id: uuid.UUID, refusal: Refusal) -> HttpResponse:
    if refusal.code == "case.not_found":
        raise NotFound("case", public_id) from None
    if refusal.code == "permission.denied":
        raise refusal
    return show_again(request, public_id, refusal)


def _offered(request: OfficeRequest, view: CaseView, action: str) -> Offered | None:
    return next(
        (one for one in queries.steps_for(request.actor, view.row) if one.step.action == action), None
    )


def _fields(request: OfficeRequest, offered: Offered | None) -> dict[str, Any]:
    """The declared fields of the step as posted; several values of one name stay a list."""
    if offered is None:
        return {}
    given: dict[str, Any] = {}
    for one in offered.step.fields:
        values = request.POST.getlist(one.name)
        if values:
            given[one.name] = values if len(values) > 1 else values[0]
    return given


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _key(request: OfficeRequest) -> uuid.UUID | None:
    """What makes a second click of the same form the same request."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
