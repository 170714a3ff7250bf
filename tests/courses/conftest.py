"""The worked cases in a registry: loaded once for the run, a copy for each module that asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from minzheng.rulebook.worked import read_files
from minzheng.rulebook.worked.case import Case
from tests.conftest import filled_database
from tests.courses.loading import Loading, Placed

FOLDER = Path(__file__).parent.parent / "provisions"
WITHOUT_ROWS = {
    "T05": "an income by the year that is no whole fen a month",
    "T25-unknown": "a self-care assessment that nobody made has no row, and needs none",
}
"""Cases of which the registry cannot hold what is written."""
CASES = [case for case in read_files(sorted(FOLDER.glob("acceptance_*.yaml"))) if case.id not in WITHOUT_ROWS]
WITH_A_COURSE = [case for case in read_files([FOLDER]) if case.course]


def opening_day(case: Case) -> date:
    """The day a case opens on: of its course, of its application, else the first day it is asked about."""
    days = (
        [step.on for step in case.course.steps[:1]]
        or list(case.applied.values())
        or list(case.decided.values())
    )
    return min([*days, *(point.on for point in case.points), *(event.on for event in case.events)])


@pytest.fixture(scope="session")
def collected() -> Loading:
    loading = Loading()
    known = {case.id for case in CASES}
    for case in [*CASES, *(case for case in WITH_A_COURSE if case.id not in known)]:
        loading.add(case, opening_day(case))
    return loading


@pytest.fixture(scope="module")
def worked_registry(
    django_db_setup, django_db_blocker, worker_id: str, collected: Loading
) -> Iterator[dict[str, Placed]]:
    """Every acceptance case in the registry of this module's database; where each one is, by its id."""
    with (
        django_db_blocker.unblock(),
        filled_database(worker_id, "minzheng_worked_cases", collected.publish),
    ):
        yield collected.placed
