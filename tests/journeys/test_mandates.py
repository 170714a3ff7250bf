"""代办 on two phones: a family lets a neighbour act, who acts for it and goes back; readable for everybody."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry import queries as registry
from tests.journeys.test_access import serious

pytestmark = pytest.mark.browser
WIDOW, NEIGHBOUR = 10, 8


def head_of(household: int, on: date) -> tuple[str, str]:
    with scope(system_actor("test")) as platform:
        person = registry.members_of(platform, household, on=on)[0].person
        return person.name, registry.sealed_number_of(platform, person.id).open_after_recording()


def came_in(enter, household: int):
    page = enter(None, phone=True, script=False)
    page.goto("/portal/sign-in/")
    page.locator(f"button[name=story][value='{household}']").click()
    page.get_by_role("button", name="进入").click()
    return page


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_family_lets_a_neighbour_act_and_takes_it_back(enter):
    on = business_date()
    name, number = head_of(NEIGHBOUR, on)
    widow = came_in(enter, WIDOW)
    widow.get_by_role("link", name="请人代办").click()
    widow.get_by_label("请他办什么").select_option(label="提出申请、补交材料")
    widow.get_by_label("代办人姓名").fill(name)
    widow.get_by_label("代办人身份证号码").fill(number)
    widow.get_by_label("他是您的").select_option(label="邻居、朋友")
    widow.get_by_role("button", name="确认委托").click()
    expect(widow.get_by_role("heading", name="我家委托别人办的")).to_be_visible()
    assert fits(widow)

    neighbour = came_in(enter, NEIGHBOUR)
    neighbour.get_by_role("link", name="请人代办").click()
    neighbour.get_by_role("button", name="开始代办").click()
    expect(neighbour.get_by_role("status").filter(has_text="您正在代")).to_be_visible()
    assert fits(neighbour)
    neighbour.get_by_role("link", name="替他申请").click()
    expect(neighbour.get_by_text("我说的，委托人都告诉过我，是真的。")).to_be_visible()

    widow.get_by_role("button", name="撤回").click()
    expect(widow.get_by_text("已撤回，马上生效。")).to_be_visible()
    neighbour.goto("/portal/acting/")
    expect(neighbour.get_by_text("没有找到这项代办，或者已经撤回、到期。")).to_be_visible()


def test_the_pages_of_acting_have_no_serious_finding(enter):
    widow = enter(None, phone=True)
    widow.goto("/portal/sign-in/")
    widow.locator(f"button[name=story][value='{NEIGHBOUR}']").click()
    widow.get_by_role("button", name="进入").click()
    widow.goto("/portal/mandates/")
    assert serious(widow) == []
    name, number = head_of(WIDOW, business_date())
    widow.get_by_label("请他办什么").select_option(label="提出申请、补交材料")
    widow.get_by_label("代办人姓名").fill(name)
    widow.get_by_label("代办人身份证号码").fill(number)
    widow.get_by_label("他是您的").select_option(label="其他")
    widow.get_by_role("button", name="确认委托").click()
    assert serious(widow) == []
    agent = enter(None, phone=True)
    agent.goto("/portal/sign-in/")
    agent.locator(f"button[name=story][value='{WIDOW}']").click()
    agent.get_by_role("button", name="进入").click()
    agent.goto("/portal/mandates/")
    agent.get_by_role("button", name="开始代办").click()
    assert serious(agent) == []
    office = enter(Role.TOWNSHIP_OFFICER)
    office.goto("/mandates/")
    expect(office.get_by_text("辖区内有效的代办：1 项")).to_be_visible()
    assert serious(office) == []
