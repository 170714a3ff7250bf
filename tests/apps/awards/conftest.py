"""The fixed households of the demonstration, and awards opened among them."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.values.month import Month
from tests.apps.assessment.conftest import TODAY, WIDOW, city_of_stories, load_stories, stories

__all__ = ["TODAY", "WIDOW", "city_of_stories", "load_stories", "stories"]

JANUARY = Month(2024, 1)


@pytest.fixture
def decided():
    """`decided(actor, household)`: what the law says of a household on a day, kept."""
    from minzheng.assessment.actions import keep_decision

    def keep(actor, household: int = WIDOW, on: date = TODAY):
        return keep_decision(actor=actor, household=household, purpose="确认", on=on)

    return keep


@pytest.fixture
def widow_award(city_of_stories, decided):
    """The widow's dibao from January 2024 on."""
    from minzheng.awards.actions import open_award

    return open_award(
        actor=city_of_stories, case=uuid.uuid4(), decision=decided(city_of_stories), programme="dibao",
        household=WIDOW, since=JANUARY, reason="符合条件",
    )  # fmt: skip
