"""The twelve fixed households of the demonstration in a throwaway database, and somebody signed in for each role."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from minzheng.base.demo_staff import ACCOUNTS, PASSWORD, open_demo_accounts
from minzheng.base.types import Role
from tests.conftest import filled_database

TODAY = date(2023, 12, 31)
RECORDED = datetime(2023, 12, 26, tzinfo=UTC)
#: The village whose township the demonstration's township officer has in charge.
HOME_VILLAGE = "140403104206"
HOME_TOWNSHIP = 140403104
OTHER_TOWNSHIP = 140425200


@pytest.fixture(scope="module")
def stories_loaded(django_db_setup, django_db_blocker, worker_id):
    """The fixed households in a database of the module's own; tests of one client write inside a rolled back transaction."""
    from django.core.cache import cache

    with django_db_blocker.unblock(), filled_database(worker_id, "minzheng_stories", _load_stories):
        cache.clear()
        yield
        cache.clear()


def _load_stories() -> None:
    from minzheng.base.actions import set_business_date
    from minzheng.base.scope import scope, system_actor
    from minzheng.demo import stories
    from minzheng.registry.bulk import bulk_load, tables_from

    with bulk_load(note="stories", recorded_at=RECORDED) as load:
        for name, table in tables_from(stories.rows().items()).items():
            load.add(name, table)
        load.publish()
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=TODAY, reason="tests")
        open_demo_accounts(actor=actor, village=HOME_VILLAGE, since=date(2023, 1, 1))


@pytest.fixture
def office(stories_loaded, db):
    """`office(Role.X)` gives a browser-like client signed in with that role; `office()` one at the door."""

    def enter(role: Role | None = None) -> Client:
        client = Client()
        client.raise_request_exception = True
        if role is not None:
            account = next(one for one in ACCOUNTS if one.role is role)
            reply = client.post("/sign-in/", {"username": account.username, "password": PASSWORD})
            assert reply.status_code == 302, reply.content.decode()
        return client

    return enter


@pytest.fixture
def households(stories_loaded, db):
    """Public ids of the fixed households by number, with their townships."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.registry.models import Household

    with scope(system_actor("test")):
        return {row.pk: row for row in Household.objects.order_by("pk")}
