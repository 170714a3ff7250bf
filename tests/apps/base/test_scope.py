"""The scope ticket: what it shows, and every way round it that must fail."""

import pytest
from django.db import connection

from minzheng.base.scope import scope
from minzheng.base.types import Actor

pytestmark = pytest.mark.django_db

CITY = "1404"


def officer(*regions):
    return Actor(key="staff:1", name="测试经办", regions=regions)


@pytest.fixture
def households(db, owner_cursor):
    """A guarded table with a row in each of four places."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return


def rows(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def test_smoke():
    with scope(officer("140403")):
        assert rows("select guard.scope_regions()") == [(["140403"],)]
