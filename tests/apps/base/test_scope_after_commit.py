"""The second way round the scope ticket: keeping it after its transaction."""

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor


def rows(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def test_2_after_the_transaction_the_ticket_is_gone(committed):
    with scope(system_actor("test")):
        ticket = rows("select current_setting('minzheng.ticket')")[0][0]
    assert rows("select coalesce(current_setting('minzheng.ticket', true), '')") == [("",)]
    with transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            rows("select guard.open_scope(%s)", ticket)
        rows("select set_config('minzheng.ticket', %s, true)", ticket)
        assert rows("select guard.scope_regions()") == [([],)]
