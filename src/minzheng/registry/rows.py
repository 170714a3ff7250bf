"""Rows of facts as the registry's actions write them: a holder locked, a row added, a row superseded.

Nothing here asks for a permission or writes the audit of an action: that is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from minzheng.base.actions import record
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.models import Household, Person
from minzheng.registry.tables import BY_NAME, FACT_TABLES, OTHER_PERSON, Holder, Table
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal

#: Filled by the writer itself, never by the caller.
_OWN = frozenset({"township", "person_township", "source", "recorded_at"})


@dataclass(frozen=True)
class FactRow:
    """Where a recorded row is: table, holder (person or household), row."""

    table: str
    holder: int
    id: int


def fact_table(name: str) -> Table:
    spec = BY_NAME.get(name)
    if spec is None or spec not in FACT_TABLES or spec.holder is Holder.NOBODY:
        raise Refusal("fact.unknown_table", f"没有名为 {name} 的事实类别。")
    return spec


def lock_holder(actor: Actor, spec: Table, holder: int) -> int:
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
        raise not_found()
    return township


def not_found() -> Refusal:
    return Refusal(
        "holder.not_found", "没有找到该人员或家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
    )


def _holder_column(spec: Table) -> str:
    return "person_id" if spec.holder is Holder.PERSON else "household_id"


def insert_row(spec: Table, holder: int, township: int, values: dict[str, Any], source: codes.Source) -> int:
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
    _refuse_unknown(spec, columns)
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


def _refuse_unknown(spec: Table, columns: dict[str, Any]) -> None:
    """Somebody else named in the row is seen, or named there already: elsewhere and nowhere are told alike."""
    other = OTHER_PERSON.get(spec.name)
    if other is None or columns.get(other) is None:
        return
    holder = _holder_column(spec)
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from registry_person where id = %s)"
            f" or exists (select from {spec.sql} where {holder} = %s and {other} = %s)",
            [columns[other], columns[holder], columns[other]],
        )
        if cursor.fetchone() != (True,):
            raise not_found()


def _township_of_person(person: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select township from registry_person where id = %s", [person])
        found = cursor.fetchone()
    if found is None:
        raise not_found()
    return int(found[0])


def take_back(actor: Actor, row: FactRow, reason: str) -> tuple[Table, int, dict[str, Any]]:
    """Supersede a live row; returns what it said."""
    needs_reason(reason)
    spec = fact_table(row.table)
    township = lock_holder(actor, spec, row.holder)
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


def needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("fact.no_reason", "更正须填写事由。", field="reason")


def record_change(
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
