"""Ties of people to households as moves change them: locked first, ended and begun on a day, former rows kept.

Household before persons, lower ids first: two moves of the same people wait for each other and never lock crosswise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.models import Household, Membership, Person
from minzheng.registry.rows import fact_table, insert_row
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


@dataclass(frozen=True)
class Joining:
    """How somebody belongs to a household: relation to its head, and whether they live there for good."""

    relation: codes.Relation
    lives_here: bool | None = None


def lock_household(actor: Actor, household: int) -> Household:
    """The open household, locked. One outside the region is as one that does not exist."""
    row = Household.objects.filter(in_scope(actor, Household), pk=household).select_for_update().first()
    if row is None:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    if row.closed_on is not None:
        raise Refusal("household.closed", "该家庭已销户，不能再办理变动。", next_step="请在现在的家庭办理。")
    return row


def lock_households(actor: Actor, *households: int) -> list[Household]:
    """Several, locked in the order of their ids and returned in the order asked."""
    rows = {household: lock_household(actor, household) for household in sorted(set(households))}
    return [rows[household] for household in households]


def lock_members(household: Household) -> list[Membership]:
    """The open ties of a household in order, the people whose home it is locked."""
    ties = list(
        Membership.objects.filter(household_id=household.pk, until=None, superseded_at=None).order_by(
            "position", "id"
        )
    )
    lock_persons(tie.person_id for tie in ties if tie.home)
    return ties


def lock_persons(persons: Iterable[int]) -> None:
    list(Person.objects.filter(pk__in=list(persons)).order_by("pk").select_for_update().values_list("pk"))


def check_day(on: date, *not_before: date | None) -> None:
    """A change is recorded on the day it took effect or later, and never before what it changes."""
    if on > business_date():
        raise Refusal(
            "move.future", "变动日期不能晚于今天（业务日期）。", field="on", next_step="请在变动之后登记。"
        )
    latest = max((day for day in not_before if day is not None), default=None)
    if latest is not None and on < latest:
        raise Refusal(
            "move.too_early",
            f"变动日期早于此前的登记（{latest:%Y-%m-%d}）。",
            field="on",
            next_step="请核对日期；如此前的登记有误，请先更正。",
        )


def end_tie(tie: Membership, on: date, source: codes.Source) -> None:
    """The tie holds until the day; one that would have held for no day is taken back whole."""
    _supersede("membership", tie.household_id, tie.pk)
    if on > tie.since:
        _again(tie, tie.household_id, tie.township, source, {"until": on})


def begin_tie(
    household: Household, person: int, on: date, joining: Joining, source: codes.Source, *, home: bool = True
) -> None:
    """The person belongs to the household from the day on, as the last in order."""
    values = {
        "person_id": person, "relation": joining.relation, "position": _next_position(household.pk), "home": home,
        "lives_here": joining.lives_here, "lives_here_since": on if joining.lives_here else None, "since": on,
    }  # fmt: skip
    insert_row(fact_table("membership"), household.pk, household.township, values, source)


def change_relations(
    household: Household, relations: Mapping[int, codes.Relation], on: date, source: codes.Source
) -> None:
    """Members are related otherwise to the head from the day on: a new head, somebody who married."""
    ties = {tie.person_id: tie for tie in lock_members(household)}
    for person, relation in relations.items():
        tie = ties.get(person)
        if tie is None:
            raise not_a_member()
        if tie.relation == relation:
            continue
        end_tie(tie, on, source)
        _again(
            tie, household.pk, household.township, source, {"since": max(on, tie.since), "relation": relation}
        )


def place_persons(persons: Iterable[int], township: int, on: date) -> None:
    """Where these people are registered; rows about them follow by foreign key, their former place is kept."""
    Person.objects.filter(pk__in=list(persons)).exclude(township=township).update(
        township=township, here_since=on
    )


def carry(persons: Sequence[int], old: Household, new: Household, on: date) -> None:
    """What runs for these people alone goes with them: receipts from the month's first day, silences from the day.

    Receipts of the platform's own decisions stay: the award behind them follows the person, and writes its own.
    """
    month = Month.of(on).first_day
    for name, day in (("receipt", month), ("suppression", on)):
        spec = fact_table(name)
        said = [
            column for column in spec.by_name if column not in ("household_id", "township", "recorded_at")
        ]
        for row, *told in _running(name, said, old.pk, persons, day):
            values = dict(zip(said, told, strict=True))
            source = codes.Source(values.pop("source"))
            if name == "receipt" and source is codes.Source.PLATFORM:
                continue
            _supersede(name, old.pk, row)
            if values["since"] < day:
                insert_row(spec, old.pk, old.township, values | {"until": day}, source)
            fresh = values | {"since": max(values["since"], day)}
            insert_row(spec, new.pk, new.township, fresh, source)


def note(persons: Iterable[int], township: int, event: codes.Event, on: date, source: codes.Source) -> None:
    """A life event of each, which higher layers read."""
    for person in persons:
        insert_row(fact_table("lifeevent"), person, township, {"kind": event, "on_day": on}, source)


def not_a_member() -> Refusal:
    return Refusal(
        "move.not_member",
        "该人员不是（或已不再是）本户人员。",
        next_step="请刷新页面，按最新的家庭成员办理。",
    )


def check_head(left: Sequence[Membership], relations: Mapping[int, codes.Relation]) -> None:
    """Somebody who stays is the head, as before or by what is said now."""
    home = [tie for tie in left if tie.home]
    heads = [tie for tie in home if relations.get(tie.person_id, tie.relation) == codes.Relation.HEAD]
    if home and len(heads) != 1:
        raise Refusal(
            "move.head",
            "变动以后本户应有且只有一名户主。",
            field="relations",
            next_step="请指定留下的人员中谁为户主，并填写其他人与新户主的关系。",
        )


def _next_position(household: int) -> int:
    last = Membership.objects.filter(household_id=household, superseded_at=None).order_by("-position").first()
    return 0 if last is None else min(last.position + 1, 32_000)


def _again(
    tie: Membership, household: int, township: int, source: codes.Source, changed: Mapping[str, Any]
) -> None:
    names = ("person_id", "relation", "position", "home", "lives_here", "lives_here_since", "since", "until")
    values = {name: getattr(tie, name) for name in names} | dict(changed)
    insert_row(fact_table("membership"), household, township, values, source)


def _supersede(name: str, household: int, row: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"update registry_{name} set superseded_at = clock_timestamp()"
            " where household_id = %s and id = %s and superseded_at is null",
            [household, row],
        )
        if cursor.rowcount != 1:
            raise not_a_member()


def _running(
    name: str, columns: Sequence[str], household: int, persons: Sequence[int], day: date
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, {', '.join(columns)} from registry_{name} where household_id = %s and person_id = any(%s)"
            " and superseded_at is null and (until is null or until > %s) order by id for update",
            [household, list(persons), day],
        )
        return list(cursor.fetchall())
