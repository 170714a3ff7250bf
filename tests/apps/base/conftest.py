"""A guarded table with a row in each of four places, made by the owner as a migration would."""

import time

import pytest

from minzheng.base.keys import secret
from minzheng.base.ticket import signed

PLACES = ("140403001001", "140403002001", "140423001001", "140500001001")


def ticket_for(cursor, actor, regions, *, expires=None, key=None):
    """A ticket for the transaction the cursor is in."""
    cursor.execute("select pg_backend_pid(), (extract(epoch from transaction_timestamp()) * 1000000)::bigint")
    backend, began = cursor.fetchone()
    expires = int(time.time()) + 60 if expires is None else expires
    return signed(key or secret("scope"), actor, regions, expires, backend, began)


@pytest.fixture
def probe(django_db_setup, owner_cursor):
    """The table `probe`; rows are written under a ticket, since row-level security binds the owner too."""
    owner_cursor.execute("select to_regclass('public.probe')")
    if owner_cursor.fetchone()[0] is None:
        owner_cursor.execute("create table probe (id serial primary key, division text not null)")
        owner_cursor.execute("select guard.by_region('probe')")
        owner_cursor.execute("select guard.open_scope(%s)", [ticket_for(owner_cursor, "system:test", ["14"])])
        owner_cursor.executemany("insert into probe (division) values (%s)", [(place,) for place in PLACES])
        owner_cursor.connection.commit()
