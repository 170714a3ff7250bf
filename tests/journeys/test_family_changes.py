"""A family's change at the desk and on a phone, with and without script: shown, chosen, saved, handed over and taken."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from minzheng.base.models import RegionInCharge
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry.models import Division, Handover, HandoverState, Household
from minzheng.registry.queries import members_of
from tests.apps.web.conftest import HOME_TOWNSHIP
from tests.journeys.test_access import serious

pytestmark = pytest.mark.browser
CITY = system_actor("test")


def families(number: int) -> list[Household]:
    """Families of the desk's township with two at home or more."""
    with scope(CITY):
        rows = Household.objects.filter(township=HOME_TOWNSHIP, closed_on=None).order_by("id")
        fit = (
            row
            for row in rows
            if sum(
                1
                for m in members_of(CITY, row.pk, on=business_date())
                if m.home and m.person and not m.person.died_on
            )
            > 1
        )
        return [next(fit) for _ in range(number)]


@pytest.mark.parametrize(("phone", "script"), [(False, True), (True, False)], ids=["desk", "phone-no-script"])
def test_a_split_is_shown_before_it_is_saved(enter, phone, script):
    row = families(2)[int(phone)]
    page = enter(Role.TOWNSHIP_OFFICER, phone=phone, script=script)
    page.goto(f"/households/{row.public_id}/")
    page.get_by_role("link", name="家庭变动", exact=True).click()
    page.get_by_role("link", name="分户", exact=True).click()
    page.locator("select[name^=go-]").last.select_option("go")
    page.locator("select[name^=relation-]").last.select_option(label="户主")
    page.get_by_label("原因").select_option(label="迁移")
    page.get_by_label("分户日期").fill("2023-12-20")
    page.get_by_label("事由和依据的材料").fill("分户登记申请")
    page.get_by_role("button", name="预览影响").click()
    expect(page.get_by_role("heading", name="预览：保存以后")).to_be_visible()
    assert serious(page) == [] if script else True
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with scope(CITY):
        before = Household.objects.count()
    page.get_by_role("button", name="确认保存").click()
    expect(page.get_by_role("status").filter(has_text="分户")).to_be_visible()
    with scope(CITY):
        assert Household.objects.count() == before + 1


def test_a_family_is_handed_over_with_the_keyboard_and_taken_by_the_other_county(enter, site):
    row = families(3)[-1]
    with scope(CITY):
        there = RegionInCharge.objects.get(staff__username="xy-xiang").division
        village = (
            Division.objects.filter(parent=int(there), pseudo=False, valid_to=None).order_by("code").first()
        )
    page = enter(Role.TOWNSHIP_OFFICER)
    page.goto(f"/households/{row.public_id}/changes/move/")
    page.get_by_label("迁入的村（社区）").focus()
    page.keyboard.type(str(village.code))
    page.get_by_label("迁移日期").fill("2023-12-20")
    page.get_by_label("事由和依据的材料").focus()
    page.keyboard.type("投靠子女")
    page.get_by_label("住址（可不填）").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="预览：保存以后")).to_be_visible()
    with scope(CITY):
        assert not Handover.objects.filter(household_id=row.pk).exists(), "Enter shows, it does not save"
    page.get_by_role("button", name="确认保存").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="已发出移交")).to_be_visible()
    with scope(CITY):
        offer = Handover.objects.get(household_id=row.pk)
    receiver = enter(Role.TOWNSHIP_OFFICER, account="xy-xiang")
    receiver.goto("/handovers/")
    card = receiver.locator(f"#h-{offer.public_id}")
    expect(card).to_contain_text("投靠子女")
    assert serious(receiver) == []
    card.get_by_text("接收", exact=True).first.click()
    card.get_by_role("button", name="接收").click()
    expect(receiver.get_by_role("status").filter(has_text="已接收")).to_be_visible()
    with scope(CITY):
        assert Handover.objects.get(household_id=row.pk).state == HandoverState.TAKEN
        assert Household.objects.get(pk=row.pk).village == village.code
