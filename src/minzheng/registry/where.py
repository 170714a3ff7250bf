"""Which rows an actor reads, as a condition of a query: what the database's policies say, said a second time.

Rows carry the township. A village is known of a household only, a resident's ticket names one; rows of a person then
go by the tie to such a household.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q

from minzheng.base.types import Actor
from minzheng.registry.models import Household, Membership, Person

_VILLAGE = 12
_TOWNSHIP = 9


def townships_of(actor: Actor) -> list[tuple[int, int]]:
    """The actor's regions as ranges of township codes; a village is none."""
    return [
        (int(region.ljust(_TOWNSHIP, "0")), int(region.ljust(_TOWNSHIP, "9")))
        for region in actor.regions
        if len(region) <= _TOWNSHIP
    ]


def villages_of(actor: Actor) -> list[int]:
    """The villages among the actor's regions."""
    return [int(region) for region in actor.regions if len(region) == _VILLAGE]


def in_scope(actor: Actor, model: type[Model]) -> Q:
    """Rows of a table of the registry that the actor reads; nothing without a region or a household."""
    allowed = Q(pk__in=[])
    for low, high in townships_of(actor):
        allowed |= Q(township__gte=low, township__lte=high)
    if villages_of(actor) or actor.household is not None:
        allowed |= _also_own(actor, model)
    return allowed


def _also_own(actor: Actor, model: type[Model]) -> Q:
    if model is Household:
        return _own_household(actor)
    if model is Person:
        return Q(id__in=_own_persons(actor))
    if any(column.name == "household" for column in model._meta.get_fields()):
        return Q(household_id__in=_own_households(actor))
    return Q(person_id__in=_own_persons(actor))


def _own_household(actor: Actor) -> Q:
    if actor.household is not None:
        return Q(id=actor.household)
    villages = villages_of(actor)
    return Q(township__in=[village // 1000 for village in villages], village__in=villages)


def _own_households(actor: Actor) -> Any:
    """Ids; of a resident the one, without asking a table."""
    if actor.household is not None:
        return [actor.household]
    return Household.objects.filter(_own_household(actor)).values("id")


def _own_persons(actor: Actor) -> Any:
    """Of a household everybody with an open tie to it, of a village everybody whose home is in it."""
    ties = Membership.objects.filter(
        household_id__in=_own_households(actor), until=None, superseded_at=None
    ).values("person_id")
    return ties if actor.household is not None else ties.filter(home=True)
