"""What an installation was set up with: the text of the rulebook that is in force before anybody signs one."""

from __future__ import annotations


def record_once() -> None:
    """Record the program's own text where none is recorded; reads the rulebook only then. Needs a migrated database."""
    from minzheng.assessment.models import Edition
    from minzheng.base.scope import scope, system_actor

    if Edition.objects.exists():
        return
    from minzheng.assessment.enacting.actions import record_initial_text

    with scope(system_actor("set-up")) as actor:
        record_initial_text(actor=actor)
