"""Coming in: who may, what is offered, and what somebody sees who may not."""

from __future__ import annotations

import pytest
from django.test import override_settings

from minzheng.base.demo_staff import ACCOUNTS
from minzheng.base.types import Role
from tests.apps.web.conftest import come_in


def text(reply):
    return reply.content.decode()


def test_the_door_offers_one_demonstration_account_a_role(office):
    page = text(office().get("/sign-in/"))
    for account in ACCOUNTS:
        assert f'value="{account.username}"' in page
    assert len({account.role for account in ACCOUNTS}) == len(Role)


def test_outside_the_demonstration_nothing_is_offered_and_the_accounts_do_not_open(office):
    with override_settings(DEMO=False):
        door = office()
        assert "演示账号" not in text(door.get("/sign-in/"))
        assert door.post("/sign-in/", {"demo": "xiang"}).status_code == 403


def test_a_wrong_password_says_so_in_chinese_and_does_not_repeat_what_was_typed(office):
    reply = office().post("/sign-in/", {"username": "140499198001010011", "password": "nonsense-0000"})
    assert reply.status_code == 403
    assert "账号或口令不正确" in text(reply)
    assert "140499198001010011" not in text(reply)


def test_who_is_not_signed_in_is_led_to_the_door_and_back(office):
    door = office()
    reply = door.get("/search/")
    assert reply.status_code == 302
    assert reply["Location"] == "/sign-in/?next=/search/"
    reply = door.post("/sign-in/?next=/search/", {"demo": "xiang", "next": "/search/"})
    assert reply["Location"] == "/sign-in/code/?next=%2Fsearch%2F"
    assert come_in(office(), "xiang", "/search/")["Location"] == "/search/"


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_the_door_leads_nowhere_outside(office, onward):
    assert (
        office().post("/sign-in/", {"demo": "xiang", "next": onward})["Location"] == "/sign-in/code/?next=%2F"
    )
    assert come_in(office(), "xiang", onward)["Location"] == "/"


def test_a_session_that_ended_is_told(office):
    door = office()
    door.cookies["minzheng_session"] = "long-gone"
    assert "登录已过期" in text(door.get("/sign-in/?next=/search/"))


def test_signing_out_needs_a_form_and_ends_the_session(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    assert inside.get("/sign-out/").status_code == 405
    assert inside.post("/sign-out/").status_code == 302
    assert inside.get("/search/").status_code == 302


def test_every_page_shows_business_date_region_and_role(office):
    page = text(office(Role.TOWNSHIP_OFFICER).get("/"))
    assert "2023-12-31" in page
    assert "乡镇经办" in page
    assert "潞州区" in page


def test_light_or_dark_is_remembered(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    inside.post("/theme/", {"theme": "dark", "next": "/keys/"})
    assert 'data-bs-theme="dark"' in text(inside.get("/keys/"))


def test_a_page_that_is_not_there_is_chinese(office):
    reply = office(Role.TOWNSHIP_OFFICER).get("/no-such-page/")
    assert reply.status_code == 404
    assert "没有找到" in text(reply)


def test_no_page_allows_script_or_style_inside_it(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    for address in ("/", "/search/", "/keys/", "/no-such-page/"):
        reply = inside.get(address)
        policy = reply["Content-Security-Policy"]
        assert "unsafe" not in policy
        page = text(reply)
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page


def test_a_form_left_open_too_long_says_so_and_leads_back(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    inside.handler.enforce_csrf_checks = True
    reply = inside.post("/theme/", {"theme": "dark"})
    assert reply.status_code == 403
    assert "页面已过期，没有提交" in text(reply)
    assert 'href="/"' in text(reply)


def test_a_defect_is_told_in_chinese_without_its_details(office, monkeypatch):
    from minzheng.web.pages import today

    def fails(_actor):
        raise RuntimeError("secret words")

    monkeypatch.setattr(today, "population", fails)
    inside = office(Role.TOWNSHIP_OFFICER)
    inside.raise_request_exception = False
    reply = inside.get("/")
    assert reply.status_code == 500
    assert "平台出现故障" in text(reply)
    assert "secret words" not in text(reply)


def test_a_request_that_cannot_be_read_is_told_in_chinese(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    inside.raise_request_exception = False
    reply = inside.get("/", headers={"host": "elsewhere.example"})
    assert reply.status_code == 400
    assert "请求无法识别" in text(reply)
