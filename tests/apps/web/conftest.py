"""A small demonstration city in a throwaway database, and somebody signed in for each role."""

from __future__ import annotations

import pytest
from django.test import Client

from minzheng.base.demo_staff import ACCOUNTS, PASSWORD
from minzheng.base.types import Role
from tests.conftest import _point_at, filled_database

#: Some three thousand people, the fixed households among them.
SCALE, SEED = 0.001, 1
#: The village whose township the demonstration's township officer has in charge.
HOME_VILLAGE = "140403104206"
HOME_TOWNSHIP = 140403104
OTHER_TOWNSHIP = 140425200


@pytest.fixture(scope="module")
def stories_loaded(django_db_setup, django_db_blocker, worker_id):
    """The city in a database of the module's own; a test client writes inside a transaction that is rolled back."""
    from django.core.cache import cache

    with django_db_blocker.unblock(), filled_database(worker_id, "minzheng_city", _build_city):
        cache.clear()
        yield
        cache.clear()


def _build_city() -> None:
    """Build and compare, each in the role its command has."""
    from django.db import connection

    from minzheng.assessment.sweep import run_sweep
    from minzheng.base.scope import system_actor
    from minzheng.demo.build import build

    build(SCALE, SEED, quiet=True)
    _point_at(connection.settings_dict["NAME"], "app")
    run_sweep(actor=system_actor("sweep"), plain=True, sample_size=20)


def come_in(client: Client, username: str, onward: str = "/"):
    """Through the door as a demonstration account, with both factors; the answer of the last step."""
    from minzheng.base.factors import demonstration_code
    from minzheng.base.models import Staff
    from minzheng.base.scope import scope, system_actor

    reply = client.post("/sign-in/", {"username": username, "password": PASSWORD, "next": onward})
    assert reply.status_code == 302, reply.content.decode()
    with scope(system_actor("sign_in")):
        code = demonstration_code(Staff.objects.get(username=username))
    reply = client.post("/sign-in/code/", {"code": code, "next": onward})
    assert reply.status_code == 302, reply.content.decode()
    return reply


@pytest.fixture
def office(stories_loaded, db):
    """`office(Role.X)` gives a browser-like client signed in with that role; `office()` one at the door."""

    def enter(role: Role | None = None) -> Client:
        client = Client()
        client.raise_request_exception = True
        if role is not None:
            account = next(one for one in ACCOUNTS if one.role is role)
            come_in(client, account.username)
        return client

    return enter


@pytest.fixture
def households(stories_loaded, db):
    """The fixed households by number."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.demo.stories import STORIES
    from minzheng.registry.models import Household

    with scope(system_actor("test")):
        return Household.objects.in_bulk([story.id for story in STORIES])
