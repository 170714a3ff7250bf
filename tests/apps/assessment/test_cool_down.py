"""What an officer did and the next sweep: a refusal is kept, a material change is named, peace is peace."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.assessment.actions import handle_lead
from minzheng.assessment.models import Lead
from minzheng.assessment.queries import Filter, leads
from minzheng.assessment.workflow import Action, State
from minzheng.base.scope import scope
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from tests.apps.assessment.conftest import WIDOW, officers


@pytest.fixture
def home(sweep, staff):
    """After a sweep: the township officer of the widow, and one of another township."""
    sweep()
    return officers(staff)


def widow(actor) -> Lead:
    return leads(actor, Filter(programme="dibao")).get(household_id=WIDOW)


def test_a_refusal_is_kept_for_the_cool_down_and_the_next_sweep_opens_nothing(home, sweep):
    officer, _other = home
    with scope(officer):
        lead = handle_lead(
            actor=officer,
            lead=widow(officer).public_id,
            action=Action.DECLINE,
            version=1,
            reason="本人不愿申请",
        )
    assert lead.until == date(2024, 6, 28)
    again = sweep()
    with scope(officer):
        assert not leads(officer, Filter(programme="dibao")).filter(household_id=WIDOW).exists()
    assert again.report["written"]["held"]["silent"] == 1


def test_a_material_change_after_a_refusal_opens_a_lead_that_names_it(home, sweep):
    officer, _other = home
    with scope(officer):
        declined = handle_lead(
            actor=officer, lead=widow(officer).public_id, action=Action.DECLINE, version=1, reason="不愿"
        )
        record_fact(
            actor=officer,
            table="lifeevent",
            holder=27,
            values={"kind": codes.Event.LOST_JOB, "on_day": date(2023, 12, 20)},
            source=codes.Source.VILLAGE,
        )
    sweep()
    with scope(officer):
        fresh = widow(officer)
        assert fresh.pk != declined.pk
        assert fresh.reason == "办结或谢绝后情况有变：失业（2023-12-20）"


def test_who_asked_for_peace_is_not_raised_even_after_a_change(home, sweep):
    officer, _other = home
    with scope(officer):
        lead = handle_lead(
            actor=officer, lead=widow(officer).public_id, action=Action.POSTPONE, version=1, reason="过年后再说",
            until=date(2024, 3, 1), every_programme=True,
        )  # fmt: skip
        record_fact(
            actor=officer,
            table="lifeevent",
            holder=27,
            values={"kind": codes.Event.LOST_JOB, "on_day": date(2023, 12, 20)},
            source=codes.Source.VILLAGE,
        )
    sweep()
    with scope(officer):
        now = Lead.objects.get(pk=lead.pk)
        assert (now.state, now.until, now.version) == (State.POSTPONED, date(2024, 3, 1), 2)


@pytest.mark.parametrize("action", [Action.APPLY, Action.REPORT_WRONG])
def test_what_is_in_hand_or_was_reported_wrong_is_not_raised_again(home, sweep, action):
    officer, _other = home
    with scope(officer):
        handle_lead(actor=officer, lead=widow(officer).public_id, action=action, version=1, reason="见记录")
    again = sweep()
    with scope(officer):
        assert not leads(officer, Filter(programme="dibao")).filter(household_id=WIDOW).exists()
    assert again.report["written"]["held"]["cooling"] == 1
