"""Worked cases with a course in time, carried out on the platform: who does what on which day, and what falls due."""

from __future__ import annotations

import pytest

from tests.courses.conftest import WITH_A_COURSE, opening_day
from tests.courses.driver import Course


@pytest.mark.parametrize("case", WITH_A_COURSE, ids=lambda case: case.id)
def test_a_course_runs_as_its_author_expects(case, worked_registry, own_parameters, db):
    own_parameters(case)
    course = Course(case, worked_registry[case.id], opening_day(case))
    for step in case.course.steps:
        course.take(step)
