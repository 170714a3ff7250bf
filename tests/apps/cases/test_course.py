"""A case of the made-up line from the application to the decision and after."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest

from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.cases import actions, queries
from minzheng.cases.models import Appeal, LetterRow, PublicNotice
from minzheng.values.errors import Refusal
from tests.apps.cases.conftest import DAY


def test_a_case_runs_from_application_to_decision(walk):
    case = walk.decide(walk.reported())
    case = walk.step(walk.officer, case, "notify", on=date(2023, 12, 13))
    with scope(walk.approver):
        view = queries.case_view(walk.approver, case.public_id)
        ledger = queries.history(walk.approver, case)
    assert view.state.name == "closed"
    assert (case.outcome, case.decided_on, case.closed_on) == ("yes", date(2023, 12, 12), date(2023, 12, 13))
    assert case.decision.household_id == walk.row.pk
    assert [e.action for e in ledger] == [
        "submit", "accept", "give_opinion", "publicise", "end_publicity", "report", "confirm", "notify",
    ]  # fmt: skip
    assert [e.version for e in ledger] == list(range(1, 9))
    assert all(clock.met_on for clock in view.clocks)


def test_what_was_submitted_twice_counts_once(walk):
    key = uuid.uuid4()
    first = walk.submit(client_key=key)
    assert walk.submit(client_key=key).pk == first.pk
    with scope(walk.officer):
        assert queries.work_queue(walk.officer).count() == first.application.cases.count() >= 1
        with pytest.raises(Refusal, match="标识相同而内容不同"):
            walk.submit(client_key=key, programme="edge")


def test_a_stale_page_changes_nothing(walk):
    case = walk.submit()
    stale = case.version
    walk.step(walk.officer, case, "accept")
    with pytest.raises(Refusal, match="不是最新情况"):
        walk.step(walk.other, case, "accept", version=stale)


def test_the_same_click_twice_is_one_step(walk):
    case, key = walk.submit(), uuid.uuid4()
    first = walk.step(walk.officer, case, "accept", client_key=key)
    again = walk.step(walk.officer, case, "accept", client_key=key)
    assert (first.version, again.version) == (2, 2)


def test_the_same_decision_twice_is_one(walk):
    case, key = walk.reported(), uuid.uuid4()
    first = walk.decide(case, client_key=key)
    again = walk.decide(case, client_key=key)
    assert (again.version, again.decision_id) == (first.version, first.decision_id)
    with scope(walk.approver):
        assert LetterRow.objects.filter(case=case, kind="confirmation").count() == 1


def test_who_handled_a_case_does_not_decide_it(walk, staff_of):
    case = walk.reported()
    same = staff_of(Role.COUNTY_APPROVER, at=case.division[:6], person=walk.officer.natural_person)
    with pytest.raises(Refusal, match="同一人不能"):
        walk.decide(case, actor=same)
    with scope(same):
        (confirm,) = [one for one in queries.steps_for(same, case) if one.step.action == "confirm"]
    assert not confirm.ready
    assert "同一人" in confirm.barred


def test_who_decided_a_case_does_not_supervise_it(walk, staff_of):
    case = walk.decide(walk.reported())
    same = staff_of(Role.CITY_SUPERVISOR, at="1404", person=walk.approver.natural_person)
    with pytest.raises(Refusal, match="同一人不能"):
        walk.step(same, case, "supervise", reason="抽查")
    fresh = staff_of(Role.CITY_SUPERVISOR, at="1404")
    assert walk.step(fresh, case, "supervise", reason="抽查").version == case.version + 1


def test_what_was_reported_to_the_county_is_not_decided_by_a_township(walk):
    case = walk.reported()
    with pytest.raises(Refusal, match="由县级民政部门办理"):
        walk.decide(case, actor=walk.other)


def test_the_platform_cannot_decide(walk, city_of_stories):
    case = walk.reported()
    with pytest.raises(Refusal, match="由工作人员办理"):
        walk.decide(case, actor=city_of_stories)


def test_what_changed_since_it_was_shown_is_not_decided(walk):
    case = walk.reported()
    with pytest.raises(Refusal, match="事实或者参数有变化"):
        walk.decide(case, shown_digest="0" * 64)


def test_a_case_is_not_decided_against_the_rules(walk):
    case = walk.reported()
    with pytest.raises(Refusal, match="不能不予确认"):
        walk.decide(case, confirm=False, reason="不同意")


def test_numbers_have_no_gaps_and_one_withdrawn_keeps_its_own(walk):
    case = walk.submit()
    with scope(walk.officer):
        numbers = sorted(case.application.cases.values_list("number", flat=True))
        with pytest.raises(Refusal, match="已有在办的办件"):
            walk.submit()
        assert case.application.number == f"SQ-{case.division[:6]}-2023-000001"
        for one in case.application.cases.all():
            walk.step(walk.officer, one, "withdraw", reason="本人不再申请")
    with scope(walk.officer):
        again = walk.submit()
        numbers += sorted(again.application.cases.values_list("number", flat=True))
    assert numbers == [f"ZZ-{case.division[:6]}-2023-{n + 1:06d}" for n in range(len(numbers))]
    assert again.application.number == f"SQ-{case.division[:6]}-2023-000002"


# -- letters ---------------------------------------------------------------------------------------------
def test_a_refusal_carries_clauses_values_remedy_and_time_limits(refused_walk):
    walk = refused_walk
    case = walk.decide(walk.reported(), confirm=False, reason="家庭收入高于标准")
    with scope(walk.officer):
        letter = LetterRow.objects.get(case=case, kind="refusal")
    said = letter.content
    assert letter.number.startswith(f"WS-{case.division[:6]}-2023-")
    assert said["clause_ids"]
    assert any("民发" in text or "第" in text for text in said["clauses"])
    assert all(one["document"] for one in said["parameters"])
    assert "60日内" in said["remedy"]
    assert "6个月内" in said["remedy"]
    assert any(text.startswith("1. ") for text in said["paragraphs"])


def test_a_letter_becomes_paper_once(walk, settings, tmp_path):
    from minzheng.base import documents

    settings.MEDIA_ROOT = tmp_path
    case = walk.decide(walk.reported())
    with scope(walk.approver):
        (letter,) = [one for one in queries.letters_of(walk.approver, case) if one.kind == "confirmation"]
        first = queries.paper_of(walk.approver, letter.public_id)
        assert queries.paper_of(walk.approver, letter.public_id) == first
        kept = documents.document(walk.approver, first)
        assert documents.content_of(walk.approver, kept).startswith(b"%PDF")


def test_a_confirmation_says_how_the_sum_was_reckoned_on_two_sheets(walk, settings, tmp_path):
    from minzheng.base import documents

    settings.MEDIA_ROOT = tmp_path
    case = walk.decide(walk.reported())
    with scope(walk.approver):
        (letter,) = [one for one in queries.letters_of(walk.approver, case) if one.kind == "confirmation"]
        kept = documents.document(walk.approver, queries.paper_of(walk.approver, letter.public_id))
        pdf = documents.content_of(walk.approver, kept)
        said = LetterRow.objects.get(public_id=letter.public_id).content
    assert len(re.findall(rb"/Type /Page\b", pdf)) <= 3
    assert any(text.startswith("符合的条件：") for text in said["paragraphs"])
    steps = said["paragraphs"][said["paragraphs"].index("金额的核算：") + 1 :]
    assert steps[0].startswith("1. 低保金 = 计发的差额 ")
    assert all("符合" not in text for text in steps[:-1])
    kept_values = {one["text"] for one in said["parameters"]}
    printed = {text.removesuffix("（示例值）") for text, _document in said["rows"]}
    assert printed
    assert printed < kept_values


def test_delivery_starts_the_time_to_appeal(refused_walk):
    walk = refused_walk
    case = walk.decide(walk.reported(), confirm=False, reason="家庭收入高于标准")
    case = walk.step(walk.officer, case, "notify_refusal", on=date(2023, 12, 14))
    case = walk.step(
        walk.officer, case, "appeal", reason="请求复核收入", fields={"kind": "reconsideration"},
        on=date(2024, 2, 20),
    )  # fmt: skip
    with scope(walk.officer):
        (filed,) = Appeal.objects.filter(case=case)
    # 60 days after 14 December is Monday 12 February 2024, in the spring festival: it moves to the 18th, worked.
    assert (filed.last_day, filed.in_time) == (date(2024, 2, 18), False)


def test_a_refusal_is_never_published(refused_walk):
    walk = refused_walk
    case = walk.decide(walk.reported(), confirm=False, reason="家庭收入高于标准")
    case = walk.step(walk.officer, case, "notify_refusal", on=date(2023, 12, 14))
    with pytest.raises(Refusal, match="没有予以确认，不能公布"):
        walk.step(walk.officer, case, "publish_result", on=date(2023, 12, 15))
    with scope(walk.officer):
        assert not PublicNotice.objects.filter(case=case, kind="result").exists()


# -- publicity -------------------------------------------------------------------------------------------
def test_a_notice_hangs_its_seven_days_and_ends_by_itself(walk):
    from minzheng.cases.jobs import run_day

    case = walk.step(walk.officer, walk.submit(), "accept")
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise", on=date(2023, 3, 10))
    with scope(walk.officer):
        notice = PublicNotice.objects.get(case=case)
        board = queries.published_notices(case.division, date(2023, 3, 17))
        late = queries.published_notices(case.division, date(2023, 3, 18))
        with pytest.raises(Refusal, match="缺少：公示期已满"):
            walk.step(walk.officer, case, "report")
    assert late == [], "over at midnight, taken down or not"
    assert notice.until == date(2023, 3, 17)
    assert [(one.applicant_name, one.members, one.fen) for one in board] == [
        (notice.applicant_name, notice.members, notice.fen)
    ]
    assert run_day(date(2023, 3, 17)).ended == []
    assert run_day(date(2023, 3, 18)).ended == [case.number]
    assert run_day(date(2023, 3, 18)).ended == []
    with scope(walk.officer):
        assert queries.published_notices(case.division) == []
    assert walk.step(walk.officer, walk.again(case), "report").state == "reported"


def test_what_the_board_shows_is_a_closed_set():
    shown = set(queries.OnBoard.__dataclass_fields__)
    assert shown == {"notice", "programme", "kind", "applicant_name", "members", "fen", "since", "until"}
    columns = {one.name for one in PublicNotice._meta.get_fields()}
    assert columns - shown == {"id", "public_id", "case", "village", "ended_on"}


def test_an_objection_is_answered_before_anything_else(walk):
    case = walk.step(walk.officer, walk.submit(), "accept")
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise")
    case = walk.step(walk.officer, case, "object", reason="家里有车", on=date(2023, 12, 5))
    with scope(walk.officer):
        (objection,) = case.objections.all()
    assert (case.state, objection.answered_on) == ("objection", None)
    case = walk.step(walk.officer, case, "answer_objection", reason="已查明车辆为残疾人代步车")
    with scope(walk.officer):
        objection.refresh_from_db()
    assert (case.state, objection.answer) == ("accepted", "已查明车辆为残疾人代步车")
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise", on=date(2023, 12, 7))
    with scope(walk.officer):
        assert PublicNotice.objects.filter(case=case, ended_on=None).count() == 1


# -- the one list ----------------------------------------------------------------------------------------
def test_what_is_missing_is_listed_once(walk):
    case = walk.step(
        walk.officer, walk.submit(), "list_missing", fields={"items": "1. 户口簿\n2、收入证明\n\n收入证明"}
    )
    with scope(walk.officer):
        assert queries.missing(case) == ["户口簿", "收入证明"]
        letter = LetterRow.objects.get(case=case, kind="shortage")
    assert "1. 户口簿" in letter.content["paragraphs"]
    case = walk.step(walk.officer, case, "supply")
    with scope(walk.officer):
        assert queries.missing(case) == []
    with pytest.raises(Refusal, match="已经一次性告知过"):
        walk.step(walk.officer, case, "list_missing", fields={"items": "结婚证"})
    case = walk.step(
        walk.officer, case, "list_missing", fields={"items": "结婚证"}, reason="补正的户口簿显示已婚"
    )
    with scope(walk.officer):
        assert queries.missing(case) == ["结婚证"]


# -- limits ----------------------------------------------------------------------------------------------
def test_the_limit_is_the_county_s_and_extends_once_with_its_ground(walk):
    case = walk.step(walk.officer, walk.submit(on=date(2023, 3, 1)), "accept", on=date(2023, 3, 1))
    delegated = case.mode == "delegated"
    assert case.due_clock == ("sla.dibao.delegated" if delegated else "sla.dibao.county")
    assert case.due_on == (date(2023, 3, 29) if delegated else date(2023, 4, 13))
    with pytest.raises(Refusal, match="须填写事由"):
        walk.step(walk.officer, case, "extend")
    case = walk.step(walk.officer, case, "extend", reason="家庭经济状况调查难度大", on=date(2023, 3, 20))
    assert case.due_on == date(2023, 5, 6)
    assert case.extension_ground == "家庭经济状况调查难度大"
    with pytest.raises(Refusal, match="已经延长过一次"):
        walk.step(walk.officer, case, "extend", reason="仍未查清", on=date(2023, 3, 21))


def test_a_limit_into_a_year_without_calendar_says_so_and_is_reckoned_when_it_comes(walk, monkeypatch):
    from minzheng.cases import clocks
    from minzheng.cases.jobs import run_day
    from minzheng.rulebook.calendar import work_calendar
    from minzheng.values.workdays import YearPlan

    late = date(2026, 12, 15)
    case = walk.step(walk.officer, walk.submit(on=late), "accept", on=late)
    with scope(walk.officer):
        (clock,) = queries.case_view(walk.officer, case.public_id).clocks
    assert clock.due_on is None
    assert "没有 2027 年的工作日历" in clock.problem
    assert run_day(late).dated == []
    known = work_calendar((YearPlan(2027, frozenset({date(2027, 1, 1)}), frozenset()),))
    monkeypatch.setattr(clocks, "work_calendar", lambda: known)
    assert run_day(date(2026, 12, 20)).dated == [case.number]
    assert walk.again(case).due_on > date(2027, 1, 1)


def test_overdue_and_due_soon(walk):
    case = walk.step(walk.officer, walk.submit(on=date(2023, 3, 1)), "accept", on=date(2023, 3, 1))
    with scope(walk.officer):
        after = date(2023, 6, 1)
        assert case in queries.overdue(walk.officer, after)
        assert case not in queries.overdue(walk.officer, case.due_on)
        assert case in queries.due_soon(walk.officer, case.due_on)
        assert case not in queries.due_soon(walk.officer, DAY.replace(year=2022))


# -- ways out --------------------------------------------------------------------------------------------
def test_somebody_who_does_not_cooperate_is_told_in_writing(walk):
    case = walk.step(walk.officer, walk.submit(), "accept")
    case = walk.step(walk.officer, case, "terminate", reason="两次通知后仍不配合调查")
    with scope(walk.officer):
        letter = LetterRow.objects.get(case=case, kind="termination")
    assert (case.outcome, case.due_on, letter.content["clause_ids"]) == ("terminated", None, ["DY-7"])


def test_an_application_not_accepted_says_why(walk):
    case = walk.step(walk.officer, walk.submit(), "reject", reason="不属于本乡镇受理")
    with scope(walk.officer):
        assert LetterRow.objects.filter(case=case, kind="rejection").count() == 1
    assert (case.outcome, case.closed_on) == ("rejected", DAY)


def test_unknown_fields_are_refused_and_missing_ones_named(walk):
    case = walk.step(walk.officer, walk.submit(), "accept")
    with pytest.raises(Refusal, match="请填写“审核意见”"):
        walk.step(walk.officer, case, "give_opinion")
    with pytest.raises(Refusal, match="没有这些填写项：amount"):
        walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree", "amount": "1"})
    with pytest.raises(Refusal, match="给出的选项"):
        walk.step(walk.officer, case, "give_opinion", fields={"opinion": "maybe"})


def test_a_line_s_own_effect_runs_with_the_step(walk, made_up):
    from minzheng.cases import lines

    seen = []

    def grant(taken):
        seen.append((taken.step.action, taken.case.outcome, taken.event.version))

    lines.register(made_up.with_effects({"confirm": grant}))
    case = walk.reported()
    decided = walk.decide(case)
    assert seen == [("confirm", "yes", decided.version)]


def test_a_failing_effect_takes_the_step_back(walk, made_up):
    from minzheng.cases import lines

    def refuse(_taken):
        raise Refusal("test.no", "不行。")

    case = walk.reported()
    lines.register(made_up.with_effects({"confirm": refuse}))
    with pytest.raises(Refusal, match="不行"):
        walk.decide(case)
    again = walk.again(case)
    assert (again.state, again.version, again.outcome) == ("reported", case.version, "")


def test_a_case_of_a_line_without_household(made_up, staff_of):
    """A registry's case names a place and two applicants elsewhere; it goes on like any other."""
    officer = staff_of(Role.COUNTY_REVIEWER, at="140403")
    with scope(officer):
        from minzheng.cases.types import Channel

        case = actions.open_case(
            actor=officer, line="made_up", programme="marriage", household=None, applicant=None,
            division="140403", channel=Channel.OFFICE, on=DAY,
        )  # fmt: skip
        case = actions.take_step(
            actor=officer, case=case.public_id, action="accept", version=case.version, on=DAY
        )
    assert (case.state, case.division, case.household_id) == ("accepted", "140403", None)


# -- who may what ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", list(Role))
def test_every_role_takes_the_steps_its_permissions_give_and_no_other(walk, staff_of, role, made_up):
    from minzheng.base.types import PERMISSIONS, Permission
    from minzheng.cases.types import Who

    case = walk.submit()
    somebody = staff_of(role, at=str(walk.row.township)[:6])
    with scope(somebody):
        if Permission.SEE_CASES in PERMISSIONS[role]:
            offered = {one.step.action for one in queries.steps_for(somebody, case) if one.ready}
            mine = [s for s in made_up.steps_from(case.state) if Who.OFFICER in s.who]
            assert offered == {s.action for s in mine if s.by in PERMISSIONS[role]}
        for step in made_up.steps:
            may = step.by in PERMISSIONS[role] and case.state in step.before and Who.OFFICER in step.who
            if may or step.action in ("confirm", "refuse"):
                continue
            with pytest.raises(Refusal):
                actions.take_step(
                    actor=somebody, case=case.public_id, action=step.action, version=case.version,
                    reason="试", on=DAY, fields={f.name: f.choices[0][0] if f.choices else "x" for f in step.fields},
                )  # fmt: skip
    assert walk.again(case).version == case.version


def test_a_line_writes_letters_of_its_own(walk):
    from minzheng.cases.types import LetterKind

    case = walk.submit()
    with scope(walk.officer):
        letter = actions.write_letter(
            actor=walk.officer, case=case.public_id, kind=LetterKind.CHANGE, title="停发告知书",
            paragraphs=["自2024年1月起停发。"], clause_ids=["DY-4"], adverse=True, on=DAY,
        )  # fmt: skip
    assert "60日内" in letter.content["remedy"]
    assert letter.content["clauses"]
