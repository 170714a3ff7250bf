"""A new colleague comes in: two administrators, a code from the window, one's own password and phone; without script."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import expect

from minzheng.base.types import Role
from minzheng.values import identity
from tests.journeys.conftest import no_complaints

pytestmark = pytest.mark.browser


def test_a_new_colleague_is_brought_in_and_one_who_leaves_is_out(enter):
    from datetime import date

    number = identity.compose("140499", date(1991, 3, 4), 5).reveal_for("tests")
    system = enter(Role.SYSTEM_ADMIN, script=False)
    system.get_by_role("link", name="人员账号").click()
    system.get_by_role("link", name="开设账号").click()
    for label, text in (
        ("账号", "lisi"),
        ("姓名", "李四"),
        ("单位", "黄碾镇人民政府"),
        ("身份证号码", number),
    ):
        system.get_by_label(label, exact=True).fill(text)
    system.get_by_role("button", name="开设").click()
    expect(system.locator("h1")).to_have_text("李四")
    at = system.url

    security = enter(Role.SECURITY_ADMIN, script=False)
    security.goto(at)
    security.get_by_text("调整岗位", exact=True).click()
    security.get_by_label("乡镇经办").check()
    security.locator("#roles-reason").fill("新任")
    security.get_by_role("button", name="保存岗位").click()
    security.get_by_label("区划代码").fill("140403104")
    security.locator("#region-reason").fill("新任")
    security.get_by_role("button", name="增加区划").click()
    expect(security.get_by_role("row", name="140403104")).to_be_visible()

    system.get_by_text("办理窗口验证码", exact=True).click()
    system.locator("#code-reason").fill("当面核验")
    system.get_by_role("button", name="提出", exact=True).click()
    security.get_by_role("link", name="窗口验证码").click()
    security.get_by_role("button", name="同意并显示").click()
    code = security.locator(".big").inner_text()

    fresh = enter(None, script=False)
    with no_complaints(fresh):
        fresh.get_by_role("link", name="凭窗口验证码办理").click()
        fresh.get_by_label("账号", exact=True).fill("lisi")
        fresh.get_by_label("窗口验证码", exact=True).fill(code)
        fresh.get_by_role("button", name="下一步").click()
        fresh.get_by_label("新口令").fill("yi ju hen chang de hua")
        fresh.get_by_label("再输一遍").fill("yi ju hen chang de hua")
        fresh.get_by_role("button", name="下一步").click()
        expect(fresh.get_by_role("img", name="绑定动态口令的二维码")).to_be_visible()
        secret = re.search(r"密钥 ([A-Z2-7]{32})", fresh.locator("main").inner_text())[1]
        fresh.locator("#code").fill(pyotp.TOTP(secret).now())
        fresh.get_by_role("button", name="绑定并登录").click()
        expect(fresh.locator("h1")).to_contain_text("今日")

    system.goto(at)
    system.get_by_text("停用账号", exact=True).click()
    system.locator("#close-reason").fill("调离")
    system.get_by_role("button", name="停用", exact=True).click()
    expect(system.get_by_text("已停用", exact=True)).to_be_visible()
    fresh.goto("/leads/")
    expect(fresh.get_by_role("heading", name="工作人员登录")).to_be_visible()


def test_a_resident_comes_in_on_a_phone_without_script_and_goes_out(enter):
    page = enter(None, phone=True, script=False)
    page.goto("/portal/sign-in/?next=/portal/mine/")
    page.locator("button[name=story]").first.click()
    expect(page.get_by_text("演示：")).to_be_visible()
    page.get_by_role("button", name="进入").click()
    expect(page).to_have_url(re.compile("/portal/mine/$"))
    page.goto("/search/")
    expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()
