"""The fixed households, the made-up line, and staff who are real rows, each a natural person."""

from __future__ import annotations

from datetime import date

import pytest

from tests.apps.assessment.conftest import city_of_stories, stories
from tests.apps.cases.made_up import MADE_UP

__all__ = ["city_of_stories", "stories"]

TODAY = date(2023, 12, 31)


@pytest.fixture
def made_up():
    """Only the made-up line is registered."""
    from minzheng.cases import lines

    before = dict(lines._LINES)
    lines._LINES.clear()
    lines.register(MADE_UP)
    yield MADE_UP
    lines._LINES.clear()
    lines._LINES.update(before)


@pytest.fixture
def staff_of(city_of_stories):
    """`staff_of(Role.X, "140403")`: the actor of an account that exists; one natural person each, unless one is given."""
    import uuid
    from itertools import count

    from minzheng.base.models import RegionInCharge, Staff
    from minzheng.base.queries import actor_of

    numbers = count(1)

    def make(*roles, at="140403", person=None):
        n = next(numbers)
        account = Staff.objects.create(
            username=f"t{n}", name=f"测试人员{n}", roles=[str(role) for role in roles],
            natural_person=person or uuid.uuid4(),
        )  # fmt: skip
        RegionInCharge.objects.create(staff=account, division=at, since=date(2020, 1, 1))
        return actor_of(account)

    return make


DAY = date(2023, 12, 1)


@pytest.fixture
def household(city_of_stories):
    """A household of the city for which dibao comes to a plain yes, and its head."""
    return _household_with(city_of_stories, "YES")


@pytest.fixture
def refused_household(city_of_stories):
    """One for which it comes to a plain no."""
    return _household_with(city_of_stories, "NO")


def _household_with(actor, outcome):
    from minzheng.assessment.decide import decide
    from minzheng.demo.stories import STORIES
    from minzheng.registry.models import Household
    from minzheng.registry.queries import members_of
    from minzheng.rules.status import Status

    for story in STORIES:
        if decide(actor, story.id, on=DAY, steps=False).of("dibao").status == Status[outcome]:
            head = members_of(actor, story.id, on=DAY)[0].person_id
            return Household.objects.get(pk=story.id), head
    raise AssertionError("no such household in the demonstration")


class Walk:
    """Takes cases of one household through the made-up line, each step in the scope of its actor."""

    def __init__(self, staff_of, household):
        from minzheng.base.types import Role

        self.row, self.head = household
        town = str(self.row.township)
        self.officer = staff_of(Role.TOWNSHIP_OFFICER, at=town)
        self.other = staff_of(Role.TOWNSHIP_OFFICER, at=town)
        self.reviewer = staff_of(Role.COUNTY_REVIEWER, at=town[:6])
        self.approver = staff_of(Role.COUNTY_APPROVER, at=town[:6])

    def submit(self, actor=None, programme="dibao", **more):
        import uuid

        from minzheng.base.scope import scope
        from minzheng.cases import actions
        from minzheng.cases.types import Channel

        actor = actor or self.officer
        more.setdefault("channel", Channel.OFFICE)
        more.setdefault("client_key", uuid.uuid4())
        with scope(actor):
            application = actions.submit_application(
                actor=actor, household=self.row.pk, applicant=self.head,
                programmes=[(programme, None)], on=more.pop("on", DAY), **more,
            )  # fmt: skip
            return application.cases.get(programme=programme)

    def step(self, actor, case, action, **more):
        from minzheng.base.scope import scope
        from minzheng.cases import actions

        with scope(actor):
            return actions.take_step(
                actor=actor, case=case.public_id, action=action, version=more.pop("version", case.version),
                on=more.pop("on", DAY), **more,
            )  # fmt: skip

    def hung(self, case=None):
        """Accepted, opined, published on 1 December, ended by the platform on the 9th."""
        from minzheng.cases.jobs import run_day

        case = self.step(self.officer, case or self.submit(), "accept")
        case = self.step(self.officer, case, "give_opinion", fields={"opinion": "agree"})
        case = self.step(self.officer, case, "publicise")
        assert run_day(date(2023, 12, 9)).ended == [case.number]
        return self.again(case)

    def reported(self, case=None):
        return self.step(self.officer, self.hung(case), "report", on=date(2023, 12, 11))

    def again(self, case):
        from minzheng.base.scope import scope, system_actor
        from minzheng.cases.models import Case

        with scope(system_actor("test")):
            return Case.objects.get(pk=case.pk)

    def decide(self, case, *, confirm=True, actor=None, on=date(2023, 12, 12), **more):
        from minzheng.base.scope import scope
        from minzheng.cases import actions, queries

        actor = actor or self.approver
        with scope(actor):
            shown = queries.assessed(actor, case, on)
            return actions.decide_case(
                actor=actor, case=case.public_id, confirm=confirm, version=case.version,
                shown_digest=more.pop("shown_digest", shown.digest), on=on, **more,
            )  # fmt: skip


@pytest.fixture
def walk(made_up, staff_of, household):
    return Walk(staff_of, household)


@pytest.fixture
def refused_walk(made_up, staff_of, refused_household):
    return Walk(staff_of, refused_household)
