"""The pages of what people decide in cases: no serious finding of axe, at the desk and on a phone."""

from __future__ import annotations

import uuid

import pytest

from minzheng.base.models import Staff
from minzheng.base.queries import actor_of, business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases import actions
from minzheng.cases.types import Channel
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.models import Income
from minzheng.registry.queries import members_of, person_lines
from tests.journeys.test_access import serious

pytestmark = pytest.mark.browser
WIDOW = 10


@pytest.fixture(scope="module")
def case(site):
    """An accepted case with a statement against the record, committed."""
    officer = actor_of(Staff.objects.get(username="xiang"))
    with scope(officer):
        head = members_of(officer, WIDOW, on=business_date())[0].person_id
        known = set(Income.objects.filter(person_id=head, superseded_at=None).values_list("kind", flat=True))
        kind = int(next(one for one in codes.Income if one not in known))
        month = business_date().replace(day=1)
        record_fact(
            actor=officer, table="income", holder=head, source=codes.Source.TAX,
            values={"kind": kind, "fen": 30_000, "since": month},
        )  # fmt: skip
        found = actions.submit_application(
            actor=officer, household=WIDOW, applicant=head, channel=Channel.OFFICE, client_key=uuid.uuid4(),
            programmes=[("edge", None)],
            statements=[{"table": "income", "holder": head, "values": {"kind": kind, "fen": 10_000, "since": str(month)}}],
        ).cases.get(programme="edge")  # fmt: skip
        return actions.take_step(actor=officer, case=found.public_id, action="accept", version=found.version)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_no_page_of_cases_has_a_serious_finding(enter, case, phone, tmp_path):
    with scope(system_actor("test")):
        person = person_lines(system_actor("test"), [case.applicant_id])[case.applicant_id].public_id
    pages = {
        Role.TOWNSHIP_OFFICER: ["/", "/cases/", f"/cases/{case.public_id}/", f"/cases/kin/?person={person}"],
        Role.CITY_SUPERVISOR: ["/cases/supervision/"],
    }
    found = {}
    for role, addresses in pages.items():
        page = enter(role, phone=phone)
        for address in addresses:
            page.goto(address)
            wide = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
            )
            if problems := [*serious(page), *(["wider than the screen"] if wide else [])]:
                found[address] = problems
    assert found == {}
