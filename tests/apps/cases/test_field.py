"""Visits, kin, hand-over, transfer, judgements, consents."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role, resident_actor
from minzheng.cases import actions, queries
from minzheng.cases.models import Duty, Finding, KinDeclaration, Visit
from minzheng.cases.visiting import Seen
from minzheng.values.errors import Refusal
from tests.apps.cases.conftest import DAY


def account(actor) -> int:
    return int(actor.key.removeprefix("staff:"))


def accepted(walk):
    return walk.step(walk.officer, walk.submit(), "accept")


def visit(walk, case, *seen, by=None, with_=None, key=None, **more):
    by = by or walk.officer
    staff = [account(one) for one in (by, with_ or walk.other)]
    with scope(by):
        return actions.record_visit(
            actor=by, case=case.public_id, client_key=key or uuid.uuid4(), base_version=more.pop("base", case.version),
            staff=more.pop("staff", staff), present=more.pop("present", "户主本人"), findings=seen, on=DAY, **more,
        )  # fmt: skip


ROOMS = Seen("rooms", "住房间数", 3)


# -- visits ----------------------------------------------------------------------------------------------
def test_a_visit_is_made_by_two_and_both_handle_the_case(walk):
    case = accepted(walk)
    made = visit(walk, case, ROOMS)
    with scope(walk.officer):
        handled = set(Duty.objects.filter(case=case, side="handle").values_list("natural_person", flat=True))
        assert {uuid.UUID(walk.officer.natural_person), uuid.UUID(walk.other.natural_person)} <= handled
    assert (len(made.investigators), made.by_county, made.late) == (2, False, False)
    with pytest.raises(Refusal, match="两名以上"):
        visit(walk, case, staff=[account(walk.officer)])
    with pytest.raises(Refusal, match="在场"):
        visit(walk, case, present=" ")


def test_two_accounts_of_one_person_are_not_two_investigators(walk, staff_of):
    same = staff_of(Role.TOWNSHIP_OFFICER, at=str(walk.row.township), person=walk.officer.natural_person)
    with pytest.raises(Refusal, match="两名以上"):
        visit(walk, accepted(walk), with_=same)


def test_a_visit_sent_twice_counts_once(walk):
    case, key = accepted(walk), uuid.uuid4()
    first = visit(walk, case, ROOMS, key=key)
    again = visit(walk, case, ROOMS, key=key)
    assert first.pk == again.pk
    with scope(walk.officer):
        assert Visit.objects.filter(case=case).count() == 1
        assert queries.case_of(walk.officer, case.public_id).version == case.version + 1
    with pytest.raises(Refusal, match="没有覆盖原来的"):
        visit(walk, case, Seen("rooms", "住房间数", 4), key=key)


def test_what_somebody_else_changed_meanwhile_is_shown_side_by_side(walk, staff_of):
    case = accepted(walk)
    village = staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village))
    visit(walk, case, ROOMS)
    visit(walk, case, Seen("rooms", "住房间数", 5, based_on=0), Seen("car", "车辆", "三轮车"), by=village)
    with scope(walk.officer):
        ((stands, waits),) = queries.conflicts(walk.officer, case)
        assert (stands.value, waits.value) == (3, 5)
        assert {one.field: one.value for one in queries.findings(walk.officer, case)} == {
            "rooms": 3,
            "car": "三轮车",
        }
        case = queries.case_of(walk.officer, case.public_id)
        (opinion,) = [s for s in queries.steps_for(walk.officer, case) if s.step.action == "give_opinion"]
        assert [one.label for one in opinion.missing] == ["调查与登记不一致之处已处理"]
        with pytest.raises(Refusal, match="理由"):
            actions.resolve_finding(actor=walk.officer, finding=waits.public_id, take=True, reason=" ")
        actions.resolve_finding(actor=walk.officer, finding=waits.public_id, take=True, reason="复查为五间")
        assert queries.conflicts(walk.officer, case) == []
        assert {one.field: one.value for one in queries.findings(walk.officer, case)}["rooms"] == 5
        with pytest.raises(Refusal, match="已经处理过"):
            actions.resolve_finding(actor=walk.officer, finding=waits.public_id, take=False, reason="重复")
        assert Finding.objects.filter(case=case, field="rooms").count() == 2


def test_what_one_saw_again_oneself_and_what_was_read_before_follows(walk):
    case = accepted(walk)
    visit(walk, case, ROOMS)
    visit(walk, case, Seen("rooms", "住房间数", 4))
    visit(walk, case, Seen("rooms", "住房间数", 2, based_on=2), by=walk.other, with_=walk.officer)
    with scope(walk.officer):
        assert queries.conflicts(walk.officer, case) == []
        assert [one.value for one in queries.findings(walk.officer, case)] == [2]


def test_a_visit_that_comes_late_is_kept_and_marked(walk):
    case = walk.hung()
    late = visit(walk, case, ROOMS, base=2)
    assert late.late
    with scope(walk.officer):
        assert queries.case_of(walk.officer, case.public_id).state == case.state


def test_nobody_is_named_as_investigator_who_may_not_handle_the_case(walk):
    case = accepted(walk)
    declared(walk, walk.other)
    with pytest.raises(Refusal, match="与该家庭成员有近亲属备案，应当回避") as refusal:
        visit(walk, case)
    assert refusal.value.article == "GV-2"
    assert str(refusal.value).startswith(walk.other.name)
    with scope(walk.officer):
        assert not Visit.objects.exists()
        assert queries.case_of(walk.officer, case.public_id).version == walk.again(case).version


def test_kin_declared_where_the_officer_does_not_see_it_is_refused_in_the_same_words(walk):
    case = accepted(walk)
    with scope(system_actor("test")):
        for one in (walk.other, walk.reviewer):
            KinDeclaration.objects.create(
                division="140423", natural_person=one.natural_person, person_id=walk.head, relation="父母",
                declared_on=DAY,
            )  # fmt: skip
    with pytest.raises(Refusal, match="同行的调查人员与该家庭成员有近亲属备案"):
        visit(walk, case)
    with pytest.raises(Refusal, match="您与该家庭成员有近亲属备案"):
        walk.step(walk.reviewer, walk.again(case), "give_opinion", fields={"opinion": "agree"})


# -- kin -------------------------------------------------------------------------------------------------
def declared(walk, staff, **more):
    with scope(walk.officer):
        return actions.declare_kin(
            actor=walk.officer, staff=account(staff), person=walk.head, relation="兄弟姐妹", on=DAY, **more
        )


def test_kin_of_staff_is_registered_apart_and_the_county_visits_first(walk, staff_of):
    case = walk.hung()
    cadre = staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village))
    declared(walk, cadre)
    case = walk.step(walk.officer, walk.again(case), "report", on=date(2023, 12, 11))
    assert case.kin_registered
    with pytest.raises(Refusal, match="已由县级入户调查"):
        walk.decide(case)
    visit(walk, case, ROOMS, by=walk.reviewer, with_=walk.other)
    assert walk.decide(walk.again(case)).outcome == "yes"
    with scope(walk.approver):
        assert queries.to_supervise(walk.approver).filter(pk=case.pk).exists()


def test_kin_themselves_take_no_step(walk):
    case = walk.submit()
    declared(walk, walk.other)
    with pytest.raises(Refusal, match="应当回避"):
        walk.step(walk.other, walk.again(case), "accept")
    with scope(walk.other):
        (accept,) = [
            one for one in queries.steps_for(walk.other, walk.again(case)) if one.step.action == "accept"
        ]
        assert "回避" in accept.barred
        (kin,) = queries.kin_declarations(walk.other)
        with pytest.raises(Refusal, match="不能由本人撤销"):
            actions.withdraw_kin(actor=walk.other, declaration=kin.public_id, reason="登记有误", on=DAY)
    with scope(walk.officer):
        actions.withdraw_kin(actor=walk.officer, declaration=kin.public_id, reason="登记有误", on=DAY)
    assert walk.step(walk.other, walk.again(case), "accept").state == "accepted"


# -- who works on it -------------------------------------------------------------------------------------
def test_a_case_is_assigned_and_a_leaver_s_cases_are_handed_over(walk, staff_of):
    case = walk.submit()
    elsewhere = staff_of(Role.TOWNSHIP_OFFICER, at="140425200")
    with scope(walk.officer):
        case = actions.assign(
            actor=walk.officer, case=case.public_id, staff=account(walk.officer), version=case.version, on=DAY
        )
        mine = queries.work_queue(walk.officer, queries.Which(mine=account(walk.officer)))
        assert list(mine) == [case]
        with pytest.raises(Refusal, match="不能办理这里的办件"):
            actions.assign(
                actor=walk.officer,
                case=case.public_id,
                staff=account(elsewhere),
                version=case.version,
                on=DAY,
            )
        moved = actions.hand_over(
            actor=walk.officer, leaver=account(walk.officer), to=account(walk.other), on=DAY
        )
    assert moved == 1
    assert walk.again(case).assignee_id == account(walk.other)


def test_a_case_follows_its_household_to_another_township(walk):
    from django.db import connection

    from minzheng.registry.moving import move_household

    case = accepted(walk)
    with scope(walk.officer):
        case = actions.assign(
            actor=walk.officer, case=case.public_id, staff=account(walk.officer), version=case.version, on=DAY
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "select code from registry_division where level = 12 and code / 1000000 = %s and code / 1000 <> %s"
            " and not pseudo and valid_to is null order by 1 limit 1",
            [walk.row.township // 1000, walk.row.township],
        )
        (village,) = cursor.fetchone()
    county = walk.reviewer
    with scope(county):
        move_household(
            actor=county, household=walk.row.pk, to_village=village, on=date(2023, 12, 3), reason="搬迁"
        )
        case = queries.case_of(county, case.public_id)
        last = queries.history(county, case)[-1]
        assert (case.division, case.assignee, case.state) == (str(village), None, "accepted")
        assert (last.action, last.on, last.version, last.actor) == (
            "transfer", date(2023, 12, 3), case.version, county.key,
        )  # fmt: skip
        assert case.application.division == str(village)
        with pytest.raises(Refusal, match="没有变化"):
            actions.transfer(
                actor=county, case=case.public_id, version=case.version, reason="再移交", on=date(2023, 12, 4)
            )
    with scope(walk.officer), pytest.raises(Refusal, match="没有找到"):
        queries.case_of(walk.officer, case.public_id)


# -- what a person judges --------------------------------------------------------------------------------
def open_case_of(walk_with, outcome):
    """A walk over a household whose dibao comes to `outcome`."""
    return walk_with(outcome)


@pytest.fixture
def open_walk(made_up, staff_of, city_of_stories):
    from tests.apps.cases.conftest import Walk, _household_with

    for outcome in ("UNKNOWN", "REVIEW"):
        try:
            return Walk(staff_of, _household_with(city_of_stories, outcome))
        except AssertionError:
            continue
    raise AssertionError("no household of the demonstration is open")


def test_what_the_rules_leave_open_is_decided_on_a_judgement_only(open_walk):
    walk = open_walk
    case = walk.reported()
    with pytest.raises(Refusal, match="还有事项没有查清"):
        walk.decide(case, confirm=False, reason="收入不明")
    evidence = [uuid.uuid4()]
    with scope(walk.approver):
        for wrong, why in (
            ({"reason": " "}, "理由"), ({"evidence": []}, "证据"), ({"expires_on": DAY}, "有效期"),
        ):  # fmt: skip
            with pytest.raises(Refusal, match=why):
                judged(walk, case, **{"evidence": evidence, **wrong})
        judged(walk, case, evidence=evidence)
        assert not queries.assessed(walk.approver, case, DAY).settled
    decided = walk.decide(case, confirm=False, reason="经调查家庭收入高于标准")
    assert decided.outcome == "no"


def judged(walk, case, **more):
    given = {"reason": "入户两次查明", "expires_on": date(2024, 6, 1), "verdict": False, **more}
    return actions.judge(actor=walk.approver, case=case.public_id, on=DAY, **given)


def test_a_settled_outcome_is_not_judged_by_a_person(walk):
    case = walk.reported()
    with scope(walk.approver), pytest.raises(Refusal, match="没有须由人员判断"):
        judged(walk, case, evidence=[uuid.uuid4()])


# -- signatures and documents ----------------------------------------------------------------------------
def test_everybody_signs_and_may_take_it_back(walk):
    from minzheng.cases.needs import met, whose_consent
    from minzheng.cases.types import Need
    from minzheng.cases.workflow import Requirement

    case = walk.submit()
    signed = Requirement("已签署核对授权", Need.CONSENT, of="economic_check")
    with scope(walk.officer):
        people = whose_consent(case)
        assert walk.head in people
        assert not met(signed, case)
        kept = actions.sign_consent(
            actor=walk.officer, case=case.public_id, people=people, until=date(2024, 12, 1), on=DAY
        )
        assert met(signed, case)
        again = actions.sign_consent(
            actor=walk.officer, case=case.public_id, people=people, until=date(2024, 12, 1), on=DAY
        )
        assert [one.pk for one in again] == [one.pk for one in kept]
        actions.withdraw_consent(actor=walk.officer, consent=kept[0].public_id, reason="本人撤回", on=DAY)
        assert not met(signed, case)
        with pytest.raises(Refusal, match="不是该家庭的成员"):
            actions.sign_consent(
                actor=walk.officer, case=case.public_id, people=[999], until=date(2024, 12, 1), on=DAY
            )


def test_a_resident_signs_for_himself_alone(walk):
    case = walk.submit()
    me = resident_actor(walk.head, walk.row.pk, "申请人")
    with scope(me):
        actions.sign_consent(
            actor=me, case=case.public_id, people=[walk.head], until=date(2024, 12, 1), on=DAY
        )
        with pytest.raises(Refusal, match="只能由本人"):
            actions.sign_consent(
                actor=me, case=case.public_id, people=[walk.head + 1], until=date(2024, 12, 1), on=DAY
            )


def test_a_case_opened_after_the_declaration_is_registered_apart_at_acceptance(walk, staff_of):
    declared(walk, staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village)))
    case = accepted(walk)
    assert case.kin_registered
