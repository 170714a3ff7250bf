"""Short messages to payees as staff of payments see them: what each says, how far it got, never the number it goes to."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from minzheng.base.types import Actor, Permission
from minzheng.payments.models import Notice
from minzheng.payments.queries.places import in_counties
from minzheng.payments.types import NoticeState


def messages(actor: Actor, *, state: NoticeState | None = None) -> QuerySet[Notice]:
    """Messages of the actor's counties, the newest first."""
    actor.require(Permission.SEE_PAYMENTS)
    found = Notice.objects.filter(in_counties(actor, "division"))
    return (found.filter(state=state) if state else found).order_by("-at", "-pk")


def messages_by_state(actor: Actor) -> dict[NoticeState, int]:
    """How many stand where; every state is in it."""
    found = messages(actor).order_by().values_list("state").annotate(count=Count("pk"))
    counted = {NoticeState(state): count for state, count in found}
    return {state: counted.get(state, 0) for state in NoticeState}
