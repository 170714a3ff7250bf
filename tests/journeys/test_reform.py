"""A policy officer moves a slider with the keyboard, sees the city answer, sends the link, and prints the memo."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from minzheng.base.types import Role
from tests.apps.web.test_reform import desks, ready_desks
from tests.journeys.conftest import no_complaints

__all__ = ["desks", "ready_desks"]
pytestmark = pytest.mark.browser


def serious(page):
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], one["nodes"][0]["html"][:120])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_a_slider_moved_with_the_keyboard_prices_the_city_and_the_link_keeps_it(enter, desks):
    page = enter(Role.POLICY_OFFICER)
    with no_complaints(page):
        page.goto("/reform/")
        expect(page.locator(".meta .tag")).to_have_text("现行规定")
        slider = page.get_by_label("城市低保标准（滑块）")
        slider.focus()
        for _ in range(18):
            page.keyboard.press("ArrowRight")
        expect(page.locator(".meta .tag")).to_have_text("改动 1 项")
        expect(page.locator("input[name='dibao.std.urban']")).to_have_value("700")
        expect(page.locator(".big")).to_contain_text("+36.00 元")
        expect(page).to_have_url(re.compile(r"dibao\.std\.urban=700$"))
        page.reload()
        expect(page.locator(".big")).to_contain_text("+36.00 元")


def test_a_typed_number_that_does_not_fit_is_told_beside_it(enter, desks):
    page = enter(Role.POLICY_OFFICER)
    with no_complaints(page):
        page.goto("/reform/")
        field = page.locator("input[name='edge.multiple']")
        field.fill("9")
        field.press("Tab")
        expect(page.locator("[data-wrong]:visible")).to_contain_text("1 至 2")
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill("1.4")
        field.press("Tab")
        expect(page.locator("[data-wrong]:visible")).to_have_count(0)
        expect(page.locator(".meta .tag")).to_have_text("改动 1 项")


def test_figures_map_and_spread_stand_in_one_screen_of_a_desk(enter, desks):
    page = enter(Role.POLICY_OFFICER)
    page.goto("/reform/?dibao.std.urban=800")
    expect(page.locator("[data-chart=reform-map] svg")).to_be_visible()
    for chart in ("reform-map", "reform-spread"):
        box = page.locator(f"[data-chart={chart}]").bounding_box()
        assert box["y"] + box["height"] <= 768, chart
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("address", ["/reform/?dibao.std.urban=800", "/api/"])
def test_nothing_serious_stands_in_anybodys_way(enter, desks, phone, address):
    page = enter(Role.POLICY_OFFICER, phone=phone)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert serious(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_without_script_a_button_prices_what_was_typed(enter, desks):
    page = enter(Role.POLICY_OFFICER, script=False)
    page.goto("/reform/")
    page.locator("input[name='dibao.std.urban']").fill("800")
    page.get_by_role("button", name="测算").click()
    expect(page.locator(".big")).to_contain_text("+316.00 元")
    expect(page.locator("details", has_text="数据表").first).to_be_visible()
