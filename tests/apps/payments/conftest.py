"""The invented town, filled once a run; a test starts from it, as the application's role."""

from __future__ import annotations

import pytest

from tests.apps.payments import town as invented
from tests.conftest import filled_database


@pytest.fixture(scope="module")
def town_database(django_db_setup, django_db_blocker, worker_id: str):
    with django_db_blocker.unblock(), filled_database(worker_id, "minzheng_payments_town", invented.fill):
        yield


@pytest.fixture
def town(town_database, db):
    """Rolled back after the test; a city-wide scope of a job is open around it."""
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")) as actor:
        yield actor


@pytest.fixture
def real_town(town_database, committed):
    """Commits are real; no scope is open."""
