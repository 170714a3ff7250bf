"""A village worker sees the leads of the village with their ledger and decides its households: read, not handled."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.assessment.actions import export_leads, handle_lead, keep_decision
from minzheng.assessment.decide import decide
from minzheng.assessment.models import Decision, Lead, LeadEvent
from minzheng.assessment.queries import (
    Filter,
    due,
    events_since,
    last_sweep,
    lead_counts,
    lead_of,
    lead_page,
    lead_view,
    leads,
    leads_of_household,
    outcome_totals,
)
from minzheng.assessment.replay import decisions, replay_decision
from minzheng.assessment.workflow import Action
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role, resident_actor
from minzheng.registry.models import Household, Membership
from minzheng.registry.moving import move_household
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import RECORDED, TODAY, WIDOW

EVERYTHING = Filter(states=())


@pytest.fixture
def village(swept_once, db, staff):
    """The worker of the widow's village; in its township other villages have leads, too."""
    with scope(system_actor("test")):
        home = Household.objects.get(pk=WIDOW)
        beside = Lead.objects.filter(division=str(home.township)).exclude(village=home.village)
        assert beside.exists()
    return staff(Role.VILLAGE_WORKER, str(home.village), key="staff:31")


def beside(village) -> list[Lead]:
    """Leads of the township outside the village."""
    code = int(village.regions[0])
    with scope(system_actor("test")):
        return list(Lead.objects.filter(division=str(code // 1000)).exclude(village=code))


def rows(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall()


def test_the_village_is_seen_in_list_count_and_sql_and_the_next_one_in_none(village):
    code = int(village.regions[0])
    with scope(system_actor("test")):
        mine = set(Lead.objects.filter(village=code).values_list("pk", flat=True))
        ledger = set(LeadEvent.objects.filter(lead__village=code).values_list("pk", flat=True))
    assert mine
    with scope(village):
        assert set(Lead.objects.values_list("pk", flat=True)) == mine
        assert set(LeadEvent.objects.values_list("pk", flat=True)) == ledger
        assert set(leads(village, EVERYTHING).values_list("pk", flat=True)) == mine
        assert set(events_since(village, RECORDED).values_list("pk", flat=True)) <= ledger
        page = lead_page(village, EVERYTHING)
        assert {line.lead.pk for line in page.lines} == mine
        assert page.count == len(mine)
        assert all(line.household for line in page.lines)
        for by in ("programme", "county", "township", "village", "kind", "state"):
            assert sum(one.count for one in lead_counts(village, by, EVERYTHING)) == len(mine)
        assert [one.key for one in lead_counts(village, "village", EVERYTHING)] == [str(code)]
        assert {row.village for row in due(village, on=TODAY)} <= {code}
        assert leads_of_household(village, WIDOW)


def test_the_condition_of_the_query_alone_is_as_narrow_as_the_policy(village):
    with scope(system_actor("test")):
        by_query = set(leads(village, EVERYTHING).values_list("pk", flat=True))
    with scope(village):
        assert by_query == set(Lead.objects.values_list("pk", flat=True))


def test_a_lead_of_the_next_village_is_as_one_that_does_not_exist(village):
    other = beside(village)[0]
    said = set()
    with scope(village):
        for unknown in (other.public_id, uuid.uuid4()):
            for ask in (lead_of, lead_view):
                with pytest.raises(Refusal) as caught:
                    ask(village, unknown)
                said.add((caught.value.code, str(caught.value)))
        assert len(said) == 1
        for household in (other.household_id, 987_654):
            with pytest.raises(Refusal) as caught:
                decide(village, household)
            said.add((caught.value.code, str(caught.value)))
        assert len(said) == 2
        assert leads_of_household(village, other.household_id) == []
        assert not leads(village, Filter(states=(), division=str(other.village))).exists()
        assert rows("select 1 from assessment_lead where id = %s", other.pk) == []


def test_totals_of_a_township_do_not_tell_a_village_about_the_others(village):
    with scope(village):
        assert outcome_totals(village, last_sweep()) == []
        assert rows("select count(*) from assessment_sweeptotal") == [(0,)]
        assert rows("select count(*) from assessment_clausetotal") == [(0,)]


def test_a_lead_is_read_with_its_reasons_and_not_handled_or_taken_out(village):
    with scope(village):
        lead = leads(village, Filter(programme="dibao")).get(household_id=WIDOW)
        view = lead_view(village, lead.public_id)
        assert view.live.holds
        assert view.events
        assert view.actions == []
        with pytest.raises(Refusal, match="办理线索"):
            handle_lead(actor=village, lead=lead.public_id, action=Action.CONTACT, version=1, reason="x")
        with pytest.raises(Refusal, match="导出名单"):
            export_leads(actor=village, purpose="x")
        assert rows("update assessment_lead set state = 'contacted', version = version + 1 returning 1") == []


def test_a_decision_is_kept_on_a_household_of_the_village_and_of_no_other(village):
    other = beside(village)[0].household_id
    with scope(village):
        kept = keep_decision(actor=village, household=WIDOW, purpose="走访")
        assert decisions(village).get().pk == kept.pk
        assert replay_decision(village, kept.pk).same
        copy = "insert into assessment_decision (id, division, household_id, on_day, known_at, actor, purpose, rulebook,"
        copy += " content, digest) select gen_random_uuid(), division, %s, on_day, known_at, actor, purpose, rulebook,"
        copy += " content, digest from assessment_decision returning 1"
        for household in (other, 987_654):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                rows(copy, household)
    with scope(system_actor("test")) as city:
        theirs = keep_decision(actor=city, household=other, purpose="核对")
        seen = set(decisions(village).values_list("pk", flat=True))
    assert seen == {kept.pk}
    with scope(village):
        assert set(Decision.objects.values_list("pk", flat=True)) == {kept.pk}
        with pytest.raises(Refusal, match="没有找到该试算记录"):
            replay_decision(village, theirs.pk)


def test_a_resident_reads_decisions_of_the_own_household_and_no_lead(village):
    with scope(system_actor("test")) as city:
        kept = keep_decision(actor=city, household=WIDOW, purpose="核对")
        keep_decision(actor=city, household=beside(village)[0].household_id, purpose="核对")
        person = Membership.objects.filter(household_id=WIDOW).first().person_id
    widow = resident_actor(person, WIDOW, "")
    with scope(widow):
        assert set(Decision.objects.values_list("pk", flat=True)) == {kept.pk}
        assert rows("select count(*) from assessment_lead") == [(0,)]
        assert rows("select count(*) from assessment_leadevent") == [(0,)]
        with pytest.raises(Refusal, match="权限"):
            leads(widow)
        assert decide(widow, WIDOW).of("dibao").status
        with pytest.raises(Refusal):
            decide(widow, 1)


def test_a_lead_goes_with_its_household_and_the_new_township_reads_its_ledger(village, staff):
    code = int(village.regions[0])
    there = 140423100007
    old = staff(Role.TOWNSHIP_OFFICER, str(code // 1000), key="staff:32")
    new = staff(Role.TOWNSHIP_OFFICER, str(there // 1000), key="staff:33")
    with scope(old):
        mine = leads(old, EVERYTHING).filter(household_id=WIDOW)
        before = set(mine.values_list("pk", flat=True))
        ledger = set(LeadEvent.objects.filter(lead_id__in=before).values_list("pk", flat=True))
    with scope(system_actor("test")) as city:
        move_household(actor=city, household=WIDOW, to_village=there, on=TODAY, reason="迁居")
    for gone in (old, village):
        with scope(gone):
            assert not Lead.objects.filter(household_id=WIDOW).exists()
            assert leads_of_household(gone, WIDOW) == []
    with scope(new):
        assert {line.lead.pk for line in leads_of_household(new, WIDOW)} == before
        assert {line.lead.village for line in leads_of_household(new, WIDOW)} == {there}
        lead = leads(new, Filter(programme="dibao")).get(household_id=WIDOW)
        assert {event.pk for event in lead_view(new, lead.public_id).events} <= ledger
        assert lead_view(new, lead.public_id).events
        handled = handle_lead(
            actor=new, lead=lead.public_id, action=Action.CONTACT, version=lead.version, reason="已联系"
        )
        assert handled.division == str(there // 1000)
