"""Which papers' time is over, what holds others back, and the lists drawn up about them; always for an actor."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from minzheng.base.documents import Kind
from minzheng.base.types import Actor, Permission
from minzheng.retention.models import Hold, Order, Signature
from minzheng.retention.types import Blocked
from minzheng.rulebook.keeping import KEEPING

_PAPERS = """
    select d.id, d.kind, d.division, d.household_id, d.uploaded_at,
           retention_ended(d.household_id, d.uploaded_at) as ended_on
    from base_document d
    where d.household_id is not null and d.kind = any(%(kinds)s) and d.division ^@ any(%(regions)s)
      and d.uploaded_at < %(on)s::date - make_interval(years => %(shortest)s) + interval '1 day'
      and not exists (select from retention_item i where i.document_id = d.id and (i.outcome = 'removed'
          or i.outcome = '' and exists (select from retention_order o where o.id = i.order_id and o.finished_at is null)))
"""
_DUE = f"""
    with paper as materialized ({_PAPERS}), due as (
        select p.*, (p.ended_on + make_interval(years => k.years))::date as keep_until
        from paper p join unnest(%(kinds)s::text[], %(years)s::int[]) k (kind, years) on k.kind = p.kind
    )
    select id, kind, division, household_id, ended_on, keep_until, retention_blocked(household_id, division)
    from due where keep_until < %(on)s order by keep_until, id
"""


@dataclass(frozen=True)
class Due:
    """A paper whose time is over. `blocked` says why it stays all the same."""

    document_id: int
    kind: Kind
    division: str
    household_id: int
    ended_on: date
    keep_until: date
    blocked: Blocked | None


def due(actor: Actor, on: date) -> list[Due]:
    """Of the actor's regions, the longest over first; those that stay because something still runs among them."""
    actor.require(Permission.DISPOSE_PAPERS)
    values: dict[str, Any] = {
        "kinds": list(KEEPING),
        "years": [one.years for one in KEEPING.values()],
        "regions": list(actor.regions),
        "shortest": min(one.years for one in KEEPING.values()),
        "on": on,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        return [
            Due(pk, Kind(kind), division, household, ended, until, Blocked(why) if why else None)
            for pk, kind, division, household, ended, until, why in cursor.fetchall()
        ]


def orders(actor: Actor) -> QuerySet[Order]:
    """The lists of the actor's regions, the latest first, with their numbers."""
    actor.require(Permission.DISPOSE_PAPERS)
    return Order.objects.annotate(
        papers=Count("items", distinct=True),
        removed=Count("items", filter=Q(items__outcome="removed"), distinct=True),
        signed=Count("signatures", distinct=True),
    ).order_by("-at")


def order_of(actor: Actor, order: uuid.UUID) -> Order | None:
    return orders(actor).filter(pk=order).first()


def digest_of(order: Order) -> str:
    """What stands for the list as it is."""
    with connection.cursor() as cursor:
        cursor.execute("select retention_digest(%s)", [order.pk])
        return str(cursor.fetchone()[0])


def signatures_of(order: Order) -> Sequence[Signature]:
    return list(order.signatures.order_by("at"))


def holds(actor: Actor) -> QuerySet[Hold]:
    """What keeps papers beyond their time in the actor's regions, the latest first."""
    actor.require(Permission.DISPOSE_PAPERS)
    return Hold.objects.filter(lifted_on=None).order_by("-at")
