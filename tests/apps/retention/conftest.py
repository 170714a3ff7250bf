"""The fixed households, staff who are natural persons, and papers in a store of the test's own."""

from __future__ import annotations

from datetime import date

import pytest

from tests.apps.assessment.conftest import WIDOW, city_of_stories, stories
from tests.apps.cases.conftest import staff_of

__all__ = ["WIDOW", "city_of_stories", "staff_of", "stories"]

LATER = date(2044, 5, 1)
"""Papers come with the moment of the test; by then the time of each kind is over."""


@pytest.fixture
def own_store(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def paper(own_store, city_of_stories):
    """`paper(b"...")`: a kept document of the widow's household."""
    from minzheng.base.documents import PDF, Kind, keep
    from minzheng.registry.models import Household

    def make(content: bytes, kind: Kind = Kind.PHOTO, household: int = WIDOW, title: str = ""):
        village = str(Household.objects.get(pk=household).village)
        return keep(
            actor=city_of_stories, content=content, media_type=PDF, kind=kind, division=village,
            household=household, title=title,
        )  # fmt: skip

    return make


@pytest.fixture
def years_later(city_of_stories):
    from minzheng.base.actions import set_business_date

    def go(day: date = LATER) -> None:
        set_business_date(actor=city_of_stories, day=day, reason="tests")

    return go


@pytest.fixture
def two(staff_of):
    """A county approver and an auditor of the city: two natural persons."""
    from minzheng.base.types import Role

    return staff_of(Role.CITY_SUPERVISOR, at="1404"), staff_of(Role.AUDITOR, at="1404")
