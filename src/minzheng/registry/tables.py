"""What the registry's tables hold, column by column: read by the loader, the import and the extraction.

The migration has its own frozen text; a test compares both with the database's catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import pyarrow as pa


class Holder(Enum):
    """Whom a row is about."""

    PERSON = "person"
    HOUSEHOLD = "household"
    NOBODY = ""


@dataclass(frozen=True)
class Column:
    """A column as it is loaded. `codes` is the highest code of a closed set that starts at 1."""

    name: str
    type: str
    nullable: bool = False
    default: str = ""
    codes: int = 0

    @property
    def arrow(self) -> pa.DataType:
        return _ARROW[self.type]

    @property
    def optional(self) -> bool:
        return self.nullable or bool(self.default)


_ARROW = {
    "bigint": pa.int64(),
    "int": pa.int32(),
    "smallint": pa.int16(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "uuid": pa.string(),
    "bytea": pa.string(),
    "timestamptz": pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Table:
    """A table `registry_<name>` in the order of loading (what it refers to comes before)."""

    name: str
    columns: tuple[Column, ...]
    holder: Holder = Holder.NOBODY
    one_at_a_time: str = ""
    monthly: bool = False

    @property
    def sql(self) -> str:
        return f"registry_{self.name}"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def has_period(self) -> bool:
        return "until" in self.by_name


def _c(name: str, kind: str, *, null: bool = False, default: str = "", codes: int = 0) -> Column:
    return Column(name, kind, null, default, codes)


_RECORD = (_c("source", "smallint", codes=25), _c("recorded_at", "timestamptz", default="now()"))
_PERIOD = (_c("since", "date"), _c("until", "date", null=True))
_PERSON = (_c("person_id", "bigint"), _c("township", "int"))
_HOUSEHOLD = (_c("household_id", "bigint"), _c("township", "int"))


def _kind(codes: int, name: str = "kind") -> Column:
    return _c(name, "smallint", codes=codes)


def _of_person(name: str, *columns: Column, one: str = "", monthly: bool = False) -> Table:
    return Table(name, (*_PERSON, *columns, *_PERIOD, *_RECORD), Holder.PERSON, one, monthly)


def _of_household(name: str, *columns: Column, one: str = "", monthly: bool = False) -> Table:
    return Table(name, (*_HOUSEHOLD, *columns, *_PERIOD, *_RECORD), Holder.HOUSEHOLD, one, monthly)


TABLES: tuple[Table, ...] = (
    Table(
        "person",
        (
            _c("id", "bigint"),
            _c("public_id", "uuid", default="gen_random_uuid()"),
            _c("township", "int"),
            _c("sealed_number", "bytea", null=True),
            _c("number_index", "bytea", null=True),
            _c("name", "text"),
            _c("name_pinyin", "text", default="''"),
            _kind(2, "sex"),
            _c("birth_date", "date"),
            _c("here_since", "date", null=True),
            *_RECORD,
        ),
    ),
    Table(
        "household",
        (
            _c("id", "bigint"),
            _c("public_id", "uuid", default="gen_random_uuid()"),
            _c("township", "int"),
            _c("village", "bigint"),
            _c("address", "text", default="''"),
            _c("opened_on", "date"),
            _c("closed_on", "date", null=True),
            _c("here_since", "date", null=True),
            *_RECORD,
        ),
    ),
    Table(
        "membership",
        (
            *_HOUSEHOLD,
            _c("person_id", "bigint"),
            _c("person_township", "int"),
            _kind(10, "relation"),
            _c("position", "smallint"),
            _c("home", "boolean", default="true"),
            _c("lives_here", "boolean", null=True),
            _c("lives_here_since", "date", null=True),
            *_PERIOD,
            *_RECORD,
        ),
        Holder.HOUSEHOLD,
        "person_id",
    ),
    _of_person("hukou", _c("division", "bigint"), _c("rural", "boolean", null=True), one="person_id"),
    _of_person("kinship", _c("relative_id", "bigint"), _kind(5)),
    Table("death", (*_PERSON, _c("died_on", "date"), *_RECORD), Holder.PERSON),
    _of_household(
        "standing",
        _c("registration", "smallint", null=True, codes=2),
        _c("contracted_land", "boolean", null=True),
        _c("relocated_to_town", "boolean", null=True),
        _c("cooperates", "boolean", null=True),
        one="household_id",
    ),
    _of_person("income", _kind(10), _c("fen", "bigint"), monthly=True),
    _of_person("asset", _kind(7), _c("fen", "bigint", null=True), _c("quantity", "smallint", default="1")),
    _of_person(
        "certificate",
        _kind(4, "level"),
        *(
            _c(part, "smallint", default="0")
            for part in ("visual", "hearing", "speech", "limb", "intellectual", "mental")
        ),
        _c("expires_on", "date", null=True),
        _c("frozen", "boolean", default="false"),
        one="person_id",
    ),
    _of_person("status", _kind(19)),
    _of_person(
        "capacity",
        _c("labour", "smallint", null=True, codes=3),
        _c("independent", "boolean", null=True),
        one="person_id",
    ),
    _of_person("selfcare", _c("fails", "smallint"), one="person_id"),
    _of_person("enrolment", _kind(8, "stage"), _c("full_time", "boolean")),
    _of_person("employment"),
    Table(
        "workoffer",
        (*_PERSON, _c("offered_on", "date"), _c("refused", "boolean"), *_RECORD),
        Holder.PERSON,
    ),
    _of_person("restriction", _kind(4), _c("term_months", "smallint", null=True)),
    _of_person(
        "parentstate",
        _kind(2, "parent"),
        _kind(13, "state"),
        _c("term_months", "smallint", null=True),
        _c("reported_on", "date", null=True),
        _c("level", "smallint", null=True, codes=4),
        _c("mind_level", "smallint", null=True, codes=4),
    ),
    _of_household("expenditure", _kind(4), _c("fen", "bigint")),
    _of_household(
        "relief",
        _kind(5, "cause"),
        _c("people", "smallint"),
        _c("grade", "smallint", null=True),
        _c("relieved_on", "date", null=True),
    ),
    _of_household("finding", _kind(6), _c("holds", "boolean")),
    _of_person("choice", _kind(1), _c("value", "smallint")),
    _of_household(
        "receipt",
        _c("person_id", "bigint", null=True),
        _kind(18, "programme"),
        _c("fen", "bigint", null=True),
        monthly=True,
    ),
    Table("lifeevent", (*_PERSON, _kind(12), _c("on_day", "date"), *_RECORD), Holder.PERSON),
    _of_household(
        "suppression",
        _c("person_id", "bigint", null=True),
        _kind(3),
        _c("programme", "smallint", null=True, codes=18),
    ),
    Table(
        "coverage",
        (
            _c("division", "bigint"),
            _kind(30),
            _c("since", "date"),
            _c("complete_to", "date"),
            _c("trusted_until", "date"),
            *_RECORD,
        ),
    ),
    _of_person("gap", _kind(30)),
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
OTHER_PERSON = {"kinship": "relative_id", "receipt": "person_id", "suppression": "person_id"}
"""Columns that name somebody other than the holder, with nothing but an id."""
#: Rows that are superseded and never changed. Person and household keep their own history by trigger.
FACT_TABLES = tuple(table for table in TABLES if table.name not in {"person", "household"})
