"""The facts of a few households as the engines read them, each with who said so and both its times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg
from django.db import connection as django_connection

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.extract import Array, Extract, Value, extract, vocabulary_columns
from minzheng.registry.reading import NOTHING, Holders, Moment, Reader, day_of
from minzheng.rules.calendar import from_day_number
from minzheng.rules.facts import Source, UnitFacts
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Household
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

MOST_AT_ONCE = 2000


def facts_of(
    actor: Actor,
    households: Sequence[int],
    *,
    month: Month,
    on: date | None = None,
    known_at: datetime | None = None,
    window: int = 12,
) -> list[UnitFacts]:
    """Facts of households in the actor's scope, in the order asked.

    The day of law is the last of the month unless given. Raises `Refusal` when one is not visible to the actor or has
    no people on that day. Facts of members who are registered elsewhere are read too: the law asks for them.
    """
    if len(households) > MOST_AT_ONCE:
        raise Refusal("facts.too_many", f"一次最多读取 {MOST_AT_ONCE} 户。", next_step="请分批读取。")
    _must_see(actor, households)
    moment = Moment.of(month, on=on, known_at=known_at, window=window)
    with scope(system_actor("facts")):
        reader = Reader(
            raw_connection(), moment, Holders(households=np.array(households, np.int64)), provenance=True
        )
        found = extract(reader)
        names = _names(found.person_id)
    by_id = {int(unit): at for at, unit in enumerate(found.unit_id)}
    missing = [household for household in households if household not in by_id]
    if missing:
        raise Refusal("facts.closed", "家庭在该日期未立户或已销户。", next_step="请核对日期。")
    return [_unit_facts(found, by_id[household], names) for household in households]


def raw_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """The psycopg connection behind Django's, inside its transaction and scope."""
    django_connection.ensure_connection()
    raw: psycopg.Connection[tuple[Any, ...]] = django_connection.connection
    return raw


def _must_see(actor: Actor, households: Sequence[int]) -> None:
    from minzheng.registry.queries import visible_households

    if len(visible_households(actor, households)) != len(set(households)):
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )


def _names(persons: Array) -> dict[int, str]:
    rows = (
        raw_connection()
        .execute("select id, name from registry_person where id = any(%s)", [persons.tolist()])
        .fetchall()
    )
    return dict(rows)


def _unit_facts(found: Extract, unit: int, names: dict[int, str]) -> UnitFacts:
    first, end = int(found.offsets[unit]), int(found.offsets[unit + 1])
    people_ids = [int(person) for person in found.tie_person[first:end]]
    facts = UnitFacts(
        {},
        [{} for _ in range(first, end)],
        unit_id=int(found.unit_id[unit]),
        people_ids=people_ids,
        names=[names.get(person, "") for person in people_ids],
    )
    for name, column in vocabulary_columns().items():
        if column.entity is Household:
            _put(facts, facts.unit, column, found.unit[name], unit, None)
            continue
        value = found.people_column(name)
        for who, tie in enumerate(range(first, end)):
            _put(facts, facts.people[who], column, value, tie, who)
    return facts


def _put(
    facts: UnitFacts, into: dict[str, Any], column: Column, value: Value, at: int, who: int | None
) -> None:
    facts.sources[(column.column, who)] = _source(value, at)
    if value.known[at]:
        raw = int(value.values[at])
        into[column.column] = 1 << raw if column.kind.domain is not None else raw


def _source(value: Value, at: int) -> Source:
    """Who said so: a row, the silence of a source that vouches, or nobody yet."""
    row = -1 if value.row is None else int(value.row[at])
    if row >= 0 and value.rows is not None:
        return _row_source(value, row, known=bool(value.known[at]))
    if value.known[at] and value.absent is not None and value.absent[at]:
        about = f"（{value.kind.label}）" if value.kind is not None else ""
        return Source(name="来源覆盖范围内无记录", note=f"无记录即为没有{about}")
    if value.known[at]:
        return Source(name="由已登记的亲属情况得出")
    return Source(note="尚无来源记录")


def _row_source(value: Value, row: int, *, known: bool) -> Source:
    rows = value.rows
    assert rows is not None
    source = codes.Source(int(rows["source"][row])).label
    since = rows.columns.get("since")
    return Source(
        name=source,
        since=None if since is None or since[row] == NOTHING else from_day_number(int(since[row])),
        recorded=day_of(int(rows["recorded_at"][row])),
        note="" if known else "有记录但尚未查清",
    )
