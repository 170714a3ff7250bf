"""Rows of the registry as numpy arrays: the live ones on a day, as known at a moment, of some holders or of a city.

Dates become days since 1970-01-01, nothing recorded becomes `NOTHING` (an open end `NEVER`). No meaning is given here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.pq import ExecStatus

from minzheng.registry.tables import BY_NAME, Table
from minzheng.rules.calendar import day_number
from minzheng.values.errors import Defect
from minzheng.values.month import Month

Connection = psycopg.Connection[tuple[Any, ...]]
Array = npt.NDArray[Any]

NEVER = 2**31 - 1
NOTHING = -1
#: How a column of a type travels: SQL around it when it may be empty, and its big-endian array type.
_TRAVEL = {
    "bigint": ("{c}", ">i8"),
    "int": ("{c}", ">i4"),
    "smallint": ("{c}", ">i2"),
    "boolean": ("{c}::int::smallint", ">i2"),
    "date": ("({c} - date '1970-01-01')", ">i4"),
    "timestamptz": ("(extract(epoch from {c}) * 1000000)::bigint", ">i8"),
}


@dataclass(frozen=True)
class Moment:
    """The day of law, the month of benefit, what was known, and how many months before it incomes are summed."""

    month: Month
    on: date
    known_at: datetime | None = None
    window: int = 12

    @classmethod
    def of(
        cls, month: Month, *, on: date | None = None, known_at: datetime | None = None, window: int = 12
    ) -> Moment:
        """The month, judged on its last day unless told otherwise."""
        return cls(month, on or month.last_day, known_at, window)

    @property
    def day(self) -> int:
        return day_number(self.on)

    @property
    def window_start(self) -> date:
        return self.month.plus(-self.window).first_day

    @property
    def year_before(self) -> date:
        return self.month.plus(-12).first_day

    @property
    def known(self) -> datetime:
        return self.known_at or datetime.now(UTC)


@dataclass(frozen=True)
class Holders:
    """Whose rows are read: those of some persons and households, or of a whole region (None)."""

    persons: Array | None = None
    households: Array | None = None


@dataclass
class Rows:
    """Rows of one table, column by column."""

    name: str
    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> Array:
        return self.columns[column]

    def where(self, mask: Array) -> Rows:
        return Rows(self.name, {name: values[mask] for name, values in self.columns.items()})

    def sorted_by(self, *columns: str) -> Rows:
        """Ordered by the first column, then the next."""
        order = np.lexsort([self.columns[column] for column in reversed(columns)])
        return Rows(self.name, {name: values[order] for name, values in self.columns.items()})


class Reader:
    """Reads tables over one connection that has its scope open; with `provenance` who said so comes along."""

    def __init__(
        self,
        connection: Connection,
        moment: Moment,
        holders: Holders | None = None,
        *,
        provenance: bool = False,
    ) -> None:
        self.connection, self.moment, self.holders = connection, moment, holders or Holders()
        self.provenance = provenance

    def rows(self, name: str, columns: Sequence[str], where: str = "true", *, by: str = "") -> Rows:
        """Rows known at the moment for which `where` holds; `by` names another column that holds the holder."""
        table = BY_NAME[name]
        wanted = list(columns)
        if self.provenance and "source" in table.by_name:
            wanted += ["id", "source", "recorded_at", *(["since"] if "since" in table.by_name else [])]
        wanted = list(dict.fromkeys(wanted))
        conditions = [where, self._known(table), self._held(table, by)]
        select = ", ".join(_travelling(table, column) for column in wanted)
        query = f"select {select} from {table.sql} where " + " and ".join(f"({c})" for c in conditions)
        parameters = self._parameters(table, by)
        types = [(column, _type(table, column)) for column in wanted]
        if parameters is None:
            return Rows(name, copy_out(self.connection, query, types))
        return Rows(name, _fetch(self.connection, query, parameters, types))

    def in_force(self, name: str, columns: Sequence[str], where: str = "true", *, by: str = "") -> Rows:
        """Rows whose period holds the day of law."""
        day = self.moment.on.isoformat()
        return self.rows(
            name,
            columns,
            f"{where} and since <= date '{day}' and (until is null or until > date '{day}')",
            by=by,
        )

    def _known(self, table: Table) -> str:
        if table.name == "person" or (table.name == "household" and self.moment.known_at is None):
            return "true"
        if self.moment.known_at is None:
            return "superseded_at is null"
        at = self.moment.known_at.astimezone(UTC).isoformat()
        if table.name == "household":
            return "true" if self.holders.households is not None else f"recorded_at <= timestamptz '{at}'"
        return (
            f"recorded_at <= timestamptz '{at}'"
            f" and (superseded_at is null or superseded_at > timestamptz '{at}')"
        )

    def _held(self, table: Table, by: str) -> str:
        column, ids = self._holder(table, by)
        return "true" if ids is None else f"{column} = any(%s)"

    def _parameters(self, table: Table, by: str) -> list[Any] | None:
        _column, ids = self._holder(table, by)
        return None if ids is None else [ids.tolist()]

    def _holder(self, table: Table, by: str) -> tuple[str, Array | None]:
        if by:
            return by, self.holders.persons
        if table.name in {"person", "household"}:
            return "id", self.holders.persons if table.name == "person" else self.holders.households
        if "household_id" in table.by_name:
            return "household_id", self.holders.households
        if "person_id" in table.by_name:
            return "person_id", self.holders.persons
        return "", None


def _travelling(table: Table, column: str) -> str:
    if column == "id":
        return "id"
    spec = table.by_name[column]
    text = _TRAVEL[spec.type][0].format(c=column)
    if not spec.nullable:
        return text
    nothing = NEVER if column == "until" else NOTHING
    cast = {"bigint": "bigint", "int": "int", "date": "int"}.get(spec.type, "smallint")
    return f"coalesce({text}, {nothing})::{cast}"


def _type(table: Table, column: str) -> str:
    return ">i8" if column == "id" else _TRAVEL[table.by_name[column].type][1]


def _fetch(
    connection: Connection, query: str, parameters: list[Any], types: list[tuple[str, str]]
) -> dict[str, Array]:
    rows = connection.execute(query, parameters).fetchall()
    if not rows:
        return {name: np.empty(0, np.dtype(kind).newbyteorder("=")) for name, kind in types}
    return {
        name: np.array(values, np.dtype(kind).newbyteorder("="))
        for (name, kind), values in zip(types, zip(*rows, strict=True), strict=True)
    }


_HEADER_BYTES = 19
_TRAILER_BYTES = 2


def copy_out(connection: Connection, query: str, types: list[tuple[str, str]]) -> dict[str, Array]:
    """The result of a query of fixed-width columns without nulls, by binary COPY, as native arrays."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in types:
        layout += [(f"{name}.length", ">i4"), (name, kind)]
    record = np.dtype(layout)
    buffer = _copied(connection, f"copy ({query}) to stdout (format binary)")
    body = memoryview(buffer)[_HEADER_BYTES : len(buffer) - _TRAILER_BYTES]
    rows = np.frombuffer(body, record)
    return {name: rows[name].astype(np.dtype(kind).newbyteorder("=")) for name, kind in types}


def _copied(connection: Connection, statement: str) -> bytearray:
    """The bytes of a COPY to us, taken straight from libpq: half the time of the row-by-row iterator."""
    low = connection.pgconn
    started = low.exec_(statement.encode())
    if started.status != ExecStatus.COPY_OUT:
        raise Defect(f"登记库读取未能开始：{started.error_message.decode(errors='replace')}")
    buffer = bytearray()
    while True:
        length, part = low.get_copy_data(0)
        if length < 0:
            break
        buffer += part
    while (ended := low.get_result()) is not None:
        if ended.status != ExecStatus.COMMAND_OK:
            raise Defect(f"登记库读取中断：{ended.error_message.decode(errors='replace')}")
    return buffer


def day_of(microseconds: int) -> datetime:
    """An instant that travelled as microseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))
