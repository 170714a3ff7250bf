"""A resident's ticket: it opens one household, no region, and cannot be made to open another."""

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.keys import secret
from minzheng.base.scope import scope, system_actor
from minzheng.base.ticket import signed
from minzheng.base.types import Actor, Permission, resident_actor
from tests.apps.base.conftest import ticket_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("letters")]

LI, WANG = resident_actor(11, 7, "李某"), resident_actor(12, 8, "王某")


@pytest.fixture
def letters(django_db_setup, owner_cursor):
    """Tables of letters to households: one residents read, one they write to, one they also change."""
    owner_cursor.execute("select to_regclass('public.letter_read')")
    if owner_cursor.fetchone()[0] is not None:
        return
    owner_cursor.execute("select guard.open_scope(%s)", [ticket_for(owner_cursor, "system:test", ["14"])])
    for name, rights in (
        ("read", ""),
        ("sent", ", writes => true"),
        ("kept", ", writes => true, changes => true"),
    ):
        table = f"letter_{name}"
        owner_cursor.execute(
            f"create table {table} (id serial primary key, division text not null, household_id bigint not null)"
        )
        owner_cursor.execute(f"select guard.by_region('{table}')")
        owner_cursor.execute(f"select guard.by_household('{table}'{rights})")
        owner_cursor.execute(
            f"insert into {table} (division, household_id) values"
            " ('140403001001', 7), ('140403001001', 8), ('140423001001', 7)"
        )
    owner_cursor.connection.commit()


def rows(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall()


def refused(sql, *arguments):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)


def households(table="letter_read"):
    return [one for (one,) in rows(f"select household_id from {table} order by id")]


def test_a_resident_has_no_role_and_no_region():
    assert LI.is_resident
    assert (LI.key, LI.person, LI.household) == ("resident:11:7", 11, 7)
    assert not LI.is_system
    assert not any(LI.may(permission) for permission in Permission)
    assert not LI.covers("140403001001")
    with pytest.raises(ValueError, match="ids"):
        resident_actor(0, 7, "李某")


def test_the_ticket_of_a_resident_opens_one_household_wherever_its_rows_lie():
    with scope(LI):
        assert rows("select guard.scope_actor(), guard.scope_person(), guard.scope_household()") == [
            ("resident:11:7", 11, 7)
        ]
        assert rows("select guard.scope_regions()") == [([],)]
        assert households() == [7, 7]
    with scope(WANG):
        assert households() == [8]
    assert rows("select guard.scope_person(), guard.scope_household()") == [(None, None)]


@pytest.mark.parametrize(
    "key",
    ["staff:1", "system:test", "resident:11", "resident:11:", "resident::7", "resident:11:7:8", "xresident:11:7",
     "resident:11:7 ", "resident:0:7", "resident:11:-7", "resident:１１:７", "resident:11:9999999999999999999"],
)  # fmt: skip
def test_nobody_else_is_a_household(key):
    with scope(Actor(key=key, name="", regions=("140423",))):
        assert rows("select guard.scope_person(), guard.scope_household()") == [(None, None)]
        assert households() == [7]


def test_staff_see_what_they_saw():
    with scope(Actor(key="staff:1", name="", regions=("140403",))):
        assert households() == [7, 8]
    with scope(system_actor("test")):
        assert households() == [7, 8, 7]


def test_a_resident_writes_only_where_a_table_lets_them_and_only_for_their_own_household():
    with scope(LI):
        refused("insert into letter_read (division, household_id) values ('140403001001', 7)")
        for table in ("letter_sent", "letter_kept"):
            assert (
                len(rows(f"insert into {table} (division, household_id) values ('140403', 7) returning id"))
                == 1
            )
            refused(f"insert into {table} (division, household_id) values ('140403', 8)")
            assert rows(f"delete from {table} returning id") == []
        assert rows("update letter_read set division = '1404' returning id") == []
        assert rows("update letter_sent set division = '1404' returning id") == []
        assert set(rows("update letter_kept set division = '1404' returning household_id")) == {(7,)}
        refused("update letter_kept set household_id = 8")


def test_a_resident_cannot_become_another_one():
    with connection.cursor() as cursor:
        genuine = ticket_for(cursor, LI.key, [])
        forged = ticket_for(cursor, WANG.key, [], key=b"0" * 32)
    refused("select guard.open_scope(%s)", forged)
    refused("select guard.open_scope(%s)", genuine.replace(":7|", ":8|"))
    with scope(LI):
        rows("select set_config('minzheng.ticket', %s, true)", genuine.replace(":7|", ":8|"))
        assert rows("select guard.scope_household()") == [(None,)]
        assert households() == []
    refused("select guard.scope_resident(2)")
    refused("select guard.by_household('letter_read')")
    refused("create policy mine on letter_read using (true)")


def test_a_table_without_row_level_security_gets_no_such_policy(owner_cursor):
    owner_cursor.execute("create table letter_open (household_id bigint)")
    with pytest.raises(Exception, match="no row-level security"):
        owner_cursor.execute("select guard.by_household('letter_open')")


def test_a_key_with_a_bar_is_never_signed():
    with pytest.raises(ValueError, match="bar"):
        signed(secret("scope"), "resident:11|7", [], 0, 1, 1)
