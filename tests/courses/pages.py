"""The same courses played through the office's pages in a browser: each verb clicks what an officer clicks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from playwright.sync_api import Locator, Page, expect

from minzheng.base.demo_staff import open_demo_accounts
from minzheng.base.types import Actor
from minzheng.cases.workflow import Action
from minzheng.rulebook.worked.case import Case
from minzheng.rulebook.worked.course import Step
from minzheng.values.month import Month
from tests.courses.driver import FIELDS, USUAL, Course, _plain, program_named
from tests.courses.loading import Placed
from tests.courses.offices import FAMILY, Offices
from tests.courses.paying import _accounts, _answered

#: The demonstration accounts of the other county, opened where the course plays, behind its posts.
ACCOUNTS = {
    "村": "xy-cun", "乡镇": "xy-xiang", "乡镇调查": "xy-xiang2", "乡镇负责人": "xy-xiang3", "县级审核": "xy-shenhe",
    "县级": "xy-xian", "发放经办": "xy-fafang", "发放复核": "xy-fuhe", "发放审批": "xy-caizheng",
}  # fmt: skip
#: Where the accounts of the demonstration's own county stand, and since when all of them are in office.
HOME, SINCE = "140403104005", date(2019, 1, 1)
VISITORS = ("襄垣乡镇经办（演示）", "襄垣乡镇经办乙（演示）")
VISITORS_OF_COUNTY = ("襄垣县级审核（演示）", "县级乙")


class DemoOffices(Offices):
    """The same people whether they click or are called: the demonstration's accounts."""

    def _open(self, post: str) -> Actor:
        from minzheng.base.models import Staff
        from minzheng.base.queries import actor_of
        from minzheng.base.scope import scope, system_actor

        with scope(system_actor("test")):
            account = Staff.objects.filter(username=ACCOUNTS.get(post, "")).first()
            if account is not None:
                return actor_of(account)
        return super()._open(post)


class PageCourse(Course):
    """A course whose officers work at their screens. What a family would do is done for them at the counter.

    What has to be refused is tried past the pages, which do not offer it.
    """

    def __init__(self, case: Case, placed: Placed, day: date, enter: Callable[[str], Page]) -> None:
        self.enter, self.screens = enter, dict[str, Page]()
        self.past_the_pages = False
        super().__init__(case, placed, day)
        self.offices = DemoOffices(placed.village)
        with self.offices.acting("平台") as platform:
            open_demo_accounts(actor=platform, village=HOME, since=SINCE, other=str(placed.village))

    def take(self, step: Step) -> None:
        self.past_the_pages = bool(step.refused)
        super().take(step)

    def screen(self, post: str) -> Page:
        if post not in self.screens:
            self.screens[post] = self.enter(ACCOUNTS[post])
        return self.screens[post]

    def submit(self, step: Step) -> None:
        if step.fields or self.past_the_pages:
            super().submit(step)
            return
        from minzheng.registry.models import Household

        with self.offices.acting("平台"):
            household = Household.objects.get(pk=self.placed.household)
        page = self.screen("乡镇")
        page.goto(f"/households/{household.public_id}/")
        page.get_by_role("link", name="受理申请").click()
        page.get_by_role("button", name="登记申请").click()
        expect(page.locator("main .note-box.green").first).to_be_visible()
        self._know_cases()

    def _know_cases(self) -> None:
        from minzheng.cases.queries import Which, work_queue

        with self.offices.acting("平台") as platform:
            self._know(work_queue(platform, Which(household=self.placed.household)))

    def act(
        self,
        key: tuple[str, str],
        action: str,
        *,
        by: str = "",
        fields: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        if self.past_the_pages:
            super().act(key, action, by=by, fields=fields, reason=reason)
            return
        row = self.row(key)
        page = self.screen(by if by not in ("", FAMILY) else USUAL.get(action, "乡镇"))
        page.goto(f"/cases/{row.public_id}/")
        if action == Action.VISIT:
            self._visit(page, VISITORS_OF_COUNTY if by.startswith("县级") else VISITORS)
            return
        if action == Action.AUTHORISE:
            boxes = page.locator("#consents input[type=checkbox]")
            for box in boxes.all():
                box.check()
            page.get_by_role("button", name="登记勾选的人已签署").click()
            expect(page.locator("main .note-box.green").first).to_be_visible()
            return
        offered = self.line(row).step(action, row.state, row.mode)
        assert offered is not None, f"{action} is not offered in {row.state}"
        given = FIELDS.get(action, {}) if fields is None else dict(fields)
        self._fill(page, offered.label, given, reason or ("按规定办理" if offered.reason else ""))

    def decide(self, step: Step) -> None:
        if self.past_the_pages:
            super().decide(step)
            return
        row = self.row(self.key(step))
        page = self.screen(step.by or USUAL[step.do])
        page.goto(f"/cases/{row.public_id}/")
        offered = self.line(row).step(step.do, row.state, row.mode)
        assert offered is not None
        self._fill(page, offered.label, _plain(step.fields or {}), step.reason or "按规定认定")

    def _visit(self, page: Page, visitors: tuple[str, ...]) -> None:
        case = page.url
        if "县级乙" in visitors:
            self.offices.account("县级乙")
        page.get_by_role("link", name="登记入户调查").click()
        for name in visitors:
            label = page.locator("label.choice", has_text=re.compile(f"^{re.escape(name)}"))
            label.locator("input").check()
        page.locator("[name=present]").fill("本人")
        page.locator("#send").click()
        page.wait_for_url(case)

    @staticmethod
    def _fill(page: Page, label: str, fields: Mapping[str, Any], reason: str) -> None:
        """Open one of the next steps, fill it in, take it; the page says that it was done."""
        named = re.compile(rf"^{re.escape(label)}(\s*(还缺|不由您)|$)")
        box = page.locator(".steps details", has=page.locator("summary", has_text=named))
        box.locator("summary").click()
        for name, value in fields.items():
            _answer(box, name, value)
        if reason:
            box.locator("[name=reason]").fill(reason)
        box.locator("form button").last.click()
        expect(page.locator("main .note-box.green").first).to_be_visible()

    def pay(self, step: Step) -> None:
        from minzheng.payments.models import Payroll

        if self.past_the_pages:
            super().pay(step)
            return

        assert step.about is not None
        programme, month = program_named(step.about), Month.parse(str((step.fields or {})["month"]))
        _accounts(self)
        maker = self.screen("发放经办")
        maker.goto("/payroll/")
        maker.locator("#b-programme").select_option(programme)
        maker.locator("#b-month").fill(str(month))
        maker.get_by_role("button", name="编制发放表").click()
        expect(maker.locator("h1")).to_contain_text(str(month))
        address = maker.url
        for post, button in (("发放经办", "经办签署"), ("发放复核", "复核签署"), ("发放审批", "审批签署")):
            page = self.screen(post)
            page.goto(address)
            page.get_by_role("button", name=button).click()
            expect(page.locator(".note-box.green")).to_contain_text("已签署")
        releaser = self.screen("发放审批")
        releaser.locator("#next").get_by_role("button", name="发放", exact=True).click()
        expect(releaser.locator(".note-box.green")).to_contain_text("已发放")
        with self.offices.acting("平台"):
            payroll = Payroll.objects.get(pk=re.findall(r"[0-9a-f-]{36}", address)[-1])
        self.paid = {programme: _answered(self, payroll)}


def _answer(box: Locator, name: str, value: Any) -> None:
    """Put an answer into whatever the form uses for it."""
    text = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    field = box.locator(f"[name={name}]").first
    if field.evaluate("element => element.tagName") == "SELECT":
        field.select_option(text)
    elif field.get_attribute("type") in ("radio", "checkbox"):
        box.locator(f"[name={name}][value={text}]").check()
    else:
        field.fill(text)
