"""An appointment on a phone and the office's day in a browser: by keyboard and without script, nothing wider than the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.booking.models import Office, Slot
from tests.apps.booking.conftest import visitor
from tests.journeys.conftest import no_complaints
from tests.journeys.test_access import serious

pytestmark = pytest.mark.browser


def fits(page) -> None:
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(
    ("phone", "script", "n"), [(True, False, 700), (False, True, 710)], ids=["phone", "desk"]
)
def test_a_couple_books_and_cancels(enter, phone, script, n):
    page = enter(None, phone=phone, script=script)
    with no_complaints(page):
        page.goto("/portal/")
        page.get_by_role("link", name="婚姻登记预约").click()
        if script:  # without it axe cannot run
            fits(page)
        page.get_by_role("link", name="潞州区婚姻登记处").click()
        page.get_by_role("link", name="余 ").first.focus()
        page.keyboard.press("Enter")
        page.get_by_label("手机号码").fill(f"13900000{n}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("输入验证码")
        page.get_by_role("button", name="下一步").click()
        for k in (1, 2):
            one = visitor(n + k)
            page.locator(f"#name{k}").fill(one.name)
            page.locator(f"#number{k}").fill(one.number)
        page.get_by_role("button", name="确认预约").click()
        expect(page.get_by_role("status").first).to_contain_text("预约成功")
        assert "139" not in page.url
        page.get_by_role("button", name="取消预约").click()
        expect(page.get_by_text("已取消（本人取消）")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_of_appointments_have_no_serious_finding(enter, phone):
    with scope(system_actor("test")):
        office = Office.objects.get(division="140403").pk
        slot = Slot.objects.filter(office=office, capacity__gt=0).order_by("day", "starts")[1].pk
    page = enter(None, phone=phone)
    for address in ("", f"{office}/", f"slots/{slot}/"):
        page.goto(f"/portal/booking/marriage/{address}")
        fits(page)
    page.get_by_label("手机号码").fill("13900000720")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("输入验证码")
    fits(page)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("button", name="确认预约")).to_be_visible()
    fits(page)
    page.goto("/portal/booking/mine/")
    fits(page)
    page = enter(Role.COUNTY_APPROVER, phone=phone)
    for address in ("", f"{office}/", f"{office}/setup/", f"{office}/missed/"):
        page.goto(f"/booking/{address}")
        fits(page)
