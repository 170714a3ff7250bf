"""The pages of papers whose time is over: what is due, a list, two signatures, a hold."""

from __future__ import annotations

import re
from datetime import date

import pytest

from minzheng.base.actions import set_business_date
from minzheng.base.demo_staff import open_demo_accounts
from minzheng.base.documents import PDF, Kind, keep
from minzheng.base.scope import scope, system_actor
from minzheng.retention.jobs import run_day
from tests.apps.web.test_admin import VILLAGE, signed_in, text

PAGE = "/admin/retention/"


@pytest.fixture
def people(committed, settings, tmp_path):
    """A supervisor and an auditor, and a photograph of a household nobody runs anything for."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "files"
    with scope(system_actor("test")) as actor:
        keep(actor=actor, content=b"x", media_type=PDF, kind=Kind.PHOTO, division=VILLAGE, household=1)
        set_business_date(actor=actor, day=date(2044, 5, 1), reason="tests")
        open_demo_accounts(actor=actor, village=VILLAGE, since=date(2023, 1, 1), other="140423100252")
    return signed_in("shi"), signed_in("shenji")


def test_two_people_sign_a_list_and_the_worker_carries_it_out(people):
    first, second = people
    shown = text(first.get(PAGE))
    assert "5 年" in shown
    assert "示例" in shown
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', shown)[1]
    assert first.post(PAGE, {"key": key, "reason": ""}).status_code == 409
    made = first.post(PAGE, {"key": key, "reason": "保管期满"})
    assert first.post(PAGE, {"key": key, "reason": "保管期满"})["Location"] == made["Location"], (
        "twice is once"
    )
    address = made["Location"]
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', text(first.get(address)))[1]
    assert first.post(address, {"digest": "0" * 64}).status_code == 409
    assert first.post(address, {"digest": digest}).status_code == 302
    assert "签署销毁" not in text(first.get(address))
    assert second.post(address, {"digest": digest}).status_code == 302
    assert run_day(on=date(2044, 5, 1)) == 1
    assert "已销毁" in text(second.get(address))
    assert "没有可以销毁的材料" in text(second.get(PAGE))


def test_a_hold_is_placed_and_lifted(people):
    first, _second = people
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', text(first.get(PAGE)))[1]
    typed = {"key": key, "division": VILLAGE[:6], "ground": "audit", "hold_reason": "专项审计"}
    assert first.post(f"{PAGE}hold/", typed | {"ground": "x"}).status_code == 409
    assert first.post(f"{PAGE}hold/", typed | {"division": "99"}).status_code == 409
    assert first.post(f"{PAGE}hold/", typed).status_code == 302
    shown = text(first.get(PAGE))
    assert "已登记暂不销毁 1 件" in shown
    lift = re.search(r"/admin/retention/hold/[0-9a-f-]{36}/lift/", shown)[0]
    assert first.post(lift, {"lift_reason": ""}).status_code == 409
    assert first.post(lift, {"lift_reason": "审计结束"}).status_code == 302
    assert "已登记暂不销毁" not in text(first.get(PAGE))
