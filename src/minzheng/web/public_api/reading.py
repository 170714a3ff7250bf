"""What a system reads of applications, cases and decisions: ids, states, days, clauses; no name and no number of anybody."""

from __future__ import annotations

import json
import uuid
from typing import Any

from minzheng.assessment.programmes import programme_label
from minzheng.base import documents
from minzheng.base.api_keys import ApiClient
from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.cases import queries
from minzheng.cases.lines import line_of
from minzheng.cases.models import Application, Case, LetterRow
from minzheng.cases.timeline import AHEAD, NOW
from minzheng.cases.where import application_row, case_row, not_found
from minzheng.registry import queries as registry
from minzheng.rules.language.declare import Provision
from minzheng.values.errors import Refusal
from minzheng.web.book import load
from minzheng.web.public_api.children import hidden_from


def application_of(actor: Actor, public_id: uuid.UUID) -> Application:
    return application_row(actor, public_id)


def case_of(client: ApiClient, actor: Actor, public_id: uuid.UUID) -> Case:
    """A case of the key's regions; one of a child is as one that does not exist, without that purpose."""
    row = case_row(actor, public_id)
    if row.line in hidden_from(client):
        raise not_found()
    return row


# -- an application ------------------------------------------------------------------------------------------------


def application(client: ApiClient, actor: Actor, row: Application) -> dict[str, Any]:
    hidden = hidden_from(client)
    cases = list(row.cases.exclude(line__in=hidden).order_by("id"))
    people = _public_ids(actor, row.household_id)
    household = registry.households_in(actor).values_list("public_id", flat=True).get(pk=row.household_id)
    return {
        "id": row.public_id,
        "number": row.number,
        "received_on": row.received_on,
        "household": household,
        "cases": [_brief(one, people) for one in cases],
        "complete": not hidden,
    }


def brief(actor: Actor, row: Case) -> dict[str, Any]:
    return _brief(row, _public_ids(actor, row.household_id))


def _public_ids(actor: Actor, household: int | None) -> dict[int, uuid.UUID]:
    """Members of today; of who has left the household this key is told nothing."""
    members = () if household is None else registry.members_of(actor, household, on=business_date())
    return {one.person_id: one.person.public_id for one in members if one.person is not None}


def _brief(row: Case, people: dict[int, uuid.UUID]) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "number": row.number,
        "programme": row.programme,
        "label": programme_label(row.programme),
        "person": people.get(row.person_id or 0),
        "state": row.state,
        "state_label": line_of(row.line).state(row.state).label,
    }


# -- a case --------------------------------------------------------------------------------------------------------


def case(actor: Actor, row: Case) -> dict[str, Any]:
    view = queries.case_view(actor, row.public_id)
    stages = queries.timeline_for_resident(actor, row).stages
    return {
        **brief(actor, row),
        "application": row.application.public_id if row.application is not None else None,
        "received_on": row.received_on,
        "accepted_on": row.accepted_on,
        "closed_on": row.closed_on,
        "outcome": row.outcome,
        "limits": [
            {"clause": one.clause, "due_on": one.due_on, "problem": one.problem, "met_on": one.met_on}
            for one in view.clocks
        ],
        "missing": queries.missing(row),
        "stages": [
            {
                "label": one.label,
                "state": one.state,
                "on": one.on,
                "limit": one.limit,
                "clause": one.clause,
            }
            for one in stages
        ],
        "next": [one.label for one in stages if one.state in (NOW, AHEAD)],
        "letters": [_letter(one) for one in queries.letters_of(actor, row)],
    }


def _letter(row: LetterRow) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "number": row.number,
        "kind": row.kind,
        "issued_on": row.received_on,
        "delivered_on": row.delivered_on,
    }


# -- a decision ----------------------------------------------------------------------------------------------------


def decision(actor: Actor, row: Case) -> dict[str, Any]:
    """What was kept on the day it was decided, never what the rules would say today."""
    if row.decision is None or row.decided_on is None:
        raise Refusal(
            "decision.not_yet",
            "该办件还没有作出决定。",
            next_step="请查询办理进度，作出决定后再查。",
        )
    found = _kept_outcome(row)
    return {
        "outcome": row.outcome if row.outcome in ("yes", "no") else found["status"],
        "decided_on": row.decided_on,
        "amount_fen": _amount(row, found),
        "clauses": found["clauses"],
        "citation": found["citation"],
        "explanation": [_explained(name, status) for name, status in found["conditions"]],
        "letters": [one.number for one in queries.letters_of(actor, row)],
    }


def _kept_outcome(row: Case) -> dict[str, Any]:
    assert row.decision is not None
    kept = json.loads(row.decision.content)
    who = None if row.person_id is None else kept["household"]["people"].index(row.person_id)
    return next(one for one in kept["outcomes"] if one["programme"] == row.programme and one["person"] == who)


def _amount(row: Case, found: dict[str, Any]) -> int | None:
    """As the rules came to it, else as a person judged within the range before the decision."""
    if row.outcome == "no":
        return None
    if found["payable"] is not None:
        return int(found["payable"])
    judged = [one.fen for one in queries.papers_of(row).judgements if one.fen is not None]
    return judged[0] if judged else None


def _explained(name: str, status: str) -> dict[str, Any]:
    """A condition in the rulebook's words; one the rulebook no longer has stands by its name."""
    book = load()
    if name not in book or not isinstance(rule := book[name], Provision):
        return {"provision": name, "text": name, "outcome": status, "citation": ""}
    return {"provision": name, "text": rule.label, "outcome": status, "citation": str(rule.citation)}


# -- letters -------------------------------------------------------------------------------------------------------


def paper(actor: Actor, row: Case, letter: uuid.UUID) -> bytes:
    """The PDF of a letter of this case."""
    if not LetterRow.objects.filter(case=row, public_id=letter).exists():
        raise Refusal("letter.not_found", "没有找到该文书，或不在您的管辖区域内。")
    kept = documents.document(actor, queries.paper_of(actor, letter))
    if kept is None:
        raise Refusal("letter.not_found", "没有找到该文书，或不在您的管辖区域内。")
    return documents.content_of(actor, kept)
