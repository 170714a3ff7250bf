"""How the lines of assistance run. `Action` holds what they do beside the standard steps of casework."""

from __future__ import annotations

from minzheng.assistance.review import REVIEW
from minzheng.assistance.tables import APPLIED_FOR
from minzheng.assistance.types import OwnAction as Action

LINES = (*APPLIED_FOR, REVIEW)

__all__ = ["LINES", "Action"]
