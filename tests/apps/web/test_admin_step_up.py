"""What cannot be taken back asks for the second factor again when it was shown more than five minutes ago."""

from __future__ import annotations

import time

import pytest

from minzheng.base.factors import demonstration_code
from minzheng.base.models import AuditEntry, Staff
from minzheng.base.scope import scope, system_actor
from minzheng.base.sessions import FACTOR_AT
from minzheng.base.types import Role
from minzheng.registry import queries as registry

WIDOW = 10


def code(username: str) -> str:
    with scope(system_actor("sign_in")):
        return demonstration_code(Staff.objects.get(username=username))


@pytest.fixture
def stale(office):
    """A township officer whose second factor was shown long ago."""
    client = office(Role.TOWNSHIP_OFFICER)
    session = client.session
    session[FACTOR_AT] = int(time.time()) - 301
    session.save()
    return client


@pytest.fixture
def number_page(households):
    with scope(system_actor("test")) as actor:
        from minzheng.base.queries import business_date

        member = registry.members_of(actor, WIDOW, on=business_date())[0]
    return f"/people/{member.person.public_id}/number/"


def reveals() -> int:
    with scope(system_actor("test")):
        return AuditEntry.objects.filter(verb="reveal").count()


def test_a_number_is_opened_after_the_code_and_the_purpose_is_not_typed_twice(stale, number_page):
    asked = stale.post(number_page, {"purpose": "核对身份"})
    assert asked.status_code == 403
    assert 'name="purpose" value="核对身份"' in asked.content.decode()
    assert reveals() == 0
    wrong = stale.post(number_page, {"purpose": "核对身份", "step_up_code": "000000"})
    assert (wrong.status_code, reveals()) == (403, 0)
    right = stale.post(number_page, {"purpose": "核对身份", "step_up_code": code("xiang")})
    assert (right.status_code, reveals()) == (200, 1)
    assert stale.post(number_page, {"purpose": "核对身份"}).status_code == 200


def test_a_part_of_a_page_is_led_to_the_page_for_the_code(stale, number_page):
    reply = stale.post(
        number_page,
        {"purpose": "核对身份"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/households/x/?a=1"},
    )
    assert reply["HX-Redirect"] == "/step-up/?next=%2Fhouseholds%2Fx%2F"
    assert reveals() == 0


def test_a_list_is_exported_after_the_code_alone(stale):
    form = {"purpose": "走访", "format": "csv"}
    assert stale.post("/leads/export/", form).status_code == 403
    reply = stale.post("/leads/export/", {**form, "step_up_code": code("xiang")})
    assert reply.status_code == 200
    assert reply["Content-Disposition"].startswith("attachment")
