"""Every list page for every role: as many questions for eight lines as for one, and none asked line by line."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.assessment.enacting.actions import propose_value
from minzheng.awards.actions import stop_award
from minzheng.awards.models import Award
from minzheng.awards.types import Ground
from minzheng.base.api_keys import Scope, issue_key
from minzheng.base.models import Staff
from minzheng.base.queries import actor_of, business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.cases.actions import declare_kin, open_case
from minzheng.cases.lines import line_for
from minzheng.cases.types import Channel
from minzheng.demo.money import bring_money
from minzheng.payments.actions import build_payroll, hold_payments
from minzheng.payments.funds import FUNDS
from minzheng.payments.models import Payroll
from minzheng.payments.types import HoldKind
from minzheng.registry.handover import offer_household
from minzheng.registry.models import Household, Membership
from minzheng.values.month import Month
from tests.apps.web.conftest import HOME_TOWNSHIP, HOME_VILLAGE, OTHER_TOWNSHIP
from tests.apps.web.test_matrix import PAGES, may

COUNTY = "140403"
MANY = 8
#: Lists at other addresses than their menu entry.
MORE = {
    "/leads/?state=all": "/leads/", "/reviews/?state=all&order=amount": "/reviews/", "/cases/?closed=1": "/cases/",
    "/cases/?due=overdue": "/cases/", "/payroll/recoveries/?state=candidate": "/payroll/recoveries/",
    f"/divisions/{HOME_VILLAGE}/": "/search/",
}  # fmt: skip
#: A statement asked this often on one page is asked for each line of something.
OFTEN = MANY - 1
_LINE = 200
"""Characters a line takes at least."""
#: Of the page's own frame, whatever stands on it.
_FRAME = re.compile(
    r"base_businessdate|assessment_edition|SAVEPOINT|set_config|guard\.open_scope|current_setting"
)
_VALUES = re.compile(r"'(?:[^']|'')*'(?:::\w+)?|\b\d+\b")


def _shape(sql: str) -> str:
    """A statement without its values."""
    return re.sub(r"\(\?(?:, \?)*\)", "(?)", _VALUES.sub("?", sql))


@contextmanager
def acting(username: str) -> Iterator[Actor]:
    with scope(system_actor("test")):
        actor = actor_of(Staff.objects.get(username=username))
    with scope(actor):
        yield actor


class Town:
    """Work in the demonstration's county, so many pieces of each kind."""

    def __init__(self) -> None:
        with scope(system_actor("test")):
            homes = list(Household.objects.filter(township=HOME_TOWNSHIP, closed_on=None).order_by("id"))
            homes.sort(key=lambda row: str(row.village) != HOME_VILLAGE)
            tied = Membership.objects.filter(household__in=homes, home=True, until=None, superseded_at=None)
            elsewhere = Household.objects.filter(township=OTHER_TOWNSHIP).order_by("id").first()
            assert elsewhere is not None
            heads = dict(tied.order_by("household_id", "-position").values_list("household_id", "person_id"))
            on = business_date()
        bring_money(quiet=True)
        self.on, self.elsewhere = on, int(elsewhere.village)
        self.homes = [(row, heads[row.pk]) for row in homes if row.pk in heads]
        self.programmes: list[str] = []
        self.number = 0

    def add(self, count: int) -> None:
        for _ in range(count):
            row, head = self.homes[self.number]
            self._cases(row, head)
            self._money(row)
            self._papers(row)
            self.number += 1

    def _cases(self, row: Household, head: int) -> None:
        line = line_for("dibao")
        assert line is not None
        with acting("xiang") as actor:
            open_case(
                actor=actor, line=line.name, programme="dibao", household=row.pk, applicant=head,
                channel=Channel.OFFICE, on=self.on,
            )  # fmt: skip
            reviewer = Staff.objects.get(username="shenhe").pk
            declare_kin(actor=actor, staff=reviewer, person=head, relation="子女", reason="本人申报")
            leaving, _head = self.homes[-1 - self.number]
            offer_household(
                actor=actor, household=leaving.pk, to_village=self.elsewhere, on=self.on, reason="迁居"
            )

    def _money(self, row: Household) -> None:
        month = Month.of(self.on)
        with acting("xian") as actor:
            hold_payments(
                actor=actor, kind=HoldKind.HOUSEHOLD, division=str(row.village), household=row.pk, target=row.pk,
                reason="核实账户", client_key=uuid.uuid4(), on=self.on,
            )  # fmt: skip
        with acting("fafang") as actor:
            due = sorted(
                set(Award.objects.values_list("programme", flat=True)) & set(FUNDS) - set(self.programmes)
            )
            for programme in due[:1]:
                self.programmes.append(programme)
                build_payroll(actor=actor, county=COUNTY, programme=programme, month=month, on=self.on)
        with acting("xian") as actor:
            listed = Payroll.objects.values_list("programme", flat=True)
            running = Award.objects.filter(
                division__startswith=COUNTY,
                ends=None,
                programme__in=list(listed),
                since__lt=month.plus(-1).first_day,
            )
            paid = running.order_by("id").first()
            assert paid is not None
            stop_award(
                actor=actor,
                award=paid.public_id,
                last=month.plus(-1),
                ground=Ground.DEATH,
                reason="核实",
                on=self.on,
            )

    def _papers(self, row: Household) -> None:
        with acting("zhengce") as actor:
            propose_value(
                actor=actor, key="dibao.std.urban", place="140400", value=str(800 + self.number),
                since=date(self.on.year + 1, 1, 1), document=f"测试文件{self.number}", reason="测试",
                client_key=uuid.uuid4(),
            )  # fmt: skip
        with acting("anquan") as actor:
            issue_key(
                actor=actor, system=f"系统{self.number}", unit="测试单位", scopes=[Scope.STATUS], regions=[COUNTY],
                hosts=["10.0.0.1"], days=30,
            )  # fmt: skip


def _asked(client, address: str) -> tuple[int, int, Counter[str]]:
    """How long the page is, how many statements it asks once what is kept has been read, and which how often."""
    client.get(address)
    with CaptureQueriesContext(connection) as queried:
        reply = client.get(address)
    assert reply.status_code == 200, address
    shapes = Counter(_shape(one["sql"]) for one in queried if not _FRAME.search(one["sql"]))
    return len(reply.content), shapes.total(), shapes


def test_a_list_of_many_asks_as_often_as_a_list_of_one(office):
    cache.clear()
    town = Town()
    town.add(1)
    inside = {role: office(role) for role in Role}
    wanted = [
        (role, address)
        for role in Role
        for address, menu in [(one, one) for one in PAGES] + list(MORE.items())
        if may(role, PAGES[menu])
    ]
    few = {place: _asked(inside[place[0]], place[1]) for place in wanted}
    town.add(MANY - 1)
    many = {place: _asked(inside[place[0]], place[1]) for place in wanted}
    # Persons are asked for beside households, and letters beside both, from the first line on that is about one.
    more = {
        f"{role} {address}": (few[role, address][1], many[role, address][1], _new(few, many, (role, address)))
        for role, address in wanted
        if many[role, address][1] > few[role, address][1] + 2
    }
    assert not more
    grown = {address for (role, address) in wanted if many[role, address][0] > few[role, address][0] + _LINE}
    assert grown >= {
        "/cases/", "/cases/kin/", "/handovers/", "/payroll/", "/payroll/holds/", "/payroll/recoveries/", "/enacting/",
        "/admin/keys/",
    }  # fmt: skip
    often = {
        f"{role} {address}": {sql: times for sql, times in many[role, address][2].items() if times >= OFTEN}
        for role, address in wanted
    }
    assert not {place: statements for place, statements in often.items() if statements}


def _new(few, many, place) -> list[tuple[str, int]]:
    return [(sql[:200], times) for sql, times in (many[place][2] - few[place][2]).items()]


@pytest.mark.parametrize("address", ["/payroll/"])
def test_a_payroll_of_many_lines_asks_as_often_as_one_of_a_few(office, address):
    cache.clear()
    Town().add(4)
    inside = office(Role.PAYMENT_MAKER)
    lists = sorted(set(re.findall(r"/payroll/[0-9a-f-]{36}/", inside.get(address).content.decode())))
    assert len(lists) > 1
    found = [_asked(inside, one) for one in lists]
    lines, counts = [one[0] for one in found], [one[1] for one in found]
    assert max(lines) > min(lines)
    assert max(counts) <= min(counts) + 2
