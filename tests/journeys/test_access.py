"""Every page at the desk and on a phone, light and dark: no serious finding of axe, nothing wider than the screen."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from minzheng.assessment.models import Lead
from minzheng.base.models import Staff
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.stories import STORIES
from minzheng.registry.models import Household
from minzheng.web.change_kinds import KINDS
from tests.journeys.conftest import no_complaints

pytestmark = pytest.mark.browser
_DORMANT, _PHASE_OUT = (
    next(story.id for story in STORIES if story.key == key) for key in ("dormant_business", "after_a_new_job")
)


def addresses() -> dict[Role, list[str]]:
    """Pages worth looking at, by who looks; the records are the fixed households'."""
    with scope(system_actor("test")):
        to_clarify = Lead.objects.filter(household_id=_DORMANT).order_by("id").first().public_id
        household = Household.objects.get(pk=_PHASE_OUT).public_id
        clerk = Staff.objects.get(username="xiang2").pk
    return {
        Role.TOWNSHIP_OFFICER: [
            "/", "/leads/", "/leads/?programme=study_aid&fen=1", "/reviews/", f"/leads/{to_clarify}/",
            f"/households/{household}/", f"/households/{household}/dibao/", "/search/", "/divisions/140403104206/",
            "/keys/", "/no-such-page/", "/handovers/", "/mandates/", "/notices/", "/cases/appeals/", f"/households/{household}/mandates/", f"/households/{household}/changes/",
            *(f"/households/{household}/changes/{kind}/" for kind in KINDS),
        ],
        Role.CITY_SUPERVISOR: ["/", "/reviews/", "/cases/supervision/", "/sweeps/", "/admin/retention/"],
        Role.POLICY_OFFICER: ["/rulebook/", "/rulebook/dibao/", "/rulebook/parameters/", "/api/", "/enacting/", "/enacting/new/", "/enacting/text/"],
        Role.VILLAGE_WORKER: ["/", "/leads/"],
        Role.SYSTEM_ADMIN: [
            "/", "/leads/", "/account/", "/account/password/", "/account/bind/", "/step-up/", "/admin/staff/",
            "/admin/staff/new/", f"/admin/staff/{clerk}/", "/admin/codes/", "/admin/calendar/", "/admin/days/",
        ],
        Role.SECURITY_ADMIN: [f"/admin/staff/{clerk}/", "/admin/keys/"],
        Role.AUDITOR: ["/admin/audit/", "/admin/audit/?username=xiang"],
    }  # fmt: skip


def serious(page) -> list[str]:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    )
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("phone", "dark"),
    [
        pytest.param(False, False, id="desk-light"),
        pytest.param(True, True, id="phone-dark"),
        pytest.param(False, True, id="desk-dark", marks=pytest.mark.long),
        pytest.param(True, False, id="phone-light", marks=pytest.mark.long),
    ],
)
def test_no_page_has_a_serious_finding(enter, phone, dark):
    findings: dict[str, list[str]] = {}
    for role, pages in addresses().items():
        page = enter(role, phone=phone, dark=dark)
        for address in pages:
            page.goto(address)
            wrong = serious(page)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                wrong.append(f"{wide} px wider than the screen")
            if wrong:
                findings[f"{role} {address}"] = wrong
    assert findings == {}


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_doors_have_no_serious_finding(enter, phone):
    page = enter(None, phone=phone)
    assert serious(page) == []
    page.locator("button[name=demo][value=xiang]").click()
    assert serious(page) == []
    page.goto("/sign-in/recover/")
    assert serious(page) == []
    page.goto("/portal/sign-in/")
    assert serious(page) == []
    page.locator("button[name=story]").first.click()
    assert serious(page) == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_every_page_opens_without_a_complaint_of_the_browser(enter, script):
    """No error of a script, nothing that the content policy had to stop."""
    for role, pages in addresses().items():
        page = enter(role, script=script)
        with no_complaints(page):
            for address in pages:
                if page.request.get(address).status == 200:
                    page.goto(address)


def test_what_is_filed_is_printed_without_the_shell(enter):
    with scope(system_actor("test")):
        household = Household.objects.get(pk=_PHASE_OUT).public_id
    page = enter(Role.TOWNSHIP_OFFICER)
    page.goto(f"/households/{household}/")
    page.emulate_media(media="print")
    for hidden in (".menu", ".bar", "form.query", ".acts"):
        assert not page.locator(hidden).first.is_visible()
    assert page.get_by_text("这个家庭享受的待遇").is_visible()
