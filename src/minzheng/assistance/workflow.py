"""How the lines of assistance run. `Action` holds what they do beside the standard steps of casework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minzheng.assistance.review import REVIEW
from minzheng.assistance.tables import APPLIED_FOR
from minzheng.assistance.types import OwnAction as Action

LINES = (*APPLIED_FOR, REVIEW)


def effects_of(line: str) -> dict[str, Callable[[Any], None]]:
    """What steps of a line bring with them; asked once the models can be imported."""
    from minzheng.assistance import effects
    from minzheng.awards.granting import confirmed, voided

    own: dict[str, dict[str, Callable[[Any], None]]] = {
        "tekun": {"confirm": confirmed, Action.ASSESS_SELFCARE: effects.selfcare_assessed},
        "relief": {"confirm": effects.relieved, Action.ASSESS_RELIEF: effects.relief_assessed},
        "emergency": {"confirm": effects.relieved, Action.ASSESS_RELIEF: effects.relief_assessed},
        "review": {
            "confirm": effects.continued,
            "refuse": effects.discontinued,
            Action.REASSESS_SELFCARE: effects.selfcare_assessed,
            Action.UPDATE_HOUSEHOLD: effects.household_updated,
            Action.SANCTION: effects.sanctioned,
            Action.REGROUP: effects.regrouped,
            Action.STOP_AT_ONCE: effects.stopped_by_death,
            Action.GIVE_UP: effects.given_up,
        },
    }
    undone = {} if line == "review" else {"void": voided}
    return {**undone, **own.get(line, {"confirm": confirmed})}


__all__ = ["LINES", "Action", "effects_of"]
