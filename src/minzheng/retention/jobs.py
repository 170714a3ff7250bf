"""What the worker does each day: lists that two people signed are carried out."""

from __future__ import annotations

from datetime import date

from django.db.models import Count

from minzheng.base.scope import scope, system_actor
from minzheng.retention.actions import JOB, carry_out
from minzheng.retention.models import Order


def run_day(*, on: date) -> int:
    """How many papers were removed. Safe to run again, and where it was cut off."""
    with scope(system_actor(JOB)):
        waiting = Order.objects.filter(finished_at=None).annotate(
            signed=Count("signatures__natural_person", distinct=True)
        )
        ready = list(waiting.filter(signed__gte=2).order_by("at").values_list("pk", flat=True))
    return sum(carry_out(order) for order in ready)
