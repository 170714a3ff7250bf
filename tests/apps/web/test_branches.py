"""Long explanations: folded branches stand behind links, and whoever follows them all has read every line."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from minzheng.assessment import queries as assessment
from minzheng.assessment.models import Lead
from minzheng.base.models import AuditEntry, Staff
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry.models import Household, Membership
from minzheng.web import explained
from minzheng.web.tree import tree

MOST = 200_000
"""Characters of a page: an officer's line in a township is slow."""
WIDOW, LEFT_BEHIND = 10, 12
LINK = re.compile(r'class="rest cite"[^>]*><a href="([^"]+)"')
LINE = re.compile(r'<div class="row1">(.*?)</div></div>', re.DOTALL)
PART = {"HX-Request": "true"}


def text(reply):
    assert reply.status_code == 200
    return reply.content.decode()


def links(page):
    return [unescape(one) for one in LINK.findall(page)]


def read_all(inside, page):
    """Every line of a page and of all the branches it links to, as script fetches them."""
    found = Counter(LINE.findall(page))
    for address in links(page):
        found += read_all(inside, text(inside.get(address, headers=PART)))
    return found


def leads_of(household):
    with scope(system_actor("test")):
        return list(Lead.objects.filter(household_id=household).order_by("id"))


def biggest():
    """The household of the most people about which there is a lead."""
    with scope(system_actor("test")):
        sizes = Membership.objects.filter(
            superseded_at=None, until=None, household__in=Lead.objects.values("household_id")
        )
        return sizes.values("household").annotate(many=Count("person")).order_by("-many", "household")[0]["household"]  # fmt: skip


@pytest.fixture
def supervisor(office):
    return office(Role.CITY_SUPERVISOR)


@pytest.fixture
def long_lead(supervisor):
    """A lead whose page has branches behind links."""
    for lead in leads_of(biggest()):
        if links(text(supervisor.get(f"/leads/{lead.public_id}/"))):
            return lead
    raise AssertionError("no lead of the biggest household has a long branch")


def whole_tree(lead):
    """All of it, as it stood on the page when nothing was behind a link."""
    with scope(system_actor("test")):
        staff = next(one for one in Staff.objects.all() if Role.CITY_SUPERVISOR in actor_of(one).roles)
    actor = actor_of(staff)
    with scope(actor):
        view = assessment.lead_view(actor, lead.public_id)
        return tree(explained.outcome(view.determination, lead.programme, view.who).tree)


def test_following_every_link_reads_every_line_of_the_explanation(supervisor, long_lead):
    page = text(supervisor.get(f"/leads/{long_lead.public_id}/"))
    assert read_all(supervisor, page) == Counter(LINE.findall(whole_tree(long_lead)))


def test_the_pages_of_the_biggest_household_stay_light(supervisor):
    household = biggest()
    for lead in leads_of(household):
        assert len(text(supervisor.get(f"/leads/{lead.public_id}/"))) < MOST
    with scope(system_actor("test")):
        public_id = Household.objects.get(pk=household).public_id
    page = text(supervisor.get(f"/households/{public_id}/"))
    assert len(page) < MOST
    outcomes = sorted({unescape(one) for one in re.findall(r'hx-get="([^"]+)"', page)})
    assert len(outcomes) > 20
    assert max(len(text(supervisor.get(one))) for one in outcomes) < MOST


def test_without_script_a_branch_is_a_page_with_its_line_and_the_way_back(supervisor, long_lead):
    home = f"/leads/{long_lead.public_id}/"
    for address in links(text(supervisor.get(home))):
        page, part = text(supervisor.get(address)), text(supervisor.get(address, headers=PART))
        assert "<html" in page
        assert "<html" not in part
        assert part in page
        assert f'href="{home}"' in page
        assert len(LINE.findall(page)) == len(LINE.findall(part)) + 1


def test_a_branch_of_an_outcome_keeps_the_two_days(office, households):
    inside = office(Role.TOWNSHIP_OFFICER)
    page = text(inside.get(f"/households/{households[WIDOW].public_id}/?on=2023-06-30&known=2023-12-30"))
    outcomes = {unescape(one) for one in re.findall(r'hx-get="([^"]+)"', page)}
    branches = [one for outcome in sorted(outcomes) for one in links(text(inside.get(outcome)))]
    assert branches
    for address in branches[:5]:
        assert address.endswith("?on=2023-06-30&known=2023-12-30")
        assert "按 2023-06-30 的情况和规定判断" in text(inside.get(address))


def test_a_line_that_is_no_longer_the_one_linked_is_refused_not_shown(supervisor, long_lead):
    address = links(text(supervisor.get(f"/leads/{long_lead.public_id}/")))[0]
    way, _, check = address.rstrip("/").rpartition("-")
    other = "0" * 8 if check != "0" * 8 else "1" * 8
    for wrong in (f"{way}-{other}/", f"{way}-9-{check}/", f"{way.rpartition('/')[0]}/x/"):
        reply = supervisor.get(wrong)
        assert reply.status_code == 409, wrong
        assert "刷新后重新展开" in reply.content.decode()


def test_a_branch_opens_for_whom_its_page_opens_and_is_recorded(office, supervisor):
    [lead, *_] = leads_of(LEFT_BEHIND)
    address = reverse("lead-branch", args=[lead.public_id, "0-00000000"])
    assert office(Role.TOWNSHIP_OFFICER).get(address).status_code == 404
    assert office(Role.SYSTEM_ADMIN).get(address).status_code == 403
    with scope(system_actor("test")):
        seen = AuditEntry.objects.filter(verb="open_lead", subject=str(lead.public_id))
        before = seen.count()
    supervisor.get(address)
    with scope(system_actor("test")):
        assert seen.count() == before + 1


def test_an_address_of_a_branch_names_nobody(supervisor, long_lead):
    key = r"\d+(?:-\d+)*-[0-9a-f]{8}"
    for address in links(text(supervisor.get(f"/leads/{long_lead.public_id}/"))):
        assert re.fullmatch(rf"/leads/{long_lead.public_id}/lines/{key}/", address)


def test_a_branch_asks_the_database_as_often_as_its_page_however_deep_it_lies(supervisor, long_lead):
    home = f"/leads/{long_lead.public_id}/"
    addresses = links(text(supervisor.get(home)))
    deeper = [one for address in addresses for one in links(text(supervisor.get(address, headers=PART)))]
    counts = []
    for address in (home, addresses[0], *deeper[:1]):
        with CaptureQueriesContext(connection) as asked:
            supervisor.get(address)
        counts.append(len(asked))
    assert max(counts[1:]) <= counts[0]
    assert len(set(counts[1:])) == 1
