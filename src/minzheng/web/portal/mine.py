"""The first page of a signed-in resident: what is under way, what the family receives, what may be done."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from minzheng.assessment.programmes import programme_label
from minzheng.awards import queries as awards
from minzheng.awards.models import Award
from minzheng.base.queries import business_date
from minzheng.cases import mandates, queries
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case
from minzheng.cases.notices import letters_of_household
from minzheng.payments import queries as payments
from minzheng.registry import queries as registry
from minzheng.values.month import Month
from minzheng.web.portal.access import ResidentRequest, resident_page


@resident_page()
def mine(request: ResidentRequest) -> HttpResponse:
    actor = request.actor
    assert actor.household is not None
    rows = queries.cases_of_household(actor)
    names = names_of_people(request)
    context: dict[str, Any] = {
        "members": registry.members_of(actor, actor.household, on=business_date()),
        "open": [case_line(row, names) for row in rows if row.closed_on is None],
        "closed": [case_line(row, names) for row in reversed(rows) if row.closed_on is not None],
        "me": names.get(actor.person or 0, ""),
        "offers": [
            one
            for one in queries.offers(actor, actor.household)
            if (one.programme, one.person)
            not in {(row.programme, row.person_id) for row in rows if not row.closed_on}
        ],
        "names": names,
        "acts": len(mandates.given_to(actor, business_date())),
        "letters": letters_of_household(actor, actor.household),
        "awards": [award_line(one, names) for one in awards.awards_of(actor, actor.household)],
        "next": next_lines(request, names),
    }
    return render(request, "portal/mine.html", context)


def next_lines(request: ResidentRequest, names: dict[int, str]) -> list[dict[str, Any]]:
    """What the family is paid next and when, the earliest first; a day that is not arranged is said to be so."""
    assert request.actor.household is not None
    found = payments.next_pay(request.actor, request.actor.household, on=business_date())
    return [
        {"next": one, "programme": programme_label(one.programme), "who": names.get(one.person_id or 0, "")}
        for one in sorted(found, key=lambda one: (one.planned is None, one.planned and one.planned.on))
    ]


def names_of_people(request: ResidentRequest) -> dict[int, str]:
    """The members of the own household by id."""
    assert request.actor.household is not None
    members = registry.members_of(request.actor, request.actor.household, on=business_date())
    return {member.person.id: member.person.name for member in members if member.person is not None}


def case_line(row: Case, names: dict[int, str]) -> dict[str, Any]:
    line = line_of(row.line)
    return {
        "case": row,
        "programme": programme_label(row.programme),
        "who": names.get(row.person_id or 0, ""),
        "state": line.state(row.state),
    }


def award_line(award: Award, names: dict[int, str]) -> dict[str, Any]:
    month = Month.of(business_date())
    return {
        "award": award,
        "programme": programme_label(award.programme),
        "who": names.get(award.person_id or 0, ""),
        "fen": awards.due_of(award, month),
        "month": month,
    }
