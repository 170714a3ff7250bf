"""How often a page asks the database: as often for fifty lines as for a few, and never for figures it does not show."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.assessment import queries as assessment
from minzheng.base.types import Role
from minzheng.registry import queries as registry
from tests.apps.web.conftest import HOME_VILLAGE


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


def asked(client, address: str, sent: dict[str, str] | None = None) -> tuple[str, list[str]]:
    """The page, and the statements asked for it once what is kept of the rulebook has been read."""
    reply = client.get(address) if sent is None else client.post(address, sent)
    with CaptureQueriesContext(connection) as queried:
        reply = client.get(address) if sent is None else client.post(address, sent)
    assert reply.status_code == 200
    return reply.content.decode(), [one["sql"] for one in queried]


def rows(page: str) -> int:
    return len(re.findall(r"<tr[ >]", page))


@pytest.mark.parametrize("address", ["/leads/", "/reviews/", "/leads/?order=place", "/reviews/?order=amount&state=all"])  # fmt: skip
def test_a_list_of_many_leads_asks_as_often_as_one_of_a_few(office, monkeypatch, address):
    inside = office(Role.CITY_SUPERVISOR)
    many, of_many = asked(inside, address)
    monkeypatch.setattr(assessment, "PAGE", 4)
    few, of_few = asked(inside, address)
    assert rows(many) > rows(few) > 1
    assert len(of_many) <= len(of_few) + 1, "a few may be households only, about whom no person is read"


@pytest.mark.parametrize("typed", ["王", "wang"])
def test_a_name_looked_for_in_a_list_of_leads_asks_once_for_all(office, monkeypatch, typed):
    inside = office(Role.CITY_SUPERVISOR)
    many, of_many = asked(inside, "/leads/?state=all", {"text": typed, "state": "all"})
    monkeypatch.setattr(assessment, "PAGE", 1)
    few, of_few = asked(inside, "/leads/?state=all", {"text": typed, "state": "all"})
    assert rows(many) > rows(few) > 1
    assert len(of_many) <= len(of_few) + 1


def test_many_households_found_ask_as_often_as_a_few(office, monkeypatch):
    inside = office(Role.CITY_SUPERVISOR)
    many, of_many = asked(inside, "/search/", {"q": "王"})
    monkeypatch.setattr(registry.search, "__kwdefaults__", {**registry.search.__kwdefaults__, "size": 3})
    few, of_few = asked(inside, "/search/", {"q": "王"})
    assert rows(many) > rows(few) > 1
    assert len(of_many) == len(of_few)


def test_a_village_shows_its_households_without_counting_those_of_the_city(office):
    page, statements = asked(office(Role.CITY_SUPERVISOR), f"/divisions/{HOME_VILLAGE}/")
    assert rows(page) > 1
    assert not [sql for sql in statements if "GROUP BY" in sql]


def test_households_of_the_divisions_are_counted_once_and_kept_a_while(office):
    inside = office(Role.CITY_SUPERVISOR)
    with CaptureQueriesContext(connection) as first:
        page = inside.get("/search/").content.decode()
    counts = [one for one in first if "GROUP BY" in one["sql"]]
    again, statements = asked(inside, "/search/")
    figures = re.findall(r'<td class="num">([\d,]+)</td>', page)
    assert len(figures) == 12
    assert figures == re.findall(r'<td class="num">([\d,]+)</td>', again)
    assert len(counts) == 1
    assert not [sql for sql in statements if "GROUP BY" in sql]


def test_the_first_page_counts_along_an_index_and_reads_no_person(office):
    """With whole tables forbidden the plan names the index; that it suffices, policies included, is what `Index Only` says."""
    inside = office(Role.CITY_SUPERVISOR)
    with CaptureQueriesContext(connection) as queried:
        inside.get("/")
    counts = [one["sql"] for one in queried if "GROUP BY" in one["sql"] and "registry_" in one["sql"]]
    assert len(counts) == 2
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"set local enable_{way} = off")
        plans = []
        for sql in counts:
            cursor.execute(f"explain (costs off) {sql}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    # Which of the indexes that hold township and id is the shorter way depends on how many people there are.
    assert "Index Only Scan using registry_person_" in plans[0]
    # Households are so narrow that counting a whole city reads the table; the index suffices where part is counted.
    assert "registry_person" not in plans[1]
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_indexdef('registry_household_open_by_township'::regclass)")
        assert "(township, village, id) WHERE (closed_on IS NULL)" in cursor.fetchone()[0]
