"""The pages of bringing values into force: a form, the list of whom it affects, the box to sign, taking back."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.models import Enactment, Proposal, Signature
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from tests.apps.assessment.enacting import DECEMBER, city_desk, desk
from tests.apps.web.conftest import come_in

__all__ = ["city_desk", "desk"]

TYPED = {
    "key": "dibao.std.urban", "place": "140400", "value": "800", "since": "2024-01", "document": "长民发〔2023〕99号",
    "reason": "按省厅要求调整标准", "link": "https://example.invalid/99", "example": "",
}  # fmt: skip


def text(reply):
    return reply.content.decode()


@pytest.fixture
def enter(stories_loaded, db):
    def go(username):
        client = Client()
        come_in(client, username)
        return client

    return go


@pytest.fixture
def first(enter):
    return enter("zhengce")


@pytest.fixture
def second(enter):
    return enter("zhengce2")


def propose(client, **changes):
    reply = client.post("/enacting/new/", {**TYPED, "client_key": str(uuid.uuid4()), **changes})
    assert reply.status_code == 302, text(reply)
    return reply["Location"]


def digest(page):
    return re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]


def sign(client, address):
    page = text(client.get(address))
    return client.post(f"{address}sign/", {"digest": digest(page), "read": "1"})


def bring_into_force(first, second, address):
    assert first.post(f"{address}affected/").status_code == 302
    assert sign(first, address).status_code == 302
    assert sign(second, address).status_code == 302


# -- the whole way ---------------------------------------------------------------------------------------------------


def test_a_value_goes_from_the_form_over_the_list_and_two_signatures_into_force(first, second, desk):
    address = propose(first)
    page = text(first.get(address))
    assert "尚未核算名单" in page
    assert 'name="digest"' not in page, "there is nothing to sign yet"
    assert first.post(f"{address}affected/").status_code == 302
    page = text(first.get(address))
    for words in ("待提出人签署", "4<small> 项</small>", "+316.00", "长民发〔2023〕99号", "2024年1月起施行"):
        assert words in page
    assert sign(first, address).status_code == 302
    assert "等待提出人以外的另一名政策人员" in text(first.get(address))
    page = text(second.get(address))
    assert "签署并生效" in page
    assert sign(second, address).status_code == 302
    page = text(second.get(address))
    assert "已签署生效" in page
    assert "签署并生效" not in page
    assert "已签署生效" in text(first.get("/enacting/"))
    assert len(rulebook().enacted) == 1
    desk.refresh()
    assert "800.00 元" in text(first.get("/rulebook/parameters/dibao.std.urban/?on=2024-01-01"))


def test_what_is_in_force_is_taken_back_the_same_way(first, second, desk):
    address = propose(first, since="2023-12")
    bring_into_force(first, second, address)
    desk.refresh()
    tried = {
        "since": "2023-12",
        "document": "长民函〔2024〕1号",
        "reason": "有误",
        "client_key": str(uuid.uuid4()),
    }
    reply = second.post(f"{address}take-back/", tried)
    assert reply.status_code == 302
    back = reply["Location"]
    assert "撤回：城市低保标准 800.00 元" in text(second.get(back))
    bring_into_force(second, first, back)
    assert "已撤回" in text(first.get(address))
    value = rulebook().parameters.resolve(
        rulebook().parameters.declared["dibao.std.urban"], "140403", DECEMBER
    )
    assert value.value == 682_00
    assert Enactment.objects.count() == 2


def test_a_click_twice_is_one_proposal_one_list_one_signature(first, second, desk):
    key = str(uuid.uuid4())
    assert propose(first, client_key=key) == propose(first, client_key=key)
    address = propose(first, client_key=key)
    for _ in range(2):
        assert first.post(f"{address}affected/").status_code == 302
    page = text(first.get(address))
    for _ in range(2):
        reply = first.post(f"{address}sign/", {"digest": digest(page), "read": "1"})
        assert reply.status_code == 302
    assert (Proposal.objects.count(), Signature.objects.count()) == (1, 1)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": "很多"}, "不能取“很多”"),
        ({"since": "2024"}, "请选择生效月份"),
        ({"document": ""}, "依据文件"),
        ({"link": "javascript:x"}, "http://"),
        ({"client_key": "x"}, "页面已过期"),
        ({"key": "none"}, "没有名为“none”的参数"),
    ],
)
def test_a_form_that_does_not_fit_comes_back_as_it_was_typed(first, changes, said):
    tried = {**TYPED, "client_key": str(uuid.uuid4()), **changes}
    reply = first.post("/enacting/new/", tried)
    assert reply.status_code == 409
    assert said in text(reply)
    assert "按省厅要求调整标准" in text(reply)
    assert Proposal.objects.count() == 0


def test_nobody_signs_without_ticking_that_the_list_was_read(first, desk):
    address = propose(first)
    first.post(f"{address}affected/")
    reply = first.post(f"{address}sign/", {"digest": digest(text(first.get(address)))})
    assert reply.status_code == 409
    assert "请先核对名单并勾选确认" in text(reply)
    assert Signature.objects.count() == 0


def test_signing_asks_for_a_fresh_second_factor(first, desk):
    address = propose(first)
    first.post(f"{address}affected/")
    page = text(first.get(address))
    session = first.session
    from minzheng.base.sessions import FACTOR_AT

    session[FACTOR_AT] = 1
    session.save()
    reply = first.post(f"{address}sign/", {"digest": digest(page), "read": "1"})
    assert reply.status_code == 403
    assert Signature.objects.count() == 0


def test_the_same_person_is_not_offered_the_second_signature(first, desk):
    address = propose(first)
    first.post(f"{address}affected/")
    page = text(first.get(address))
    sign(first, address)
    assert 'name="digest"' not in text(first.get(address))
    reply = first.post(f"{address}sign/", {"digest": digest(page), "read": "1"})
    assert reply.status_code == 302, "signing again is the signature there is"
    assert Enactment.objects.count() == 0


# -- who sees what -----------------------------------------------------------------------------------------------------


def test_a_supervisor_opens_every_household_of_the_list_and_it_is_recorded(first, enter, desk, households):
    address = propose(first)
    first.post(f"{address}affected/")
    page = text(first.get(address))
    assert str(households[1].public_id) not in page
    assert "您的岗位不查看家庭和人员" in page
    seen = text(enter("shi").get(address))
    for number in (1, 2, 3):
        assert str(households[number].public_id) in seen
    assert 'name="digest"' not in seen
    with scope(system_actor("test")):
        assert AuditEntry.objects.filter(verb="list_affected").get().detail["count"] == 4


def test_the_list_is_narrowed_by_county_and_programme(first, desk):
    address = propose(first)
    first.post(f"{address}affected/")
    assert "逐项（3 项）" in text(first.get(f"{address}?county=140403"))
    assert "逐项（3 项）" in text(first.get(f"{address}?programme=dibao"))
    assert "逐项（1 项）" in text(first.get(f"{address}?programme=edge"))


@pytest.mark.parametrize(
    "role", [Role.TOWNSHIP_OFFICER, Role.AUDITOR, Role.SYSTEM_ADMIN, Role.COUNTY_APPROVER]
)
def test_others_are_refused_and_see_no_entry(office, first, role):
    address = propose(first)
    client = office(role)
    assert client.get("/enacting/").status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(f"{address}sign/", {"digest": "0" * 64, "read": "1"}).status_code == 403
    assert 'href="/enacting/"' not in text(client.get("/"))


def test_a_supervisor_reads_and_does_not_propose_or_sign(enter, first, desk):
    address = propose(first)
    first.post(f"{address}affected/")
    supervisor = enter("shi")
    assert "提出数值" not in text(supervisor.get("/enacting/"))
    for place, typed in (
        ("/enacting/new/", TYPED),
        (f"{address}affected/", {}),
        (f"{address}take-back/", {}),
    ):
        assert supervisor.post(place, typed).status_code == 403
    assert supervisor.post(f"{address}sign/", {"read": "1"}).status_code == 403


def test_a_proposal_that_is_not_there_is_not_found(first):
    assert first.get(f"/enacting/{uuid.uuid4()}/").status_code == 404


def test_the_list_of_proposals_takes_the_same_queries_for_any_number(first):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert first.get("/enacting/").status_code == 200
        return len(queries)

    propose(first)
    one = count()
    for value in ("801", "802", "803"):
        propose(first, value=value)
    assert count() == one


def test_the_form_is_filled_where_one_comes_from_a_parameter(first):
    page = text(first.get("/enacting/new/?key=oa.amount&value=71"))
    assert re.search(r'value="oa.amount" selected', page)
    assert re.search(r'name="value" value="71"', page)
    assert re.search(r'name="since" value="2024-01"', page)
