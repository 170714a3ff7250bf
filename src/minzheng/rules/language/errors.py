"""What can be wrong with a rule as written. Shown to its author, never to a resident."""

from __future__ import annotations


class RuleError(Exception):
    """A provision, parameter or rulebook that does not hold together; the message names name, file and line."""


class NotADecision(RuleError):
    """Python tried to decide on a traced value (`if`, `and`, `==`)."""
