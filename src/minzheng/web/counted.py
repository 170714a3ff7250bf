"""How many people and households live in each township of the regions in charge, counted at most every ten minutes."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache

from minzheng.base.types import Actor
from minzheng.registry import queries as registry

_KEPT_SECONDS = 600


def people(actor: Actor) -> dict[int, int]:
    return _kept("people", actor, registry.people_by_township)


def households(actor: Actor) -> dict[int, int]:
    return _kept("households", actor, registry.households_by_township)


def _kept(what: str, actor: Actor, count: Callable[[Actor], dict[int, int]]) -> dict[int, int]:
    """Kept by regions: whoever has the same in charge sees the same figures."""
    key = f"counted:{what}:{','.join(actor.regions)}"
    found: dict[int, int] | None = cache.get(key)
    if found is None:
        found = count(actor)
        cache.set(key, found, _KEPT_SECONDS)
    return found
