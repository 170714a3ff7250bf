"""Loading millions of rows: bare staging, set-wise validation, then the live tables, indexes and constraints last.

One transaction of the schema's owner: a load that fails or is killed leaves nothing. Used by the file import and by
the demonstration city. Rows come as Arrow tables with the columns of `tables`.
"""

from __future__ import annotations

import contextlib
import functools
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection as django_connection
from psycopg.types.json import Jsonb

from minzheng.base.keys import secret
from minzheng.base.scope import system_actor
from minzheng.base.ticket import signed
from minzheng.base.types import Actor, Permission
from minzheng.database import Role, address
from minzheng.registry.copying import Background, Connection, copy_in
from minzheng.registry.divisions import DivisionRow, shipped_divisions
from minzheng.registry.sealing import Sealer, Sealing, sealer
from minzheng.registry.tables import BY_NAME, OTHER_PERSON, TABLES, Holder, Table
from minzheng.values.errors import Refusal

Array = npt.NDArray[Any]
_TICKET_SECONDS = 60
_EXAMPLES = 5


@dataclass(frozen=True)
class Problem:
    """Rows of a table that must not go live, with the ids of a few of their holders."""

    table: str
    check: str
    count: int
    examples: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.table}：{self.check}，{self.count} 行"


@dataclass
class Load:
    """An open load: `add` batches, then `validate`, then `publish`. Made by `bulk_load`."""

    _connection: Connection
    numbering: Connection
    recorded_at: datetime
    seal: Sealer
    background: Background
    progress: Callable[[str], None]
    checked: bool = False
    #: How many steps `publish` announces; known when it begins to write.
    steps: int = 0
    staged: dict[str, int] = field(default_factory=dict)
    published: bool = False

    @property
    def connection(self) -> Connection:
        """The connection of the load, once everything added so far has arrived."""
        self.background.settle()
        return self._connection

    def add(self, name: str, rows: pa.Table | pa.RecordBatch) -> int:
        """Copy rows into the staging of table `name`; returns how many. Refuses unknown and missing columns."""
        if isinstance(rows, pa.RecordBatch):
            rows = pa.Table.from_batches([rows])
        table = BY_NAME.get(name)
        if table is None:
            raise Refusal("bulk.unknown_table", f"登记库没有名为 {name} 的表。")
        numbers = rows["resident_id"].combine_chunks() if "resident_id" in rows.column_names else None
        if numbers is not None:
            rows = rows.drop_columns(["resident_id"])
        conforming = _conforming(table, rows)
        sealing = None if numbers is None else self.seal(rows["id"].combine_chunks(), numbers)
        first = name not in self.staged
        self.background.run(functools.partial(self._arrive, table, conforming, sealing, first))
        self.staged[name] = self.staged.get(name, 0) + rows.num_rows
        return int(rows.num_rows)

    def _arrive(self, table: Table, rows: pa.Table, sealing: Sealing | None, first: bool) -> None:
        if sealing is not None:
            sealed, indexes = sealing()
            rows = rows.append_column("sealed_number", sealed).append_column("number_index", indexes)
        if first:
            _make_staging(self._connection, table, self.recorded_at)
        copy_in(self._connection, _staging(table), rows)

    def validate(self) -> list[Problem]:
        """Everything wrong in what was added, found set-wise; empty when it may be published."""
        if self.checked:
            return []
        found = []
        for table in self.tables():
            self.connection.execute(f"analyze {_staging(table)}")
        for table in self.tables():
            self.progress(f"校验 {table.name}")
            for check, query in _checks(table, self.staged):
                rows = self.connection.execute(query).fetchall()
                if rows:
                    examples = tuple(row[0] for row in rows[:_EXAMPLES])
                    found.append(Problem(table.name, check, len(rows), examples))
        return found

    def publish(self) -> dict[str, int]:
        """Move what was staged into the live tables; returns rows by table. Refuses when something is wrong."""
        problems = self.validate()
        if problems:
            raise Refusal(
                "bulk.invalid",
                "数据未通过校验，一行也没有载入："
                + "；".join(str(problem) for problem in problems[:10])
                + "。",
                next_step="请按所列问题修正数据后重新载入。",
            )
        _publish(self)
        self.published = True
        return dict(self.staged)

    def reserve(self, name: str, count: int) -> int:
        """The first of `count` fresh consecutive ids of `person` or `household`."""
        sequence = name_of_sequence(name)
        self.connection.execute(f"lock table {BY_NAME[name].sql} in share row exclusive mode")
        row = self.connection.execute(
            f"select setval('{sequence}', nextval('{sequence}') + %s - 1)", [count]
        ).fetchone()
        assert row is not None
        return int(row[0]) - count + 1

    def fresh_ids(self, name: str, count: int) -> Array:
        """So many unused ids of `person` or `household`, rising; other writers are not held up."""
        row = self.numbering.execute(
            f"select array_agg(nextval('{name_of_sequence(name)}')) from generate_series(1, %s)", [count]
        ).fetchone()
        assert row is not None
        return np.array(row[0] or [], np.int64)

    def tables(self) -> list[Table]:
        """The tables something was added to, in the order of loading."""
        return [table for table in TABLES if self.staged.get(table.name)]


@contextlib.contextmanager
def bulk_load(
    *,
    note: str,
    actor: Actor | None = None,
    recorded_at: datetime | None = None,
    progress: Callable[[str], None] | None = None,
    checked: bool = False,
) -> Iterator[Load]:
    """A load in one transaction: committed when `publish` was reached, else undone.

    `recorded_at` is the moment of recording of rows that carry none; `note` goes into the audit. `checked`: the
    caller has judged every row and made all ids itself, so that only the database's own constraints judge again.
    """
    actor = actor or system_actor("bulk_load")
    actor.require(Permission.IMPORT)
    with (
        owner_connection() as numbering,
        owner_connection() as connection,
        sealer() as seal,
        connection.transaction() as whole,
        Background() as background,
    ):
        numbering.autocommit = True
        connection.execute("set local maintenance_work_mem = '384MB'")
        connection.execute("set local work_mem = '128MB'")
        connection.execute("set local temp_buffers = '256MB'")
        open_ticket(connection, actor)
        ensure_divisions(connection)
        load = Load(
            connection,
            numbering,
            recorded_at or datetime.now(UTC),
            seal,
            background,
            progress or (lambda _what: None),
            checked,
        )
        yield load
        background.settle()
        if not load.published:
            raise psycopg.Rollback(whole)
        _record(connection, "bulk_load", note, load.staged)


@contextlib.contextmanager
def owner_connection() -> Iterator[Connection]:
    """A connection of the schema's owner to the database Django uses."""
    place = address(Role.OWNER, name=django_connection.settings_dict["NAME"])
    connection = place.connect()
    try:
        yield connection
    finally:
        connection.close()


def open_ticket(connection: Connection, actor: Actor) -> None:
    """The actor's scope on a connection of our own, for its running transaction."""
    row = connection.execute(
        "select pg_backend_pid(), (extract(epoch from transaction_timestamp()) * 1000000)::bigint"
    ).fetchone()
    assert row is not None
    expires = int(time.time()) + _TICKET_SECONDS
    ticket = signed(secret("scope"), actor.key, actor.regions, expires, row[0], row[1])
    connection.execute("select guard.open_scope(%s)", [ticket])


def ensure_divisions(connection: Connection) -> int:
    """Bring the shipped divisions into the table; rows that are there already stay. Returns how many were new."""
    rows = shipped_divisions()
    present = {code for (code,) in connection.execute("select code from registry_division").fetchall()}
    fresh = [row for row in rows if row.code not in present]
    known = present | {row.code for row in rows}
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into registry_division (code, name, level, parent, pseudo, valid_from, valid_to, successor)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (code) do nothing",
            [_division_values(row, known) for row in fresh],
        )
    return len(fresh)


def _division_values(row: DivisionRow, known: set[int]) -> tuple[object, ...]:
    parent = row.parent if row.parent in known else None
    return (row.code, row.name, row.level, parent, row.pseudo, row.valid_from, row.valid_to, row.successor)


def _record(connection: Connection, verb: str, note: str, counts: dict[str, int]) -> None:
    connection.execute(
        "insert into base_auditentry (id, verb, subject_kind, subject, division, reason, detail)"
        " values (%s, %s, 'registry', 'bulk', %s, %s, %s)",
        [uuid.uuid4(), verb, settings.CITY, note, Jsonb(counts)],
    )


# -- staging ---------------------------------------------------------------------------------------------


def _staging(table: Table) -> str:
    return f"pg_temp.staged_{table.name}"


def _make_staging(connection: Connection, table: Table, recorded_at: datetime) -> None:
    name = _staging(table)
    connection.execute(
        f"create temp table staged_{table.name} (like {table.sql} including defaults) on commit drop"
    )
    if table.name not in {"person", "household"}:
        connection.execute(f"alter table {name} drop column id")
    connection.execute(f"alter table {name} alter recorded_at set default '{recorded_at.isoformat()}'")


def _conforming(table: Table, rows: pa.Table) -> pa.Table:
    """The rows with exactly known columns in their declared types; refuses what cannot be."""
    allowed = [*table.by_name] if table.name in {"person", "household"} else [*table.by_name, "superseded_at"]
    unknown = set(rows.column_names) - set(allowed)
    missing = {c.name for c in table.columns if not c.optional} - set(rows.column_names)
    if unknown or missing:
        raise Refusal(
            "bulk.columns",
            f"表 {table.name} 的列不符：多出 {sorted(unknown)}，缺少 {sorted(missing)}。",
        )
    columns = {}
    for name in allowed:
        if name in rows.column_names:
            columns[name] = _typed(table, name, rows[name])
    return pa.table(columns)


def _typed(table: Table, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if name == "superseded_at":
        return values.cast(pa.timestamp("us", "UTC"))
    column = table.by_name[name]
    if values.null_count and not column.nullable:
        raise Refusal("bulk.null", f"表 {table.name} 的 {name} 列有 {values.null_count} 个空值。")
    if column.codes and len(values):
        least, most = (pc.min(values).as_py(), pc.max(values).as_py())
        if least is not None and (least < 1 or most > column.codes):
            raise Refusal("bulk.code", f"表 {table.name} 的 {name} 列有未定义的代码。")
    return values.cast(column.arrow)


# -- validation ------------------------------------------------------------------------------------------


def _checks(table: Table, staged: dict[str, int]) -> Iterator[tuple[str, str]]:
    """What to ask of a staged table: the check in words, and a query for the ids of the rows that fail."""
    here = _staging(table)
    if table.name == "person":
        yield from _person_checks(here)
    elif table.name == "household":
        yield from _household_checks(here)
    elif table.holder is Holder.PERSON:
        yield "所属人员不存在或乡镇不符", _orphans(table, "person", "person_id", "township", staged)
    elif table.holder is Holder.HOUSEHOLD:
        yield "所属家庭不存在或乡镇不符", _orphans(table, "household", "household_id", "township", staged)
    if table.name == "membership":
        yield "成员不存在或乡镇不符", _orphans(table, "person", "person_id", "person_township", staged)
    if table.name == "kinship":
        yield "亲属不在登记库中", _orphans(table, "person", "relative_id", None, staged)
    if "person_id" in table.by_name and table.by_name["person_id"].nullable:
        yield "所涉人员不存在", _orphans(table, "person", "person_id", None, staged)
    if table.has_period:
        yield "期间止日不晚于起日", f"select {_id(table)} from {here} where until <= since"
    if table.monthly:
        yield (
            "期间未从每月一日起止",
            (
                f"select {_id(table)} from {here} where date_part('day', since) <> 1"
                " or date_part('day', until) <> 1"
            ),
        )
    if table.one_at_a_time:
        yield "同一时间有两条并存", _overlaps(table)


def _id(table: Table) -> str:
    return {Holder.PERSON: "person_id", Holder.HOUSEHOLD: "household_id", Holder.NOBODY: "1::bigint"}[
        table.holder
    ]


def _person_checks(here: str) -> Iterator[tuple[str, str]]:
    yield "人员编号重复", f"select id from {here} group by id having count(*) > 1"
    yield (
        "身份证号在本批中重复",
        f"select min(id) from {here} where number_index is not null group by number_index having count(*) > 1",
    )
    yield (
        "身份证号已在登记库中",
        f"select s.id from {here} s join registry_person p on p.number_index = s.number_index",
    )
    yield "乡镇代码不存在", _no_division(here, "township", 9)


def _household_checks(here: str) -> Iterator[tuple[str, str]]:
    yield "家庭编号重复", f"select id from {here} group by id having count(*) > 1"
    yield "村（社区）代码不存在", _no_division(here, "village", 12)
    yield "村（社区）不属于所填乡镇", f"select id from {here} where village / 1000 <> township"


def _no_division(here: str, column: str, level: int) -> str:
    return (
        f"select s.id from {here} s where not exists"
        f" (select from registry_division d where d.code = s.{column} and d.level = {level})"
    )


def _orphans(table: Table, holder: str, column: str, township: str | None, staged: dict[str, int]) -> str:
    """Rows whose person or household is neither in this load nor in the registry."""
    sources = [f"registry_{holder}"] + ([f"pg_temp.staged_{holder}"] if staged.get(holder) else [])
    missing = []
    for source in sources:
        same_place = f" and h.township = s.{township}" if township else ""
        missing.append(f"not exists (select from {source} h where h.id = s.{column}{same_place})")
    return f"select s.{column} from {_staging(table)} s where s.{column} is not null and " + " and ".join(
        missing
    )


def _overlaps(table: Table) -> str:
    holder = table.one_at_a_time
    both = " and s.home and l.home" if table.name == "membership" else ""
    alone = " and home" if table.name == "membership" else ""
    return f"""
        select holder from (
            select {holder} holder, since, lag(coalesce(until, 'infinity')) over (
                partition by {holder} order by since) earlier_until
            from {_staging(table)} where superseded_at is null{alone}) ordered
        where since < earlier_until
        union all
        select s.{holder} from {_staging(table)} s join {table.sql} l on l.{holder} = s.{holder}
        where s.superseded_at is null and l.superseded_at is null{both}
          and s.since < coalesce(l.until, 'infinity') and l.since < coalesce(s.until, 'infinity')"""


def _checked_row_by_row(table: Table) -> list[str]:
    """Triggers that ask for each row what `validate` asked for all of them, or a foreign key does."""
    return [
        *(["one_at_a_time"] if table.one_at_a_time else []),
        *(["known"] if table.name in OTHER_PERSON else []),
    ]


# -- publication -----------------------------------------------------------------------------------------


def _publish(load: Load) -> None:
    """Insert set-wise. Into an empty registry: without any index or constraint, which are rebuilt afterwards."""
    connection, tables, progress = load.connection, load.tables(), load.progress
    empty = connection.execute("select not exists (select from registry_person)").fetchone() == (True,)
    rebuild = _strip(connection) if empty else []
    load.steps = 2 * len(tables) + len(rebuild)
    checked = [(table.sql, trigger) for table in tables for trigger in _checked_row_by_row(table)]
    for name, trigger in checked:
        connection.execute(f"lock table {name} in share row exclusive mode")
        connection.execute(f"alter table {name} disable trigger {trigger}")
    for table in tables:
        progress(f"写入 {table.name}")
        columns = [*table.by_name] + ([] if table.name in {"person", "household"} else ["superseded_at"])
        names = ", ".join(columns)
        connection.execute(f"insert into {table.sql} ({names}) select {names} from {_staging(table)}")
    for name, trigger in checked:
        connection.execute(f"alter table {name} enable trigger {trigger}")
    for statement in rebuild:
        progress("建立索引与约束 " + statement[:80])
        connection.execute(statement)
    for name in ("person", "household"):
        connection.execute(
            f"select setval(pg_get_serial_sequence('registry_{name}', 'id'),"
            f" greatest((select coalesce(max(id), 0) from registry_{name}),"
            f" (select last_value from {name_of_sequence(name)})))"
        )
    for table in tables:
        progress(f"统计 {table.name}")
        connection.execute(f"analyze {table.sql}")


def name_of_sequence(name: str) -> str:
    """The sequence behind the ids of `person` or `household`."""
    return f"registry_{name}_id_seq"


_INDEX_CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype::text from pg_constraint
    where contype in ('p', 'u', 'f') and (conrelid = any(%(tables)s::regclass[])
       or (contype = 'f' and confrelid = any(%(tables)s::regclass[])))
    order by contype = 'f' desc
"""
_INDEXES = """
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
    where indrelid = any(%(tables)s::regclass[])
"""


def _strip(connection: Connection) -> list[str]:
    """Drop indexes, keys and references of the registry's tables; returns the statements that bring them back."""
    named = {"tables": [table.sql for table in TABLES] + ["registry_personversion"]}
    constraints = connection.execute(_INDEX_CONSTRAINTS, named).fetchall()
    keys: list[str] = []
    references: list[str] = []
    for table, name, definition, kind in constraints:
        connection.execute(f'alter table {table} drop constraint "{name}"')
        again = f'alter table {table} add constraint "{name}" {definition}'
        (references if kind == "f" else keys).append(again)
    indexes = []
    for name, definition in connection.execute(_INDEXES, named).fetchall():
        connection.execute(f"drop index {name}")
        indexes.append(definition)
    return [*keys, *indexes, *references]


def tables_from(rows: Iterable[tuple[str, dict[str, list[object]]]]) -> dict[str, pa.Table]:
    """Arrow tables from plain columns, typed as the registry wants them: for small hand-written loads."""
    made = {}
    for name, columns in rows:
        table = BY_NAME[name]
        arrays = {
            column: pa.array(values, pa.string() if column == "resident_id" else table.by_name[column].arrow)
            for column, values in columns.items()
        }
        made[name] = pa.table(arrays)
    return made
