"""Role by page by region: who may open what is what the table of permissions says, and nothing lies outside one's region."""

from __future__ import annotations

import pytest

from minzheng.assessment.models import Lead
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import PERMISSIONS, Permission, Role

WIDOW, NEIGHBOUR, LEFT_BEHIND = 10, 8, 12
#: Pages by address and the permissions of which one opens them; none: anybody who is signed in.
PAGES: dict[str, tuple[Permission, ...]] = {
    "/": (),
    "/keys/": (),
    "/search/": (Permission.SEE_HOUSEHOLDS,),
    "/handovers/": (Permission.RECORD_FACTS,),
    "/leads/": (Permission.SEE_LEADS,),
    "/reviews/": (Permission.SEE_LEADS,),
    "/cases/": (Permission.SEE_CASES,),
    "/cases/new/": (Permission.RECEIVE_CASES,),
    "/cases/kin/": (Permission.DECLARE_KIN,),
    "/cases/supervision/": (Permission.SUPERVISE_CASES, Permission.RECEIVE_CASES),
    "/mandates/": (Permission.SEE_CASES,),
    "/notices/": (Permission.SEE_CASES,),
    "/cases/appeals/": (Permission.SEE_CASES,),
    "/corrections/": (Permission.SEE_CASES,),
    "/sweeps/": (Permission.SEE_LEADS, Permission.RUN_SWEEP),
    "/payroll/": (Permission.SEE_PAYMENTS,),
    "/payroll/calendar/": (Permission.SEE_PAYMENTS,),
    "/payroll/holds/": (Permission.SEE_PAYMENTS,),
    "/payroll/messages/": (Permission.SEE_PAYMENTS,),
    "/payroll/bank/": (Permission.SEE_PAYMENTS,),
    "/payroll/recoveries/": (Permission.SEE_PAYMENTS,),
    "/booking/": (Permission.KEEP_QUEUE,),
    "/rulebook/": (Permission.SEE_RULEBOOK,),
    "/enacting/": (Permission.SIMULATE, Permission.PROPOSE_RULES, Permission.ENACT_RULES),
    "/enacting/new/": (Permission.PROPOSE_RULES,),
    "/enacting/text/": (Permission.SIMULATE, Permission.PROPOSE_RULES, Permission.ENACT_RULES),
    "/account/": (),
    "/admin/staff/": (Permission.MANAGE_STAFF, Permission.MANAGE_REGIONS),
    "/admin/staff/new/": (Permission.MANAGE_STAFF,),
    "/admin/codes/": (Permission.MANAGE_STAFF, Permission.MANAGE_REGIONS),
    "/admin/calendar/": (Permission.MANAGE_CALENDAR,),
    "/admin/days/": (Permission.SET_BUSINESS_DATE,),
    "/admin/retention/": (Permission.DISPOSE_PAPERS,),
    "/admin/keys/": (Permission.MANAGE_KEYS,),
    "/admin/audit/": (Permission.SEE_AUDIT,),
}
#: Of the fixed households: one in the demonstration's village, one in the next village, one in another county.
RECORDS = {"near": WIDOW, "next": NEIGHBOUR, "far": LEFT_BEHIND}
#: Whose region holds which.
SEES = {
    Role.VILLAGE_WORKER: ("near",),
    Role.TOWNSHIP_OFFICER: ("near", "next"),
    Role.COUNTY_REVIEWER: ("near", "next"),
    Role.COUNTY_APPROVER: ("near", "next"),
    Role.CITY_SUPERVISOR: ("near", "next", "far"),
}


def may(role: Role, permissions: tuple[Permission, ...]) -> bool:
    return not permissions or any(permission in PERMISSIONS[role] for permission in permissions)


@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_for_exactly_the_roles_that_may(office, role):
    inside = office(role)
    answers = {address: inside.get(address).status_code for address in PAGES}
    assert answers == {address: 200 if may(role, needed) else 403 for address, needed in PAGES.items()}


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_offers_exactly_what_opens(office, role):
    page = office(role).get("/").content.decode()
    menu = page[page.index('aria-label="主菜单"') : page.index("</nav>")]
    offered = {address for address in PAGES if f'href="{address}"' in menu}
    assert offered == {address for address, needed in PAGES.items() if may(role, needed)} - {
        "/keys/",
        "/cases/new/",
        "/enacting/new/",
        "/enacting/text/",
        "/account/",
        "/admin/staff/new/",
    }


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("place", list(RECORDS))
def test_a_record_opens_where_role_and_region_allow_it(office, households, role, place):
    inside = office(role)
    household = households[RECORDS[place]]
    with scope(system_actor("test")):
        lead = Lead.objects.filter(household_id=household.pk).order_by("id").first()
    pages = {
        f"/households/{household.public_id}/": Permission.SEE_HOUSEHOLDS,
        f"/leads/{lead.public_id}/": Permission.SEE_LEADS,
    }
    for address, needed in pages.items():
        inside_region = place in SEES.get(role, ())
        expected = 403 if needed not in PERMISSIONS[role] else 200 if inside_region else 404
        assert inside.get(address).status_code == expected, address


@pytest.mark.parametrize("role", list(Role))
def test_what_writes_is_closed_to_roles_without_the_permission(office, households, role):
    inside = office(role)
    with scope(system_actor("test")):
        lead = Lead.objects.filter(household_id=WIDOW).order_by("id").first()
    posts = {
        f"/leads/{lead.public_id}/steps/": Permission.HANDLE_LEADS,
        "/leads/export/": Permission.EXPORT,
    }
    for address, needed in posts.items():
        refused = inside.post(address, {}).status_code
        assert (refused == 403) == (needed not in PERMISSIONS[role]), address
        assert refused != 200, "nothing is done on an empty form"
