"""The scope ticket: what it shows, and every way round it that must fail."""

import time

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.keys import secret
from minzheng.base.scope import scope, system_actor
from minzheng.base.ticket import signed
from minzheng.base.types import Actor
from tests.apps.base.conftest import PLACES, ticket_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("probe")]


def officer(*regions):
    return Actor(key="staff:1", name="测试经办", regions=regions)


def rows(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def places():
    return [division for (division,) in rows("select division from probe order by division")]


def refused(sql, *arguments):
    """The statement fails, and the transaction goes on."""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)


# -- what a ticket shows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("regions", "seen"),
    [
        (("1404",), PLACES[:3]),
        (("140403",), PLACES[:2]),
        (("140403002",), PLACES[1:2]),
        (("140403001", "140423"), (PLACES[0], PLACES[2])),
        (("140499",), ()),
        ((), ()),
    ],
)
def test_an_actor_sees_the_rows_of_the_regions_in_charge(regions, seen):
    with scope(officer(*regions)):
        assert places() == list(seen)


def test_a_row_elsewhere_is_neither_written_nor_moved_nor_deleted():
    with scope(officer("140403")):
        refused("insert into probe (division) values ('140423001001')")
        refused("update probe set division = '140423001001'")
        assert rows("delete from probe where division like '140423%%' returning id") == []
    with scope(system_actor("test")):
        assert places() == list(PLACES[:3])


def test_after_the_block_the_outer_scope_holds_again():
    with scope(officer("140403")):
        with scope(officer("140423")):
            assert places() == [PLACES[2]]
        assert places() == list(PLACES[:2])
        with pytest.raises(ZeroDivisionError), scope(officer("140423")):
            raise ZeroDivisionError
        assert places() == list(PLACES[:2])
    assert places() == []


def test_the_functions_answer_from_the_ticket():
    with scope(officer("140403")):
        assert rows("select guard.scope_actor(), guard.scope_regions()") == [("staff:1", ["140403"])]
        assert rows("select guard.scope_allows('140403001001'), guard.scope_allows('140423001001')") == [
            (True, False)
        ]
    assert rows("select guard.scope_actor(), guard.scope_regions(), guard.scope_allows('14')") == [
        (None, [], False)
    ]


# -- seven ways round it, and an eighth --------------------------------------------------------------------


def test_1_without_a_ticket_nothing_is_seen_or_written():
    assert places() == []
    refused("insert into probe (division) values ('140403001001')")


def test_3_a_forged_ticket_is_refused():
    with connection.cursor() as cursor:
        forged = ticket_for(cursor, "staff:1", ["1404"], key=b"0" * 32)
        genuine = ticket_for(cursor, "staff:1", ["140403"])
    refused("select guard.open_scope(%s)", forged)
    refused("select guard.open_scope(%s)", genuine.replace("140403", "1404", 1))
    for broken in ("", "|", "a|b|c|d|e|f", "staff:1|1404|99999999999999999999|1|1|x", genuine + "|x"):
        refused("select guard.open_scope(%s)", broken)
    assert places() == []


def test_4_an_expired_ticket_is_refused():
    with connection.cursor() as cursor:
        late = ticket_for(cursor, "staff:1", ["1404"], expires=int(time.time()) - 1)
    refused("select guard.open_scope(%s)", late)
    rows("select set_config('minzheng.ticket', %s, true)", late)
    assert places() == []


def test_5_setting_the_variable_by_hand_shows_nothing():
    for spoof in ("1404", "staff:1|1404|9999999999|1|1|", "staff:1|1404|9999999999"):
        rows("select set_config('minzheng.ticket', %s, true)", spoof)
        assert places() == []
        rows("select set_config('minzheng.regions', '1404', true)")
        assert places() == []


def test_6_the_application_cannot_read_the_key_nor_have_anything_signed():
    refused("select * from guard.scope_key")
    refused("select guard.mac('staff:1|1404')")
    refused("select guard.read_ticket('x')")
    refused("copy guard.scope_key to stdout")
    bodies = " ".join(
        body for (body,) in rows("select prosrc from pg_proc where pronamespace = 'guard'::regnamespace")
    )
    assert secret("scope").hex() not in bodies


def test_7_the_application_cannot_write_key_functions_or_policies():
    refused("update guard.scope_key set inner_pad = inner_pad")
    refused("insert into guard.scope_key (inner_pad, outer_pad) values ('', '')")
    refused(
        "create or replace function guard.scope_regions() returns text[] language sql as $$ select '{14}' $$"
    )
    refused("create function public.sha256(bytea) returns bytea language sql as $$ select $1 $$")
    refused("drop policy in_scope on probe")
    refused("alter table probe disable row level security")
    refused("alter table probe no force row level security")
    refused("set role minzheng_owner")
    refused("set session authorization minzheng_owner")


def test_8_a_ticket_of_another_connection_is_of_no_use(owner_cursor):
    theirs = ticket_for(owner_cursor, "staff:1", ["1404"])
    refused("select guard.open_scope(%s)", theirs)
    # Even should both have begun in the same microsecond.
    with connection.cursor() as cursor:
        mine = ticket_for(cursor, "staff:1", ["1404"]).split("|")
    other = signed(secret("scope"), "staff:1", ["1404"], int(mine[2]), int(mine[3]) + 1, int(mine[4]))
    refused("select guard.open_scope(%s)", other)


def test_objects_in_the_temporary_schema_do_not_shadow_what_the_guard_calls():
    with connection.cursor() as cursor:
        cursor.execute("create function pg_temp.pg_backend_pid() returns int language sql as 'select 1'")
        cursor.execute("create temporary table scope_key (inner_pad bytea, outer_pad bytea)")
        forged = signed(b"0" * 32, "staff:1", ["1404"], int(time.time()) + 60, 1, 1)
    refused("select guard.open_scope(%s)", forged)
    assert places() == []


# -- the whole schema ---------------------------------------------------------------------------------------


def test_the_application_role_is_bound_by_policies_and_owns_nothing():
    assert rows(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    ) == [(False, False, False, False)]
    assert rows("select relname from pg_class where relowner = current_user::regrole") == []
    assert rows(
        "select has_schema_privilege('public', 'create'), has_schema_privilege('guard', 'create')"
    ) == [(False, False)]


def test_every_table_with_a_policy_forces_it_on_the_owner_too():
    unforced = rows("select relname from pg_class where relrowsecurity and not relforcerowsecurity")
    assert unforced == []


def test_the_owner_is_bound_by_the_policies(owner_cursor):
    owner_cursor.execute("select count(*) from probe")
    assert owner_cursor.fetchone() == (0,)
