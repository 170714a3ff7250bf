"""What dynamic management finds about running awards becomes a review, once, and the task leads to its case."""

from __future__ import annotations

from minzheng.assistance.actions import open_doubted
from minzheng.assistance.jobs import run_day
from minzheng.awards.models import Award, Task
from minzheng.awards.taking_over import take_over
from minzheng.awards.tasks import note
from minzheng.awards.types import TaskKind
from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.cases.models import Case
from minzheng.cases.moving import note as note_step
from minzheng.cases.types import Side
from minzheng.cases.where import case_row
from minzheng.values.month import Month
from tests.apps.assessment.conftest import TODAY
from tests.apps.awards.conftest import city_of_stories, confirmed, opened, staff_of, stories, tiny

__all__ = ["city_of_stories", "confirmed", "opened", "staff_of", "stories", "tiny"]


def test_a_task_becomes_one_review_and_is_closed_by_it(city_of_stories):
    take_over(actor=city_of_stories, county="140403", month=Month(2023, 12), on=TODAY)
    award = Award.objects.filter(programme="dibao").order_by("id").first()
    note(award, TaskKind.NOT_ENTITLED, key="2023-12", due=TODAY, detail={})
    note(award, TaskKind.NOTICE, key="2023-12", due=TODAY, detail={})
    for _again in range(2):
        run_day(TODAY)
    case = Case.objects.get(line="review", household_id=award.household_id, programme="dibao")
    found = {task.kind: (task.case_id, task.closed_on) for task in Task.objects.filter(award=award)}
    assert found == {"not_entitled": (case.public_id, TODAY), "notice": (None, None)}


def test_what_supervision_doubts_is_reviewed_once(city_of_stories, staff_of, opened):
    award = opened("dibao")
    case = Case.objects.get(public_id=award.case_id)
    supervisor = staff_of(Role.CITY_SUPERVISOR, at="1404")
    with scope(supervisor):
        row = case_row(supervisor, case.public_id, lock=True)
        note_step(
            supervisor, row, "supervise", TODAY, clause="GV-4", reason="收入没有核清", side=Side.SUPERVISE,
            fields={"finding": "wrong"},
        )  # fmt: skip
    assert [open_doubted(actor=city_of_stories, on=TODAY) for _ in range(2)] == [1, 0]
    review = Case.objects.get(line="review", household_id=award.household_id, programme="dibao")
    assert review.received_on == TODAY
