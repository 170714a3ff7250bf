"""What a sweep found, as pages show it: by programme the four outcomes, those receiving, and the money."""

from __future__ import annotations

from dataclasses import dataclass

from minzheng.assessment.models import Sweep
from minzheng.assessment.queries import OutcomeCount, outcome_totals
from minzheng.base.types import Actor
from minzheng.rules.status import Status

ORDER = (Status.YES, Status.REVIEW, Status.UNKNOWN, Status.NO)


@dataclass(frozen=True)
class Found:
    """One programme in a sweep: holders by outcome in the order of `ORDER`, and of them those receiving."""

    programme: str
    label: str
    outcomes: tuple[int, ...]
    receiving: int
    yes_receiving: int
    fen: int

    @property
    def yes(self) -> int:
        return self.outcomes[0]

    @property
    def missed(self) -> int:
        """Entitled and not receiving."""
        return self.yes - self.yes_receiving

    @property
    def says_something(self) -> bool:
        """Whether somebody is entitled, open, or receiving."""
        return bool(sum(self.outcomes[:3]) or self.receiving)

    @property
    def all(self) -> int:
        return sum(self.outcomes)


def programme_rows(actor: Actor, sweep: Sweep, *, division: str = "") -> list[Found]:
    """Every programme of the sweep in the actor's regions, in cascade order."""
    return [_row(one) for one in outcome_totals(actor, sweep, division=division)]


def _row(one: OutcomeCount) -> Found:
    return Found(
        one.programme,
        one.label,
        tuple(one.holders.get(status, 0) for status in ORDER),
        sum(one.receiving.values()),
        one.receiving.get(Status.YES, 0),
        one.fen,
    )
