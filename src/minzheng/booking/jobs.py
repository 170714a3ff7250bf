"""What the worker does each day: the days before are closed, the days to come are laid."""

from __future__ import annotations

from datetime import date

from minzheng.base.scope import scope, system_actor
from minzheng.booking.actions import close_day
from minzheng.booking.laying import lay
from minzheng.booking.models import Office

JOB = "booking"


def run_day(*, on: date) -> int:
    """How many bookings of earlier days ended. Safe to run again."""
    with scope(system_actor(JOB)) as actor:
        ended = close_day(actor=actor, on=on)
        for office in Office.objects.order_by("pk"):
            lay(office, on)
    return ended
