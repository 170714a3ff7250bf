"""The actor's regions as conditions, said in the query as well as held by the database."""

from __future__ import annotations

from django.db.models import Q

from minzheng.base.types import Actor


def in_counties(actor: Actor, column: str = "county") -> Q:
    """Counties in charge. Somebody of a township alone has none."""
    found = Q(pk__in=[])
    for region in actor.regions:
        found |= Q(**{f"{column}__startswith": region})
    return found


def in_places(actor: Actor) -> Q:
    """Rows of people: of the regions in charge, or of a resident's own household."""
    if actor.household is not None:
        return Q(household_id=actor.household)
    return in_counties(actor, "division")
