"""A visit where there is no network: kept on the phone, sent later, counted once; what clashes stands side by side."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from playwright.sync_api import expect

from minzheng.base.models import Staff
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases import actions
from minzheng.cases.models import Visit
from minzheng.cases.types import Channel
from minzheng.demo.stories import STORIES
from minzheng.registry.models import Membership

pytestmark = pytest.mark.browser
LONE = next(story for story in STORIES if story.key == "disabled_in_edge_family")
ON = date(2023, 12, 31)


@pytest.fixture
def case(site):
    """A case under investigation, opened by the township's officer."""
    with scope(system_actor("test")):
        officer = actor_of(Staff.objects.get(username="xiang"))
        member = (
            Membership.objects.filter(household_id=LONE.id, superseded_at=None).order_by("position").first()
        )
    with scope(officer) as actor:
        application = actions.submit_application(
            actor=actor, household=LONE.id, applicant=member.person_id, channel=Channel.OFFICE,
            client_key=uuid.uuid4(), programmes=[("edge", None)], on=ON,
        )  # fmt: skip
        row = application.cases.get(programme="edge")
        for action in ("accept", "start_investigation"):
            row = actions.take_step(
                actor=actor, case=row.public_id, action=action, version=row.version, on=ON
            )
    yield row
    with scope(officer) as actor:
        for one in application.cases.filter(closed_on=None):
            actions.take_step(
                actor=actor,
                case=one.public_id,
                action="withdraw",
                version=one.version,
                reason="演练结束",
                on=ON,
            )


def fill(page, home: str) -> None:
    for name in ("xiang2", "xiang"):
        with scope(system_actor("test")):
            staff = Staff.objects.get(username=name)
        page.locator(f"input[name=staff][value='{staff.pk}']").check()
    page.locator("[name=present]").fill("本人")
    page.locator("[name=f_home]").fill(home)


def test_a_visit_without_network_is_kept_and_sent_when_there_is_one(enter, case):
    page = enter(Role.TOWNSHIP_OFFICER, phone=True)
    page.goto(f"/cases/{case.public_id}/visit/")
    page.context.set_offline(True)
    fill(page, "砖木房三间")
    page.locator("#send").click()
    expect(page.locator("#local")).to_contain_text("已保存在本机，有网络以后自动上传")
    with scope(system_actor("test")):
        assert not Visit.objects.filter(case=case).exists()
    page.context.set_offline(False)
    page.wait_for_url(f"**/cases/{case.public_id}/")
    expect(page.locator("#visits")).to_contain_text("砖木房三间")
    page.goto(f"/cases/{case.public_id}/visit/")
    page.wait_for_timeout(1000)
    expect(page.locator("#local")).to_be_hidden()
    with scope(system_actor("test")):
        assert Visit.objects.filter(case=case).count() == 1


def test_what_was_typed_is_there_again_after_the_phone_was_put_away(enter, case):
    page = enter(Role.TOWNSHIP_OFFICER, phone=True)
    page.goto(f"/cases/{case.public_id}/visit/")
    fill(page, "窑洞两孔")
    expect(page.locator("#local")).to_contain_text("已保存在本机")
    page.goto("/cases/")
    page.goto(f"/cases/{case.public_id}/visit/")
    expect(page.locator("[name=f_home]")).to_have_value("窑洞两孔")


def test_two_who_write_about_the_same_thing_are_shown_side_by_side(enter, case):
    first, second = (enter(Role.TOWNSHIP_OFFICER, account=name) for name in ("xiang", "xiang2"))
    for page in (first, second):
        page.goto(f"/cases/{case.public_id}/visit/")
    fill(first, "砖木房三间")
    first.locator("#send").click()
    first.wait_for_url(f"**/cases/{case.public_id}/")
    fill(second, "砖木房五间")
    second.locator("#send").click()
    expect(second.locator("#local")).to_contain_text("两边都保留了：住房情况")
    second.wait_for_url(f"**/cases/{case.public_id}/")
    clash = second.locator("#conflicts")
    expect(clash).to_contain_text("砖木房三间")
    expect(clash).to_contain_text("砖木房五间")
    clash.locator("[name=reason]").fill("两人一同复看，为五间")
    clash.get_by_role("button", name="采用后上传的").click()
    expect(second.locator("#visits")).to_contain_text("砖木房五间")
    expect(second.locator("#conflicts")).to_have_count(0)


def test_without_script_the_same_form_is_sent_as_it_is(enter, case):
    page = enter(Role.TOWNSHIP_OFFICER, script=False)
    page.goto(f"/cases/{case.public_id}/visit/")
    fill(page, "平房一间")
    page.locator("#send").click()
    expect(page.locator("#visits")).to_contain_text("平房一间")
