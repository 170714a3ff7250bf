"""Money whose decision is older than the platform: marked 导入 wherever it shows, and opened to the record that brought it."""

from __future__ import annotations

import re

import pytest

from minzheng.awards.models import Award
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.money import bring_money
from minzheng.payments.actions import build_payroll
from minzheng.payments.models import Payment
from minzheng.registry.models import Household
from minzheng.values.month import Month

COUNTY, MONTH = "140403", Month(2023, 12)


@pytest.fixture
def payroll(stories_loaded, db):
    """A payroll of benefits that ran before the platform."""
    bring_money(quiet=True)
    with scope(system_actor("test")) as actor:
        return build_payroll(actor=actor, county=COUNTY, programme="dibao", month=MONTH)


@pytest.fixture
def payments(payroll):
    with scope(system_actor("test")):
        found = list(Payment.objects.filter(payroll_id=payroll.pk).order_by("pk"))
    assert found
    return found


def text(reply):
    assert reply.status_code == 200
    return reply.content.decode()


def test_the_auditor_opens_every_imported_fen_to_the_record_that_brought_it(office, payroll, payments):
    inside = office(Role.AUDITOR)
    listed = text(inside.get(f"/payroll/{payroll.pk}/"))
    assert f"/payments/{payments[0].pk}/" in listed
    for one in payments:
        page = text(inside.get(f"/payments/{one.pk}/"))
        assert '<span class="tag grey">导入</span>' in page
        assert re.search(r"2023-12-31 按登记的在享待遇接管，\d{4}-\d\d-\d\d \d\d:\d\d 记录", page)
        award = re.search(r'<a href="(/awards/[0-9a-f-]{36}/\?month=2023-12)">看这项待遇的经过', page)[1]
        opened = text(inside.get(award))
        assert '<span class="tag grey">导入</span>' in opened
        assert "平台启用前批准、导入登记的" in opened


def test_what_a_family_receives_says_which_of_it_was_imported(office, payments):
    with scope(system_actor("test")):
        award = Award.objects.filter(pk=payments[0].award_id).get()
        home = Household.objects.get(pk=award.household_id)
    page = text(office(Role.COUNTY_APPROVER).get(f"/households/{home.public_id}/awards/"))
    line = page[page.index(f"/awards/{award.public_id}/") :]
    assert '<span class="tag grey">导入</span>' in line[: line.index("</tr>")]
