"""Building in the database: whole, once, again only when asked; the truth out of the application's reach."""

from datetime import date

import psycopg
import pytest

from minzheng.values.errors import Refusal

pytestmark = pytest.mark.usefixtures("committed")
TINY = 0.001


@pytest.fixture
def as_owner(worker_id):
    """Django speaks as the owner of the schema, as `minzheng demo build` does."""
    from tests.conftest import _point_at

    _point_at(f"minzheng_{worker_id}", "owner")
    yield
    _point_at(f"minzheng_{worker_id}", "app")


def count(table: str) -> int:
    from django.db import connection

    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return cursor.fetchone()[0]


def test_a_city_is_built_once_kept_refused_and_replaced(as_owner):
    from minzheng.base.queries import business_date
    from minzheng.demo.build import build, standing_city

    built, fresh = build(TINY, 3, quiet=True)
    assert fresh
    assert built.persons == count("registry_person") > 3_000
    assert business_date() == date(2023, 12, 31)
    again, fresh = build(TINY, 3, quiet=True)
    assert not fresh
    assert again.persons == built.persons
    with pytest.raises(Refusal, match="已有规模"):
        build(TINY, 4, quiet=True)
    kept, fresh = build(None, None, if_needed=True, quiet=True)
    assert (kept.seed, fresh) == (3, False)
    _, fresh = build(0.0012, None, if_needed=True, quiet=True)
    assert fresh
    assert standing_city().scale == 0.0012
    assert count("registry_person") > built.persons
    assert count("base_staff") >= 8
    with pytest.raises(Refusal, match="2023-01-01 至 2023-12-31"):
        build(TINY, 3, replace=True, day=date(2024, 1, 1), quiet=True)
    assert standing_city().scale == 0.0012
    build(TINY, 3, replace=True, day=date(2023, 11, 13), quiet=True)
    assert business_date() == date(2023, 11, 13)


def test_a_city_of_an_earlier_program_is_kept_in_use_and_refused_to_a_builder(monkeypatch):
    from minzheng.demo import build as building

    building.build(TINY, 3, quiet=True)
    monkeypatch.setattr(building, "GENERATOR", building.GENERATOR + 1)
    kept, fresh = building.build(TINY, None, if_needed=True, quiet=True)
    assert (kept.is_current, fresh) == (False, False)
    with pytest.raises(Refusal, match="较早的程序"):
        building.build(TINY, 3, quiet=True)


def test_a_build_that_is_cut_short_leaves_nothing_and_can_be_run_again(monkeypatch):
    from minzheng.demo import build as building

    def cut(*_arguments, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(building.truth_store, "write", cut)
        building.build(TINY, 3, quiet=True)
    assert building.standing_city() is None
    assert count("registry_person") == count("registry_income") == 0
    built, fresh = building.build(TINY, 3, quiet=True)
    assert fresh
    assert built.persons == count("registry_person")


def test_a_build_cut_short_before_the_office_is_opened_opens_it_the_next_time(monkeypatch):
    from minzheng.base.queries import business_date, business_date_is_set
    from minzheng.demo import build as building

    def cut(*_arguments, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(building, "open_demo_accounts", cut)
        patched.setattr(building.settings, "DEMO", True)
        building.build(TINY, 3, quiet=True)
    assert not business_date_is_set()
    _, fresh = building.build(TINY, 3, quiet=True)
    assert not fresh
    assert business_date() == date(2023, 12, 31)


def test_the_application_cannot_read_the_truth():
    from django.db import connection
    from django.db.utils import ProgrammingError

    from minzheng.demo.build import build
    from minzheng.demo.measure import stored_truth

    build(TINY, 3, quiet=True)
    truth = list(stored_truth())
    assert {row.verdict for row in truth} == {"missed", "ended", "amount", "neutral"}
    with (
        pytest.raises((ProgrammingError, psycopg.errors.InsufficientPrivilege)),
        connection.cursor() as cursor,
    ):
        cursor.execute("select count(*) from demo_truth.planted")


def test_a_registry_of_real_people_is_left_alone():
    from minzheng.demo import stories
    from minzheng.demo.build import build
    from minzheng.registry.bulk import bulk_load, tables_from

    with bulk_load(note="real") as load:
        for name, table in tables_from(stories.rows().items()).items():
            load.add(name, table)
        load.publish()
    with pytest.raises(Refusal, match="非演示数据"):
        build(TINY, 3, quiet=True)


@pytest.mark.parametrize("scale", [0.0005, 1.5])
def test_impossible_scales_are_refused(scale):
    from minzheng.demo.build import build

    with pytest.raises(Refusal, match="规模"):
        build(scale, 3, quiet=True)
