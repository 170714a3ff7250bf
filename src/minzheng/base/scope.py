"""The scope ticket: who acts and where, signed for one database transaction.

The database verifies it in every row-level policy (`guard.scope_regions()`); without one no guarded row is seen
or written, whatever SQL is run. The ticket names its backend and the start of its transaction, so it is of no use
anywhere else. The signing key is never readable by the application's database role.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connections, transaction

from minzheng.base.keys import secret
from minzheng.base.ticket import signed
from minzheng.base.types import Actor

_VALID_SECONDS = 60


@contextlib.contextmanager
def scope(actor: Actor, *, using: str = "default") -> Iterator[Actor]:
    """One transaction in which `actor` sees and writes the rows of their regions, and nobody else's.

    Inside another scope the inner actor holds until the block ends, then the outer one again.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(
            "select coalesce(current_setting('minzheng.ticket', true), ''), pg_backend_pid(),"
            " (extract(epoch from transaction_timestamp()) * 1000000)::bigint"
        )
        outer, backend, began = cursor.fetchone()
        ticket = signed(
            secret("scope"), actor.key, actor.regions, int(time.time()) + _VALID_SECONDS, backend, began
        )
        cursor.execute("select guard.open_scope(%s)", [ticket])
        yield actor
        # When the block raised or asked for a rollback, the rollback itself takes the ticket back.
        if not connections[using].needs_rollback:
            cursor.execute("select set_config('minzheng.ticket', %s, true)", [outer])


def system_actor(job: str) -> Actor:
    """The platform itself in a named job, with a city-wide ticket."""
    return Actor(key=f"system:{job}", name=f"系统（{job}）", regions=(settings.CITY,))
