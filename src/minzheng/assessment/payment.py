"""From an exact amount to what is paid a month: the one rounding, by the programme's own provision or half up to the fen."""

from __future__ import annotations

from fractions import Fraction

from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import NO, Span


def half_up(amount: Fraction | int) -> int:
    """Whole fen, half up."""
    return int((Fraction(amount) * 2 + 1) // 2)


def payable_of(determination: Determination, outcome: Outcome) -> int | None:
    """Fen a month that an outcome pays; None where it is not known or nothing is paid in money."""
    from minzheng.rulebook.programs import TO_THE_YUAN

    if outcome.status == NO or outcome.amount is None:
        return None
    provision = TO_THE_YUAN.get(outcome.program.name)
    amount = outcome.amount
    if provision is not None and not determination.oversize:
        who = None if provision.of is Household else outcome.who
        amount = determination.value(provision.name, who)
    return None if isinstance(amount, Span) else half_up(amount)
