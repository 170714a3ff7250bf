"""The fixed households of the demonstration, a tiny line of cases, and awards opened among them."""

from __future__ import annotations

import pytest

from minzheng.values.month import Month
from tests.apps.assessment.conftest import TODAY, WIDOW, city_of_stories, load_stories, stories
from tests.apps.awards.tiny import TINY
from tests.apps.cases.conftest import staff_of

__all__ = ["TODAY", "WIDOW", "city_of_stories", "load_stories", "staff_of", "stories"]

JANUARY = Month(2024, 1)


@pytest.fixture
def tiny():
    from minzheng.cases import lines

    lines._LINES.pop(TINY.name, None)
    lines.register(TINY)
    yield TINY
    lines._LINES.pop(TINY.name, None)


@pytest.fixture
def decided():
    """`decided(actor, household)`: what the law says of a household on a day, kept."""
    from minzheng.assessment.actions import keep_decision

    def keep(actor, household: int = WIDOW, on=TODAY):
        return keep_decision(actor=actor, household=household, purpose="认定", on=on)

    return keep


@pytest.fixture
def confirmed(tiny, city_of_stories, staff_of):
    """`confirmed("dibao", household)`: a case confirmed by an officer; `refused=True` one that was refused."""
    from minzheng.base.scope import scope
    from minzheng.base.types import Role
    from minzheng.cases.actions import decide_case
    from minzheng.cases.deciding import assess
    from minzheng.cases.opening import open_row
    from minzheng.cases.types import Channel
    from minzheng.registry.models import Household

    officer = staff_of(Role.COUNTY_APPROVER, at="1404")

    def make(
        programme: str, household: int = WIDOW, person: int | None = None, on=TODAY, *, refused: bool = False
    ):
        village = str(Household.objects.get(pk=household).village)
        row = open_row(
            actor=city_of_stories, line="tiny", programme=programme, division=village, household=household,
            person=person, applicant=None, channel=Channel.OFFICE, on=on,
        )  # fmt: skip
        with scope(officer):
            shown = assess(officer, row, on).digest
            return decide_case(
                actor=officer, case=row.public_id, confirm=not refused, version=row.version, shown_digest=shown,
                reason="不再符合条件" if refused else "", on=on,
            )  # fmt: skip

    return make


@pytest.fixture
def opened(city_of_stories, confirmed):
    """`opened("dibao", household, since=…)`: an award upon a confirmed case."""
    from minzheng.awards.actions import open_award

    def make(
        programme: str, household: int = WIDOW, person: int | None = None, since=JANUARY, on=TODAY, **more
    ):
        case = confirmed(programme, household, person, on)
        return open_award(
            actor=city_of_stories, case=case.public_id, decision=case.decision, programme=programme,
            household=household, person=person, since=since, reason="符合条件", on=on, **more,
        )  # fmt: skip

    return make


@pytest.fixture
def widow_award(opened):
    """The widow's dibao from January 2024 on."""
    return opened("dibao")
