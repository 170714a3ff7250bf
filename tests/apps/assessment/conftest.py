"""The fixed households of the demonstration, with the business date set, committed once a module."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

TODAY = date(2023, 12, 31)
#: The widow who receives nothing, by household.
WIDOW = 10
RECORDED = datetime(2023, 12, 26, tzinfo=UTC)
#: Every source answers for the whole city up to the business date, so that no row means none.
VOUCHED = {
    "division": [1404] * 30,
    "kind": list(range(1, 31)),
    "since": [date(2019, 1, 1)] * 30,
    "complete_to": [TODAY] * 30,
    "trusted_until": [date(2024, 3, 31)] * 30,
    "source": [2] * 30,
}


def load_stories() -> None:
    """Commit the fixed households and the business date."""
    from minzheng.base.actions import set_business_date
    from minzheng.base.scope import scope, system_actor
    from minzheng.demo import stories
    from minzheng.registry.bulk import bulk_load, tables_from

    with bulk_load(note="stories", recorded_at=RECORDED) as load:
        for name, table in tables_from(stories.rows().items()).items():
            load.add(name, table)
        load.add("coverage", tables_from([("coverage", VOUCHED)])["coverage"])
        load.publish()
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=TODAY, reason="tests")


@pytest.fixture(scope="module")
def stories(django_db_setup, django_db_blocker, worker_id):
    """The fixed households, committed; the database is thrown away after the module."""
    from django.db import connection

    from tests.conftest import fresh_database

    with django_db_blocker.unblock():
        load_stories()
        yield
        connection.close()
        fresh_database(f"minzheng_{worker_id}")


@pytest.fixture
def city_of_stories(stories, db):
    """A system actor with the whole city in scope; what the test writes is rolled back."""
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")) as actor:
        yield actor


@pytest.fixture(scope="session")
def engines():
    """Both stages of the rulebook as plain Python."""
    from minzheng.assessment.computing import make_engines

    return make_engines(compiled=False)


@pytest.fixture(scope="module")
def story_snapshot(stories, tmp_path_factory):
    """A snapshot of the fixed households for December 2023."""
    from minzheng.registry.snapshot import write_snapshot
    from minzheng.values.month import Month

    folder = tmp_path_factory.mktemp("snapshots") / "2023-12"
    write_snapshot(folder, month=Month(2023, 12))
    return folder


@pytest.fixture
def fresh(committed):
    """The fixed households, committed, thrown away after the test: for what writes by itself."""
    load_stories()


@pytest.fixture
def sweep(fresh, engines, tmp_path):
    """`sweep()` sweeps the fixed households as they are now, from a new snapshot; returns the finished row."""
    from minzheng.assessment.sweep import run_sweep
    from minzheng.base.scope import system_actor
    from minzheng.registry.snapshot import write_snapshot
    from minzheng.values.month import Month

    taken = iter(range(100))

    def run(folder=None, **how):
        if folder is None and not how.get("resume"):
            folder = tmp_path / f"snapshot-{next(taken)}"
            write_snapshot(folder, month=how.pop("month", Month(2023, 12)))
        return run_sweep(actor=system_actor("test"), folder=folder, engines=engines, **how)

    return run


@pytest.fixture
def staff():
    """`staff(Role.X, "140403104")`: an actor with a role and regions."""
    from minzheng.base.types import Actor, Role

    def make(role: Role, *regions: str, key: str = "staff:1") -> Actor:
        return Actor(key=key, name="测试人员", regions=regions, roles=frozenset({role}))

    return make


@pytest.fixture(scope="module")
def swept_once(stories, story_snapshot, engines):
    """One sweep of the fixed households, committed for the module."""
    from minzheng.assessment.sweep import run_sweep
    from minzheng.base.scope import system_actor

    return run_sweep(actor=system_actor("test"), folder=story_snapshot, engines=engines)


def officers(staff):
    """The township officer of the widow, and one of another township where there is work."""
    from minzheng.assessment.models import Lead
    from minzheng.base.scope import scope, system_actor
    from minzheng.base.types import Role
    from minzheng.registry.models import Household

    with scope(system_actor("test")):
        township = str(Household.objects.get(pk=WIDOW).township)
        elsewhere = sorted(Lead.objects.exclude(division=township).values_list("division", flat=True))[0]
    return staff(Role.TOWNSHIP_OFFICER, township), staff(Role.TOWNSHIP_OFFICER, elsewhere, key="staff:2")
