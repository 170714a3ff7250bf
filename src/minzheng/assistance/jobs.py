"""What assistance does by itself once a day: open the reviews that fell due and those that changes call for."""

from __future__ import annotations

from datetime import date

from minzheng.assistance.actions import open_change_task, open_doubted, open_found, review
from minzheng.base.scope import scope, system_actor


def run_day(on: date) -> int:
    """How many reviews were opened. Safe to run twice."""
    with scope(system_actor("reviews")) as actor:
        opened = review(actor=actor, on=on) + open_found(actor=actor, on=on)
        opened += open_doubted(actor=actor, on=on)
        return opened + open_change_task(actor=actor, on=on)
