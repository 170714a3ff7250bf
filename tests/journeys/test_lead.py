"""The township officer's way: desk, lead, why, clause, call, back; with and without script, on a phone, by keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from minzheng.assessment.models import Lead
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.stories import STORIES
from tests.apps.web.conftest import HOME_TOWNSHIP
from tests.journeys.conftest import no_complaints

pytestmark = pytest.mark.browser
WIDOW = next(story for story in STORIES if story.key == "uncovered_widow")
NAME = WIDOW.people[0].name
SON = next(story for story in STORIES if story.key == "disabled_in_edge_family").people[2].name
OFFICER = Role.TOWNSHIP_OFFICER


def state_of(programme: str) -> str:
    with scope(system_actor("test")):
        return Lead.objects.get(household_id=WIDOW.id, programme=programme).state


def row_of(page: Page, programme: str):
    return page.locator("table.list tbody tr").filter(has_text=NAME).filter(has_text=programme)


def total(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator("#list-title").inner_text()))


@pytest.mark.parametrize(
    ("programme", "label", "script", "phone"),
    [
        ("dibao", "最低生活保障", True, False),
        ("living_subsidy", "困难残疾人生活补贴", False, False),
        ("care_subsidy", "重度残疾人护理补贴", True, True),
    ],
)
def test_an_officer_finds_the_widow_reads_why_and_records_the_call(enter, programme, label, script, phone):
    page = enter(OFFICER, script=script, phone=phone)
    with no_complaints(page):
        page.locator("a.figure", has_text="应享未享").click()
        expect(page.locator("h1")).to_have_text("线索")
        before = total(page)
        row_of(page, label).get_by_role("link").first.click()
        expect(page.locator("h1")).to_contain_text(label)
        read_why_and_follow_the_clause(page)
        record_the_call(page)
        page.get_by_role("link", name="返回列表").click()
        expect(page.locator("#list-title")).to_have_text(f"共 {before - 1} 条")
        expect(row_of(page, label)).to_have_count(0)
    assert state_of(programme) == "contacted"


@pytest.mark.parametrize("phone", [False, True])
def test_a_folded_branch_is_fetched_into_its_place_by_the_keyboard(enter, phone):
    page = enter(Role.CITY_SUPERVISOR, phone=phone)
    with no_complaints(page):
        page.goto(page_with_a_branch())
        box = page.locator(".tree details:has(> .rest)").first
        handle = box.element_handle()
        box.locator("summary").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("box => box.querySelector(':scope > ul > li .row1')", arg=handle)
        assert handle.evaluate("box => box.open && box.scrollWidth <= innerWidth")


def test_without_script_a_folded_branch_leads_to_its_page_and_back(enter):
    page = enter(Role.CITY_SUPERVISOR, script=False)
    page.goto(page_with_a_branch())
    box = page.locator(".tree details:has(> .rest)").first
    box.locator("summary").click()
    box.locator(".rest a").click()
    expect(page.locator("main .tree li").nth(1)).to_be_visible()
    page.get_by_role("link", name="返回", exact=True).click()
    expect(page.locator("h1")).to_contain_text("最低生活保障")


def page_with_a_branch() -> str:
    """The widow's lead about dibao: its conditions are long and folded."""
    with scope(system_actor("test")):
        return f"/leads/{Lead.objects.get(household_id=WIDOW.id, programme='dibao').public_id}/"


def read_why_and_follow_the_clause(page: Page) -> None:
    first = page.locator(".tree > li").first
    expect(first.locator(".mark").first).to_contain_text("符合")
    if first.locator("details").count():
        first.locator("summary").first.click()
    clause = first.locator(".cite a").first
    words = clause.inner_text()
    clause.click()
    expect(page).to_have_url(re.compile(r"/rulebook/"))
    expect(page.locator("main")).to_contain_text(words)
    page.go_back()


def record_the_call(page: Page) -> None:
    """Three clicks: what was done, how, record."""
    page.locator(".steps summary", has_text="记录已联系").click()
    page.get_by_label("入户告知政策，愿意申请").check()
    page.get_by_role("button", name="记录", exact=True).click()
    expect(page.locator(".note-box.green")).to_contain_text("已记录：记录已联系")
    expect(page.locator(".history")).to_contain_text("入户告知政策，愿意申请")


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until something that says `wanted` has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return `${e.innerText || ''} ${e.getAttribute('aria-label') || ''} ${e.name || ''}`; })()"
        )
        if wanted in said:
            return
    raise AssertionError(f"no way by Tab to {wanted}")


def test_the_whole_way_by_keys_alone(enter):
    page = enter(OFFICER)
    with no_complaints(page):
        page.keyboard.press("j")
        for _ in range(30):
            if page.evaluate("document.activeElement.closest('tr').innerText").startswith(SON):
                break
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text(SON)
        tab_to(page, "已提出申请")
        page.keyboard.press("Enter")
        tab_to(page, "reason")
        page.keyboard.type("村里代交了申请书")
        tab_to(page, "记录")
        page.keyboard.press("Enter")
        expect(page.locator(".note-box.green")).to_contain_text("已提出申请")
        expect(page.locator(".history")).to_contain_text("村里代交了申请书")


def test_another_townships_lead_typed_into_the_address_bar_is_not_there(enter):
    with scope(system_actor("test")):
        elsewhere = Lead.objects.exclude(division=str(HOME_TOWNSHIP)).order_by("id").first()
    page = enter(OFFICER)
    reply = page.goto(f"/leads/{elsewhere.public_id}/")
    assert reply.status == 404
    expect(page.locator("h1")).to_have_text("没有找到这个页面或对象")
    page.get_by_role("link", name="回到今日", exact=True).click()
    expect(page.locator("h1")).to_have_text("今日")


def test_a_refused_step_keeps_what_was_typed(enter):
    page = enter(OFFICER)
    page.locator(".menu a", has_text="线索").click()
    page.locator("table.list tbody th a").last.click()
    page.locator(".steps summary", has_text="约定以后再联系").click()
    page.locator("details[open] textarea").fill("去女儿家过年")
    page.locator("details[open] input[type=date]").fill("2023-12-01")
    page.get_by_role("button", name="记录", exact=True).click()
    expect(page.locator("#refusal")).to_contain_text("约定的日期应晚于今天")
    expect(page.locator("details[open] textarea")).to_have_value("去女儿家过年")


def test_a_household_opens_its_outcomes_one_by_one(enter):
    page = enter(OFFICER)
    with no_complaints(page):
        page.keyboard.press("/")
        page.keyboard.type(NAME)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(f"{NAME} 户")
        card = page.locator("details.outcome").first
        card.locator("summary").first.click()
        expect(card.locator(".tree > li").first).to_be_visible()
        page.locator("summary", has_text="的完整证件号码").or_(
            page.locator("details.pop summary")
        ).first.click()
        page.get_by_label("查看完整号码的用途").fill("受理低保申请核对身份")
        page.get_by_role("button", name="查看一次").click()
        expect(page.locator(".number")).to_contain_text(re.compile(r"140499\d{11}[\dX]"))
