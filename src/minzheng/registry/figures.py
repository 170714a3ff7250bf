"""How many people and households there are, by place of the actor's regions; counted from the rows each time."""

from __future__ import annotations

from django.db.models import Count

from minzheng.base.types import Actor
from minzheng.registry.models import Household, Membership, Person
from minzheng.registry.where import in_scope, villages_of


def people_by_township(actor: Actor) -> dict[int, int]:
    """How many persons are registered, by township of the actor's regions: rows are counted, so that an index does."""
    rows = Person.objects.filter(in_scope(actor, Person)).values("township").annotate(people=Count("*"))
    return {row["township"]: row["people"] for row in rows}


def households_by_township(actor: Actor) -> dict[int, int]:
    """How many households are open, by township of the actor's regions."""
    rows = Household.objects.filter(in_scope(actor, Household), closed_on=None)
    return {row["township"]: row["n"] for row in rows.values("township").annotate(n=Count("*"))}


def people_by_village(actor: Actor) -> dict[int, int]:
    """How many people have their home in each of the villages in charge."""
    ties = Membership.objects.filter(
        in_scope(actor, Membership),
        home=True,
        until=None,
        superseded_at=None,
        household__village__in=villages_of(actor),
    )
    return dict(ties.values_list("household__village").annotate(n=Count("*")).order_by())


def households_by_village(actor: Actor) -> dict[int, int]:
    """How many households are open in each of the villages in charge."""
    rows = Household.objects.filter(
        in_scope(actor, Household), village__in=villages_of(actor), closed_on=None
    )
    return dict(rows.values_list("village").annotate(n=Count("*")).order_by())
