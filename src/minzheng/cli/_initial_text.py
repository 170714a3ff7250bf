"""What an installation was set up with: the texts and values that are in force before anybody signs others."""

from __future__ import annotations


def record_once() -> None:
    """Record what the program ships where nothing is recorded; reads the rulebook only then. Needs a migrated database."""
    from minzheng.assessment.models import Edition
    from minzheng.base.scope import scope, system_actor

    if Edition.objects.filter(initial=True, with_rows=True).exists():
        return
    from minzheng.assessment.enacting.actions import record_initial_text

    with scope(system_actor("set-up")) as actor:
        record_initial_text(actor=actor)
