"""How many people and households live in each place of the regions in charge, counted at most every ten minutes."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache

from minzheng.base.types import Actor
from minzheng.registry import queries as registry

_KEPT_SECONDS = 600


def people(actor: Actor) -> dict[int, int]:
    """By township; by village for somebody who has villages in charge and no township."""
    in_villages = only_villages(actor)
    return _kept("people", actor, registry.people_by_village if in_villages else registry.people_by_township)


def households(actor: Actor) -> dict[int, int]:
    """As `people`."""
    in_villages = only_villages(actor)
    return _kept(
        "households",
        actor,
        registry.households_by_village if in_villages else registry.households_by_township,
    )


def only_villages(actor: Actor) -> bool:
    return bool(registry.villages_of(actor)) and not registry.townships_of(actor)


def _kept(what: str, actor: Actor, count: Callable[[Actor], dict[int, int]]) -> dict[int, int]:
    """Kept by regions: whoever has the same in charge sees the same figures."""
    key = f"counted:{what}:{','.join(actor.regions)}"
    found: dict[int, int] | None = cache.get(key)
    if found is None:
        found = count(actor)
        cache.set(key, found, _KEPT_SECONDS)
    return found
