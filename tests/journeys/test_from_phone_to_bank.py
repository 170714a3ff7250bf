"""The whole way: a resident applies on a phone, the village visits, the township proposes, the county confirms, the bank
pays, a death stops the next payment, and an auditor opens the paid fen down to its clauses. Every step by the pages.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from minzheng.base.actions import set_business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.stories import STORIES
from tests.apps.payments.bank.conftest import running_bank
from tests.apps.web.conftest import SCALE, SEED
from tests.conftest import filled_database
from tests.journeys.conftest import PHONE

pytestmark = pytest.mark.browser
WIDOW = next(story for story in STORIES if story.key == "uncovered_widow")
NAME = WIDOW.people[0].name
COUNTY = "140403"
FIRST_DAY = date(2023, 10, 9)


def the_day_is(day: date) -> None:
    """Days pass, and the platform does what falls on them."""
    from minzheng.awards.jobs import run_day as run_awards
    from minzheng.cases.jobs import run_day as run_cases

    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=day, reason="演练")
    run_cases(day)
    run_awards(day)


@pytest.fixture(scope="module")
def stories_loaded(django_db_setup, django_db_blocker, worker_id):
    """A city that begins in October: the standards of 2024 are not in force by anybody's signature."""
    from minzheng.demo.build import build

    def fill() -> None:
        build(SCALE, SEED, day=FIRST_DAY, quiet=True)

    with django_db_blocker.unblock(), filled_database(worker_id, "minzheng_october", fill):
        cache.clear()
        yield
        cache.clear()


@pytest.fixture
def resident(site: str, chromium: Browser):
    """The widow's phone, signed in with the code that the demonstration shows."""
    context = chromium.new_context(base_url=site, locale="zh-CN", viewport=PHONE)
    page = context.new_page()
    page.goto("/portal/mine/")
    page.get_by_role("button", name=WIDOW.title).click()
    page.locator("main button.main").click()
    expect(page.locator("h1")).to_contain_text("您好")
    yield page
    context.close()


def step(page: Page, label: str, **fields: str) -> None:
    """Open one of the next steps, fill it in, take it."""
    box = page.locator(".steps details", has=page.locator("summary", has_text=re.compile(f"^{label}")))
    box.locator("summary").click()
    for name, value in fields.items():
        field = box.locator(f"[name={name}]")
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    box.locator("form button").click()
    expect(page.locator("main .note-box.green").first).to_be_visible()


def open_case(page: Page, programme: str) -> str:
    page.goto("/cases/?closed=1")
    row = page.locator("table.list tbody tr").filter(has_text=NAME).filter(has_text=programme)
    row.get_by_role("link").first.click()
    expect(page.locator("h1")).to_contain_text(programme)
    return page.url


def test_from_the_phone_to_the_bank(enter, resident: Page, tmp_path: Path):
    # -- a resident applies on the phone ----------------------------------------------------------------
    resident.goto("/portal/apply/")
    if resident.locator("button[value=answers]").count():
        resident.locator("button[value=answers]").click()
    resident.locator("[name=true]").check()
    resident.locator("[name=agree]").check()
    resident.locator("button[value=submit]").click()
    expect(resident.locator(".box.green")).to_contain_text("已经提交")
    resident.goto("/portal/mine/")
    resident.locator("a.door", has_text="最低生活保障").click()
    expect(resident.locator("ol.way li.now")).to_have_count(1)
    of_resident = resident.url

    # -- the township takes it in, the village visits with somebody of the township ---------------------
    officer = enter(Role.TOWNSHIP_OFFICER)
    case = open_case(officer, "最低生活保障")
    step(officer, "受理")
    for box in officer.locator("#consents input[type=checkbox]").all():
        box.check()
    officer.get_by_role("button", name="登记勾选的人已签署").click()
    step(officer, "启动调查核对")
    village = enter(Role.VILLAGE_WORKER, phone=True)
    village.goto(case)
    village.get_by_role("link", name="登记入户调查").click()
    for name in ("村级协理员（演示）", "乡镇经办（演示）"):
        village.locator("label.choice", has_text=re.compile(f"^{re.escape(name)}")).locator("input").check()
    village.locator("[name=present]").fill(NAME)
    village.locator("[name=f_home]").fill("土坯房两间，无装修")
    village.locator("#send").click()
    village.wait_for_url(case)
    expect(village.locator("#visits")).to_contain_text("土坯房两间")

    # -- the township proposes, the village can see it for seven days ------------------------------------
    officer.goto(case)
    step(officer, "登记核对结果", result="与登记一致")
    step(officer, "提出审核意见", opinion="confirm", reason="调查核实符合条件")
    step(officer, "公示审核意见")
    resident.goto(f"/portal/board/{WIDOW.village}/")
    expect(resident.locator("main")).to_contain_text(NAME)
    expect(resident.locator("main")).not_to_contain_text("残疾")
    the_day_is(date(2023, 10, 17))
    resident.reload()
    expect(resident.locator("main")).not_to_contain_text(NAME)

    # -- somebody who did not investigate confirms ------------------------------------------------------
    officer.goto(case)
    officer.locator(".steps summary", has_text=re.compile("^确认")).click()
    expect(officer.locator(".steps details[open]")).to_contain_text("同一人不能再办理")
    approver = enter(Role.COUNTY_APPROVER)
    approver.goto(case)
    step(approver, "确认", reason="符合规定")
    officer.goto(case)
    step(officer, "送达确认告知书")
    resident.goto(of_resident)
    expect(resident.locator("main")).to_contain_text("每月")

    # -- her account, then the payroll of November by three people ---------------------------------------
    officer.goto(case)
    officer.get_by_role("link", name="全部事实与待遇").click()
    officer.get_by_role("link", name="账户与发放").click()
    officer.locator("[name=holder_name]").fill(NAME)
    officer.locator("[name=number]").fill("6217000000000010001")
    officer.locator("[name=bank_name]").fill("演练银行潞州支行")
    officer.locator("[name=bank_code]").fill("102164000012")
    officer.get_by_role("button", name="登记账户").click()
    expect(officer.locator(".note-box.green")).to_contain_text("收款账户已登记")

    the_day_is(date(2023, 11, 6))
    payer(COUNTY)
    payroll = pay(enter, "2023-11")
    # The bank's client runs in a thread of its own: the browser keeps an event loop running in this one.
    with running_bank(tmp_path / "bank") as bank, ThreadPoolExecutor(1) as worker:
        worker.submit(travel, bank).result()
    resident.goto("/portal/payments/")
    expect(resident.locator("main")).to_contain_text("已到账")

    # -- she dies; the next payroll keeps the money back -------------------------------------------------
    the_day_is(date(2023, 11, 21))
    died(date(2023, 11, 20))
    the_day_is(date(2023, 12, 5))
    maker = enter(Role.PAYMENT_MAKER)
    maker.goto("/payroll/")
    maker.locator("#b-programme").select_option("dibao")
    maker.locator("#b-month").fill("2023-12")
    maker.get_by_role("button", name="编制发放表").click()
    expect(maker.locator("dl.facts").first).to_contain_text("0.00 元，0 笔")
    expect(maker.locator("dl.facts").first).to_contain_text("死亡")

    # -- an auditor opens the paid fen -----------------------------------------------------------------
    auditor = enter(Role.AUDITOR)
    auditor.goto(payroll)
    auditor.locator("table.list tbody tr th a").first.click()
    expect(auditor.locator("main")).to_contain_text("银行已入账")
    auditor.locator("main a.tag", has_text="DB-1").first.click()
    expect(auditor.locator("h1")).to_contain_text("DB-1")


def payer(county: str) -> None:
    """The treasury's account, where the demonstration has not set it."""
    from minzheng.payments.actions import set_payer
    from minzheng.payments.models import Payer

    with scope(system_actor("test")) as actor:
        if not Payer.objects.filter(county=county, until=None).exists():
            set_payer(
                actor=actor, county=county, name="潞州区民政局", number="0505012345678901",
                bank_code="102164000012", on=date(2023, 1, 1),
            )  # fmt: skip


def pay(enter, month: str) -> str:
    """Prepared, checked, approved by three people, and released; the payroll's address."""
    maker = enter(Role.PAYMENT_MAKER)
    maker.goto("/payroll/")
    maker.locator("#b-programme").select_option("dibao")
    maker.locator("#b-month").fill(month)
    maker.get_by_role("button", name="编制发放表").click()
    expect(maker.locator("h1")).to_contain_text(month)
    address = maker.url
    maker.get_by_role("button", name="经办签署").click()
    expect(maker.locator(".note-box.green")).to_contain_text("已签署")
    checker = enter(Role.PAYMENT_CHECKER)
    checker.goto(address)
    checker.get_by_role("button", name="复核签署").click()
    expect(checker.locator(".note-box.green")).to_contain_text("已签署")
    releaser = enter(Role.PAYMENT_RELEASER)
    releaser.goto(address)
    releaser.get_by_role("button", name="审批签署").click()
    expect(releaser.locator(".note-box.green")).to_contain_text("已签署")
    releaser.locator("#next").get_by_role("button", name="发放", exact=True).click()
    expect(releaser.locator(".note-box.green")).to_contain_text("已发放")
    return address


def travel(bank) -> None:
    """The file goes to the bank over a real socket, and its answer comes back and is booked."""
    from minzheng.payments.returns import read_return_file
    from minzheng.payments.sending import send_files

    sent = send_files(actor=system_actor("bank"), door=bank.door, worker="journey")
    assert [one.state.value for one in sent] == ["sent"], sent
    with scope(system_actor("bank")) as actor:
        for file in bank.fetched(1).files:
            if file.kind.value == "return":
                read_return_file(actor=actor, name=file.name, content=file.content)
    connection.close()


def died(on: date) -> None:
    from minzheng.registry import codes
    from minzheng.registry.actions import register_death
    from minzheng.registry.models import Membership

    with scope(system_actor("test")) as actor:
        person = Membership.objects.get(household_id=WIDOW.id, superseded_at=None, until=None).person_id
        register_death(
            actor=actor, person=person, died_on=on, source=codes.Source.VILLAGE, reason="村委会报告"
        )
