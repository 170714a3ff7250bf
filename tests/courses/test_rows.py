"""A worked case put into the registry is the same household: the platform decides it as the case's own runner does."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from minzheng.rulebook import load
from minzheng.rulebook.worked import run
from minzheng.rules.status import Span
from tests.courses.conftest import CASES, opening_day


def opening_moment(case):
    day = opening_day(case)
    return next((moment for moment in run(case).moments if moment.point.on == day), None)


COMPARABLE = [case for case in CASES if opening_moment(case) is not None]


@pytest.fixture
def officer(worked_registry, db):
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")) as actor:
        yield actor


@pytest.mark.parametrize("case", COMPARABLE, ids=lambda case: case.id)
def test_the_registry_decides_as_the_case_does(case, officer, worked_registry):
    from minzheng.assessment.decide import decide

    moment = opening_moment(case)
    book = load().with_parameters(case.parameters)
    known_at = None if case.known_at is None else datetime.combine(case.known_at, time(12), UTC)
    found = decide(
        officer,
        worked_registry[case.id].household,
        on=moment.point.on,
        known_at=known_at,
        book=book,
        steps=False,
    )
    names = [moment.shown(who) for who in range(len(moment.names))]
    expected = {
        (o.program.name, None if o.who is None else names[o.who]): said(o)
        for o in moment.determination.outcomes
    }
    people = found.facts.names
    told = {(o.program.name, None if o.who is None else people[o.who]): said(o) for o in found.outcomes}
    differing = {key for key, value in expected.items() if told.get(key) != value}
    assert [
        f"{key}: {told.get(key)}, expected {expected[key]}; {missing(found, key[0])}" for key in differing
    ] == []


def missing(determination, programme):
    return [
        str(need)
        for outcome in determination.outcomes
        if outcome.program.name == programme
        for need in outcome.needs
    ]


def said(outcome):
    amount = outcome.amount
    return outcome.status.name, (amount.lo, amount.hi) if isinstance(amount, Span) else amount


def test_hardly_a_case_is_left_out():
    assert len(COMPARABLE) > len(CASES) * 3 // 4
