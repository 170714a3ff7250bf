"""What a family and its neighbours do and read; finding cases and taking lists out."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope
from minzheng.base.types import Role, resident_actor
from minzheng.cases import actions, queries
from minzheng.cases.models import Appeal, Consent, PublicNotice
from minzheng.cases.types import Channel
from minzheng.values.errors import Refusal
from tests.apps.cases.conftest import DAY


@pytest.fixture
def me(walk):
    return resident_actor(walk.head, walk.row.pk, "申请人")


def applied(walk, me):
    return walk.submit(actor=me, channel=Channel.PORTAL)


def test_a_family_applies_supplies_withdraws_by_itself(walk, me):
    case = applied(walk, me)
    assert (case.channel, case.state) == ("portal", "submitted")
    case = walk.step(walk.officer, case, "list_missing", fields={"items": "收入证明"})
    with scope(me):
        assert queries.timeline_for_resident(me, case, DAY).to_do == ("请补充：收入证明",)
        assert [one.step.action for one in queries.steps_for(me, case)] == ["supply", "withdraw"]
    case = walk.step(me, case, "supply")
    with scope(me):
        assert queries.timeline_for_resident(me, case, DAY).to_do == ()
        assert case in queries.cases_of_household(me)
    case = walk.step(walk.officer, case, "accept")
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise")
    case = walk.step(me, case, "withdraw", reason="家里情况好转")
    assert (case.outcome, case.closed_on, case.due_on) == ("withdrawn", DAY, None)
    with scope(walk.officer):
        assert queries.published_notices(case.division) == []
        assert all(clock.met_on == DAY for clock in queries.case_view(walk.officer, case.public_id).clocks)
    with scope(me):
        assert queries.timeline_for_resident(me, case, DAY).stages[-1].label == "已撤回申请"


def test_a_family_reads_where_it_stands_with_days_and_limits(walk, me):
    case = applied(walk, me)
    case = walk.step(walk.officer, case, "accept")
    with scope(me):
        stages = queries.timeline_for_resident(me, case, DAY).stages
    by_label = {one.label: one for one in stages}
    assert [(one.label, one.state) for one in stages][:4] == [
        ("提交申请", "done"), ("乡镇（街道）受理", "done"), ("上门了解情况", "now"), ("乡镇（街道）提出意见", "ahead"),
    ]  # fmt: skip
    decision = by_label["作出决定"]
    assert decision.limit == case.due_on
    assert decision.workdays in (20, 30)
    assert decision.clause in ("TM-6", "TM-7")


def test_a_family_reads_its_letters_and_no_ledger(walk, me):
    case = walk.decide(walk.reported(applied(walk, me)))
    with scope(me):
        assert {one.kind for one in queries.letters_of(me, case)} == {"receipt", "confirmation"}
        with pytest.raises(Refusal, match="权限"):
            queries.history(me, case)
        with pytest.raises(Refusal, match="权限"):
            queries.visits(me, case)


def test_an_application_from_the_portal_of_a_made_up_household_is_refused(walk, me):
    stranger = resident_actor(walk.head, walk.row.pk + 1, "外人")
    with scope(stranger), pytest.raises(Refusal):
        actions.submit_application(
            actor=stranger, household=walk.row.pk, applicant=walk.head, channel=Channel.PORTAL,
            client_key=uuid.uuid4(), on=DAY,
        )  # fmt: skip


def test_a_limit_that_starts_with_the_application_starts_from_the_portal_too(walk, me, made_up):
    from dataclasses import replace

    from minzheng.cases import lines
    from minzheng.cases.types import Unit
    from minzheng.cases.workflow import Clock

    clock = Clock("sla.sw.township", Unit.WORKDAY, "submit", ("accept", "withdraw"), "TM-17")
    lines.register(replace(made_up, clocks=(*made_up.clocks, clock)))
    case = applied(walk, me)
    assert (case.due_clock, case.due_on) == ("sla.sw.township", date(2023, 12, 22))


# -- neighbours ------------------------------------------------------------------------------------------
def hanging(walk):
    case = walk.step(walk.officer, walk.submit(), "accept")
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise")
    with scope(walk.officer):
        return case, PublicNotice.objects.get(case=case)


def test_anybody_objects_to_a_board_once_a_click_and_the_family_does_not_read_who(walk, me):
    case, notice = hanging(walk)
    key = uuid.uuid4()
    for _ in range(2):
        actions.object_to_notice(
            notice=notice.public_id,
            text="名下有两套住房",
            source="邻居",
            client_key=key,
            on=date(2023, 12, 4),
        )
    case = walk.again(case)
    with scope(walk.officer):
        (kept,) = queries.papers_of(case).objections
        assert (kept.text, kept.source) == ("名下有两套住房", "邻居")
    assert case.state == "objection"
    with scope(me):
        assert queries.papers_of(case).objections == []


def test_what_no_longer_hangs_is_not_objected_to(walk):
    _case, notice = hanging(walk)
    with pytest.raises(Refusal, match="已期满"):
        actions.object_to_notice(
            notice=notice.public_id, text="有车", client_key=uuid.uuid4(), on=date(2023, 12, 9)
        )
    with pytest.raises(Refusal, match="写明"):
        actions.object_to_notice(notice=notice.public_id, text=" ", client_key=uuid.uuid4(), on=DAY)


# -- against a decision ----------------------------------------------------------------------------------
def test_an_appeal_is_filed_by_the_family_and_its_result_kept_once(refused_walk):
    walk = refused_walk
    me = resident_actor(walk.head, walk.row.pk, "申请人")
    case = walk.decide(walk.reported(), confirm=False, reason="家庭收入高于标准")
    case = walk.step(walk.officer, case, "notify_refusal", on=date(2023, 12, 14))
    case = walk.step(
        me, case, "appeal", reason="收入核算有误", fields={"kind": "reconsideration"}, on=date(2023, 12, 20)
    )
    with scope(walk.officer):
        filed = Appeal.objects.get(case=case)
        assert (filed.in_time, filed.text) == (True, "收入核算有误")
        actions.decide_appeal(
            actor=walk.officer, appeal=filed.public_id, upheld=False, result="撤销原决定，责令重新认定",
            on=date(2024, 1, 20),
        )  # fmt: skip
        with pytest.raises(Refusal, match="已登记结果"):
            actions.decide_appeal(
                actor=walk.officer, appeal=filed.public_id, upheld=True, result="维持", on=date(2024, 1, 21)
            )
        again = actions.open_case(
            actor=walk.officer, line="made_up", programme="dibao", household=walk.row.pk, applicant=walk.head,
            channel=Channel.OFFICE, previous=case, on=date(2024, 1, 21),
        )  # fmt: skip
    assert again.previous_id == case.pk


# -- lists -----------------------------------------------------------------------------------------------
def test_cases_are_found_by_number_and_by_name(walk, staff_of):
    case = walk.submit()
    elsewhere = staff_of(Role.TOWNSHIP_OFFICER, at="140425200")
    with scope(walk.officer):
        from minzheng.registry.queries import person_lines

        name = person_lines(walk.officer, [walk.head])[walk.head].name
        assert case in queries.search(walk.officer, case.number.lower())
        assert case in queries.search(walk.officer, name)
        assert not queries.search(walk.officer, "").exists()
    with scope(elsewhere):
        assert not queries.search(elsewhere, case.number).exists()
        with pytest.raises(Refusal, match="没有找到该办件"):
            queries.case_of(elsewhere, case.public_id)
        with pytest.raises(Refusal, match="没有找到该办件"):
            queries.case_of(elsewhere, uuid.uuid4())


def test_an_export_has_its_purpose_on_record_and_shows_masked_numbers(walk):
    case = walk.submit()
    with scope(walk.officer):
        with pytest.raises(Refusal, match="用途"):
            actions.export_cases(actor=walk.officer, purpose=" ", on=DAY)
        rows = actions.export_cases(actor=walk.officer, purpose="月度调度", on=DAY)
        entry = AuditEntry.objects.get(verb="export_cases")
    assert case.number in {row["办件编号"] for row in rows}
    assert all("*" in row["证件号码"] for row in rows)
    assert (entry.reason, entry.detail) == ("月度调度", {"rows": len(rows)})


def test_a_queue_costs_the_same_however_long(walk, django_assert_num_queries):
    walk.submit()
    with scope(walk.officer):
        with django_assert_num_queries(1):
            few = list(queries.work_queue(walk.officer))
        with django_assert_num_queries(2):
            found = list(queries.work_queue(walk.officer, queries.Which(programme="dibao"))[:20])
            queries.work_queue(walk.officer).count()
    assert len(few) >= len(found) == 1


def test_consent_is_a_step_as_well(walk, me, made_up):
    from minzheng.base.types import Permission
    from minzheng.cases import lines
    from minzheng.cases.types import Who
    from minzheng.cases.workflow import Step

    row = Step(
        "authorise", "签署核对授权", ("submitted",), "", Permission.RECEIVE_CASES, "CK-1",
        who=(Who.OFFICER, Who.RESIDENT),
    )  # fmt: skip
    lines.register(type(made_up)(**{**vars(made_up), "steps": (*made_up.steps, row)}))
    case = applied(walk, me)
    case = walk.step(me, case, "authorise")
    with scope(me):
        assert [one.person_id for one in Consent.objects.filter(case=case)] == [walk.head]
    case = walk.step(walk.officer, case, "authorise")
    with scope(walk.officer):
        from minzheng.cases.needs import whose_consent

        signed = Consent.objects.filter(case=case).values_list("person_id", flat=True)
        assert sorted(signed) == whose_consent(case)
