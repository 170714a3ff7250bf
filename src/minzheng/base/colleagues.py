"""Who else works here: accounts in use whose post and region allow something in a place. Names of staff, no resident."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, Value

from minzheng.base.models import RegionInCharge, Staff
from minzheng.base.types import PERMISSIONS, Actor, Permission


def colleagues(actor: Actor, division: str, permission: Permission, *, on: date) -> list[Staff]:
    """Accounts in use that may do something in a division on a day, by name. Empty for a place the actor has not."""
    if not actor.covers(division):
        return []
    roles = [str(role) for role, granted in PERMISSIONS.items() if permission in granted]
    held = RegionInCharge.objects.alias(place=Value(division)).filter(
        Q(until=None) | Q(until__gt=on), since__lte=on, place__startswith=F("division")
    )
    found = Staff.objects.filter(is_active=True, roles__overlap=roles, pk__in=held.values("staff_id"))
    return list(found.order_by("name", "pk"))
