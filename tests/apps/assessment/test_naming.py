"""No column of assessment tells who is elsewhere in the city from who is nowhere."""

from __future__ import annotations

import pytest

from minzheng.assessment.actions import keep_decision
from minzheng.base.scope import scope, system_actor
from minzheng.registry.models import Household
from tests.apps.assessment.conftest import WIDOW, officers
from tests.apps.naming import attack_all


@pytest.fixture
def attacker(swept_once, db, staff):
    """After a sweep and with a kept decision: the township officer of the widow."""
    officer, _other = officers(staff)
    with scope(officer):
        keep_decision(actor=officer, household=WIDOW, purpose="试算")
    with scope(system_actor("test")) as platform:
        town = Household.objects.get(pk=WIDOW).township
        there = Household.objects.exclude(township=town).order_by("pk").first()
        keep_decision(actor=platform, household=there.pk, purpose="试算")
    return officer


def test_no_column_of_assessment_tells_who_is_elsewhere(attacker):
    told, tried = attack_all(attacker, "assessment")
    assert told == {}
    assert tried >= {"assessment_decision", "assessment_lead", "assessment_leadevent"}
