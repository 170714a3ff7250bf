"""Rows of the registry at both its times: in force on a day of law, and as known at a moment.

Every table of facts is asked the same way. What a fact means for a provision is `facts`; this is the record itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q

from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.models import Household, Person
from minzheng.registry.tables import BY_NAME, FACT_TABLES, Column, Holder
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal


@dataclass(frozen=True)
class Record:
    """A recorded row: what it says, who said so, and when it was believed."""

    id: int
    values: dict[str, Any]
    source: codes.Source
    recorded_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True)
class PersonRecord:
    """What the register said of a person. The identity number stays sealed and is not part of it."""

    name: str
    sex: codes.Sex
    birth_date: date
    recorded_at: datetime


_TIMES = frozenset({"source", "recorded_at"})


def records_of(
    actor: Actor,
    table: str,
    *,
    person: int | None = None,
    household: int | None = None,
    on: date | None = None,
    known_at: datetime | None = None,
) -> list[Record]:
    """Rows of a person or a household, the oldest first.

    on: only those in force on the day (rows without a period are always there). known_at: as believed then, now when
    not given; a later correction does not show. Refuses a table that does not hold facts of such a holder.
    """
    actor.require(Permission.SEE_HOUSEHOLDS)
    spec = BY_NAME.get(table)
    column = "person_id" if person is not None else "household_id"
    if spec is None or spec not in FACT_TABLES or column not in spec.by_name or spec.holder is Holder.NOBODY:
        raise Refusal("history.table", f"登记库没有可按此查询的 {table}。")
    holder = {column: person if person is not None else household}
    model = apps.get_model("registry", table)
    rows = model.objects.filter(
        in_scope(actor, model), _known(known_at), _in_force(spec.has_period, on), **holder
    )
    return [_record(row, spec.columns) for row in rows.order_by("recorded_at", "id")]


def coverage_of(
    actor: Actor, division: int, *, on: date | None = None, known_at: datetime | None = None
) -> list[Record]:
    """Which sources vouch for a division (or one it lies in), trusted on the day, as known at a moment."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    code = str(division)
    within = [int(code[:length]) for length in (2, 4, 6, 9, 12) if length <= len(code)]
    trusted = Q() if on is None else Q(since__lte=on, trusted_until__gte=on)
    rows = apps.get_model("registry", "coverage").objects.filter(
        _known(known_at), trusted, division__in=within
    )
    return [_record(row, BY_NAME["coverage"].columns) for row in rows.order_by("kind", "recorded_at", "id")]


def person_record(actor: Actor, person: int, *, known_at: datetime | None = None) -> PersonRecord:
    """The person as the register had them at a moment. Refuses somebody not visible, or not yet recorded then."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    row = Person.objects.filter(in_scope(actor, Person), id=person).first()
    if row is not None and (known_at is None or row.recorded_at <= known_at):
        return PersonRecord(row.name, codes.Sex(row.sex), row.birth_date, row.recorded_at)
    former = None if row is None else _former(person, known_at)
    if former is None:
        raise Refusal(
            "person.not_found", "没有找到该人员，或不在您的管辖区域内。", next_step="请核对人员与时间。"
        )
    name, sex, born, recorded_at = former
    return PersonRecord(name, codes.Sex(sex), born, recorded_at)


@dataclass(frozen=True)
class Stay:
    """A place a household was at, from a day (None: since it was opened) to the day before `until` (None: to now)."""

    village: int
    address: str
    since: date | None
    until: date | None


def places_of(actor: Actor, household: int) -> list[Stay]:
    """Where a household of the region has been, the first place first. Refuses one that is not seen."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    row = Household.objects.filter(in_scope(actor, Household), id=household).first()
    if row is None:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "select was_village, address, until from registry_householdversion where household_id = %s"
            " and until is not null order by superseded_at",
            [household],
        )
        former = cursor.fetchall()
    begun = [None, *(until for _village, _address, until in former)]
    stays = [
        Stay(village, address, since, until)
        for (village, address, until), since in zip(former, begun, strict=False)
    ]
    return [*stays, Stay(row.village, row.address, begun[-1], None)]


def place_on(actor: Actor, household: int, on: date) -> Stay:
    """Where a household was on a day."""
    stays = places_of(actor, household)
    return next(stay for stay in stays if stay.until is None or on < stay.until)


def _former(person: int, known_at: datetime | None) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, sex, birth_date, recorded_at from registry_personversion where person_id = %s"
            " and recorded_at <= %s and superseded_at > %s order by superseded_at limit 1",
            [person, known_at, known_at],
        )
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def _known(at: datetime | None) -> Q:
    if at is None:
        return Q(superseded_at=None)
    return Q(recorded_at__lte=at) & (Q(superseded_at=None) | Q(superseded_at__gt=at))


def _in_force(has_period: bool, on: date | None) -> Q:
    if on is None or not has_period:
        return Q()
    return Q(since__lte=on) & (Q(until=None) | Q(until__gt=on))


def _record(row: Any, columns: tuple[Column, ...]) -> Record:
    values = {column.name: getattr(row, column.name) for column in columns if column.name not in _TIMES}
    return Record(row.pk, values, codes.Source(row.source), row.recorded_at, row.superseded_at)
