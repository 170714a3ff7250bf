"""Households that move, divide and merge. Whose both places are in charge does it alone; else see `handover`.

Nothing of the past changes: a question about a day before, or as known before, finds the household where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.models import Division, Household, Membership
from minzheng.registry.rows import fact_table, insert_row, needs_reason
from minzheng.registry.ties import (
    Joining,
    begin_tie,
    carry,
    change_relations,
    check_day,
    check_head,
    end_tie,
    lock_household,
    lock_households,
    lock_members,
    not_a_member,
    note,
    place_persons,
)
from minzheng.values.errors import Refusal

SOURCE = codes.Source.PLATFORM
_VILLAGE_DIGITS = 12


@transaction.atomic
def move_household(
    *,
    actor: Actor,
    household: int,
    to_village: int,
    on: date,
    reason: str,
    seen_in: int | None = None,
    address: str | None = None,
    with_hukou: bool = False,
    source: codes.Source = SOURCE,
) -> Household:
    """The household lives in another village of the city from `on`; its rows and its people's go with it.

    seen_in: the village the officer saw it in; a household that somebody moved meanwhile is refused. with_hukou: the
    household registration of its people moves too. Done twice it is done once. Refuses a place not in charge.
    """
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    row = lock_household(actor, household)
    if (row.village, row.here_since) == (to_village, on):
        return row
    check_seen(row, seen_in)
    check_village(actor, to_village)
    ties = lock_members(row)
    was = row.village
    relocate(row, ties, to_village, on, source, address=address, with_hukou=with_hukou)
    _record_both(actor, "move_household", row, was, reason, {"on": on.isoformat()})
    return row


def relocate(
    row: Household,
    ties: list[Membership],
    to_village: int,
    on: date,
    source: codes.Source,
    *,
    address: str | None = None,
    with_hukou: bool = False,
) -> None:
    """Move a locked household with its people. Whoever calls has asked who may."""
    check_day(on, row.opened_on, row.here_since)
    if row.village == to_village:
        raise Refusal("move.same_place", "该家庭已登记在该村（社区）。", field="to_village")
    people = [tie.person_id for tie in ties if tie.home]
    row.village, row.township, row.here_since = to_village, to_village // 1000, on
    row.address = row.address if address is None else address
    row.save(update_fields=["village", "township", "here_since", "address"])
    place_persons(people, row.township, on)
    if with_hukou:
        move_hukou(people, row.township, on, source)
    note(people, row.township, codes.Event.MOVE, on, source)


@transaction.atomic
def split_household(
    *,
    actor: Actor,
    household: int,
    members: Mapping[int, Joining],
    on: date,
    reason: str,
    to_village: int | None = None,
    address: str = "",
    relations: Mapping[int, codes.Relation] | None = None,
    event: codes.Event = codes.Event.MOVE,
    source: codes.Source = SOURCE,
) -> Household:
    """Some members form a household of their own from `on`, in the same village or another one in charge.

    members: who, each with the relation to the new head, one of them the head. relations: how those who stay are
    related to their head, where that changes. What is received for one of them goes with them; what the household
    receives stays with it, since changing that is a decision.
    """
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    old = lock_household(actor, household)
    ties = lock_members(old)
    leaving = [tie for tie in ties if tie.home and tie.person_id in members]
    if len(leaving) != len(members) or not members:
        raise not_a_member()
    left = [tie for tie in ties if tie.person_id not in members]
    if not any(tie.home for tie in left):
        raise Refusal("move.nobody_left", "分户后原户应至少留有一人。", next_step="全户迁移请办理迁户。")
    check_head(left, relations or {})
    if [joining.relation for joining in members.values()].count(codes.Relation.HEAD) != 1:
        raise Refusal("move.head", "新户应有且只有一名户主。", field="members")
    check_day(on, old.opened_on, *(tie.since for tie in leaving))
    village = old.village if to_village is None else to_village
    if village != old.village:
        check_village(actor, village)
    new = open_household(village, address, on, source)
    _regroup(old, new, leaving, members, on, source)
    change_relations(old, relations or {}, on, source)
    note(members, new.township, event, on, source)
    detail = {"new": new.pk, "people": len(members), "on": on.isoformat()}
    _record_both(actor, "split_household", old, new.village, reason, detail)
    return new


@transaction.atomic
def merge_households(
    *,
    actor: Actor,
    household: int,
    into: int,
    members: Mapping[int, Joining],
    on: date,
    reason: str,
    source: codes.Source = SOURCE,
) -> Household:
    """All people of a household belong to another one from `on`; the first is closed on that day.

    members: everybody whose home it is, with the relation to the head of the other household. What the closed
    household received as a whole stays recorded with it: ending it is a decision.
    """
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    if household == into:
        raise Refusal("move.same_household", "不能与本户合并。", field="into")
    old, new = lock_households(actor, household, into)
    ties = lock_members(old)
    leaving = [tie for tie in ties if tie.home]
    if {tie.person_id for tie in leaving} != set(members):
        raise not_a_member()
    if codes.Relation.HEAD in [joining.relation for joining in members.values()]:
        raise Refusal("move.head", "并入的户已有户主。", field="members")
    check_day(on, old.opened_on, new.opened_on, new.here_since, *(tie.since for tie in leaving))
    _regroup(old, new, leaving, members, on, source)
    close(old, [tie for tie in ties if not tie.home], on, source)
    note(members, new.township, codes.Event.MOVE, on, source)
    _record_both(actor, "merge_households", old, new.village, reason, {"into": into, "on": on.isoformat()})
    return new


@transaction.atomic
def change_head(
    *,
    actor: Actor,
    household: int,
    relations: Mapping[int, codes.Relation],
    on: date,
    reason: str,
    source: codes.Source = SOURCE,
) -> None:
    """Members are related otherwise from `on`: somebody else is the head, and the others are told from there."""
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    row = lock_household(actor, household)
    ties = lock_members(row)
    check_day(on, row.opened_on, *(tie.since for tie in ties if tie.person_id in relations))
    check_head(ties, relations)
    change_relations(row, relations, on, source)
    record(
        actor, "change_head", "registry.household", row.pk, division=str(row.village), reason=reason.strip(),
        detail={"on": on.isoformat(), "people": len(relations)},
    )  # fmt: skip


def close(household: Household, others: list[Membership], on: date, source: codes.Source) -> None:
    """Nobody is left at home: the household ends, and so do the ties of people whose home is elsewhere."""
    for tie in others:
        end_tie(tie, on, source)
    household.closed_on = on
    household.save(update_fields=["closed_on"])


def _regroup(
    old: Household,
    new: Household,
    leaving: list[Membership],
    members: Mapping[int, Joining],
    on: date,
    source: codes.Source,
) -> None:
    for tie in leaving:
        end_tie(tie, on, source)
    place_persons(members, new.township, on)
    for person, joining in members.items():
        end_second_tie(new, person, on, source)
        begin_tie(new, person, on, joining, source)
    carry(list(members), old, new, on)


def end_second_tie(household: Household, person: int, on: date, source: codes.Source) -> None:
    """Who lived with the household and now belongs to it has one tie, not two."""
    second = Membership.objects.filter(
        household_id=household.pk, person_id=person, until=None, superseded_at=None
    )
    for tie in second:
        end_tie(tie, max(on, tie.since), source)


def open_household(village: int, address: str, on: date, source: codes.Source) -> Household:
    """A new household at a village from the day on; nobody belongs to it yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into registry_household (township, village, opened_on, source, address, recorded_at)"
            " values (%s, %s, %s, %s, %s, clock_timestamp()) returning id",
            [village // 1000, village, on, int(source), address],
        )
        (made,) = cursor.fetchone()
    return Household.objects.get(pk=made)


def move_hukou(people: list[int], township: int, on: date, source: codes.Source) -> None:
    """Whose hukou lies in the city has it in the township from the day on; of others nothing is said."""
    spec = fact_table("hukou")
    with connection.cursor() as cursor:
        for person in people:
            cursor.execute(
                "update registry_hukou set superseded_at = clock_timestamp() where person_id = %s"
                " and superseded_at is null and until is null and division::text like %s"
                " returning division, since, rural, source",
                [person, f"{settings.CITY}%"],
            )
            for division, since, rural, before in cursor.fetchall():
                told: dict[str, Any] = {"division": division, "since": since, "rural": rural}
                if since < on:
                    insert_row(spec, person, township, told | {"until": on}, codes.Source(before))
                insert_row(
                    spec, person, township, told | {"division": township, "since": max(on, since)}, source
                )


def check_village(actor: Actor, village: int) -> None:
    """A village of today that lies in a township in charge. A place elsewhere is told from none only by its code."""
    if not (actor.covers(str(village)) and is_village(village)):
        raise Refusal(
            "move.not_in_charge",
            "迁入地不是您管辖区域内现行的村（社区）。",
            field="to_village",
            next_step="迁往其他乡镇（街道）的，请办理移交，由迁入地接收。",
        )


def is_village(code: int) -> bool:
    """Whether it is a village or community of today."""
    here = Division.objects.filter(code=code, level=_VILLAGE_DIGITS, pseudo=False, valid_to=None)
    return here.exists()


def check_seen(row: Household, seen_in: int | None) -> None:
    if seen_in is not None and row.village != seen_in:
        raise Refusal(
            "move.changed",
            "该家庭的登记地已由他人变更，您的操作没有保存。",
            next_step="请刷新页面，按最新情况办理。",
        )


def _record_both(
    actor: Actor, verb: str, row: Household, other_village: int, reason: str, detail: dict[str, Any]
) -> None:
    """An entry for each of the two places, so that both sides read what was done."""
    for village in dict.fromkeys((other_village, row.village)):
        record(
            actor, verb, "registry.household", row.pk, division=str(village), reason=reason.strip(),
            detail=detail | {"places": sorted({str(row.village), str(other_village)})},
        )  # fmt: skip
