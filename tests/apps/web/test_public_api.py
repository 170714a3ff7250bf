"""The public API as another system meets it: its key, its purposes, its regions; one answer for what is not its own."""

from __future__ import annotations

import json
import os
import time
import uuid
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from minzheng.base import api_keys
from minzheng.base.api_keys import Scope
from minzheng.base.models import ApiKey, AuditEntry, RegionInCharge, Staff
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.cases.models import Application
from minzheng.registry.actions import reveal_number
from minzheng.registry.models import Household
from minzheng.registry.queries import members_of
from minzheng.web.public_api.api import openapi
from tests.apps.assessment.conftest import stories

__all__ = ["stories"]

SNAPSHOT = Path(__file__).parents[3] / "docs" / "openapi-public.json"
TODAY = date(2023, 12, 31)
EVERY = tuple(Scope)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # fmt: skip


class System:
    """Another system with a key of its own; each request has a number used once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.client = Client()

    def headers(self, key: uuid.UUID | None = None) -> dict[str, str]:
        signed = {
            "Authorization": f"Minzheng {self.text}",
            "X-Nonce": uuid.uuid4().hex,
            "X-Timestamp": str(int(time.time())),
        }
        return signed | ({"Idempotency-Key": str(key)} if key else {})

    def get(self, path):
        return self.client.get(f"/api/v1{path}", headers=self.headers())

    def post(self, path, body, key=None):
        return self.client.post(
            f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=self.headers(key)
        )

    def send(self, path, **form):
        return self.client.post(f"/api/v1{path}", form, headers=self.headers())


def security() -> Actor:
    with scope(system_actor("test")):
        account = Staff.objects.filter(username="anquan").first() or Staff.objects.create(
            username="anquan",
            name="测试人员",
            roles=[str(Role.SECURITY_ADMIN)],
            natural_person=uuid.uuid4(),
        )
        if not RegionInCharge.objects.filter(staff=account).exists():
            RegionInCharge.objects.create(staff=account, division="1404", since=date(2020, 1, 1))
        return actor_of(account)


def issue(regions=("1404",), scopes=EVERY) -> System:
    admin = security()
    with scope(admin):
        _row, text = api_keys.issue_key(
            actor=admin,
            system="一体化平台",
            unit="市大数据局",
            scopes=scopes,
            regions=regions,
            hosts=["127.0.0.1"],
            days=90,
        )
    return System(text)


@pytest.fixture
def system(stories, db):
    return issue()


@pytest.fixture
def family(stories, db):
    """A household whose dibao comes to yes, with its head."""
    from minzheng.assessment.decide import decide
    from minzheng.demo.stories import STORIES
    from minzheng.rules.status import YES

    with scope(system_actor("test")) as actor:
        for story in STORIES:
            if decide(actor, story.id, on=TODAY, steps=False).of("dibao").status == YES:
                row = Household.objects.get(pk=story.id)
                head = next(one.person for one in members_of(actor, row.pk, on=TODAY) if one.person)
                return row, head
    raise AssertionError("no such household")


def asked(family, **more):
    row, head = family
    return {
        "applicant": {"person": str(head.public_id)},
        "household": str(row.public_id),
        "programmes": [{"programme": "dibao"}],
        **more,
    }


def submitted(system, family, **more):
    reply = system.post("/applications", asked(family, **more), uuid.uuid4())
    assert reply.status_code == 201, reply.content.decode()
    return reply.json()


def dibao_of(application):
    return next(one for one in application["cases"] if one["programme"] == "dibao")


def told(reply, status, code):
    error = reply.json()
    assert (reply.status_code, error["code"]) == (status, code), error
    assert set(error) == {"code", "message", "field", "next_step"}
    return error


def entries(verb):
    with scope(system_actor("test")):
        return list(AuditEntry.objects.filter(verb=verb).order_by("pk"))


def test_the_committed_description_is_the_api():
    """Renew it with: MINZHENG_WRITE_OPENAPI=1 pytest tests/apps/web/test_public_api.py -k committed."""
    current = json.dumps(openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("MINZHENG_WRITE_OPENAPI"):
        SNAPSHOT.write_text(current, encoding="utf-8")
    assert SNAPSHOT.read_text(encoding="utf-8") == current


@pytest.mark.django_db
def test_the_description_is_for_everybody_and_nothing_else_is():
    assert Client().get("/api/v1/openapi.json").status_code == 200
    for path in ("applications/x", "cases/x", "cases/x/decision", "cases/x/letters/y"):
        told(Client().get(f"/api/v1/{path}"), 401, "api.key_refused")
    assert Client().get("/api/v1/").status_code == 401


def test_an_application_is_taken_in_and_read_again(system, family):
    application = submitted(system, family)
    case = dibao_of(application)
    assert application["number"].startswith("SQ")
    assert application["complete"]
    assert system.get(f"/applications/{application['id']}").json() == application
    status = system.get(f"/cases/{case['id']}").json()
    assert status["number"] == case["number"]
    assert status["outcome"] == ""
    assert status["stages"][0]["label"] == "提交申请"
    assert status["next"]
    told(system.get(f"/cases/{case['id']}/decision"), 409, "decision.not_yet")
    with scope(system_actor("test")):
        kept = Application.objects.get(public_id=application["id"])
        assert kept.channel == "api"
        assert kept.received_by == f"api:{system.text.partition('.')[0]}"


def test_the_same_request_twice_is_one_application_and_other_content_is_refused(system, family):
    key = uuid.uuid4()
    first = system.post("/applications", asked(family), key)
    again = system.post("/applications", asked(family), key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = asked(family, programmes=[{"programme": "dibao"}, {"programme": "edge"}])
    told(system.post("/applications", other, key), 409, "application.key_used")
    with scope(system_actor("test")):
        assert Application.objects.count() == 1


def test_two_systems_with_the_same_request_key_do_not_meet(system, family):
    key = uuid.uuid4()
    assert system.post("/applications", asked(family), key).status_code == 201
    told(issue().post("/applications", asked(family), key), 409, "case.another_open")


def test_the_applicant_is_known_by_number_and_name_and_the_answer_repeats_neither(system, family):

    row, head = family
    with scope(system_actor("test")) as actor:
        number = reveal_number(actor=actor, person=head.id, purpose="试验")
    who = {"identity_number": number, "name": head.name}
    reply = system.post(
        "/applications", {"applicant": who, "programmes": [{"programme": "dibao"}]}, uuid.uuid4()
    )
    assert reply.status_code == 201, reply.content.decode()
    assert reply.json()["household"] == str(row.public_id)
    text = reply.content.decode()
    assert number not in text
    assert head.name not in text
    wrong = {"applicant": {**who, "name": "无此人"}}
    told(system.post("/applications", wrong, uuid.uuid4()), 404, "applicant.not_found")


def test_a_household_of_the_next_county_is_as_one_that_does_not_exist(system, family):
    row, head = family
    elsewhere = issue(regions=["140481" if not str(row.township).startswith("140481") else "140403"])
    nobody = asked((type("H", (), {"public_id": uuid.uuid4()}), head))
    answers = {
        elsewhere.post("/applications", body, uuid.uuid4()).content for body in (asked(family), nobody)
    }
    assert len(answers) == 1
    application = submitted(system, family)
    case = dibao_of(application)["id"]
    for path in ("/applications/{}", "/cases/{}", "/cases/{}/decision"):
        own = application["id"] if "applications" in path else case
        theirs, none = elsewhere.get(path.format(own)), elsewhere.get(path.format(uuid.uuid4()))
        assert theirs.status_code == none.status_code == 404
        assert theirs.content == none.content
    told(
        elsewhere.post(f"/cases/{case}/withdraw", {"reason": "不申请了"}, uuid.uuid4()), 404, "case.not_found"
    )


@pytest.mark.parametrize("lacking", [Scope.INTAKE, Scope.STATUS, Scope.DECISIONS])
def test_a_key_without_the_purpose_is_refused_and_the_refusal_is_recorded(system, family, lacking):
    case = dibao_of(submitted(system, family))["id"]
    poor = issue(scopes=[one for one in EVERY if one is not lacking])
    calls = {
        Scope.INTAKE: lambda: [
            poor.post("/applications", asked(family), uuid.uuid4()),
            poor.post(f"/cases/{case}/withdraw", {"reason": "撤回"}, uuid.uuid4()),
            poor.send(f"/cases/{case}/material", kind="income", file=_file()),
        ],
        Scope.STATUS: lambda: [poor.get(f"/cases/{case}"), poor.get(f"/applications/{uuid.uuid4()}")],
        Scope.DECISIONS: lambda: [
            poor.get(f"/cases/{case}/decision"),
            poor.get(f"/cases/{case}/letters/{uuid.uuid4()}"),
        ],
    }[lacking]()
    for reply in calls:
        told(reply, 403, "api.scope")
    assert [one.detail["code"] for one in entries("api_refused")] == ["api.scope"] * len(calls)


def _file(name="证明.pdf", content=PDF):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_cases_of_children_are_not_there_without_that_purpose(system, family):
    """Whatever the programme of the case was: the line decides."""
    application = submitted(system, family)
    case = dibao_of(application)
    plain = issue(scopes=[Scope.INTAKE, Scope.STATUS, Scope.DECISIONS])
    assert dibao_of(plain.get(f"/applications/{application['id']}").json()) == case
    orphan = asked(
        family, programmes=[{"programme": "orphan", "person": asked(family)["applicant"]["person"]}]
    )
    told(plain.post("/applications", orphan, uuid.uuid4()), 403, "api.scope")
    made = system.post("/applications", orphan, uuid.uuid4())
    assert made.status_code == 201, made.content.decode()
    child = next(one for one in made.json()["cases"] if one["programme"] == "orphan")
    assert system.get(f"/cases/{child['id']}").status_code == 200
    hidden, none = plain.get(f"/cases/{child['id']}"), plain.get(f"/cases/{uuid.uuid4()}")
    assert hidden.status_code == 404
    assert hidden.content == none.content
    seen = plain.get(f"/applications/{made.json()['id']}").json()
    assert child["id"] not in [one["id"] for one in seen["cases"]]
    assert not seen["complete"]


@pytest.mark.parametrize("how", ["expired", "revoked", "replayed", "other_host", "no_key"])
def test_a_key_that_opens_nothing_has_one_answer(system, family, how, monkeypatch):
    headers, address = system.headers(), "127.0.0.1"
    key = system.text.partition(".")[0]
    if how == "expired":
        later = timezone.now() + timedelta(days=91)
        monkeypatch.setattr(api_keys.timezone, "now", lambda: later)
    if how == "revoked":
        admin = security()
        with scope(admin):
            api_keys.revoke_key(actor=admin, key=ApiKey.objects.get(pk=key).pk, reason="停用")
    if how == "replayed":
        assert system.client.get(f"/api/v1/cases/{uuid.uuid4()}", headers=headers).status_code == 404
    if how == "other_host":
        address = "10.9.9.9"
    if how == "no_key":
        headers = {}
    reply = system.client.get(f"/api/v1/cases/{uuid.uuid4()}", headers=headers, REMOTE_ADDR=address)
    told(reply, 401, "api.key_refused")
    assert reply["WWW-Authenticate"] == "Minzheng"


def test_a_session_of_staff_opens_nothing_here(system, family):
    case = dibao_of(submitted(system, family))["id"]
    with scope(system_actor("test")):
        clerk = Staff.objects.create(username="jieban", name="测试人员", roles=[str(Role.TOWNSHIP_OFFICER)], natural_person=uuid.uuid4())  # fmt: skip
    browser = Client()
    browser.force_login(clerk)
    told(browser.get(f"/api/v1/cases/{case}"), 401, "api.key_refused")


def test_a_key_used_too_often_is_told_to_wait(system, settings):
    settings.API_CALLS_PER_MINUTE = 2
    replies = [system.get(f"/cases/{uuid.uuid4()}") for _ in range(3)]
    assert [one.status_code for one in replies] == [404, 404, 429]
    told(replies[-1], 429, "api.too_many")
    assert replies[-1]["Retry-After"] == "60"


def test_every_call_is_recorded_with_ids_only(system):
    case = uuid.uuid4()
    system.get(f"/cases/{case}")
    system.get("/cases/140499199001010011")
    calls = entries("api_call")
    assert {one.subject for one in calls} == {f"GET api/v1/cases/<case> {case}", "GET api/v1/cases/<case>"}
    assert {one.actor for one in calls} == {f"api:{system.text.partition('.')[0]}"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"applicant": {}}, 422, "api.applicant"),
        ({"applicant": {"identity_number": "140499199001010011"}}, 422, "api.applicant"),
        ({"applicant": {"identity_number": "1"}}, 422, "api.invalid"),
        ({"programmes": [{"programme": "lottery"}]}, 422, "api.programme"),
        ({"programmes": [{"programme": "dibao", "person": str(uuid.uuid4())}]}, 422, "api.person"),
        ({"statements": [{"table": "income", "values": {}}]}, 422, "api.holder"),
        ({"statements": [{"table": "death", "person": "head", "values": {}}]}, 422, "statement.table"),
        ({"statements": [{"table": "income", "person": "head", "values": {"fen": 1}}]}, 422, "statement.incomplete"),
        (
            {"statements": [{"table": "income", "person": "head", "values": {"kind": 99, "fen": 1, "since": "2023-01-01"}}]},
            422,
            "statement.number",
        ),
        ({"surprise": 1}, 422, "api.invalid"),
    ],
)  # fmt: skip
def test_what_a_call_says_wrongly_is_named(system, family, change, status, code):
    head = asked(family)["applicant"]["person"]
    body = json.loads(json.dumps(asked(family, **change)).replace('"head"', f'"{head}"'))
    told(system.post("/applications", body, uuid.uuid4()), status, code)
    with scope(system_actor("test")):
        assert not Application.objects.exists()


def test_a_body_that_is_no_json_and_a_missing_request_key_are_told(system, family):
    reply = system.client.post(
        "/api/v1/applications", "{", content_type="application/json", headers=system.headers(uuid.uuid4())
    )
    told(reply, 400, "api.request")
    told(system.post("/applications", asked(family)), 422, "api.invalid")


def test_material_is_kept_once_and_what_is_no_document_is_refused(system, family, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    case = dibao_of(submitted(system, family))["id"]
    first = system.send(f"/cases/{case}/material", kind="income", file=_file())
    assert first.status_code == 201, first.content.decode()
    assert system.send(f"/cases/{case}/material", kind="income", file=_file()).json() == first.json()
    bad = system.send(f"/cases/{case}/material", kind="income", file=_file("a.pdf", b"MZ\x00\x00"))
    assert bad.status_code in {409, 422}
    told(system.send(f"/cases/{case}/material", kind="lottery", file=_file()), 422, "api.invalid")


def test_a_case_is_withdrawn_once(system, family):
    case, key = dibao_of(submitted(system, family))["id"], uuid.uuid4()
    for _ in range(2):
        reply = system.post(f"/cases/{case}/withdraw", {"reason": "申请人不再申请"}, key)
        assert reply.status_code == 200, reply.content.decode()
        assert reply.json()["state"] == "withdrawn"
    told(system.post(f"/cases/{case}/withdraw", {"reason": "再撤"}, uuid.uuid4()), 409, "case.wrong_state")
    told(system.post(f"/cases/{case}/withdraw", {"reason": " "}, uuid.uuid4()), 422, "api.invalid")
    assert system.get(f"/cases/{case}").json()["outcome"] == "withdrawn"
