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
