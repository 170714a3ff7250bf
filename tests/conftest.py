"""The database of the tests: one throwaway embedded PostgreSQL a run, a migrated template, a copy for each worker.

Tests speak to it as the application's role, as the web does. `owner_cursor` speaks as the owner of the schema.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

RUN = os.environ.setdefault(
    "MINZHENG_TEST_RUN", os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")[:12]
)
HOME = Path(tempfile.gettempdir()) / f"minzheng-test-{RUN}"
# Keys and secrets of the tests never touch those of the checkout.
os.environ["MINZHENG_HOME"] = str(HOME)

# Playwright keeps an event loop running in the worker's thread; Django must not take that for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

TEMPLATE = "minzheng_template"

#: What a fresh database of this worker is copied from: the empty schema, or what a module's fixture put there.
_templates = [TEMPLATE]


@pytest.fixture(scope="session")
def database_server() -> Iterator[Path]:
    """The home folder of the running throwaway server."""
    from minzheng.database import serving

    with serving(HOME, throwaway=True):
        yield HOME


@pytest.fixture(scope="session")
def django_db_setup(database_server: Path, django_db_blocker, worker_id: str) -> Iterator[None]:
    """Point Django at this worker's own copy of the migrated template, as the application's role."""
    from django.db import connection
    from django.test import TransactionTestCase

    name = f"minzheng_{worker_id}"

    def start_afresh(_case: object) -> None:
        connection.close()
        fresh_database(name)

    # The application's role may not truncate, and the audit refuses everybody: committed tests get a new copy.
    TransactionTestCase._fixture_teardown = start_afresh
    with django_db_blocker.unblock():
        with _one_at_a_time():
            _make_template(database_server)
        fresh_database(name)
        _point_at(name, "app")
        yield
        connection.close()


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def committed(django_db_setup, django_db_blocker, worker_id: str) -> Iterator[None]:
    """Commits are real, and the whole database is thrown away afterwards. For what a rollback would hide."""
    from django.db import connection

    with django_db_blocker.unblock():
        yield
        connection.close()
        fresh_database(f"minzheng_{worker_id}")


@pytest.fixture
def owner_cursor(django_db_setup, worker_id: str):
    """A cursor of the owner of the schema, in a transaction of its own that is rolled back."""
    from minzheng.database import Role, address

    connection = address(Role.OWNER, base=HOME, name=f"minzheng_{worker_id}").connect()
    try:
        yield connection.cursor()
    finally:
        connection.rollback()
        connection.close()


@pytest.fixture
def city(db):
    """A system actor with a city-wide ticket, its scope open for the test."""
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")) as actor:
        yield actor


def fresh_database(name: str) -> None:
    """Drop the database and copy the template in force again (about 0.1 s)."""
    from minzheng.database import Role, address

    with address(Role.SUPERUSER, base=HOME, name="postgres").connect(autocommit=True) as root:
        root.execute(f"drop database if exists {name} with (force)")
        root.execute(f"create database {name} template {_templates[-1]} owner minzheng_owner")


@contextlib.contextmanager
def filled_database(worker_id: str, template: str, fill: Callable[[], None]) -> Iterator[None]:
    """While open, this worker's database is a copy of `template`; `fill` fills that as its owner, once a run.

    For the scope of one module: what is committed here is never seen by another module, and a test that throws the
    database away gets the filled one back.
    """
    from django.db import connection

    name = f"minzheng_{worker_id}"
    with _one_at_a_time():
        _make_filled(template, fill)
    _templates.append(template)
    fresh_database(name)
    _point_at(name, "app")
    try:
        yield
    finally:
        _templates.remove(template)
        connection.close()
        fresh_database(name)


def _make_filled(template: str, fill: Callable[[], None]) -> None:
    from django.db import connection

    from minzheng.database import Role, address

    with address(Role.SUPERUSER, base=HOME, name="postgres").connect(autocommit=True) as root:
        if root.execute("select from pg_database where datname = %s", [template]).fetchone() is not None:
            return
        root.execute(f"drop database if exists {template}_unfinished with (force)")
        root.execute(f"create database {template}_unfinished template {TEMPLATE} owner minzheng_owner")
        _point_at(f"{template}_unfinished", "owner")
        fill()
        connection.close()
        root.execute(f"alter database {template}_unfinished rename to {template}")


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """One worker makes a template; the others wait for it."""
    with (HOME / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_template(home: Path) -> None:
    from django.db import connection

    from minzheng.base.installation import migrate
    from minzheng.database import Role, address

    with address(Role.SUPERUSER, base=home, name="postgres").connect(autocommit=True) as root:
        if root.execute("select from pg_database where datname = %s", [TEMPLATE]).fetchone() is not None:
            return
        root.execute(f"create database {TEMPLATE}_unfinished owner minzheng_owner")
        _point_at(f"{TEMPLATE}_unfinished", "owner")
        migrate(Role.APP.login)
        connection.close()
        root.execute(f"alter database {TEMPLATE}_unfinished rename to {TEMPLATE}")


def _point_at(name: str, role: str) -> None:
    from django.db import connection

    from minzheng.database import Role, address

    connection.close()
    place = address(Role(role), base=HOME, name=name)
    connection.settings_dict |= {
        "HOST": place.host,
        "PORT": place.port,
        "NAME": place.name,
        "USER": place.user,
        "PASSWORD": "",
        "OPTIONS": place.options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
    }
