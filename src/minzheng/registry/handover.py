"""Handing over a household, or one person of it, to another township: offered by one side, taken by the other.

Before it is taken the receiving side reads the offer (who, how many, from where, when, why) and nothing else. The
move itself is the platform's, in the transaction of the one who takes; both sides find it in the audit.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from minzheng.base.actions import record
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.joining import LEAVING, admit, check_event
from minzheng.registry.models import Handover, HandoverState, Household, Person
from minzheng.registry.moving import SOURCE, is_village, open_household, relocate
from minzheng.registry.rows import needs_reason
from minzheng.registry.ties import (
    Joining,
    check_day,
    check_head,
    lock_household,
    lock_households,
    lock_members,
    not_a_member,
    note,
)
from minzheng.registry.where import townships_of
from minzheng.values.errors import Refusal


def handovers(actor: Actor, *, open_only: bool = True) -> QuerySet[Handover]:
    """Offers made by or to the actor's townships, the newest first."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    mine = Q(pk__in=[])
    for low, high in townships_of(actor):
        mine |= Q(from_township__gte=low, from_township__lte=high)
        mine |= Q(to_village__gte=low * 1000, to_village__lte=high * 1000 + 999)
    rows = Handover.objects.filter(mine).order_by("-offered_at", "-id")
    return rows.filter(state=HandoverState.OFFERED) if open_only else rows


@transaction.atomic
def offer_household(*, actor: Actor, household: int, to_village: int, on: date, reason: str) -> Handover:
    """Offer a household to the township of another village. Offered twice alike, it is one offer."""
    actor.require(Permission.RECORD_FACTS)
    row = lock_household(actor, household)
    home = [tie for tie in lock_members(row) if tie.home]
    check_day(on, row.opened_on, row.here_since)
    head = next((tie.person_id for tie in home if tie.relation == codes.Relation.HEAD), None)
    names = dict(Person.objects.filter(pk__in=[tie.person_id for tie in home]).values_list("pk", "name"))
    who = names.get(head or 0) or next(iter(names.values()), "（无成员）")
    return _offer(actor, row, None, to_village, on, codes.Event.MOVE, who, max(len(home), 1), reason)


@transaction.atomic
def offer_person(
    *,
    actor: Actor,
    household: int,
    person: int,
    to_village: int,
    on: date,
    event: codes.Event,
    reason: str,
) -> Handover:
    """Offer one person of a household to the township of another village: who marries there, who returns there.

    A head is offered once somebody else is (`moving.change_head`): the receiving side does not know who stays.
    """
    actor.require(Permission.RECORD_FACTS)
    check_event(event, LEAVING)
    row = lock_household(actor, household)
    tie = next((tie for tie in lock_members(row) if tie.home and tie.person_id == person), None)
    if tie is None:
        raise not_a_member()
    check_head([one for one in lock_members(row) if one is not tie and one.person_id != person], {})
    check_day(on, row.opened_on, tie.since)
    who = Person.objects.values_list("name", flat=True).get(pk=person)
    return _offer(actor, row, person, to_village, on, event, who, 1, reason)


@transaction.atomic
def take_household(
    *, actor: Actor, offer: uuid.UUID, version: int, address: str | None = None, with_hukou: bool = False
) -> int:
    """Take an offered household: it is the receiving township's from here on. Returns the household."""
    row = _answering(actor, offer, version, giving=False)
    if row.person_id is not None:
        raise _not_such()
    with scope(system_actor("hand-over")) as platform:
        household = lock_household(platform, row.household_id)
        _still_there(row, household)
        ties = lock_members(household)
        relocate(household, ties, row.to_village, row.on, SOURCE, address=address, with_hukou=with_hukou)
    _answer(actor, row, HandoverState.TAKEN, "")
    return int(row.household_id)


@transaction.atomic
def take_person(
    *,
    actor: Actor,
    offer: uuid.UUID,
    version: int,
    joining: Joining,
    into: int | None = None,
) -> int:
    """Take an offered person into a household in charge, or into one of their own at the village; returns which."""
    row = _answering(actor, offer, version, giving=False)
    if row.person_id is None:
        raise _not_such()
    if into is not None:
        lock_household(actor, into)
    with scope(system_actor("hand-over")) as platform:
        if into is None:
            new = open_household(row.to_village, "", row.on, SOURCE)
            old = lock_household(platform, row.household_id)
        else:
            old, new = lock_households(platform, row.household_id, into)
        _still_there(row, old)
        if new.township != row.to_village // 1000:
            raise Refusal("handover.elsewhere", "接收的家庭不在移交的迁入乡镇（街道）。", field="into")
        admit(old, new, row.person_id, joining, row.on, {}, SOURCE)
        note([row.person_id], new.township, codes.Event(row.event), row.on, SOURCE)
    _answer(actor, row, HandoverState.TAKEN, "")
    return int(new.pk)


@transaction.atomic
def refuse_offer(*, actor: Actor, offer: uuid.UUID, version: int, reason: str) -> None:
    """The receiving side does not take it; the household stays where it is."""
    needs_reason(reason)
    _answer(actor, _answering(actor, offer, version, giving=False), HandoverState.REFUSED, reason)


@transaction.atomic
def withdraw_offer(*, actor: Actor, offer: uuid.UUID, version: int, reason: str) -> None:
    """The side that offered takes it back before it is taken."""
    needs_reason(reason)
    _answer(actor, _answering(actor, offer, version, giving=True), HandoverState.WITHDRAWN, reason)


def _offer(
    actor: Actor,
    row: Household,
    person: int | None,
    to_village: int,
    on: date,
    event: codes.Event,
    who: str,
    people: int,
    reason: str,
) -> Handover:
    needs_reason(reason)
    if to_village // 1000 == row.township:
        raise Refusal(
            "handover.same_township", "迁入地在本乡镇（街道），可直接办理迁移。", field="to_village"
        )
    if not is_village(to_village):
        raise Refusal("handover.no_village", "迁入地不是本市现行的村（社区）。", field="to_village")
    standing = Handover.objects.filter(
        household_id=row.pk, person_id=person, state=HandoverState.OFFERED
    ).first()
    if standing is not None:
        return _same_offer(standing, to_village, on)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_handover (household_id, person_id, from_township, from_village, to_village, on_day,"
            " event, who, people, reason) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
            [
                row.pk,
                person,
                row.township,
                row.village,
                to_village,
                on,
                int(event),
                who,
                people,
                reason.strip(),
            ],
        )
        (made,) = cursor.fetchone()
    made_row = Handover.objects.get(pk=made)
    _record_both(actor, "offer", made_row, reason.strip())
    return made_row


def _same_offer(standing: Handover, to_village: int, on: date) -> Handover:
    if (standing.to_village, standing.on) != (to_village, on):
        raise Refusal("handover.standing", "已有一项待接收的移交。", next_step="如需改变，请先撤回原移交。")
    return standing


def _answering(actor: Actor, offer: uuid.UUID, version: int, *, giving: bool) -> Handover:
    """The offer, locked, still open and as the officer saw it; from the side that may answer so."""
    actor.require(Permission.RECORD_FACTS)
    row = handovers(actor, open_only=False).filter(public_id=offer).select_for_update().first()
    if row is None:
        raise Refusal(
            "handover.not_found", "没有找到该移交，或与您的管辖区域无关。", next_step="请返回列表重新选择。"
        )
    if not actor.covers(str(row.from_township if giving else row.to_village // 1000)):
        raise Refusal(
            "handover.other_side",
            "该移交应由迁出地撤回。" if giving else "该移交应由迁入地接收或退回。",
        )
    if row.state != HandoverState.OFFERED or row.version != version:
        raise Refusal(
            "handover.answered",
            f"该移交{HandoverState(row.state).label}，您的操作没有保存。",
            next_step="请刷新页面，按最新情况办理。",
        )
    return row


def _answer(actor: Actor, row: Handover, state: HandoverState, answer: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update registry_handover set state = %s, version = version + 1, answer = %s, answered_by = ''"
            " where id = %s",
            [int(state), answer.strip(), row.pk],
        )
    _record_both(actor, state.name.lower(), row, answer.strip() or row.reason)


def _still_there(row: Handover, household: Household) -> None:
    if household.village != row.from_village:
        raise Refusal(
            "handover.moved",
            "该家庭已不在移交时的登记地。",
            next_step="请退回，由现登记地重新移交。",
        )


def _not_such() -> Refusal:
    return Refusal("handover.kind", "该移交的对象（全户或者个人）与所办事项不符。")


def _record_both(actor: Actor, what: str, row: Handover, reason: str) -> None:
    for village in (row.from_village, row.to_village):
        record(
            actor, f"handover_{what}", "registry.handover", row.public_id, division=str(village), reason=reason,
            detail={"household": row.household_id, "person": row.person_id, "on": row.on.isoformat()},
        )  # fmt: skip
