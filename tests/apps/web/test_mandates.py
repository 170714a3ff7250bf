"""代办 through the pages: given on a phone or recorded at the window, acted by, taken back; nothing else opens meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from minzheng.base.models import Staff
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases.models import Case, Event, Mandate
from minzheng.registry import queries as registry
from minzheng.registry.models import Household

WIDOW, NEIGHBOUR = 10, 8
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def resident(stories_loaded, db):
    """`resident(story)` is a browser signed in as the head of a fixed household."""

    def enter(story: int) -> Client:
        client = Client()
        client.post("/portal/sign-in/", {"story": str(story)})
        page = client.get("/portal/sign-in/code/").content.decode()
        client.post("/portal/sign-in/code/", {"code": re.search(r"<b>([0-9]{6})</b>", page)[1]})
        assert client.get("/portal/mine/").status_code == 200
        return client

    return enter


def head_of(story: int) -> dict[str, str]:
    with scope(system_actor("test")) as platform:
        member = registry.members_of(platform, story, on=business_date())[0]
        number = registry.sealed_number_of(platform, member.person_id).open_after_recording()
        return {"name": member.person.name, "number": number, "public_id": str(member.person.public_id)}


def form(days: int = 30, **more: str) -> dict[str, str]:
    until = business_date() + timedelta(days=days)
    return {"matter": "apply", "relation": "neighbour", "until": until.isoformat(), **more}


def given(resident) -> Mandate:
    agent = head_of(NEIGHBOUR)
    reply = resident(WIDOW).post("/portal/mandates/", form(name=agent["name"], number=agent["number"]))
    assert (reply.status_code, reply["Location"]) == (302, "/portal/mandates/")
    with scope(system_actor("test")):
        return Mandate.objects.get(household_id=WIDOW)


def applied(client: Client) -> Case:
    """Through the application's pages: what fits is applied for."""
    page = client.post("/portal/apply/", {"go": "answers"}).content.decode()
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', page)[1]
    done = client.post("/portal/apply/", {"go": "submit", "key": key, "true": "yes", "agree": "yes"})
    assert done.status_code == 302, done.content.decode()
    with scope(system_actor("test")):
        return Case.objects.get(household_id=WIDOW, programme="dibao", closed_on=None)


def test_a_neighbour_applies_for_a_family_on_a_phone_and_sees_nothing_else_of_it(resident, office):
    mandate = given(resident)
    neighbour = resident(NEIGHBOUR)
    widow = head_of(WIDOW)["name"]
    assert "有人委托我 1 件" in neighbour.get("/portal/mine/").content.decode()
    assert f"<strong>{widow}</strong>" in neighbour.get("/portal/mandates/").content.decode()
    begun = neighbour.post(f"/portal/mandates/{mandate.pk}/begin/")
    assert begun["Location"] == "/portal/acting/"
    shown = neighbour.get("/portal/acting/").content.decode()
    assert f"您正在代 {widow} 办理" in shown
    for own in ("mine", "payments", "data", "mandates"):
        assert neighbour.get(f"/portal/{own}/")["Location"] == "/portal/acting/"
    case = applied(neighbour)
    assert case.mandate == mandate.pk
    page = neighbour.get(f"/portal/cases/{case.public_id}/")
    assert page.status_code == 200
    assert str(case.public_id) in neighbour.get("/portal/acting/").content.decode()
    with scope(system_actor("test")):
        assert (
            Event.objects.get(case=case).actor
            == f"resident:{mandate.person_id}:{WIDOW}:agent:{mandate.pk.hex}"
        )
    history = office(Role.TOWNSHIP_OFFICER).get(f"/cases/{case.public_id}/").content.decode()
    assert "（受托代办）" in history
    assert neighbour.post("/portal/acting/stop/")["Location"] == "/portal/mandates/"
    assert neighbour.get("/portal/mine/").status_code == 200
    assert neighbour.get(f"/portal/cases/{case.public_id}/").status_code == 404


def test_what_is_taken_back_closes_at_once(resident):
    mandate = given(resident)
    neighbour = resident(NEIGHBOUR)
    neighbour.post(f"/portal/mandates/{mandate.pk}/begin/")
    widow = resident(WIDOW)
    assert "撤回</button>" in widow.get("/portal/mandates/").content.decode()
    assert widow.post(f"/portal/mandates/{mandate.pk}/end/").status_code == 302
    assert neighbour.get("/portal/acting/")["Location"] == "/portal/mandates/"
    assert "撤回、到期" in neighbour.get("/portal/mandates/").content.decode()
    assert neighbour.post(f"/portal/mandates/{mandate.pk}/begin/").status_code == 409


def test_who_acts_gives_it_up_themselves(resident):
    mandate = given(resident)
    assert resident(NEIGHBOUR).post(f"/portal/mandates/{mandate.pk}/end/").status_code == 302
    with scope(system_actor("test")):
        assert Mandate.objects.get(pk=mandate.pk).revoked_by.startswith("resident:")


def test_nobody_begins_by_somebody_else_s_mandate(resident, office):
    mandate = given(resident)
    assert resident(12).post(f"/portal/mandates/{mandate.pk}/begin/").status_code == 409
    assert office(Role.VILLAGE_WORKER).post(f"/mandates/{mandate.pk}/begin/").status_code == 404


def test_a_form_that_says_too_little_comes_back_with_what_was_typed(resident):
    client, agent = resident(WIDOW), head_of(NEIGHBOUR)
    for wrong in (
        form(name=agent["name"], number=agent["number"], matter="everything"),
        form(name=agent["name"], number=agent["number"], relation=""),
        form(name=agent["name"], number=agent["number"], until="soon"),
        form(name="", number=agent["number"]),
        form(name=agent["name"], number="123"),
        form(91, name=agent["name"], number=agent["number"]),
        form(name=head_of(WIDOW)["name"], number=head_of(WIDOW)["number"]),
    ):
        reply = client.post("/portal/mandates/", wrong)
        assert reply.status_code == 409, wrong
        assert 'class="box red"' in reply.content.decode()
    with scope(system_actor("test")):
        assert not Mandate.objects.filter(household_id=WIDOW).exists()


def test_a_signed_paper_is_recorded_at_the_window_and_the_village_worker_acts_by_it(
    office, stories_loaded, db
):
    from django.core.files.uploadedfile import SimpleUploadedFile

    window, worker = office(Role.TOWNSHIP_OFFICER), office(Role.VILLAGE_WORKER)
    with scope(system_actor("test")):
        home = Household.objects.get(pk=WIDOW).public_id
        number = Staff.objects.get(username="cun").pk
    url = f"/households/{home}/mandates/"
    assert url in window.get(f"/households/{home}/").content.decode()
    assert f'value="{number}"' in window.get(url).content.decode()
    typed = form(staff=str(number), relation="village", person=head_of(WIDOW)["public_id"])
    assert window.post(url, typed).status_code == 409
    paper = SimpleUploadedFile("委托书.pdf", PDF, "application/pdf")
    assert window.post(url, typed | {"paper": paper}).status_code == 302
    assert "凭委托书登记" in window.get("/mandates/").content.decode()
    listed = worker.get("/mandates/").content.decode()
    mandate = re.search(r"/mandates/([0-9a-f-]{36})/begin/", listed)[1]
    assert worker.post(f"/mandates/{mandate}/begin/")["Location"] == "/portal/acting/"
    case = applied(worker)
    assert worker.get(f"/portal/cases/{case.public_id}/").status_code == 200
    assert worker.get("/cases/").status_code == 200
    assert worker.post("/portal/acting/stop/")["Location"] == "/mandates/"
    assert worker.get("/portal/acting/")["Location"].startswith("/portal/sign-in/")
    assert window.post(f"/mandates/{mandate}/end/").status_code == 302
    assert "没有有效的代办" in window.get("/mandates/").content.decode()


def test_another_county_records_nothing_and_ends_nothing(resident, office):
    mandate = given(resident)
    with scope(system_actor("test")):
        far = Household.objects.exclude(township__gte=140403000, township__lt=140404000).first().public_id
    window = office(Role.TOWNSHIP_OFFICER)
    assert window.get(f"/households/{far}/mandates/").status_code == 404
    assert office(Role.VILLAGE_WORKER).get(f"/households/{far}/mandates/").status_code in (403, 404)
    with scope(system_actor("test")):
        Mandate.objects.get(pk=mandate.pk)


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_three(resident, office):
    given(resident)
    window = office(Role.TOWNSHIP_OFFICER)
    window.get("/mandates/")
    with CaptureQueriesContext(connection) as one:
        window.get("/mandates/")
    for number, days in (("12", 3), ("9", 4)):
        agent = head_of(int(number))
        resident(WIDOW).post("/portal/mandates/", form(days, name=agent["name"], number=agent["number"]))
    with CaptureQueriesContext(connection) as three:
        assert "3 项" in window.get("/mandates/").content.decode()
    assert len(three) == len(one)
