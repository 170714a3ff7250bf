"""Worked cases with a course in time, carried out on the platform: who does what on which day, and what falls due."""

from __future__ import annotations

import pytest

from tests.courses.conftest import WITH_A_COURSE, opening_day
from tests.courses.driver import Course

ELSEWHERE = {"disability": ("T48", "T49"), "children": ("T53", "T57", "LB-", "ZX-")}
"""Cases that stand with the tests of another line."""
OWN = [
    case
    for case in WITH_A_COURSE
    if not case.id.startswith(tuple(i for ids in ELSEWHERE.values() for i in ids))
]


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.id)
def test_a_course_runs_as_its_author_expects(case, worked_registry, own_parameters, db):
    walk(case, worked_registry, own_parameters)


def walk(case, worked_registry, own_parameters):
    own_parameters(case)
    course = Course(case, worked_registry[case.id], opening_day(case))
    for step in case.course.steps:
        course.take(step)


def test_every_case_of_the_catalogue_that_has_a_course_in_time_has_one_here():
    wanted = ("T08", "T12", "T18", "T29", "T30", "T32", "T33", "T34", "T35", "T37", "T38", "T39", "T41", "T42", "T43",
              "T44", "T48", "T49", "T53")  # fmt: skip
    missing = [name for name in wanted if not any(case.id.startswith(name) for case in WITH_A_COURSE)]
    assert missing == []
    assert [case.id for case in WITH_A_COURSE if case.later] == []
