"""No column of retention tells whose papers lie elsewhere in the city from those of nobody."""

from __future__ import annotations

import uuid

import pytest

from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.registry.models import Household
from minzheng.retention import actions
from minzheng.retention.types import Ground
from tests.apps.naming import attack_all
from tests.apps.retention.conftest import WIDOW


@pytest.fixture
def attacker(paper, years_later, staff_of):
    """A county's approver who drew up an order and holds a household's papers; there are papers in another county."""
    here = str(Household.objects.get(pk=WIDOW).village)[:6]
    there = next(one for one in Household.objects.order_by("pk") if str(one.village)[:6] != here)
    kept = paper(b"x")
    paper(b"y", household=there.pk)
    years_later()
    approver = staff_of(Role.COUNTY_APPROVER, at=here)
    with scope(approver):
        actions.draw_up(actor=approver, reason="保管期满", client_key=uuid.uuid4())
        actions.hold_papers(
            actor=approver, division=kept.division, household=WIDOW, ground=Ground.AUDIT, reason="专项审计",
            client_key=uuid.uuid4(),
        )  # fmt: skip
    supervisor = staff_of(Role.CITY_SUPERVISOR, at="1404")
    with scope(supervisor):
        actions.hold_papers(
            actor=supervisor, division=str(there.village), household=there.pk,
            ground=Ground.AUDIT, reason="专项审计", client_key=uuid.uuid4(),
        )  # fmt: skip
    return approver


def test_no_column_of_retention_tells_who_is_elsewhere(attacker):
    told, tried = attack_all(attacker, "retention")
    assert told == {}
    assert tried >= {"retention_hold", "retention_item"}
