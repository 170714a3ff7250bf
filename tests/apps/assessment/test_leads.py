"""Officers and leads: lists that agree with themselves, other regions, the steps of the workflow, refusals in Chinese."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.assessment.actions import export_leads, handle_lead, open_lead
from minzheng.assessment.live import findable_since
from minzheng.assessment.models import Lead, LeadEvent
from minzheng.assessment.queries import (
    Filter,
    clause_rates,
    last_sweep,
    lead_counts,
    lead_of,
    lead_page,
    lead_view,
    leads,
    leads_of_household,
    outcome_totals,
)
from minzheng.assessment.types import LEADS, REVIEWS, Attention, Kind, Supplier
from minzheng.assessment.workflow import LIVE, TRANSITIONS, Action, State, actions_for
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.rules.status import Status
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import WIDOW, officers

ONE_QUESTION = 15


@pytest.fixture
def home(swept_once, db, staff):
    """After a sweep: the township officer of the widow, and one of another township. Rolled back afterwards."""
    return officers(staff)


def widow(actor) -> Lead:
    return leads(actor, Filter(programme="dibao")).get(household_id=WIDOW)


def test_count_list_and_export_are_the_same_rows(home):
    officer, _other = home
    with scope(officer):
        page = lead_page(officer, size=2)
        assert page.pages == -(-page.count // 2)
        lines = [
            line
            for number in range(1, page.pages + 1)
            for line in lead_page(officer, page=number, size=2).lines
        ]
        rows = export_leads(actor=officer, purpose="核对名单")
        assert (
            len(lines)
            == page.count
            == len(rows)
            == sum(one.count for one in lead_counts(officer, "programme"))
        )
        assert [str(line.lead.public_id) for line in lines] == [row["编号"] for row in rows]
        entry = AuditEntry.objects.get(verb="export_leads")
    assert (entry.reason, entry.detail["rows"]) == ("核对名单", len(rows))


def test_an_export_without_a_purpose_is_refused(home):
    officer, _other = home
    with scope(officer), pytest.raises(Refusal, match="导出名单须填写用途"):
        export_leads(actor=officer, purpose=" ")


def test_filters_by_programme_place_kind_amount_questions_attention_and_name(home):
    city = system_actor("test")
    with scope(city):
        everything = list(leads(city))
        for which, keeps in (
            (Filter(programme="dibao"), lambda r: r.programme == "dibao"),
            (Filter(division="140403"), lambda r: r.division.startswith("140403")),
            (Filter(kinds=LEADS), lambda r: not r.is_review),
            (Filter(kinds=REVIEWS), lambda r: r.is_review),
            (Filter(fen_least=10_000), lambda r: r.gap_fen >= 10_000),
            (Filter(fen_most=8_000), lambda r: r.gap_fen <= 8_000),
            (Filter(questions_most=0), lambda r: r.questions == 0),
            (
                Filter(attention=Attention.SEVERELY_DISABLED),
                lambda r: r.attention & Attention.SEVERELY_DISABLED,
            ),
        ):
            found = {row.pk for row in leads(city, which)}
            assert found == {row.pk for row in everything if keeps(row)}, which
            assert found, which
        village = everything[0].village
        assert {r.village for r in leads(city, Filter(division=str(village)))} == {village}
        line = next(one for one in lead_page(city).lines if one.household)
        named = leads(city, Filter(text=line.household.head[:2]))
        assert line.lead.household_id in set(named.values_list("household_id", flat=True))


def test_another_township_sees_nothing_of_it_in_any_query(home):
    officer, other = home
    with scope(officer):
        lead = widow(officer)
        mine = set(leads(officer, Filter(states=())).values_list("pk", flat=True))
        totals = outcome_totals(officer, last_sweep(), by="township")
    with scope(other):
        assert not mine & set(leads(other, Filter(states=())).values_list("pk", flat=True))
        assert not leads_of_household(other, WIDOW)
        assert not {t.division for t in totals} & {
            t.division for t in outcome_totals(other, last_sweep(), by="township")
        }
        said = []
        for unknown in (lead.public_id, uuid.uuid4()):
            for ask in (lead_of, lead_view):
                with pytest.raises(Refusal) as caught:
                    ask(other, unknown)
                said.append((caught.value.code, str(caught.value)))
            with pytest.raises(Refusal) as caught:
                handle_lead(actor=other, lead=unknown, action=Action.CONTACT, version=1, reason="x")
            said.append((caught.value.code, str(caught.value)))
    assert set(said) == {("lead.not_found", "没有找到该线索，或不在您的管辖区域内。 请返回列表重新选择。")}


def test_a_lead_shows_its_clauses_its_ledger_and_that_it_still_holds(home):
    officer, _other = home
    with scope(officer):
        lead = open_lead(actor=officer, lead=widow(officer).public_id)
        view = lead_view(officer, lead.public_id)
        assert AuditEntry.objects.filter(verb="open_lead", subject=str(lead.public_id)).count() == 1
    assert view.live.holds
    assert view.live.changes == ()
    assert view.determination is not None
    assert view.determination.of("dibao", view.who).status == Status.YES
    assert view.live.fen == lead.fen
    assert [event.version for event in view.events] == [1]
    assert set(view.actions) == {
        Action.CONTACT, Action.POSTPONE, Action.DECLINE, Action.APPLY, Action.REPORT_WRONG, Action.SETTLE,
    }  # fmt: skip


def test_a_missing_fact_is_named_with_whose_it_is_and_who_can_supply_it(home):
    city = system_actor("test")
    with scope(city):
        lead = leads(city, Filter(programme="dibao")).get(household_id=ONE_QUESTION)
        [ask] = lead_view(city, lead.public_id).asks
    assert (ask.fact, ask.label, ask.supplier) == (
        "wages__total", "工资性收入（核算期合计）", Supplier.AGENCY,
    )  # fmt: skip
    assert ask.person


def test_opening_a_lead_notices_a_fact_recorded_since(home):
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        record_fact(
            actor=officer,
            table="income",
            holder=27,
            values={"kind": codes.Income.WAGES, "fen": 900_000, "since": date(2022, 12, 1)},
            source=codes.Source.VISIT,
        )
        live = lead_view(officer, lead.public_id).live
        assert not live.holds
        assert live.changes == ("按现有事实，结果由“符合”变为“不符合”",)
        record_fact(
            actor=officer,
            table="receipt",
            holder=WIDOW,
            values={"programme": codes.Programme.DIBAO, "fen": 1, "since": date(2023, 12, 1)},
            source=codes.Source.CIVIL_AFFAIRS,
        )
        assert "已登记享受该待遇" in lead_view(officer, lead.public_id).live.changes


def test_each_step_is_in_the_ledger_with_who_and_why(home):
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        one = handle_lead(
            actor=officer, lead=lead.public_id, action=Action.CONTACT, version=1, reason="电话联系"
        )
        two = handle_lead(
            actor=officer, lead=lead.public_id, action=Action.APPLY, version=2, reason="已递交申请"
        )
        ledger = LeadEvent.objects.filter(lead=lead).values_list("version", "actor", "state", "reason")
        assert list(ledger) == [
            (1, "system:sweep", "open", ""),
            (2, "staff:1", "contacted", "电话联系"),
            (3, "staff:1", "applied", "已递交申请"),
        ]
    assert (one.state, two.state, two.version) == (State.CONTACTED, State.APPLIED, 3)


def test_of_two_officers_at_once_the_second_is_refused(home, staff):
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        handle_lead(actor=officer, lead=lead.public_id, action=Action.CONTACT, version=1, reason="电话联系")
        with pytest.raises(Refusal) as caught:
            handle_lead(actor=officer, lead=lead.public_id, action=Action.APPLY, version=1, reason="另一人")
    assert caught.value.code == "lead.changed"
    assert "您的操作没有保存" in str(caught.value)


def test_the_database_itself_refuses_a_change_on_top_of_an_old_version(home):
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        handle_lead(actor=officer, lead=lead.public_id, action=Action.CONTACT, version=1, reason="x")
    with pytest.raises(Exception, match="the next version"), scope(officer):
        Lead.objects.filter(pk=lead.pk).update(state=State.APPLIED, version=2)
    with pytest.raises(Exception, match="keeps whom and what it is about"), scope(officer):
        Lead.objects.filter(pk=lead.pk).update(household_id=1, version=3)


def test_a_closed_lead_can_be_opened_again_unless_another_is(home):
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        handle_lead(actor=officer, lead=lead.public_id, action=Action.REPORT_WRONG, version=1, reason="x")
        back = handle_lead(
            actor=officer, lead=lead.public_id, action=Action.REOPEN, version=2, reason="核对无误"
        )
        assert (back.state, back.version) == (State.OPEN, 3)
        with pytest.raises(Refusal, match="目前为“待办”，不能办理“重新打开”"):
            handle_lead(actor=officer, lead=lead.public_id, action=Action.REOPEN, version=3, reason="x")


def test_a_day_and_a_reason_are_asked_for(home):
    officer, _other = home
    with scope(officer):
        lead = widow(officer).public_id
        for how, code in (
            ({"action": Action.POSTPONE, "reason": "x"}, "lead.no_day"),
            ({"action": Action.POSTPONE, "reason": "x", "until": date(2023, 12, 31)}, "lead.past_day"),
            ({"action": Action.CONTACT, "reason": "  "}, "lead.no_reason"),
            ({"action": Action.REVIEW, "reason": "x"}, "lead.wrong_state"),
        ):
            with pytest.raises(Refusal) as caught:
                handle_lead(actor=officer, lead=lead, version=1, **how)
            assert caught.value.code == code


@pytest.mark.parametrize("role", [Role.VILLAGE_WORKER, Role.CITY_SUPERVISOR])
def test_who_only_looks_may_not_handle(home, staff, role):
    officer, _other = home
    reader = staff(role, officer.regions[0][:6])
    with scope(reader):
        lead = widow(reader)
        assert lead_view(reader, lead.public_id).actions == []
        with pytest.raises(Refusal, match="没有“办理线索与复核任务”的权限"):
            handle_lead(actor=reader, lead=lead.public_id, action=Action.CONTACT, version=1, reason="x")


def test_totals_by_county_and_programme_are_those_of_the_townships(home):
    city = system_actor("test")
    with scope(city):
        row = last_sweep()
        whole = {one.programme: one for one in outcome_totals(city, row)}
        for by in ("county", "township"):
            parts = outcome_totals(city, row, by=by)
            for name, one in whole.items():
                for status in Status:
                    assert one.holders.get(status, 0) == sum(
                        p.holders.get(status, 0) for p in parts if p.programme == name
                    )
        assert whole["dibao"].fen > 0
        assert sum(whole["dibao"].share(status) for status in Status) == 1
        rates = clause_rates()
        assert rates
        assert all(0 < r.review + r.unknown <= r.candidates <= r.holders for r in rates)
        assert all(0 <= r.share_of_candidates <= 1 for r in rates)
        shares = [r.share_of_candidates for r in rates]
        assert shares == sorted(shares, reverse=True)


def test_every_state_is_reachable_and_every_closed_one_has_a_way_out():
    reached = {State.OPEN} | {t.after for t in TRANSITIONS if t.after is not None}
    assert reached == set(State)
    for state in State:
        for kind in Kind:
            if state in LIVE or state in (State.SETTLED, State.EXPIRED, State.WRONG):
                assert actions_for(state, kind), (state, kind)


def test_a_lead_says_since_when_the_registry_alone_could_have_found_it(home):
    """Everything was recorded on 26 December 2023; as known today it has held since her husband died."""
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        assert findable_since(officer, lead) == date(2023, 12, 31)
        assert findable_since(officer, lead, months=3, as_known_then=False) == date(2023, 9, 30)
