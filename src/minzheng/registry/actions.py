"""Changing the registry: recording, correcting and ending facts, deaths, who is not to be contacted, opening numbers.

Nothing is overwritten: a correction supersedes a row and adds another. Every action runs inside the actor's scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from minzheng.base.actions import record, reveal
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.models import Household, Person
from minzheng.registry.queries import person_of, sealed_number_of
from minzheng.registry.readings import pinyin
from minzheng.registry.tables import BY_NAME, FACT_TABLES, Holder, Table
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal

#: Filled by the action itself, never by the caller.
_OWN = frozenset({"township", "person_township", "source", "recorded_at"})


@dataclass(frozen=True)
class FactRow:
    """Where a recorded row is: table, holder (person or household), row."""

    table: str
    holder: int
    id: int


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
    spec = _fact_table(table)
    township = _lock(actor, spec, holder)
    row = _insert(spec, holder, township, dict(values), source)
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
    spec, township, before = _take_back(actor, row, reason)
    fresh = _insert(spec, row.holder, township, before | dict(values), source)
    _record_change(actor, "correct_fact", row, township, reason, {"by": fresh, "columns": sorted(values)})
    return FactRow(row.table, row.holder, fresh)


def end_fact(*, actor: Actor, row: FactRow, until: date, source: codes.Source, reason: str) -> FactRow:
    """A fact holds no longer from `until` on."""
    if not _fact_table(row.table).has_period:
        raise Refusal("fact.no_period", "该类事实没有期间，不能设定止日。", field="until")
    return correct_fact(actor=actor, row=row, values={"until": until}, source=source, reason=reason)


@transaction.atomic
def withdraw_fact(*, actor: Actor, row: FactRow, reason: str) -> None:
    """A row was recorded by mistake: it is superseded and nothing takes its place."""
    actor.require(Permission.RECORD_FACTS)
    _spec, township, _before = _take_back(actor, row, reason)
    _record_change(actor, "withdraw_fact", row, township, reason, {})


@transaction.atomic
def register_death(
    *, actor: Actor, person: int, died_on: date, source: codes.Source, reason: str = ""
) -> FactRow:
    """A person died. Higher layers read the life event it leaves."""
    actor.require(Permission.RECORD_FACTS)
    spec = _fact_table("death")
    township = _lock(actor, spec, person)
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
    row = _insert(spec, person, township, {"died_on": died_on}, source)
    event = {"kind": codes.Event.DEATH, "on_day": died_on}
    _insert(_fact_table("lifeevent"), person, township, event, source)
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
    spec = _fact_table("suppression")
    township = _lock(actor, spec, household)
    values = {"person_id": person, "kind": kind, "programme": programme, "since": since, "until": until}
    row = _insert(spec, household, township, values, codes.Source.CIVIL_AFFAIRS)
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
    _needs_reason(reason)
    row = Person.objects.filter(in_scope(actor, Person), pk=person).select_for_update().first()
    if row is None:
        raise _not_found()
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


# -- beneath ---------------------------------------------------------------------------------------------


def _fact_table(name: str) -> Table:
    spec = BY_NAME.get(name)
    if spec is None or spec not in FACT_TABLES or spec.holder is Holder.NOBODY:
        raise Refusal("fact.unknown_table", f"没有名为 {name} 的事实类别。")
    return spec


def _lock(actor: Actor, spec: Table, holder: int) -> int:
    """Lock the holder's row; returns the township. One outside the region is as one that does not exist."""
    rows = (
        Person.objects.filter(in_scope(actor, Person), pk=holder)
        .select_for_update()
        .values_list("township", flat=True)
        if spec.holder is Holder.PERSON
        else Household.objects.filter(in_scope(actor, Household), pk=holder)
        .select_for_update()
        .values_list("township", flat=True)
    )
    township = rows.first()
    if township is None:
        raise _not_found()
    return township


def _not_found() -> Refusal:
    return Refusal(
        "holder.not_found", "没有找到该人员或家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
    )


def _holder_column(spec: Table) -> str:
    return "person_id" if spec.holder is Holder.PERSON else "household_id"


def _insert(spec: Table, holder: int, township: int, values: dict[str, Any], source: codes.Source) -> int:
    allowed = set(spec.by_name) - _OWN - {_holder_column(spec)}
    unknown = set(values) - allowed
    missing = {c.name for c in spec.columns if not c.optional and c.name in allowed} - set(values)
    if unknown or missing:
        raise Refusal("fact.columns", f"填写项不符：多出 {sorted(unknown)}，缺少 {sorted(missing)}。")
    _check_period(spec, values)
    columns = {**values, _holder_column(spec): holder, "township": township, "source": int(source)}
    if spec.name == "membership":
        columns["person_township"] = _township_of_person(int(values["person_id"]))
    columns = {name: value for name, value in columns.items() if value is not None}
    _refuse_second(spec, columns)
    names = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {spec.sql} ({names}, recorded_at) values ({marks}, clock_timestamp()) returning id",
            [_plain(value) for value in columns.values()],
        )
        (row,) = cursor.fetchone()
    return int(row)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _check_period(spec: Table, values: dict[str, Any]) -> None:
    since, until = values.get("since"), values.get("until")
    if since is not None and until is not None and until <= since:
        raise Refusal("fact.period", "止日应晚于起日。", field="until")
    if spec.monthly and any(day is not None and day.day != 1 for day in (since, until)):
        raise Refusal("fact.month", "收入和待遇按整月登记，起止日应为每月一日。", field="since")


def _refuse_second(spec: Table, columns: dict[str, Any]) -> None:
    """The friendly form of what the database's trigger refuses anyway."""
    if not spec.one_at_a_time or (spec.name == "membership" and not columns.get("home", True)):
        return
    home = " and home" if spec.name == "membership" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select 1 from {spec.sql} where {spec.one_at_a_time} = %s and superseded_at is null{home}"
            " and since < coalesce(%s::date, 'infinity') and %s < coalesce(until, 'infinity') limit 1",
            [columns[spec.one_at_a_time], columns.get("until"), columns["since"]],
        )
        if cursor.fetchone():
            raise Refusal(
                "fact.overlap",
                "该期间已有一条同类记录，同一时间只能有一条。",
                field="since",
                next_step="请先给原记录设定止日，或更正原记录。",
            )


def _township_of_person(person: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select township from registry_person where id = %s", [person])
        found = cursor.fetchone()
    if found is None:
        raise _not_found()
    return int(found[0])


def _take_back(actor: Actor, row: FactRow, reason: str) -> tuple[Table, int, dict[str, Any]]:
    """Supersede a live row; returns what it said."""
    _needs_reason(reason)
    spec = _fact_table(row.table)
    township = _lock(actor, spec, row.holder)
    said = [name for name in spec.by_name if name not in _OWN and name != _holder_column(spec)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {spec.sql} set superseded_at = clock_timestamp() where {_holder_column(spec)} = %s and id = %s"
            f" and superseded_at is null returning {', '.join(said)}",
            [row.holder, row.id],
        )
        found = cursor.fetchone()
    if found is None:
        raise Refusal("fact.not_live", "该记录不存在或已被更正。", next_step="请刷新页面，以最新记录为准。")
    return spec, township, dict(zip(said, found, strict=True))


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("fact.no_reason", "更正须填写事由。", field="reason")


def _record_change(
    actor: Actor, verb: str, row: FactRow, township: int, reason: str, detail: dict[str, Any]
) -> None:
    record(
        actor,
        verb,
        f"registry.{row.table}",
        f"{row.holder}/{row.id}",
        division=str(township),
        reason=reason,
        detail=detail,
    )
