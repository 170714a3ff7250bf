"""What a change of families would do to every programme: decided, made inside a savepoint, decided again, taken back.

The change is the registry's own verb, so that what is foreseen and what is saved come from the same code; its audit
entries go with the savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.assessment.canonical import exact
from minzheng.assessment.decide import decide, rulebook
from minzheng.base.types import Actor
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.status import Span
from minzheng.values.errors import Refusal

Write = Callable[[], Iterable[int]]
"""Makes the change; returns the households that exist because of it or were touched by it."""


@dataclass(frozen=True)
class Foreseen:
    """One household; None where it does not exist (yet, any more) or has nobody."""

    household: int
    before: Determination | None
    after: Determination | None


def foresee(actor: Actor, households: Sequence[int], write: Write, *, on: date) -> list[Foreseen]:
    """What the change would do to these households and those it makes. Nothing of it stays."""
    book = rulebook()
    before = {one: _decided(actor, one, on, book) for one in households}
    with transaction.atomic():
        start = transaction.savepoint()
        concerned = dict.fromkeys([*households, *write()])
        found = [Foreseen(one, before.get(one), _decided(actor, one, on, book)) for one in concerned]
        transaction.savepoint_rollback(start)
    return found


def _decided(actor: Actor, household: int, on: date, book: Rulebook) -> Determination | None:
    try:
        return decide(actor, household, on=on, book=book, steps=False)
    except Refusal as refusal:
        if refusal.code == "facts.closed":
            return None
        raise


def plain(foreseen: Iterable[Foreseen], old: Sequence[int]) -> list[Any]:
    """Every outcome before and after as plain values, for a digest of what was shown.

    Households and people made by the change have no number yet when it is tried: they go by their order.
    """
    return [
        [one.household if one.household in old else "new", _plain(one.before), _plain(one.after)]
        for one in foreseen
    ]


def _plain(determination: Determination | None) -> list[Any]:
    if determination is None:
        return []
    return [_outcome(one) for one in determination.outcomes]


def _outcome(one: Outcome) -> list[Any]:
    return [one.program.name, one.who, one.status.key, _amount(one.amount)]


def _amount(amount: Any) -> Any:
    if isinstance(amount, Span):
        return [exact(amount.lo), exact(amount.hi)]
    return None if amount is None else exact(amount)
