"""The residents' door over the demonstration city: in and out, nothing told to strangers, nothing of the office opened."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest
from django.test import Client

from minzheng.base import residents
from minzheng.base.models import AuditEntry
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.demo.stories import STORIES
from minzheng.registry import queries as registry
from minzheng.values import identity
from tests.apps.web.conftest import come_in

DOOR, CODE = "/portal/sign-in/", "/portal/sign-in/code/"


@pytest.fixture
def head(households):
    """Identity number and name of the first member of a fixed household."""
    with scope(system_actor("test")) as actor:
        story = STORIES[0]
        member = registry.members_of(actor, story.id, on=business_date())[0]
        sealed = registry.sealed_number_of(actor, member.person_id)
        return {"number": sealed.open_after_recording(), "name": member.person.name}, story, member.person_id


def nobody(sequence: int) -> str:
    """A valid identity number that nobody has."""
    return identity.compose("140499", date(1931, 2, 3), sequence).reveal_for("tests")


def shown_code(client: Client) -> str:
    return re.search(r"<b>([0-9]{6})</b>", client.get(CODE).content.decode())[1]


def entered(client: Client, typed: dict[str, str]) -> Client:
    assert client.post(DOOR, typed)["Location"] == f"{CODE}?next=%2Fportal%2Fmine%2F"
    reply = client.post(CODE, {"code": shown_code(client)})
    assert (reply.status_code, reply["Location"]) == (302, "/portal/mine/")
    return client


def is_in(client: Client) -> bool:
    return client.get("/portal/mine/").status_code == 200


def test_a_resident_comes_in_with_number_and_name_and_goes_out(head):
    typed, _story, _person = head
    client = entered(Client(), typed)
    assert is_in(client)
    before = client.cookies["minzheng_session"].value
    reply = client.post("/portal/sign-out/")
    assert reply["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(client)
    thief = Client()
    thief.cookies["minzheng_session"] = before
    assert not is_in(thief)


def test_the_buttons_of_the_demonstration_lead_in_and_are_gone_outside_it(stories_loaded, db, settings):
    client = Client()
    page = client.get(DOOR).content.decode()
    assert all(f'value="{story.id}"' in page for story in STORIES)
    entered(client, {"story": str(STORIES[0].id)})
    assert is_in(client)
    settings.DEMO = False
    stranger = Client()
    assert 'name="story"' not in stranger.get(DOOR).content.decode()
    assert stranger.post(DOOR, {"story": str(STORIES[0].id)}).status_code == 409


def test_a_wrong_name_or_number_is_answered_like_the_right_one(head):
    typed, _story, _person = head
    answers = set()
    for one in (typed, {**typed, "name": "别人"}, {**typed, "number": nobody(1)}):
        client = Client()
        reply = client.post(DOOR, one)
        page = re.sub(r"[0-9]{6}|value=\"[A-Za-z0-9]{64}\"", "", client.get(CODE).content.decode())
        answers.add((reply.status_code, reply["Location"], page))
        if one is not typed:
            assert client.post(CODE, {"code": shown_code(client)}).status_code == 409
            assert not is_in(client)
    assert len(answers) == 1


def test_what_was_typed_stands_in_no_address_log_or_record(head, caplog):
    typed, _story, _person = head
    client = Client()
    reply = client.post(DOOR, {**typed, "name": "别人"})
    assert typed["number"] not in reply["Location"]
    assert typed["number"] not in client.get(CODE).content.decode()
    assert typed["number"] not in caplog.text
    with scope(system_actor("test")):
        kept = str(list(AuditEntry.objects.values("subject", "reason", "detail")))
    assert typed["number"] not in kept


def test_a_number_that_cannot_be_one_is_told_and_not_repeated(stories_loaded, db):
    reply = Client().post(DOOR, {"number": "140499198001010012", "name": "甲"})
    assert reply.status_code == 409
    assert "140499198001010012" not in reply.content.decode()
    assert "校验" in reply.content.decode()


def test_a_resident_opens_nothing_of_the_office(head):
    typed, _story, _person = head
    client = entered(Client(), typed)
    for address in ("/", "/search/", "/leads/", "/cases/", "/account/", "/step-up/", "/keys/"):
        reply = client.get(address)
        assert (reply.status_code, reply["Location"].startswith("/sign-in/")) == (302, True), address
    assert client.get("/api/openapi.json").status_code in (401, 404)
    assert client.post("/account/password/", {"password": "x"}).status_code == 302


def test_a_member_of_staff_is_no_resident_and_cannot_be_both_in_one_browser(head):
    typed, _story, _person = head
    client = Client()
    come_in(client, "xiang")
    assert client.get("/portal/mine/").status_code == 302
    assert "工作人员" in client.post(DOOR, typed).content.decode()
    client = entered(Client(), typed)
    come_in(client, "xiang")
    assert client.get("/").status_code == 200
    assert not is_in(client)
    client.post("/sign-out/")
    assert not is_in(client)


def test_who_left_the_household_is_out_at_the_next_request(head, monkeypatch):
    typed, _story, _person = head
    client = entered(Client(), typed)
    assert is_in(client)
    monkeypatch.setattr(registry, "resident_belongs", lambda _actor: False)
    assert not is_in(client)
    monkeypatch.undo()
    assert not is_in(client)


def test_the_registry_says_who_belongs(head, households):
    _typed, story, person = head
    from minzheng.base.types import resident_actor

    other = STORIES[1].id
    for household, belongs in ((story.id, True), (other, False)):
        with scope(resident_actor(person, household, "甲")) as actor:
            assert registry.resident_belongs(actor) == belongs


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example", "/leads/", "/sign-in/"]
)
def test_the_door_leads_into_the_portal_only(head, onward):
    typed, _story, _person = head
    client = Client()
    client.post(DOOR, {**typed, "next": onward})
    reply = client.post(CODE, {"code": shown_code(client), "next": onward})
    assert reply["Location"] == "/portal/mine/"


def test_a_form_from_elsewhere_is_refused(stories_loaded, db):
    client = Client(enforce_csrf_checks=True)
    for address in (DOOR, CODE, "/portal/sign-out/"):
        assert client.post(address, {"name": "甲"}).status_code == 403


def test_known_and_unknown_take_the_same_time(head):
    typed, _story, _person = head
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(residents.ASKED_PER_HOUR):
        for kind, one in (
            ("known", {**typed}),
            ("unknown", {"number": nobody(10 + number), "name": "别人"}),
        ):
            began = time.perf_counter()
            Client().post(DOOR, one)
            taken[kind].append(time.perf_counter() - began)
            assert Client().get(DOOR).status_code == 200
    medians = [sorted(times)[len(times) // 2] for times in taken.values()]
    assert abs(medians[0] - medians[1]) < 0.05
