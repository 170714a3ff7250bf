"""The pages of paying and the pages of a signed-in family, with money on them: axe, nothing wider than the screen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.demo.stories import STORIES
from minzheng.values.month import Month
from tests.journeys.conftest import DESK, PHONE, no_complaints
from tests.journeys.test_access import serious

pytestmark = pytest.mark.browser
COUNTY, ON = "140403", date(2023, 12, 31)


@dataclass(frozen=True)
class Paid:
    """A released payroll whose return is booked, one that waits for its signatures, a payment of a fixed household."""

    released: uuid.UUID
    listed: uuid.UUID
    payment: uuid.UUID
    failed: uuid.UUID
    family: int
    household: uuid.UUID


@pytest.fixture(scope="module")
def paid(stories_loaded, django_db_blocker) -> Paid:
    from minzheng.demo.money import bring_money

    with django_db_blocker.unblock():
        bring_money(quiet=True)
        return _paid()


def _staff(username: str) -> Actor:
    from minzheng.base.models import Staff

    with scope(system_actor("test")):
        return actor_of(Staff.objects.get(username=username))


def _paid() -> Paid:
    from minzheng.payments import actions
    from minzheng.payments.bank.types import Outcome
    from minzheng.payments.models import Transfer
    from minzheng.payments.types import Signing
    from minzheng.registry.models import Household
    from tests.apps.payments.returned import answer, pending

    maker = _staff("fafang")
    rows = {}
    for one in ("dibao", "living_subsidy"):
        with scope(maker):
            rows[one] = actions.build_payroll(
                actor=maker, county=COUNTY, programme=one, month=Month.of(ON), on=ON
            )
    row = rows["dibao"]
    for signing, who in (
        (Signing.MAKER, "fafang"),
        (Signing.CHECKER, "fuhe"),
        (Signing.APPROVER, "caizheng"),
    ):
        with scope(actor := _staff(who)):
            row = actions.sign_payroll(
                actor=actor, payroll=row.id, signing=signing, digest=row.digest, version=row.version
            )
    with scope(actor := _staff("caizheng")):
        row = actions.release_payroll(actor=actor, payroll=row.id, version=row.version, on=ON)
        sent = sorted(pending(row))
        family = next(story.id for story in STORIES if story.id in sent)
        unpaid = next(one for one in sent if one != family)
        outcomes = {one: Outcome.FAILED if one == unpaid else Outcome.PAID for one in sent}
        actions.read_return_file(actor=actor, name="RET-1.csv", content=answer(row, outcomes, day=ON), on=ON)
        actions.stop_payments(
            actor=actor, division="140403104", reason="核对一批账户", client_key=uuid.uuid4(), on=ON
        )
        of = dict(
            Transfer.objects.filter(payroll_id=row.id, phase="pending").values_list("household_id", "id")
        )
        return Paid(
            row.id,
            rows["living_subsidy"].id,
            of[family],
            of[unpaid],
            family,
            Household.objects.get(pk=family).public_id,
        )


def office_pages(paid: Paid) -> dict[Role, list[str]]:
    return {
        Role.PAYMENT_MAKER: [
            "/", "/payroll/", "/payroll/?month=2023-12&programme=dibao", "/payroll/calendar/",
            "/payroll/calendar/?month=2024-01", "/payroll/calendar/?which=late", "/payroll/calendar/?which=soon",
            f"/payroll/{paid.listed}/", f"/payroll/{paid.listed}/?tab=withheld", f"/payroll/{paid.released}/",
            f"/payments/{paid.payment}/", f"/payments/{paid.failed}/", "/payroll/holds/",
            "/payroll/messages/", "/payroll/messages/?state=dead",
        ],
        Role.PAYMENT_CHECKER: [f"/payroll/{paid.listed}/"],
        Role.PAYMENT_RELEASER: ["/payroll/bank/", "/payroll/recoveries/", f"/payroll/{paid.released}/"],
        Role.TOWNSHIP_OFFICER: [f"/households/{paid.household}/accounts/"],
        Role.AUDITOR: [f"/payments/{paid.payment}/"],
    }  # fmt: skip


FAMILY_PAGES = [
    "/portal/mine/", "/portal/payments/", "/portal/data/", "/portal/registered/", "/portal/mandates/",
    "/portal/apply/", "/portal/programmes/dibao/", "/portal/", "/portal/board/",
]  # fmt: skip
WAYS = [
    pytest.param(False, False, id="desk-light"),
    pytest.param(True, True, id="phone-dark"),
    pytest.param(False, True, id="desk-dark", marks=pytest.mark.long),
    pytest.param(True, False, id="phone-light", marks=pytest.mark.long),
]


def wrong_on(page: Page, address: str) -> list[str]:
    answered = page.goto(address)
    assert answered is not None
    wrong = [] if answered.status == 200 else [f"answered {answered.status}"]
    wrong += serious(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*wrong, f"{wide} px wider than the screen"] if wide > 0 else wrong


def wrong_of(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    found = {address: wrong_on(page, address) for address in addresses}
    return {address: wrong for address, wrong in found.items() if wrong}


@pytest.mark.parametrize(("phone", "dark"), WAYS)
def test_no_page_of_paying_has_a_serious_finding(paid, enter, phone, dark):
    findings = {
        role: wrong
        for role, pages in office_pages(paid).items()
        if (wrong := wrong_of(enter(role, phone=phone, dark=dark), pages))
    }
    assert findings == {}


@pytest.fixture
def family(paid, site: str, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`family(phone=…, dark=…, script=…)`: the portal of the paid household, signed in."""
    contexts = []

    def come_in(*, phone: bool, dark: bool = False, script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site, locale="zh-CN", viewport=PHONE if phone else DESK, java_script_enabled=script,
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.goto("/portal/mine/")
        page.locator(f"button[name=story][value='{paid.family}']").click()
        page.locator("main button.main").click()
        expect(page.locator("h1")).to_contain_text("您好")
        return page

    yield come_in
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("phone", "dark"), WAYS)
def test_no_page_of_a_signed_in_family_has_a_serious_finding(family, phone, dark):
    assert wrong_of(family(phone=phone, dark=dark), FAMILY_PAGES) == {}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_every_page_opens_without_a_complaint_of_the_browser(paid, enter, family, script):
    """No error of a script, nothing that the content policy had to stop, and nothing that needs a script."""
    opened = [(enter(role, script=script), pages) for role, pages in office_pages(paid).items()]
    for page, addresses in [*opened, (family(phone=True, script=script), FAMILY_PAGES)]:
        with no_complaints(page):
            for address in addresses:
                answered = page.goto(address)
                assert answered is not None
                assert answered.status == 200, address


def test_a_family_reads_what_arrived_and_what_comes_next(family):
    page = family(phone=True, script=False)
    page.goto("/portal/payments/")
    expect(page.locator("main")).to_contain_text("已到账")
    expect(page.locator("main")).to_contain_text("下次发放")
    expect(page.locator("main")).to_contain_text("2024-01 的")
