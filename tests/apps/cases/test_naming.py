"""No column of cases tells who is elsewhere in the city from who is nowhere."""

from __future__ import annotations

import pytest

from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.cases.actions import declare_kin
from minzheng.cases.opening import open_row
from minzheng.cases.types import Channel
from minzheng.registry.models import Household
from tests.apps.cases.conftest import DAY
from tests.apps.naming import attack, namings

ELSEWHERE = 11


@pytest.fixture
def attacker(walk, staff_of, city_of_stories):
    """A county's approver with a case of that county far along, and a case in another county."""
    case = walk.hung()
    cadre = staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village))
    with scope(walk.officer):
        declare_kin(
            actor=walk.officer, staff=int(cadre.key.split(":")[1]), person=walk.head, relation="兄弟姐妹", on=DAY,
        )  # fmt: skip
    here = walk.again(case)
    there = Household.objects.get(pk=ELSEWHERE)
    assert str(there.village)[:6] != here.division[:6]
    open_row(
        actor=city_of_stories, line=here.line, programme="dibao", division=str(there.village), household=there.pk,
        person=None, applicant=None, channel=Channel.OFFICE, on=DAY,
    )  # fmt: skip
    return staff_of(Role.COUNTY_APPROVER, at=here.division[:6])


def test_no_column_of_cases_tells_who_is_elsewhere(attacker):
    told, tried = {}, set()
    for naming in namings("cases"):
        found = attack(attacker, naming)
        if found is not None:
            tried.add(naming.table)
        if found:
            told[str(naming)] = found
    assert told == {}
    assert tried >= {
        "cases_application", "cases_case", "cases_event", "cases_kindeclaration", "cases_letterrow", "cases_publicnotice",
    }  # fmt: skip
