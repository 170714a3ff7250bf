"""Set-wise statements of payments: one place that speaks to the cursor."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection


def run(statement: str, values: Any = None) -> int:
    """Execute; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def rows(query: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def row(query: str, values: Any = None) -> tuple[Any, ...] | None:
    found = rows(query, values)
    return found[0] if found else None


@contextlib.contextmanager
def whole_lists() -> Iterator[None]:
    """While open, statements are planned for whole lists and not for a few rows.

    The planner guesses that a row-level policy keeps a twentieth of a table, where it keeps a county's every row; it then
    compares each row with each. Nothing is planned to be quick with the first rows either: all are wanted.
    """
    run("set local enable_nestloop = off; set local cursor_tuple_fraction = 1; set local work_mem = '64MB'")
    try:
        yield
    finally:
        if not connection.needs_rollback and not connection.errors_occurred:
            run(
                "set local enable_nestloop = on; set local cursor_tuple_fraction = 0.1; set local work_mem = '4MB'"
            )
