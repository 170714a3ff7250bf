"""Set-wise statements of payments: one place that speaks to the cursor."""

from __future__ import annotations

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
