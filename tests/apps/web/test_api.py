"""The API: the same door, regions and permissions as the pages; errors in Chinese that repeat nothing."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from minzheng.assessment.decide import decide
from minzheng.assessment.payment import payable_of
from minzheng.base.demo_staff import ACCOUNTS
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.web.api import openapi
from tests.apps.web.test_reform import desks, ready_desks

__all__ = ["desks", "ready_desks"]

SNAPSHOT = Path(__file__).parents[3] / "docs" / "openapi.json"
CASE = {
    "id": "一户",
    "on": "2023-12-31",
    "county": "140403",
    "people": [{"name": "甲", "age": 45, "wages": 600}],
}


def entries(verb):
    with scope(system_actor("test")):
        return list(AuditEntry.objects.filter(verb=verb))


def post(client, address, body, **more):
    return client.post(address, json.dumps(body), content_type="application/json", **more)


def test_the_committed_description_is_the_api():
    """Renew it with: MINZHENG_WRITE_OPENAPI=1 pytest tests/apps/web/test_api.py -k committed."""
    import os

    current = json.dumps(openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("MINZHENG_WRITE_OPENAPI"):
        SNAPSHOT.write_text(current, encoding="utf-8")
    assert SNAPSHOT.read_text(encoding="utf-8") == current


# -- the door ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/api/programmes", "/api/leads", "/api/openapi.json", "/api/simulate"])
def test_nobody_signed_in_is_told_in_json(office, address):
    reply = office().get(address)
    assert reply.status_code == 401
    error = reply.json()["error"]
    assert error["code"] == "api.signed_out"
    assert error["next_step"]


def test_a_post_without_the_token_of_the_form_is_refused(office):
    client = Client(enforce_csrf_checks=True)
    officer = next(one for one in ACCOUNTS if one.role is Role.POLICY_OFFICER)
    client.force_login(_staff(officer.username))
    reply = post(client, "/api/decide", {"cases": [CASE]})
    assert reply.status_code == 403
    assert reply.json()["error"]["code"] == "api.csrf"
    client.get("/keys/")
    token = client.cookies["csrftoken"].value
    assert post(client, "/api/decide", {"cases": [CASE]}, headers={"X-CSRFToken": token}).status_code == 200


def _staff(username):
    from minzheng.base.models import Staff

    return Staff.objects.get(username=username)


def test_a_missing_permission_is_told_as_such(office, desks):
    reply = post(
        office(Role.TOWNSHIP_OFFICER), "/api/simulate", {"overlay": {"parameters": {"dc.amount": 90}}}
    )
    assert reply.status_code == 403
    assert reply.json()["error"]["code"] == "permission.denied"


def test_the_description_page_lists_every_address(office):
    page = office(Role.POLICY_OFFICER).get("/api/").content.decode()
    for path in openapi()["paths"]:
        assert path in page


# -- deciding ----------------------------------------------------------------------------------------------------------


def test_facts_in_json_are_decided_as_a_worked_case_and_nothing_is_stored(office):
    before = len(entries("api_decide"))
    reply = post(office(Role.POLICY_OFFICER), "/api/decide", {"cases": [CASE]})
    assert reply.status_code == 200, reply.content.decode()
    outcomes = reply.json()["cases"][0]["points"][0]["outcomes"]
    assert {"dibao", "tekun", "old_age"} <= {one["program"] for one in outcomes}
    dibao = next(one for one in outcomes if one["program"] == "dibao")
    assert dibao["outcome"] in {"yes", "no", "unknown", "review"}
    assert dibao["explanation"][0]["text"]
    assert len(entries("api_decide")) == before


def test_a_case_that_cannot_be_read_names_its_field(office):
    reply = post(office(Role.POLICY_OFFICER), "/api/decide", {"cases": [{**CASE, "county": "不存在"}]})
    error = reply.json()["error"]
    assert reply.status_code == 422
    assert "county" in error["field"]
    assert error["next_step"]


@pytest.mark.parametrize("body", [{"cases": "甲的身份证"}, {"case": []}, {}])
def test_a_body_of_another_form_is_refused_without_repeating_it(office, body):
    reply = post(office(Role.POLICY_OFFICER), "/api/decide", body)
    assert reply.status_code == 422
    assert reply.json()["error"]["code"] == "api.invalid"
    assert "甲的身份证" not in reply.content.decode()


def test_a_body_that_is_no_json_is_refused_in_chinese(office):
    reply = office(Role.POLICY_OFFICER).post("/api/decide", "{", content_type="application/json")
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "api.request"


def test_too_many_cases_at_once_are_refused(office):
    reply = post(office(Role.POLICY_OFFICER), "/api/decide", {"cases": [CASE] * 51})
    assert reply.status_code == 422
    assert "50" in reply.json()["error"]["message"]


def near(households):
    return next(one for _id, one in sorted(households.items()) if one.township == 140403104)


def far(households):
    return next(one for _id, one in sorted(households.items()) if one.township != 140403104)


def test_a_registered_household_is_decided_in_ones_region_and_recorded(office, households):
    home = near(households)
    reply = office(Role.TOWNSHIP_OFFICER).get(f"/api/households/{home.public_id}/decision?explain=true")
    assert reply.status_code == 200, reply.content.decode()
    told = reply.json()
    with scope(system_actor("test")) as actor:
        found = decide(actor, home.pk)
    expected = [
        (o.program.name, o.who, o.status.key, payable_of(found, o) if o.status.key == "yes" else None)
        for o in found.outcomes
    ]
    assert [(o["programme"], o["position"], o["outcome"], o["fen"]) for o in told["outcomes"]] == expected
    assert told["outcomes"][0]["explanation"]["children"]
    assert entries("api_decide")[-1].subject == str(home.public_id)


def test_without_the_explanations_everything_else_is_told_the_same(office, households):
    inside = office(Role.CITY_SUPERVISOR)
    examples = set()
    for home in [*households.values()][:6]:
        address = f"/api/households/{home.public_id}/decision"
        brief, full = inside.get(address).json(), inside.get(f"{address}?explain=true").json()
        assert {one.pop("explanation") for one in brief["outcomes"]} == {None}
        assert all(one.pop("explanation")["text"] for one in full["outcomes"])
        assert brief == full
        examples |= {one["rests_on_example_values"] for one in full["outcomes"]}
    assert examples == {True, False}


def test_another_regions_household_and_none_at_all_look_the_same(office, households):
    client = office(Role.TOWNSHIP_OFFICER)
    elsewhere = client.get(f"/api/households/{far(households).public_id}/decision")
    nowhere = client.get(f"/api/households/{uuid.uuid4()}/decision")
    assert elsewhere.status_code == nowhere.status_code == 404
    assert elsewhere.json() == nowhere.json()
    assert len(entries("not_found")) >= 2


# -- the law, leads, reforms ---------------------------------------------------------------------------------------------


def test_the_law_is_listed_with_names_that_lead_on(office):
    client = office(Role.AUDITOR)
    programmes = client.get("/api/programmes").json()
    names = {one["name"] for one in client.get("/api/provisions").json()}
    assert {name for one in programmes for name in one["requires"]} <= names
    one = client.get("/api/provisions/income_below_standard").json()
    assert "income_per_head" in one["reads"]
    assert "dibao" in one["read_by"]
    assert one["texts"][0]["words"]
    assert client.get("/api/provisions/nothing_such").status_code == 404


def test_parameters_are_given_for_a_day_and_a_county(office):
    client = office(Role.POLICY_OFFICER)
    values = {
        year: next(
            p
            for p in client.get(f"/api/parameters?on={year}-06-01&county=140426").json()
            if p["key"] == "dibao.std.urban"
        )
        for year in (2022, 2023)
    }
    assert (values[2022]["value"], values[2023]["value"]) == ("652.00 元", "682.00 元")
    assert values[2023]["example"]
    assert client.get("/api/parameters?county=990000").json()["error"]["field"] == "county"
    assert client.get("/api/parameters?on=soon").status_code == 422


def test_the_day_is_asked_for_once_for_all_parameters(office):
    client = office(Role.POLICY_OFFICER)
    client.get("/api/parameters")
    with CaptureQueriesContext(connection) as queried:
        assert len(client.get("/api/parameters").json()) > 100
    assert len(queried) < 15


def test_leads_are_those_of_ones_region_page_by_page(office):
    whole = office(Role.CITY_SUPERVISOR).get("/api/leads").json()
    mine = office(Role.TOWNSHIP_OFFICER).get("/api/leads").json()
    assert whole["count"] > mine["count"]
    assert {one["division"] for one in mine["leads"]} <= {"140403104"}
    assert len(whole["leads"]) == min(50, whole["count"])
    reviews = office(Role.CITY_SUPERVISOR).get("/api/leads?family=reviews").json()["count"]
    leads = office(Role.CITY_SUPERVISOR).get("/api/leads?family=leads").json()["count"]
    assert leads + reviews == whole["count"]
    for wrong in ("division=14x4", "family=others", "page=0"):
        assert office(Role.CITY_SUPERVISOR).get(f"/api/leads?{wrong}").status_code == 422


def test_a_reform_is_priced_as_on_the_desk(office, desks):
    client = office(Role.POLICY_OFFICER)
    assert client.get("/api/simulate").json()["state"] == "ready"
    reply = post(client, "/api/simulate", {"overlay": {"parameters": {"dibao.std.urban": 800}}})
    assert reply.status_code == 200, reply.content.decode()
    assert reply.json()["report"]["summary"]["month_fen"] == [84400, 116000]
    wrong = post(client, "/api/simulate", {"overlay": {"parameters": {"dibao.std.urbam": 800}}})
    error = wrong.json()["error"]
    assert (wrong.status_code, error["field"]) == (422, "dibao.std.urbam")
    assert "dibao.std.urban" in error["next_step"]


def test_what_nobody_foresaw_is_told_without_a_word_of_the_inside(office, monkeypatch, caplog):
    def broken(*_args):
        raise ZeroDivisionError("secret of the inside")

    monkeypatch.setattr("minzheng.web.api_shapes.of_programme", broken)
    reply = office(Role.AUDITOR).get("/api/programmes")
    assert reply.status_code == 500
    assert "secret" not in reply.content.decode()
    assert "故障" in reply.json()["error"]["message"]
