"""Whether payment is stopped where somebody wants to pay."""

from __future__ import annotations

from django.db import connection


def stopped(county: str) -> bool:
    """Whether a red button covers the county or a part of it."""
    with connection.cursor() as cursor:
        cursor.execute("select payments_stopped(%s)", [county])
        return bool(cursor.fetchone()[0])
