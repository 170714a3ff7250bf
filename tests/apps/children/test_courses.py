"""The courses of worked cases about children."""

from __future__ import annotations

import pytest

from tests.apps.assistance.test_courses import ELSEWHERE, walk
from tests.courses.conftest import WITH_A_COURSE

OWN = [case for case in WITH_A_COURSE if case.id.startswith(ELSEWHERE["children"])]


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.id)
def test_a_course_runs_as_its_author_expects(case, worked_registry, own_parameters, db):
    walk(case, worked_registry, own_parameters)
