"""Changing the registry: recording, correcting and ending facts, deaths, who is not to be contacted, opening numbers.

Nothing is overwritten: a correction supersedes a row and adds another. Every action runs inside the actor's scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction

from minzheng.base.actions import Entry, record, record_all, reveal
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.between import Between as Between
from minzheng.registry.between import between_indexes
from minzheng.registry.models import Person
from minzheng.registry.queries import index_of_number, person_of, sealed_number_of
from minzheng.registry.readings import pinyin
from minzheng.registry.rows import FactRow as FactRow
from minzheng.registry.rows import (
    fact_table,
    insert_row,
    lock_holder,
    needs_reason,
    not_found,
    record_change,
    take_back,
)
from minzheng.registry.where import in_scope
from minzheng.values import identity
from minzheng.values.errors import Refusal


@transaction.atomic
def record_fact(
    *,
    actor: Actor,
    table: str,
    holder: int,
    values: Mapping[str, Any],
    source: codes.Source,
    reason: str = "",
) -> FactRow:
    """Add a dated fact of a person or household. `values` are columns of `tables`, without place, source and times.

    Refuses unknown columns, a period that ends before it begins, and a second row where only one can hold at a time.
    """
    actor.require(Permission.RECORD_FACTS)
    spec = fact_table(table)
    township = lock_holder(actor, spec, holder)
    row = insert_row(spec, holder, township, dict(values), source)
    record(
        actor,
        "record_fact",
        f"registry.{table}",
        f"{holder}/{row}",
        division=str(township),
        reason=reason,
        detail={"source": source.name.lower()},
    )
    return FactRow(table, holder, row)


@transaction.atomic
def correct_fact(
    *, actor: Actor, row: FactRow, values: Mapping[str, Any], source: codes.Source, reason: str
) -> FactRow:
    """Supersede a row by one that differs in `values`; both stay, each with the time it was believed."""
    actor.require(Permission.RECORD_FACTS)
    spec, township, before = take_back(actor, row, reason)
    fresh = insert_row(spec, row.holder, township, before | dict(values), source)
    record_change(actor, "correct_fact", row, township, reason, {"by": fresh, "columns": sorted(values)})
    return FactRow(row.table, row.holder, fresh)


def end_fact(*, actor: Actor, row: FactRow, until: date, source: codes.Source, reason: str) -> FactRow:
    """A fact holds no longer from `until` on."""
    if not fact_table(row.table).has_period:
        raise Refusal("fact.no_period", "该类事实没有期间，不能设定止日。", field="until")
    return correct_fact(actor=actor, row=row, values={"until": until}, source=source, reason=reason)


@transaction.atomic
def withdraw_fact(*, actor: Actor, row: FactRow, reason: str) -> None:
    """A row was recorded by mistake: it is superseded and nothing takes its place."""
    actor.require(Permission.RECORD_FACTS)
    _spec, township, _before = take_back(actor, row, reason)
    record_change(actor, "withdraw_fact", row, township, reason, {})


@transaction.atomic
def register_death(
    *, actor: Actor, person: int, died_on: date, source: codes.Source, reason: str = ""
) -> FactRow:
    """A person died. Higher layers read the life event it leaves."""
    actor.require(Permission.RECORD_FACTS)
    spec = fact_table("death")
    township = lock_holder(actor, spec, person)
    born = Person.objects.values_list("birth_date", flat=True).get(pk=person)
    if died_on < born or died_on > business_date():
        raise Refusal(
            "death.impossible_date",
            "死亡日期早于出生日期或晚于当前业务日期。",
            field="died_on",
            next_step="请核对死亡证明上的日期。",
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from registry_death where person_id = %s and superseded_at is null", [person]
        )
        if cursor.fetchone():
            raise Refusal("death.registered", "该人员已有死亡登记。", next_step="如日期有误，请更正原登记。")
    row = insert_row(spec, person, township, {"died_on": died_on}, source)
    event = {"kind": codes.Event.DEATH, "on_day": died_on}
    insert_row(fact_table("lifeevent"), person, township, event, source)
    record(actor, "register_death", "registry.person", person, division=str(township), reason=reason)
    return FactRow("death", person, row)


@transaction.atomic
def suppress_leads(
    *,
    actor: Actor,
    household: int,
    kind: codes.Suppression,
    since: date,
    until: date | None,
    reason: str,
    person: int | None = None,
    programme: codes.Programme | None = None,
) -> FactRow:
    """No lead is opened for the household (or one of its people, one programme) until a day."""
    actor.require(Permission.HANDLE_LEADS)
    spec = fact_table("suppression")
    township = lock_holder(actor, spec, household)
    values = {"person_id": person, "kind": kind, "programme": programme, "since": since, "until": until}
    row = insert_row(spec, household, township, values, codes.Source.CIVIL_AFFAIRS)
    record(
        actor,
        "suppress_leads",
        "registry.household",
        household,
        division=str(township),
        reason=reason,
        detail={"kind": kind.name.lower()},
    )
    return FactRow("suppression", household, row)


@transaction.atomic
def correct_person(
    *,
    actor: Actor,
    person: int,
    reason: str,
    name: str | None = None,
    sex: codes.Sex | None = None,
    birth_date: date | None = None,
) -> None:
    """Correct who somebody is; the former version stays with the time it was believed."""
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    row = Person.objects.filter(in_scope(actor, Person), pk=person).select_for_update().first()
    if row is None:
        raise not_found()
    changed: dict[str, Any] = {}
    if name is not None:
        changed |= {"name": name, "name_pinyin": pinyin(name)}
    if sex is not None:
        changed["sex"] = sex
    if birth_date is not None:
        changed["birth_date"] = birth_date
    Person.objects.filter(in_scope(actor, Person), pk=person).update(**changed)
    record(
        actor,
        "correct_person",
        "registry.person",
        person,
        division=str(row.township),
        reason=reason,
        detail={"columns": sorted(changed)},
    )


def reveal_number(*, actor: Actor, person: int, purpose: str) -> str:
    """The whole identity number of a person in the region; the purpose is recorded before it opens."""
    sealed = sealed_number_of(actor, person)
    if sealed is None:
        raise Refusal("person.no_number", "该人员没有登记身份证号。")
    return reveal(actor, sealed, purpose=purpose)


def reveal_number_by_public_id(*, actor: Actor, public_id: Any, purpose: str) -> str:
    """The same, for a page that knows the public id."""
    return reveal_number(actor=actor, person=person_of(actor, public_id).pk, purpose=purpose)


@transaction.atomic
def ask_kinship(*, actor: Actor, first: str, second: str, purpose: str, on: date) -> Between:
    """How two people are related by blood, by their whole numbers, across counties; the question is recorded first.

    The record names blind indexes, so that it does not tell whether somebody is registered elsewhere.
    """
    actor.require(Permission.REVEAL_IDENTITY)
    if not purpose.strip():
        raise Refusal("kinship.no_purpose", "核对亲属关系须填写用途。", field="purpose")
    numbers = [identity.parse(text, on=on).reveal_for("kinship") for text in (first, second)]
    indexes = [index_of_number(number) for number in numbers]
    if indexes[0] == indexes[1]:
        raise Refusal("kinship.same_person", "两个身份证号属于同一人，请核对。", field="second")
    division = actor.regions[0] if actor.regions else ""
    record_all(actor, [Entry("ask_kinship", "number", one.hex(), division, purpose, {}) for one in indexes])
    return between_indexes(*indexes, on=on)
