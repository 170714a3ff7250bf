"""The first page: people counted by hand, sources with their age, the last comparison, and one that is under way."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache

from minzheng.assessment.models import Sweep, SweepTotal
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry.models import Household, Person
from minzheng.rules.status import Status
from tests.apps.web.conftest import HOME_TOWNSHIP


def text(reply):
    return reply.content.decode()


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def counted(low, high):
    with scope(system_actor("test")):
        people = Person.objects.filter(township__gte=low, township__lte=high).count()
        homes = Household.objects.filter(township__gte=low, township__lte=high, closed_on=None).count()
    return people, homes


@pytest.mark.parametrize(
    ("role", "low", "high"),
    [
        (Role.TOWNSHIP_OFFICER, HOME_TOWNSHIP, HOME_TOWNSHIP),
        (Role.COUNTY_APPROVER, 140403000, 140403999),
        (Role.CITY_SUPERVISOR, 140400000, 140499999),
    ],
)
def test_the_people_shown_are_those_of_the_region(office, role, low, high):
    people, homes = counted(low, high)
    assert f"登记 {people:,} 人、{homes:,} 户" in plain(text(office(role).get("/")))


def test_a_source_that_no_longer_delivers_is_told_with_its_age(office):
    assert "金融资产 2023-06-30 已过期 184 天" in plain(text(office(Role.CITY_SUPERVISOR).get("/")))
    assert "已过期" not in plain(text(office(Role.TOWNSHIP_OFFICER).get("/")))


def test_the_totals_of_the_last_comparison_are_those_of_the_region(office):
    with scope(system_actor("test")):
        rows = list(SweepTotal.objects.filter(programme="dibao", division=str(HOME_TOWNSHIP)))
    yes = sum(row.holders for row in rows if row.outcome == Status.YES)
    missed = sum(row.holders for row in rows if row.outcome == Status.YES and not row.receiving)
    assert yes > missed > 0
    page = plain(text(office(Role.TOWNSHIP_OFFICER).get("/sweeps/")))
    assert f"最低生活保障 {yes:,} {missed:,} " in page


def test_totals_can_be_narrowed_to_a_place(office):
    inside = office(Role.CITY_SUPERVISOR)
    whole, part = (text(inside.get(f"/sweeps/{place}")) for place in ("", f"?place={HOME_TOWNSHIP}"))
    mine = text(office(Role.TOWNSHIP_OFFICER).get("/sweeps/"))

    def dibao(page):
        return re.search(r"最低生活保障 ([\d,]+) ", plain(page))[1]

    assert dibao(part) == dibao(mine) != dibao(whole)


def test_a_comparison_under_way_shows_how_far_it_is(office):
    with scope(system_actor("sweep")):
        Sweep.objects.create(
            month="2023-12", on="2023-12-31", started_by="test", stage="写入线索", done=3, total=12
        )
    page = text(office(Role.CITY_SUPERVISOR).get("/"))
    assert "正在进行全市比对" in page
    assert '<progress class="bar-in" max="12" value="3"' in page
    assert "完成以前，线索仍是上一次比对的结果" in page


def test_the_map_names_every_county_and_says_what_it_is_not(office):
    page = text(office(Role.CITY_SUPERVISOR).get("/"))
    assert "示意图，不作为划界依据" in page
    table = page[page.index('id="map-data"') :]
    assert len(re.findall(r"place=1404\d\d&amp;", table[: table.index("</table>")])) == 12


def test_roles_without_leads_see_neither_counts_nor_names(office):
    page = text(office(Role.POLICY_OFFICER).get("/"))
    assert "应享未享" not in page
    assert 'href="/leads/' not in page
    assert 'href="/households/' not in page


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()
