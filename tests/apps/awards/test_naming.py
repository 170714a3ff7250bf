"""No column of awards tells who is elsewhere in the city from who is nowhere."""

from __future__ import annotations

import pytest

from minzheng.awards.models import Award
from minzheng.awards.tasks import note
from minzheng.awards.types import TaskKind
from minzheng.base.types import Actor, Role
from minzheng.registry.models import Household
from minzheng.values.month import Month
from tests.apps.awards.conftest import TODAY, WIDOW
from tests.apps.naming import attack, namings

ELSEWHERE, SOMEBODY = 11, 28
NOT_WRITTEN_BY_THE_APPLICATION = {"awards_cover", "awards_event"}


@pytest.fixture
def attacker(city_of_stories, opened):
    """A county's approver, and awards with everything an award has, in this county and in another."""
    here = str(Household.objects.get(pk=WIDOW).village)[:6]
    opened("dibao")
    opened("tekun", ELSEWHERE, SOMEBODY)
    there = Household.objects.exclude(township__gte=int(here) * 1000, township__lt=int(here) * 1000 + 1000)
    assert there.exists()
    from minzheng.awards.taking_over import take_over

    for county in {str(row.township)[:6] for row in there} | {here}:
        take_over(actor=city_of_stories, county=county, month=Month.of(TODAY), on=TODAY)
    for award in Award.objects.all():
        note(award, TaskKind.UNSETTLED, key="x", due=TODAY, detail={})
    return Actor("staff:41", "", (here,), frozenset({Role.COUNTY_APPROVER}))


def test_no_column_of_awards_tells_who_is_elsewhere(attacker):
    told, bare = {}, set()
    for naming in namings("awards"):
        found = attack(attacker, naming)
        if found is None:
            bare.add(str(naming))
        elif found:
            told[str(naming)] = found
    assert told == {}
    assert {name.split(".")[0] for name in bare} <= NOT_WRITTEN_BY_THE_APPLICATION, bare
