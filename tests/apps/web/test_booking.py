"""Appointments through the pages: a phone books, moves and cancels; the office calls; who may set places."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.booking.models import Booking, Office, Slot
from tests.apps.booking.conftest import visitor

LIST = "/portal/booking/marriage/"


@pytest.fixture
def first(stories_loaded, db):
    """The first free slot of the registry of 潞州区."""
    with scope(system_actor("test")):
        return (
            Slot.objects.filter(office__division="140403", capacity__gt=0).order_by("day", "starts").first()
        )


@pytest.fixture
def holder(stories_loaded, db):
    """`holder("13900000001")`: a phone that showed its code."""

    def come(number: str = "13900000001") -> Client:
        client = Client()
        client.post("/portal/booking/phone/", {"phone": number})
        shown = re.search(
            r"验证码是 <b>(\d{6})</b>", client.get("/portal/booking/phone/code/").content.decode()
        )
        assert client.post("/portal/booking/phone/code/", {"code": shown[1]}).status_code == 302
        return client

    return come


def key_of(page: str) -> str:
    return re.search(r'name="key" value="([0-9a-f-]{36})"', page)[1]


def take(client: Client, slot: Slot, n: int):
    address = f"{LIST}slots/{slot.pk}/"
    typed = {"key": key_of(client.get(address).content.decode())}
    for k in (1, 2):
        one = visitor(2 * n + k)
        typed |= {f"name{k}": one.name, f"number{k}": one.number}
    return client.post(address, typed)


def test_the_twelve_registries_are_listed_with_their_next_free_slot(
    stories_loaded, db, django_assert_max_num_queries
):
    with django_assert_max_num_queries(20):
        page = Client().get(LIST).content.decode()
    assert page.count("最近可约：") == 12
    assert page.count('class="example"') == 12
    assert "潞州区婚姻登记处" in page


def test_a_couple_books_moves_and_cancels_on_a_phone(first, holder):
    client = holder()
    assert take(client, first, 1).status_code == 302
    mine = client.get("/portal/booking/mine/").content.decode()
    assert "已预约" in mine
    assert visitor(3).number not in mine
    with scope(system_actor("test")):
        row = Booking.objects.get()
        other = Slot.objects.filter(office__division="140404", taken=0, capacity__gt=0).first()
    there = f"{LIST}slots/{other.pk}/"
    assert "改到这个时段" in client.get(f"{there}?move={row.pk}").content.decode()
    assert client.post(there, {"move": str(row.pk), "version": row.version}).status_code == 302
    with scope(system_actor("test")):
        row.refresh_from_db()
    assert row.slot_id == other.pk
    client.post(f"/portal/booking/mine/{row.pk}/cancel/", {"version": row.version})
    assert "已取消" in client.get("/portal/booking/mine/").content.decode()


def test_a_full_slot_is_refused_with_the_next_free_one(first, holder):
    with scope(system_actor("test")):
        Slot.objects.filter(pk=first.pk).update(capacity=1)
    assert take(holder("13900000001"), first, 1).status_code == 302
    reply = take(holder("13900000002"), first, 2)
    assert reply.status_code == 409
    assert "最近的空闲时段：潞州区婚姻登记处 2024年" in reply.content.decode()


def test_without_a_code_nothing_is_booked_and_nobody_sees_anothers(first, holder):
    assert Client().post(f"{LIST}slots/{first.pk}/", {}).status_code == 302
    take(holder("13900000001"), first, 1)
    with scope(system_actor("test")):
        row = Booking.objects.get()
    other = holder("13900000002")
    assert "没有预约" in other.get("/portal/booking/mine/").content.decode()
    assert other.get(f"{LIST}slots/{first.pk}/?move={row.pk}").status_code == 404
    other.post(f"/portal/booking/mine/{row.pk}/cancel/", {"version": row.version})
    with scope(system_actor("test")):
        row.refresh_from_db()
    assert row.state == "booked"


def test_a_wrong_code_opens_nothing_and_codes_are_not_sent_for_ever(stories_loaded, db):
    client = Client()
    client.post("/portal/booking/phone/", {"phone": "13900000009"})
    for _n in range(7):
        assert client.post("/portal/booking/phone/code/", {"code": "x"}).status_code == 409
    assert client.get("/portal/booking/mine/").status_code == 302
    answers = [client.post("/portal/booking/phone/", {"phone": "13900000009"}).status_code for _n in range(5)]
    assert answers == [302, 302, 302, 302, 409]


@pytest.mark.parametrize("address", ["slots/999999999/", "999999999/"])
def test_what_is_not_there_is_not_found(stories_loaded, holder, address):
    assert holder().get(LIST + address).status_code == 404
    assert holder().get("/portal/booking/nothing/").status_code == 404


def test_the_office_checks_in_calls_and_finishes(first, holder, office):
    from minzheng.base.actions import set_business_date

    take(holder(), first, 1)
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=first.day, reason="tests")
        row = Booking.objects.get()
        window = Office.objects.get(pk=first.office_id).windows.first()
    inside, address = office(Role.COUNTY_REVIEWER), f"/booking/{first.office_id}/"
    assert "签到" in inside.get(address).content.decode()
    arrive = {"verb": "arrive", "booking": str(row.pk), "version": row.version}
    assert inside.post(address, arrive).status_code == 302
    assert inside.post(address, {"verb": "call", "window": window.pk}).status_code == 302
    busy = inside.post(address, {"verb": "call", "window": window.pk})
    assert busy.status_code == 409
    assert "正在办理 1 号" in busy.content.decode()
    with scope(system_actor("test")):
        row.refresh_from_db()
    inside.post(address, {"verb": "served", "booking": str(row.pk), "version": row.version})
    assert "已办 1 个" in inside.get(address).content.decode()


def test_only_the_approver_sets_places_and_only_of_the_own_county(first, office):
    setup = f"/booking/{first.office_id}/setup/"
    assert office(Role.COUNTY_REVIEWER).get(setup).status_code == 403
    approver = office(Role.COUNTY_APPROVER)
    assert "要来的人多的日子：5·20" in approver.get(setup).content.decode()
    saturday = first.day + timedelta(days=(5 - first.day.weekday()) % 7)
    typed = {
        "verb": "special",
        "day": saturday,
        "closed": "0",
        "opens": "09:00",
        "closes": "10:00",
        "places": 5,
    }
    refused = approver.post(setup, typed)
    assert refused.status_code == 409
    assert 'value="09:00"' in refused.content.decode()
    assert approver.post(setup, {**typed, "reason": "加开"}).status_code == 302
    with scope(system_actor("test")):
        opened = Slot.objects.filter(office=first.office_id, day=saturday)
        assert {one.capacity for one in opened} == {5}
        elsewhere = Office.objects.get(division="140425").pk
    assert approver.get(f"/booking/{elsewhere}/").status_code == 404
    assert approver.get(f"/booking/{elsewhere}/missed/").status_code == 404
    assert approver.get(f"/booking/{first.office_id}/missed/").status_code == 200


def test_the_queue_asks_as_often_for_many_as_for_one(first, holder, office):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from minzheng.base.actions import set_business_date

    with scope(system_actor("test")) as actor:
        Slot.objects.filter(pk=first.pk).update(capacity=9)
    clients = [holder(f"1390000001{n}") for n in range(5)]
    take(clients[0], first, 0)

    def asked() -> int:
        inside = office(Role.COUNTY_REVIEWER)
        inside.get(f"/booking/{first.office_id}/")
        with CaptureQueriesContext(connection) as seen:
            inside.get(f"/booking/{first.office_id}/")
        return len(seen)

    for n, client in enumerate(clients[1:], 1):
        take(client, first, n)
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=first.day, reason="tests")
    many = asked()
    with scope(system_actor("test")) as actor:
        for row in Booking.objects.all()[1:]:
            Booking.objects.filter(pk=row.pk).update(state="cancelled", reason="x", version=2)
    assert asked() == many
