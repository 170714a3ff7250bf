"""The first page: people counted by hand, sources with their age, the last comparison, and one that is under way."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.assessment.models import Sweep, SweepTotal
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry.models import Household, Person
from minzheng.rules.status import Status
from tests.apps.web.conftest import HOME_TOWNSHIP
from tests.apps.web.test_corrections import say
from tests.apps.web.test_mandates import WIDOW, resident
from tests.apps.web.test_notices import ended_awards, shelf

__all__ = ["resident", "shelf"]


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


MORE = re.compile(r'aria-label="办件以外的待办">(.*?)</div>', re.S)
TILE = re.compile(
    r'<a class="figure[^"]*" href="([^"]+)"><span class="name">([^<]+)</span><span class="value block">([\d,]+) '
)


def more_tiles(page):
    """What waits beside the cases: name → (address, count)."""
    found = MORE.search(page)
    return {name: (url, int(count)) for url, name, count in TILE.findall(found[1])} if found else {}


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.TOWNSHIP_OFFICER, {"更正申请", "待告知", "待整改", "代办"}),
        (Role.CITY_SUPERVISOR, {"待整改", "代办"}),
        (Role.POLICY_OFFICER, set()),
        (Role.PAYMENT_MAKER, set()),
    ],
)
def test_what_waits_beside_the_cases_is_offered_to_whoever_handles_it_and_opens(office, role, names):
    inside = office(role)
    tiles = more_tiles(text(inside.get("/")))
    assert set(tiles) == names
    for url, _count in tiles.values():
        assert inside.get(url).status_code == 200


def test_notices_that_wait_are_counted_on_the_first_page_as_on_their_list(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    url, before = more_tiles(text(inside.get("/")))["待告知"]
    assert before == 0
    ended_awards(2)
    assert more_tiles(text(inside.get("/")))["待告知"] == (url, 2)
    assert text(inside.get(url)).count("出具告知书") == 2


def test_a_correction_asked_for_is_counted_until_it_is_answered(office, resident):
    say(resident(WIDOW), "/portal/registered/")
    inside = office(Role.TOWNSHIP_OFFICER)
    url, count = more_tiles(text(inside.get("/")))["更正申请"]
    assert count == 1
    listed = text(inside.get(url))
    assert "待答复：1 项" in listed
    address = re.search(r'href="(/corrections/[0-9a-f-]{36}/)"', listed)[1]
    assert inside.post(address, {"outcome": "stands", "text": "经核对无误"}).status_code == 302
    assert more_tiles(text(inside.get("/")))["更正申请"] == (url, 0)


def test_the_first_page_asks_as_often_for_two_notices_as_for_one(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    ended_awards(1)
    inside.get("/")
    counts = []
    for more in (0, 2):
        if more:
            ended_awards(more)
        with CaptureQueriesContext(connection) as asked:
            inside.get("/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
