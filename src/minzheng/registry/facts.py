"""The facts of a few households as the engines read them, each with who said so and both its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg
from django.db import connection as django_connection

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.extract import extract
from minzheng.registry.extraction.arrays import Array
from minzheng.registry.extraction.columns import Extract, Value, vocabulary_columns
from minzheng.registry.kin import Obligor, obligor_edges
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


# -- with the households of kin --------------------------------------------------------------------------


@dataclass(frozen=True)
class KinEdge:
    """Living kin of a member in another household: unit and member by position in `Around.units`.

    `other_unit` is None for somebody who is in no household of the registry: about them nothing is known.
    """

    unit: int
    who: int
    kind: Obligor
    other_unit: int | None
    other: int | None


@dataclass(frozen=True)
class Around:
    """Facts of the households asked (the first `asked` units) and of those where their kin live.

    `supporting` has the kin edges that end at a member of any of these units: for how many somebody is answerable.
    """

    units: list[UnitFacts]
    counties: list[str]
    asked: int
    edges: list[KinEdge]
    supporting: list[tuple[int, int, Obligor, int]]
    """(unit, member, what the member is to the other, the other's id)"""


def facts_around(
    actor: Actor,
    households: Sequence[int],
    *,
    month: Month,
    on: date | None = None,
    known_at: datetime | None = None,
    window: int = 12,
) -> Around:
    """As `facts_of`, with the households that the law asks about because kin live there.

    What is read of them goes into obligations only; it is not shown to an actor who has not these regions in charge.
    """
    if len(households) > MOST_AT_ONCE:
        raise Refusal("facts.too_many", f"一次最多读取 {MOST_AT_ONCE} 户。", next_step="请分批读取。")
    _must_see(actor, households)
    moment = Moment.of(month, on=on, known_at=known_at, window=window)
    with scope(system_actor("facts")):
        near = _kin_households(households, moment)
        beyond = _kin_households(near, moment)
        everything = np.unique(np.array([*households, *near, *beyond], np.int64))
        reader = Reader(raw_connection(), moment, Holders(households=everything), provenance=True)
        found = extract(reader)
        names = _names(found.person_id)
    return _Around(found, list(households), near, names).built()


def _kin_households(households: Sequence[int], moment: Moment) -> list[int]:
    """The households in which kin of the members of these live, on the day and as known at the moment.

    Three questions instead of one join: each is a look-up in an index whatever the planner thinks of the city's size.
    """
    held = (
        "since <= %(on)s and (until is null or until > %(on)s) and recorded_at <= %(known)s"
        " and (superseded_at is null or superseded_at > %(known)s)"
    )

    def ids(query: str, wanted: Sequence[int]) -> list[int]:
        values = {"on": moment.on, "known": moment.known, "wanted": list(wanted)}
        return [int(one) for (one,) in raw_connection().execute(query, values).fetchall()]

    people = ids(
        f"select distinct person_id from registry_membership where household_id = any(%(wanted)s) and {held}",
        households,
    )
    kin = ids(
        f"select relative_id from registry_kinship where person_id = any(%(wanted)s) and {held}"
        f" union select person_id from registry_kinship where relative_id = any(%(wanted)s) and {held}",
        people,
    )
    homes = ids(
        f"select distinct household_id from registry_membership where person_id = any(%(wanted)s) and {held}"
        " order by 1",
        kin,
    )
    own = set(households)
    return [home for home in homes if home not in own]


class _Around:
    """Cuts the extract of everything into the units asked and near, and its kin edges into theirs."""

    def __init__(self, found: Extract, households: list[int], near: list[int], names: dict[int, str]) -> None:
        self.found, self.names = found, names
        by_id = {int(unit): at for at, unit in enumerate(found.unit_id)}
        if any(household not in by_id for household in households):
            raise Refusal("facts.closed", "家庭在该日期未立户或已销户。", next_step="请核对日期。")
        self.asked = len(households)
        self.positions = [by_id[h] for h in households] + [by_id[h] for h in near if h in by_id]
        self.unit_of = {position: at for at, position in enumerate(self.positions)}

    def built(self) -> Around:
        found = self.found
        county = found.unit_township // 1000
        around = Around(
            [_unit_facts(found, at, self.names) for at in self.positions],
            [str(int(county[at])) for at in self.positions],
            self.asked,
            [],
            [],
        )
        edges = obligor_edges(found)
        unit_of_tie = np.repeat(np.arange(len(found.unit_id)), np.diff(found.offsets))
        for tie, kind, obligor_tie in zip(edges.tie, edges.kind, edges.obligor_tie, strict=True):
            here = self._place(unit_of_tie, int(tie))
            there = self._place(unit_of_tie, int(obligor_tie)) if obligor_tie >= 0 else None
            if here is not None and here[0] < self.asked:
                other = there or (None, None)
                around.edges.append(KinEdge(*here, Obligor(int(kind)), *other))
            if there is not None:
                around.supporting.append((*there, Obligor(int(kind)), int(found.tie_person[tie])))
        return around

    def _place(self, unit_of_tie: Array, tie: int) -> tuple[int, int] | None:
        position = int(unit_of_tie[tie])
        unit = self.unit_of.get(position)
        return None if unit is None else (unit, tie - int(self.found.offsets[position]))
