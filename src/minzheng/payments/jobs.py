"""What the platform does with payments by itself each day. Nothing here pays: people sign, and a file leaves by the worker."""

from __future__ import annotations

from datetime import date

from minzheng.base.scope import scope, system_actor
from minzheng.payments.accounts import follow_households


def run_day(on: date) -> int:
    """Accounts follow families that moved; returns how many. Safe to repeat."""
    with scope(system_actor("payments")) as actor:
        return follow_households(actor=actor)
