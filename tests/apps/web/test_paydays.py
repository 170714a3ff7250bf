"""发放日历: the county's days, what is late, as counted on the first page and as listed; and what a family reads."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.money import bring_money
from minzheng.demo.stories import STORIES
from minzheng.payments import queries
from minzheng.payments.models import PayDay
from minzheng.values.money import format_yuan


@pytest.fixture
def paid_city(stories_loaded, db):
    """The city with its running benefits taken over, and the demonstration's arrangement of days."""
    bring_money(quiet=True)


GIVEN = {
    "county": "140403", "programme": ["dibao", "living_subsidy"], "since": "2024-01", "day": "13", "rest": "before",
    "document": "潞民发〔2023〕9号",
}  # fmt: skip


def test_a_payday_is_arranged_once_and_stands_in_the_calendar(paid_city, office):
    inside = office(Role.PAYMENT_MAKER)
    for _ in range(2):
        assert inside.post("/payroll/calendar/", GIVEN).status_code == 302
    with scope(system_actor("test")):
        kept = PayDay.objects.filter(county="140403", document=GIVEN["document"])
        assert sorted(kept.values_list("programme", "day")) == [("dibao", 13), ("living_subsidy", 13)]
    page = inside.get("/payroll/calendar/?month=2024-01&county=140403").content.decode()
    assert "2024-01-12" in page
    assert GIVEN["document"] in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day": "0"}, "1 至 31"),
        ({"day": "x"}, "1 至 31"),
        ({"since": "2023-01"}, "本月或者以后"),
        ({"since": "?"}, "请填写起始月份"),
        ({"rest": ""}, "提前还是顺延"),
        ({"document": " "}, "依据"),
        ({"programme": []}, "请选择发放资金的待遇"),
        ({"programme": ["edge"]}, "请选择发放资金的待遇"),
        ({"county": "140402"}, "管辖"),
    ],
)
def test_what_is_no_arrangement_is_refused_in_words(office, wrong, said):
    reply = office(Role.PAYMENT_MAKER).post("/payroll/calendar/", GIVEN | wrong)
    assert reply.status_code == 409
    assert said in reply.content.decode()


@pytest.mark.parametrize("role", [Role.PAYMENT_CHECKER, Role.PAYMENT_RELEASER, Role.AUDITOR])
def test_only_whoever_prepares_payrolls_arranges_days(office, role):
    assert office(role).post("/payroll/calendar/", GIVEN).status_code == 403


def test_the_first_page_counts_what_the_calendar_lists(paid_city, office):
    inside = office(Role.PAYMENT_MAKER)
    page = inside.get("/").content.decode()
    for which, name in (("late", "发放逾期"), ("soon", "七天内应发")):
        listed = inside.get(f"/payroll/calendar/?which={which}").context["rows"]
        tile = next(one for one in inside.get("/").context["pay_tiles"] if one.name == name)
        assert tile.count == len(listed)
        assert tile.url in page.replace("&amp;", "&")
    # The month of taking over is paid at its end, which is a Sunday: 2 January.
    assert {one["line"].planned.on for one in listed} == {date(2024, 1, 2)}


def test_a_family_reads_when_it_is_paid_next_and_how_much(paid_city):
    on = business_date()
    with scope(system_actor("test")) as actor:
        family, expected = next(
            (story.id, found) for story in STORIES if (found := queries.next_pay(actor, story.id, on=on))
        )
    client = at_home(family)
    for address in ("/portal/mine/", "/portal/payments/"):
        page = client.get(address).content.decode()
        for one in expected:
            assert one.planned is not None
            assert f"{one.month} 的 <b>{format_yuan(one.fen, unit=False)}</b> 元" in page
            assert f"{one.planned.on:%Y-%m-%d}" in page


def at_home(household: int) -> Client:
    client = Client()
    client.post("/portal/sign-in/", {"story": str(household)})
    page = client.get("/portal/sign-in/code/").content.decode()
    client.post("/portal/sign-in/code/", {"code": re.search(r"<b>([0-9]{6})</b>", page)[1]})
    return client
