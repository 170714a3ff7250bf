"""Knowing less: households with facts taken away, and what that may do to an answer."""

from __future__ import annotations

import random
from typing import Any

from minzheng.rules.book import Rulebook
from minzheng.rules.explain.determine import Determination
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import NO, YES, Options, Span


def within(value: Any, earlier: Any) -> bool:
    """Whether a value is one of those the earlier, vaguer value left open."""
    if isinstance(earlier, Span):
        low, high = (value.lo, value.hi) if isinstance(value, Span) else (value, value)
        return bool(earlier.lo <= low and high <= earlier.hi)
    if isinstance(earlier, Options):
        mask = value.mask if isinstance(value, Options) else value
        return mask & ~earlier.mask == 0
    return bool(value == earlier)


def vaguer(unit: UnitFacts, rng: random.Random, share: int) -> UnitFacts:
    """The same household with `share` percent of its facts no longer known."""

    def keep(row: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in row.items() if rng.randrange(100) >= share}

    return UnitFacts(keep(unit.unit), [keep(p) for p in unit.people])


def never_decides_on_less(book: Rulebook, vague: Determination, sharp: Determination) -> None:
    """What was decided with fewer facts stays decided, and an answer stays within its range."""
    for before, after in zip(vague.outcomes, sharp.outcomes, strict=True):
        if before.status in (NO, YES):
            assert after.status == before.status, (before.program, before.status, after.status)
        if before.amount is not None and after.amount is not None:
            assert within(after.amount, before.amount), before.program
    for rule in book.provisions:
        for who in [None] if rule.entity is Household else range(len(vague.facts.people)):
            earlier, later = vague.value(rule.name, who), sharp.value(rule.name, who)
            if rule.kind.name == "bool":
                assert earlier not in (NO, YES) or later == earlier, (rule.name, earlier, later)
            else:
                assert within(later, earlier), (rule.name, earlier, later)


__all__ = ["never_decides_on_less", "vaguer", "within"]
