"""One case of the made-up line from the application to the decision."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases import actions, queries
from minzheng.cases.types import Channel
from minzheng.values.errors import Refusal

DAY = date(2023, 12, 1)


@pytest.fixture
def household(city_of_stories):
    """A household with a head, somewhere in the city, for which dibao comes to a plain answer."""
    from minzheng.assessment.decide import decide
    from minzheng.demo.stories import STORIES
    from minzheng.registry.models import Household
    from minzheng.registry.queries import members_of
    from minzheng.rules.status import YES

    for story in STORIES:
        if decide(city_of_stories, story.id, on=DAY, steps=False).of("dibao").status == YES:
            row = Household.objects.get(pk=story.id)
            head = members_of(city_of_stories, story.id, on=DAY)[0].person_id
            return row, head
    raise AssertionError("no household of the demonstration receives dibao")


@pytest.fixture
def people(staff_of, household):
    """A township officer of the household, another, and a county approver."""
    town = str(household[0].township)
    return (
        staff_of(Role.TOWNSHIP_OFFICER, at=town),
        staff_of(Role.TOWNSHIP_OFFICER, at=town),
        staff_of(Role.COUNTY_APPROVER, at=town[:6]),
    )


def submitted(officer, household, **more):
    row, head = household
    with scope(officer):
        return actions.submit_application(
            actor=officer, household=row.pk, applicant=head, channel=Channel.OFFICE,
            client_key=more.pop("client_key", uuid.uuid4()), on=DAY, **more,
        )  # fmt: skip


def step(actor, case, action, **more):
    with scope(actor):
        return actions.take_step(
            actor=actor, case=case.public_id, action=action, version=case.version,
            on=more.pop("on", DAY), **more,
        )  # fmt: skip


def reported(officer, household):
    application = submitted(officer, household)
    with scope(officer):
        case = application.cases.get(programme="dibao")
    case = step(officer, case, "accept")
    case = step(officer, case, "give_opinion", fields={"opinion": "agree"})
    case = step(officer, case, "publicise")
    return step(system_actor("notices"), case, "end_publicity", on=date(2023, 12, 9))


def test_a_case_runs_from_application_to_decision(made_up, people, household):
    officer, _other, approver = people
    case = reported(officer, household)
    with scope(approver):
        shown = queries.assessed(approver, case, date(2023, 12, 12))
        case = actions.decide_case(
            actor=approver, case=case.public_id, confirm=True, version=case.version,
            shown_digest=shown.digest, on=date(2023, 12, 12),
        )  # fmt: skip
        view = queries.case_view(approver, case.public_id)
        ledger = queries.history(approver, case)
    assert view.state.name == "decided_yes"
    assert (case.outcome, case.decided_on, case.closed_on) == ("yes", date(2023, 12, 12), date(2023, 12, 12))
    assert case.decision.household_id == household[0].pk
    assert [e.action for e in ledger] == [
        "submit", "accept", "give_opinion", "publicise", "end_publicity", "confirm",
    ]  # fmt: skip
    assert [e.version for e in ledger] == [1, 2, 3, 4, 5, 6]
    assert all(clock.met_on for clock in view.clocks)


def test_what_was_submitted_twice_counts_once(made_up, people, household):
    officer = people[0]
    key = uuid.uuid4()
    first = submitted(officer, household, client_key=key)
    again = submitted(officer, household, client_key=key)
    assert first.pk == again.pk
    with scope(officer):
        assert queries.work_queue(officer).count() == first.cases.count() >= 1
    with pytest.raises(Refusal, match="标识相同而内容不同"):
        submitted(officer, household, client_key=key, programmes=[("edge", None)])


def test_a_stale_page_changes_nothing(made_up, people, household):
    officer, other, _approver = people
    application = submitted(officer, household)
    with scope(officer):
        case = application.cases.get(programme="dibao")
    stale = case.version
    step(officer, case, "accept")
    case.version = stale
    with pytest.raises(Refusal, match="不是最新情况"):
        step(other, case, "accept")


def test_who_handled_a_case_does_not_decide_it(made_up, people, household, staff_of):
    officer = people[0]
    case = reported(officer, household)
    same = staff_of(Role.COUNTY_APPROVER, at=str(household[0].township)[:6], person=officer.natural_person)
    with scope(same):
        shown = queries.assessed(same, case, DAY)
        with pytest.raises(Refusal, match="同一人不能"):
            actions.decide_case(
                actor=same, case=case.public_id, confirm=True, version=case.version,
                shown_digest=shown.digest, on=DAY,
            )  # fmt: skip
        (confirm,) = [one for one in queries.steps_for(same, case) if one.step.action == "confirm"]
    assert not confirm.ready
    assert "同一人" in confirm.barred


def test_the_clock_is_the_county_s(made_up, people, household):
    officer = people[0]
    case = submitted(officer, household)
    with scope(officer):
        case = step(officer, case.cases.get(programme="dibao"), "accept")
        (running,) = queries.case_view(officer, case.public_id).clocks
    delegated = case.division.startswith("140403")
    assert running.parameter == ("sla.dibao.delegated" if delegated else "sla.dibao.county")
    assert running.due_on == case.due_on


def test_numbers_have_no_gaps(made_up, people, household):
    officer = people[0]
    application = submitted(officer, household)
    with scope(officer):
        numbers = sorted(application.cases.values_list("number", flat=True))
    county = str(household[0].township)[:6]
    assert numbers == [f"ZZ-{county}-2023-{n + 1:06d}" for n in range(len(numbers))]
