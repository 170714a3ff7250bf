"""Coming in with a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from minzheng.base.types import Role
from tests.journeys.conftest import no_complaints

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False])
def test_a_township_officer_comes_in_and_leaves(enter, script):
    page = enter(Role.TOWNSHIP_OFFICER, script=script)
    with no_complaints(page):
        expect(page.locator(".bar .day")).to_contain_text("2023-12-31")
        page.locator("details.who summary").click()
        page.get_by_role("button", name="退出登录").click()
        expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()


def test_the_keys_lead_everywhere(enter):
    page = enter(Role.TOWNSHIP_OFFICER)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator(".find input[name=q]")).to_be_focused()


def test_on_a_phone_the_menu_opens_without_script(enter):
    page = enter(Role.TOWNSHIP_OFFICER, phone=True, script=False)
    expect(page.locator("#menu")).not_to_be_in_viewport()
    page.get_by_role("link", name="打开菜单").click()
    page.get_by_role("link", name="家庭与人员").click()
    expect(page.locator("h1")).to_have_text("家庭与人员")


def test_the_menu_stays_narrow_when_it_was_made_narrow(enter):
    page = enter(Role.TOWNSHIP_OFFICER)
    page.locator("[data-narrow]").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-menu", "narrow")
