"""What dynamic management finds about running awards becomes a review, once, and the task leads to its case."""

from __future__ import annotations

from minzheng.assistance.jobs import run_day
from minzheng.awards.models import Award, Task
from minzheng.awards.taking_over import take_over
from minzheng.awards.tasks import note
from minzheng.awards.types import TaskKind
from minzheng.cases.models import Case
from minzheng.values.month import Month
from tests.apps.assessment.conftest import TODAY, city_of_stories, stories

__all__ = ["city_of_stories", "stories"]


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
