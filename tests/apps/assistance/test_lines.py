"""What holds for every line: nobody is paid without application, investigation and confirmation; who died, left or withdrew."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.cases.lines import lines
from minzheng.rulebook.worked.course import Step
from minzheng.rulebook.worked.spot import Spot
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.courses.conftest import CASES
from tests.courses.driver import Course

BY_ID = {case.id: case for case in CASES}
SPOT = Spot()


def step(do, on=None, about=None, **more):
    return Step(SPOT, on, do, about=about, **more)


@pytest.fixture
def course(worked_registry, own_parameters, db):
    """`course("T01", day)`: a worked case ready to be walked through by hand."""

    def begin(case_id, day):
        case = BY_ID[case_id]
        own_parameters(case)
        return Course(case, worked_registry[case_id], day)

    return begin


@pytest.fixture
def confirmed(course):
    """A dibao family of three, confirmed in April 2023."""
    walk = course("T01", date(2023, 4, 3))
    for one in (step("submit"), step("handle", about="低保"), step("confirm", about="低保")):
        walk.take(one)
    return walk


# -- GV-1 ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("line", lines(), ids=lambda line: line.name)
def test_no_way_to_a_decision_leaves_out_application_and_a_handler(line):
    """Every path from the first state to a confirmation goes through a step of the handling side."""
    handled = {line.starts: False}
    reached = [line.starts]
    bare = []
    while reached:
        state = reached.pop()
        for one in line.steps_from(state):
            if one.action == "confirm" and not handled[state]:
                bare.append(state)
            after, by_handler = (
                one.to(state),
                handled[state] or (one.side is not None and one.side.value == "handle"),
            )
            if after not in handled or (handled[after] and not by_handler):
                handled[after] = by_handler
                reached.append(after)
    assert bare == []


@pytest.mark.parametrize("done", ["", "accept", "authorise", "start_investigation", "visit", "record_check"])
def test_nothing_is_due_before_the_confirmation_however_far_the_case_is(course, done):
    walk = course("T01", date(2023, 4, 3))
    walk.take(step("submit"))
    for action in ("accept", "authorise", "start_investigation", "visit", "record_check"):
        if not done:
            break
        walk.take(step(action, about="低保"))
        if action == done:
            break
    with pytest.raises(Refusal):
        walk.decide(step("confirm", about="低保"))
    assert walk.awards() == []
    assert walk.due(Month(2023, 5)) == {}


def test_an_award_cannot_be_opened_past_the_case(confirmed):
    """Not by an action with a case of somebody else's, not with a case that was not confirmed."""
    from minzheng.awards.actions import open_award

    (award,) = confirmed.awards()
    with confirmed.offices.acting("县级") as actor, pytest.raises(Exception, match=r"case|办件|award"):
        open_award(
            actor=actor, case=uuid.uuid4(), decision=award.decision_id, programme="dibao",
            household=confirmed.placed.household, since=Month(2024, 1), reason="没有办件",
        )  # fmt: skip


def test_the_platform_itself_confirms_nothing(course):
    walk = course("T01", date(2023, 4, 3))
    walk.take(step("submit"))
    walk.take(step("handle", about="低保"))
    with pytest.raises(Refusal) as refusal:
        walk.decide(step("confirm", about="低保", by="平台"))
    assert refusal.value.code in ("case.not_yours", "case.no_person")


def test_children_are_never_publicised():
    for line in lines():
        if line.name in ("orphan", "unattended", "study_aid", "left_behind"):
            assert line.publicity is None
            assert {"publicise", "publish_result"}.isdisjoint({one.action for one in line.steps})


# -- on the way ------------------------------------------------------------------------------------------
def test_a_township_does_not_confirm_what_the_county_confirms(course):
    walk = course("T01", date(2023, 4, 3))
    walk.take(step("submit"))
    walk.take(step("handle", about="低保"))
    with pytest.raises(Refusal) as refusal:
        walk.decide(step("confirm", about="低保", by="乡镇负责人"))
    assert refusal.value.article == "GV-3"


def test_one_of_several_cases_is_withdrawn_and_the_others_go_on(course):
    walk = course("T34", date(2023, 5, 8))
    walk.take(step("submit"))
    assert {"dibao", "relief_expenditure"} <= {name for name, _who in walk.cases}
    walk.take(step("withdraw", about="支出型", reason="不再申请"))
    walk.take(step("handle", about="低保"))
    walk.take(step("confirm", about="低保"))
    assert walk.row(("relief_expenditure", "")).state == "withdrawn"
    assert walk.due(Month(2023, 6)) == {("dibao", ""): 122_800}


def test_the_applicant_who_dies_before_the_decision_receives_nothing(course):
    from minzheng.registry import codes
    from minzheng.registry.actions import register_death

    walk = course("T24", date(2023, 5, 10))
    walk.take(step("submit"))
    walk.take(step("handle", about="特困"))
    with walk.offices.acting("平台") as platform:
        register_death(
            actor=platform, person=walk.placed.people["本人"], died_on=walk.day, source=codes.Source.FUNERAL
        )
    with pytest.raises(Refusal):
        walk.decide(step("confirm", about="特困"))
    walk.take(step("terminate", about="特困", reason="申请人死亡"))
    assert walk.row(("tekun", "本人")).state == "terminated"
    assert walk.awards() == []


def test_the_county_starts_the_check_within_three_working_days_and_takes_no_side_by_it(course):
    """TM-3: from the township's request, which goes out with its own investigation."""
    from minzheng.cases.models import ClockRow, Duty

    walk = course("T18", date(2023, 6, 1))
    for one in ("submit", "accept", "start_investigation"):
        walk.take(step(one, about=None if one == "submit" else "低保"))
    row = walk.row(("dibao", ""))

    def running() -> tuple[date | None, date | None]:
        with walk.offices.acting("平台"):
            return ClockRow.objects.values_list("due_on", "met_on").get(case=row, parameter="sla.start_check")

    assert running() == (date(2023, 6, 6), None)
    walk.take(step("start_check", about="低保", by="乡镇", refused="permission.denied"))
    walk.take(step("start_check", about="低保", by="县级审核"))
    assert running() == (date(2023, 6, 6), walk.day)
    with walk.offices.acting("平台"):
        sides = Duty.objects.filter(case=row).values_list("natural_person", flat=True)
        assert walk.offices.actor("县级审核").natural_person not in {str(one) for one in sides}


def test_what_was_shown_before_a_member_left_cannot_be_confirmed(course):
    """The household changes between looking and deciding: the decision is refused, and shows anew."""
    from minzheng.cases.actions import decide_case
    from minzheng.cases.queries import assessed
    from minzheng.registry import codes
    from minzheng.registry.joining import leave_household

    walk = course("T18", date(2023, 6, 1))
    walk.take(step("submit"))
    walk.take(step("handle", about="低保"))
    row = walk.row(("dibao", ""))
    with walk.offices.acting("县级") as actor:
        shown = assessed(actor, row)
    with walk.offices.acting("平台") as platform:
        leave_household(
            actor=platform, household=walk.placed.household, person=walk.placed.people["奶奶"], on=walk.day,
            event=codes.Event.MOVE, reason="随另一子女生活",
        )  # fmt: skip
    with walk.offices.acting("县级") as actor, pytest.raises(Refusal) as refusal:
        decide_case(
            actor=actor,
            case=row.public_id,
            confirm=True,
            version=row.version,
            shown_digest=shown.digest,
            reason="x",
        )
    assert refusal.value.code == "case.shown_changed"
    walk.take(step("confirm", about="低保"))
    assert walk.due(Month(2023, 7)) == {("dibao", ""): 54_600}


# -- afterwards ------------------------------------------------------------------------------------------
def test_a_wrong_confirmation_is_undone_from_its_beginning(confirmed):
    from minzheng.registry import codes
    from minzheng.registry.actions import record_fact

    walk = confirmed
    with pytest.raises(Refusal) as refusal:
        walk.take(step("void", about="低保", reason="误批"))
    assert refusal.value.code == "award.still_granted"
    with walk.offices.acting("平台") as platform:
        record_fact(
            actor=platform, table="asset", holder=walk.placed.people["户主"], source=codes.Source.FINANCE,
            values={"kind": codes.Asset.FINANCIAL, "fen": 10_000_000, "quantity": 1, "since": date(2022, 1, 1)},
        )  # fmt: skip
    walk.take(step("void", about="低保", reason="确认时未计入存款"))
    assert walk.row(("dibao", "")).state == "voided"
    assert walk.due(Month(2023, 5)) == {}
    assert [award.ground for award in walk.awards()] == ["reversed"]


def test_a_due_review_is_opened_once_and_keeps_the_award_as_it_is(course):
    from minzheng.assistance.actions import review
    from minzheng.cases.queries import letters_of

    walk = course("T01", date(2023, 4, 3))
    for one in (
        step("submit"),
        step("handle", about="低保"),
        step("confirm", about="低保", fields={"review_class": "C"}),
    ):
        walk.take(one)
    walk.take(step("notify", about="低保"))
    (award,) = walk.awards()
    assert (award.review_class, award.review_due) == ("C", date(2023, 7, 11))
    walk.go_to(award.review_due)
    with walk.offices.acting("平台") as platform:
        assert review(actor=platform, on=walk.day) >= 1
        assert review(actor=platform, on=walk.day) == 0
    walk._know_reviews()
    walk.take(step("handle", about="低保"))
    walk.take(step("confirm", about="低保", reason="情况没有变化", fields={"review_class": "C"}))
    (after,) = walk.awards()
    assert (after.ends, after.review_due) == (None, date(2023, 10, 11))
    # Nobody applied: the letter says what came of the review.
    with walk.offices.acting("县级") as actor:
        [letter] = letters_of(actor, walk.row(("dibao", "")))
    assert letter.content["title"] == "复核结果告知书"
    assert letter.content["paragraphs"][0].startswith("您家享受的最低生活保障，经复核，继续符合规定条件。")
    assert walk.due(Month(2023, 9)) == walk.due(Month(2023, 5))


def test_the_class_of_review_follows_from_who_can_work():
    """Half-yearly where somebody able to work has no fixed income, else yearly (DY-1)."""
    from minzheng.awards.granting import class_of

    class Document:
        def __init__(self, *labour):
            self.content = {"facts": {"people": [{"labour": {"value": one}} for one in labour]}}

    assert class_of(Document("NONE", "ABLE"), "dibao") == "B"
    assert class_of(Document("NONE", None), "dibao") == "A"
    assert class_of(Document("ABLE"), "tekun") == "T"
    assert class_of(Document("ABLE"), "old_age") == ""


def test_a_change_opens_its_review_once(confirmed):
    from minzheng.assistance.actions import open_change_task
    from minzheng.registry import codes
    from minzheng.registry.actions import record_fact

    walk = confirmed
    walk.take(step("notify", about="低保"))
    walk.go_to(date(2023, 5, 10))
    with walk.offices.acting("平台") as platform:
        open_change_task(actor=platform, on=walk.day)
        record_fact(
            actor=platform, table="lifeevent", holder=walk.placed.people["户主"], source=codes.Source.MARKET,
            values={"kind": codes.Event.NEW_ASSET, "on_day": walk.day},
        )  # fmt: skip
        assert open_change_task(actor=platform, on=walk.day) == 1
        assert open_change_task(actor=platform, on=walk.day) == 0


def test_what_was_taken_over_is_not_reviewed_for_what_is_long_past_but_for_a_death(course):
    from minzheng.assistance.actions import open_change_task
    from minzheng.registry import codes
    from minzheng.registry.actions import record_fact, register_death

    walk = course("T29", date(2023, 7, 1))
    walk.take(step("take_over"))
    person = walk.placed.people["本人"]
    with walk.offices.acting("平台") as platform:
        record_fact(
            actor=platform, table="lifeevent", holder=person, source=codes.Source.EMPLOYMENT,
            values={"kind": codes.Event.LOST_JOB, "on_day": date(2021, 3, 1)},
        )  # fmt: skip
        assert open_change_task(actor=platform, on=walk.day) == 0
        register_death(actor=platform, person=person, died_on=date(2023, 6, 28), source=codes.Source.FUNERAL)
        assert open_change_task(actor=platform, on=walk.day) == 1


def test_a_family_of_one_gives_up_and_receives_nothing_from_next_month(confirmed):
    walk = confirmed
    walk.take(step("notify", about="低保"))
    walk.go_to(date(2023, 6, 20))
    walk.take(step("review", fields={"what": "自愿退出"}))
    walk.take(step("give_up", about="低保", reason="本人书面申请退出"))
    assert walk.due(Month(2023, 6)) == {("dibao", ""): 54_600}
    assert walk.due(Month(2023, 7)) == {}


def test_nobody_who_lives_is_stopped_by_a_death(confirmed):
    walk = confirmed
    walk.take(step("notify", about="低保"))
    walk.take(step("review", fields={"what": "误报死亡"}))
    with pytest.raises(Refusal) as refusal:
        walk.take(step("stop_at_once", about="低保", reason="误报"))
    assert refusal.value.code == "review.somebody_lives"


def test_the_watch_list_is_compared_only_when_somebody_brings_it(confirmed):
    from minzheng.assistance.actions import compare_watch_list

    walk = confirmed
    people = set(walk.placed.people.values())
    with walk.offices.acting("平台") as platform:
        with pytest.raises(Refusal) as refusal:
            compare_watch_list(actor=platform, listed=None, place="140423")
        assert refusal.value.code == "watch_list.missing"
        found = compare_watch_list(actor=platform, listed=[*people, 999_999], place="140423")
    assert people <= found.both
    assert found.listed_only == {999_999}


# -- the household, the self-care, the letter ----------------------------------------------------------------
def test_a_changed_household_takes_its_award_with_it(confirmed):
    """The spouse leaves: two people remain, and from next month the award is theirs."""
    from minzheng.registry import codes
    from minzheng.registry.joining import leave_household

    walk = confirmed
    walk.take(step("notify", about="低保"))
    walk.go_to(date(2023, 6, 12))
    with walk.offices.acting("平台") as platform:
        leave_household(
            actor=platform, household=walk.placed.household, person=walk.placed.people["配偶"], on=walk.day,
            event=codes.Event.DIVORCE, reason="离婚",
        )  # fmt: skip
    walk.run_day()
    walk.take(step("regroup", about="低保", reason="离婚后按两人重新认定"))
    assert walk.row(("dibao", "")).state == "closed"
    assert walk.due(Month(2023, 6)) == {("dibao", ""): 54_600}
    # Two people, and the head's income of 1,500 yuan goes on: 2 x 682 < 1,500, so that a person has to look.
    assert walk.due(Month(2023, 7)) == {("dibao", ""): 54_600}


def test_who_died_leaves_the_household_and_the_rest_is_decided_anew(course):
    """T18: the grandmother dies; three remain (HH-2, TM-19), 3 x 682 - 1,500 = 546 from the month after the decision."""
    from minzheng.registry import codes
    from minzheng.registry.actions import register_death

    walk = course("T18", date(2023, 6, 1))
    for one in (
        step("submit"),
        step("handle", about="低保"),
        step("confirm", about="低保"),
        step("notify", about="低保"),
    ):
        walk.take(one)
    assert walk.due(Month(2023, 7)) == {("dibao", ""): 122_800}
    walk.go_to(date(2023, 8, 10))
    with walk.offices.acting("平台") as platform:
        register_death(
            actor=platform,
            person=walk.placed.people["奶奶"],
            died_on=date(2023, 8, 5),
            source=codes.Source.FUNERAL,
        )
    walk.run_day()
    review = walk.row(("dibao", ""))
    # Three months from the death, not from when it was heard of.
    assert (review.due_clock, review.due_on) == ("death.update", date(2023, 11, 6))
    walk.take(step("update_household", about="低保", reason="奶奶去世"))
    assert walk.row(("dibao", "")).due_clock != "death.update"
    with pytest.raises(Refusal) as refusal:
        walk.take(step("update_household", about="低保", reason="再次"))
    assert refusal.value.code == "household.nothing_to_update"
    walk.take(step("handle", about="低保"))
    walk.take(step("confirm", about="低保"))
    assert walk.due(Month(2023, 8)) == {("dibao", ""): 122_800}
    assert walk.due(Month(2023, 9)) == {("dibao", ""): 54_600}


def test_selfcare_is_reassessed_within_ten_working_days_and_moves_the_care_standard(course):
    """T24: two of six fail, 719.01 + 470; after the reassessment five fail, 719.01 + 940 (TM-14, TK-A1)."""
    walk = course("T24", date(2023, 5, 10))
    partly = {"eat": False, "dress": False}
    for one in (
        step("submit"), step("handle", about="特困", fields=partly), step("confirm", about="特困"),
        step("notify", about="特困"),
    ):  # fmt: skip
        walk.take(one)
    assert walk.due(Month(2023, 6)) == {("tekun", "本人"): 118_901}
    walk.go_to(date(2023, 8, 1))
    walk.take(step("review", fields={"what": "卧床"}))
    walk.take(
        step("report_selfcare", about="特困", fields={"what": "卧床不起", "happened_on": "2023-07-28"},
             then={"clocks": {"sla.tk.reassess": "2023-08-15"}})
    )  # fmt: skip
    worse = dict.fromkeys(("eat", "dress", "bed", "toilet", "bathe"), False) | {"walk": True}
    walk.take(step("reassess_selfcare", about="特困", fields=worse))
    walk.take(step("handle", about="特困"))
    walk.take(step("confirm", about="特困"))
    assert walk.due(Month(2023, 8)) == {("tekun", "本人"): 118_901}
    assert walk.due(Month(2023, 9)) == {("tekun", "本人"): 165_901}


def test_support_of_people_in_extreme_difficulty_ends_after_publicity_only(course):
    """TM-15: publicised seven days, then ended from the next month; not reported before."""
    from minzheng.registry import codes
    from minzheng.registry.actions import record_fact

    walk = course("T24", date(2023, 5, 10))
    for one in (
        step("submit"),
        step("handle", about="特困"),
        step("confirm", about="特困"),
        step("notify", about="特困"),
    ):
        walk.take(one)
    walk.go_to(date(2023, 8, 1))
    with walk.offices.acting("平台") as platform:
        record_fact(
            actor=platform, table="asset", holder=walk.placed.people["本人"], source=codes.Source.FINANCE,
            values={"kind": codes.Asset.FINANCIAL, "fen": 30_000_000, "quantity": 1, "since": walk.day},
        )  # fmt: skip
    walk.take(step("review", fields={"what": "存款三十万元"}))
    for one in ("start_investigation", "visit"):
        walk.take(step(one, about="特困"))
    walk.take(step("give_opinion", about="特困", fields={"opinion": "refuse"}, reason="财产超过规定"))
    with pytest.raises(Refusal) as refusal:
        walk.take(step("report", about="特困"))
    assert refusal.value.article == "TM-15"
    walk.take(step("publicise", about="特困"))
    walk.wait(8)
    walk.take(step("report", about="特困"))
    walk.take(step("refuse", about="特困", reason="财产超过规定"))
    assert walk.due(Month(2023, 8)) != {}
    assert walk.due(Month(2023, 9)) == {}


# -- a family says what changed (TM-20) ------------------------------------------------------------------
def test_a_change_that_the_family_reports_opens_the_review_of_what_runs_once(confirmed):
    from minzheng.assistance.actions import report
    from minzheng.cases.corrections import Doubted
    from minzheng.cases.models import Correction, Event
    from tests.courses.offices import FAMILY

    walk, key = confirmed, uuid.uuid4()
    walk.take(step("notify", about="低保"))
    walk.go_to(date(2023, 7, 3))
    changed = Doubted("女儿 6 月起在县城上班，每月 2,000 元", label="工资", changed_on=date(2023, 6, 5))
    for _twice in (1, 2):
        with walk.acting(FAMILY) as actor:
            done = report(actor=actor, household=walk.placed.household, what=changed, client_key=key)
        assert done.correction is None
        assert [case.line for case in done.reviews] == ["review"]
    with walk.offices.acting("平台"):
        (event,) = Event.objects.filter(case__in=done.reviews, action="report_change")
        assert event.actor.startswith("resident:")
        assert "每月 2,000 元" in event.fields["what"]
        assert not Correction.objects.exists()
    assert walk.due(Month(2023, 7)) == walk.due(Month(2023, 6)), "a report alone changes no money"
    with walk.acting(FAMILY) as actor:
        wrong = report(
            actor=actor,
            household=walk.placed.household,
            what=Doubted("姓名中的字写错"),
            client_key=uuid.uuid4(),
        )
    assert wrong.reviews == ()
    assert wrong.correction is not None


def test_a_change_while_the_case_itself_is_open_is_answered_all_the_same(confirmed):
    """No review opens beside the open case: the report waits for an answer, and is not lost."""
    from minzheng.assistance.actions import report
    from minzheng.cases.corrections import Doubted
    from tests.courses.offices import FAMILY

    walk = confirmed
    with walk.acting(FAMILY) as actor:
        done = report(
            actor=actor, household=walk.placed.household, client_key=uuid.uuid4(),
            what=Doubted("女儿上班了", changed_on=date(2023, 4, 1)),
        )  # fmt: skip
    assert done.reviews == ()
    assert done.correction.says == "女儿上班了"
