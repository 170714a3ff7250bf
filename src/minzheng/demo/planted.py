"""The planted truth as it is collected, and everything beside the plain facts that rows are written from."""

from __future__ import annotations

from dataclasses import dataclass, field

from minzheng.demo.hidden import Hidden
from minzheng.demo.people import Bools, Ints
from minzheng.demo.receipts import NOBODY, Programme, Receipts
from minzheng.demo.truth import Entitled


@dataclass
class Planted:
    """The planted truth, by position in the city; `person` is -1 where the household itself is meant."""

    programme: list[int] = field(default_factory=list)
    household: list[int] = field(default_factory=list)
    person: list[int] = field(default_factory=list)
    verdict: list[str] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)
    settled: list[bool] = field(default_factory=list)

    def say(
        self, verdict: str, programme: Programme, homes: Ints, people: Ints | None, reason: str, hidden: Bools
    ) -> None:
        """`hidden` is by household: what can be known of it does not settle the question."""
        count = len(homes)
        self.programme += [int(programme)] * count
        self.household += homes.tolist()
        self.person += people.tolist() if people is not None else [NOBODY] * count
        self.verdict += [verdict] * count
        self.reason += [reason] * count
        self.settled += (~hidden[homes]).tolist()


@dataclass
class Story:
    """Everything beside the plain facts that rows are written from."""

    receipts: Receipts
    planted: Planted
    hidden: Hidden
    entitled: Entitled
    relief: tuple[Ints, ...]
    open_relief: Ints
    declined: Ints
