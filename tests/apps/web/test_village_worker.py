"""A village worker's pages: the village's people, households and leads, and no sign of the next village."""

from __future__ import annotations

import re

import pytest

from minzheng.assessment.models import Lead
from minzheng.assessment.workflow import State
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry.models import Household, Membership, Person
from tests.apps.web.conftest import HOME_TOWNSHIP, HOME_VILLAGE

#: The village of the fixed households 1 to 4, in the same township.
NEXT_VILLAGE = 140403104005


@pytest.fixture
def worker(office):
    return office(Role.VILLAGE_WORKER)


def text(reply):
    return reply.content.decode()


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def people_of(village: int) -> list[Person]:
    homes = Household.objects.filter(village=village).values("id")
    ties = Membership.objects.filter(household_id__in=homes, home=True, until=None, superseded_at=None)
    return list(Person.objects.filter(id__in=ties.values("person_id")))


def test_the_first_page_counts_the_village(worker):
    with scope(system_actor("test")):
        people = len(people_of(int(HOME_VILLAGE)))
        homes = Household.objects.filter(village=HOME_VILLAGE, closed_on=None).count()
        work = Lead.objects.filter(village=HOME_VILLAGE, state=State.OPEN).count()
        assert people < Person.objects.filter(township=HOME_TOWNSHIP).count()
    page = plain(text(worker.get("/")))
    assert f"登记 {people:,} 人、{homes:,} 户" in page
    tiles = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) 条", page)]
    assert sum(tiles[:3]) == work > 0
    assert "按乡镇（街道）汇总" in page


def test_the_list_is_the_work_of_the_village(worker):
    with scope(system_actor("test")):
        mine = {
            str(one) for one in Lead.objects.filter(village=HOME_VILLAGE).values_list("public_id", flat=True)
        }
        theirs = {
            str(one) for one in Lead.objects.exclude(village=HOME_VILLAGE).values_list("public_id", flat=True)
        }
    shown = set()
    for address in ("/leads/", "/reviews/"):
        page = text(worker.get(address, {"state": "every"}))
        shown |= set(re.findall(r"/leads/([0-9a-f-]{36})/", page))
    assert shown
    assert shown <= mine
    assert not shown & theirs


def test_looking_for_families_begins_in_the_village(worker):
    page = text(worker.get("/search/"))
    with scope(system_actor("test")):
        homes = Household.objects.filter(village=HOME_VILLAGE, closed_on=None)
        expected = {str(one) for one in homes.values_list("public_id", flat=True)}
    assert set(re.findall(r"/households/([0-9a-f-]{36})/", page)) == expected
    assert "没有可以查看的下级区划" not in page


def test_the_next_village_and_nowhere_are_the_same_place(worker):
    answers = [worker.get(f"/divisions/{code}/") for code in (NEXT_VILLAGE, 140403104999)]
    assert [one.status_code for one in answers] == [404, 404]
    assert plain(text(answers[0])) == plain(text(answers[1]))
    page = text(worker.get(f"/divisions/{HOME_TOWNSHIP}/"))
    assert str(HOME_VILLAGE) in page
    assert str(NEXT_VILLAGE) not in page


def test_nobody_of_the_next_village_is_found_by_name_reading_number_or_village(worker):
    with scope(system_actor("test")):
        mine = {person.name for person in people_of(int(HOME_VILLAGE))}
        others = [person for person in people_of(NEXT_VILLAGE) if person.name not in mine]
        asked = [(p.name, p.name_pinyin, p.number.open_after_recording()) for p in others if p.number][:3]
    assert asked
    for words in asked:
        for typed in words:
            page = plain(text(worker.post("/search/", {"q": typed}, follow=True)))
            assert words[0] not in page.replace(typed, "")
            assert not re.search(r"[1-9]\d* 户", page)


def test_the_api_answers_a_neighbour_as_nobody(worker, households):
    neighbour = households[7]
    nobody = "00000000-0000-4000-8000-000000000000"
    said = [
        (one.status_code, one.json())
        for one in (worker.get(f"/api/households/{who}/decision") for who in (neighbour.public_id, nobody))
    ]
    assert said[0] == said[1]
    listed = worker.get("/api/leads").json()
    assert {row["village"] for row in listed["leads"]} == {int(HOME_VILLAGE)}
