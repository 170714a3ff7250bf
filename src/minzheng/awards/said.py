"""What a kept decision says: its outcomes, amounts and who counts, read from its own canonical text."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from minzheng.assessment.models import Decision
from minzheng.assessment.replay import decisions
from minzheng.base.types import Actor
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@dataclass(frozen=True)
class Says:
    """One outcome of a kept decision. fen is payable a month; exact as the law reckons it (None while open)."""

    programme: str
    person: int | None
    status: str
    fen: int | None
    exact: Fraction | None
    deciding: str | None
    clauses: tuple[str, ...]
    citation: str

    @property
    def grants(self) -> bool:
        return self.status == "yes"


class Document:
    """A kept decision opened once."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.content: dict[str, Any] = json.loads(decision.content)
        self.people: list[int] = list(self.content["household"]["people"])

    @property
    def month(self) -> Month:
        return Month.of(self.decision.on)

    def says(self, programme: str, person: int | None) -> Says | None:
        """What it says of a programme for a person (None: the household); None where it says nothing."""
        if person is not None and person not in self.people:
            return None
        who = None if person is None else self.people.index(person)
        for one in self.content["outcomes"]:
            if one["programme"] == programme and one["person"] == who:
                return Says(
                    programme,
                    person,
                    one["status"],
                    one["payable"],
                    _exact(one["amount"]),
                    one["deciding"],
                    tuple(one["clauses"]),
                    one["citation"],
                )
        return None

    def people_of(self, provision: str) -> list[int]:
        """The people for whom a provision holds."""
        values = self.content["values"].get(provision, [])
        return [person for person, value in zip(self.people, values, strict=True) if value == "yes"]


def _exact(amount: Any) -> Fraction | None:
    if amount is None:
        return Fraction(0)
    return None if isinstance(amount, dict) else Fraction(amount)


def opened(actor: Actor, decision: Decision | uuid.UUID | str) -> Document:
    """A kept decision of the actor's regions."""
    if isinstance(decision, Decision):
        return Document(decision)
    row = decisions(actor).filter(pk=decision).first()
    if row is None:
        raise Refusal(
            "decision.not_found", "没有找到该认定记录，或不在您的管辖区域内。", next_step="请核对编号。"
        )
    return Document(row)


COVERED_BY = dict.fromkeys(("dibao", "phase_out", "edge", "rigid"), "dibao_member")
"""Whom a household's programme covers: the provision over whom its income is shared; relief covers who counts."""


def covered(document: Document, programme: str, person: int | None) -> list[int]:
    """The people an award of a programme covers, as the decision reckoned."""
    if person is not None:
        return [person]
    found = document.people_of(COVERED_BY.get(programme, "counts_as_member"))
    if programme in ("edge", "rigid"):
        alone = {p for p in found if (one := document.says("single", p)) is not None and one.grants}
        found = [person for person in found if person not in alone]
    return found
