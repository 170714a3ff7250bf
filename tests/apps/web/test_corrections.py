"""更正 through the pages: a resident reads what is on record, says what is wrong; the township answers; both see it."""

from __future__ import annotations

import re

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases.models import Correction
from minzheng.registry.models import Household
from tests.apps.web.test_mandates import WIDOW, resident

__all__ = ["resident"]


def key_in(page: str) -> str:
    return re.search(r'name="key" value="([0-9a-f-]{36})"', page)[1]


def first_fact(page: str) -> str:
    return re.search(r'<option value="([^"]+)"', page.split("</option>", 1)[1])[1]


def say(client, address: str, **more: str):
    page = client.get(address).content.decode()
    posted = {"key": key_in(page), "fact": first_fact(page), "how": "wrong", "says": "应为肢体一级"} | more
    return client.post(address, posted), posted


def test_a_resident_reads_what_is_on_record_and_says_what_is_wrong(resident, office):
    me = resident(WIDOW)
    page = me.get("/portal/registered/").content.decode()
    assert "我家登记的情况" in page
    assert re.search(r"残联|公安|民政", page), "every line says who supplied it"
    reply, posted = say(me, "/portal/registered/")
    assert reply.status_code == 302
    me.post("/portal/registered/", posted)
    page = me.get("/portal/registered/").content.decode()
    assert "应为肢体一级" in page
    assert "前答复" in page
    with scope(system_actor("test")):
        assert Correction.objects.count() == 1, "sent twice is asked once"

    officer = office(Role.TOWNSHIP_OFFICER)
    listed = officer.get("/corrections/").content.decode()
    assert "待答复：1 项" in listed
    address = re.search(r'href="(/corrections/[0-9a-f-]{36}/)"', listed)[1]
    one = officer.get(address).content.decode()
    assert "应为肢体一级" in one
    assert "申请人" in one
    assert officer.post(address, {"outcome": "stands", "text": " "}).status_code == 409
    assert (
        officer.post(address, {"outcome": "stands", "text": "残疾证为二级，经与本人核对"}).status_code == 302
    )
    assert officer.post(address, {"outcome": "corrected", "text": "x"}).status_code == 409
    assert "没有待答复的更正申请" in officer.get("/corrections/").content.decode()
    assert "经核实登记无误" in officer.get("/corrections/?answered=1").content.decode()
    assert "经与本人核对" in me.get("/portal/registered/").content.decode()


def test_what_is_wrong_in_the_form_is_named_and_nothing_is_lost(resident):
    me = resident(WIDOW)
    for more, says in (
        ({"how": ""}, "登记错了，还是情况变了"),
        ({"how": "changed"}, "哪一天变的"),
        ({"how": "changed", "changed_on": "2099-01-01"}, "晚于今天"),
        ({"fact": "no_such_fact/0"}, "重新选择"),
        ({"key": "x"}, "刷新页面"),
    ):
        reply, _posted = say(me, "/portal/registered/", **more)
        page = reply.content.decode()
        assert reply.status_code == 409
        assert says in page
        assert "应为肢体一级</textarea>" in page


def test_the_window_takes_it_down_and_another_region_finds_nothing(office):
    with scope(system_actor("test")):
        home = Household.objects.get(pk=WIDOW).public_id
    officer = office(Role.TOWNSHIP_OFFICER)
    address = f"/households/{home}/corrections/new/"
    reply, _posted = say(officer, address)
    assert reply.status_code == 302
    with scope(system_actor("test")):
        row = Correction.objects.get()
    assert "应为肢体一级" in officer.get(f"/corrections/{row.pk}/").content.decode()
    assert officer.get("/corrections/00000000-0000-4000-8000-000000000000/").status_code == 404
