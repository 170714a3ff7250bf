"""Naming somebody in a row, tried with every column of an app that could: who is elsewhere is told from nobody by nothing.

The columns are read from the database, so that a new one is attacked without anybody thinking of it. A row the attacker
sees is copied and changed by SQL, as the application's role with a genuine ticket, naming once what exists in another
county and once what exists nowhere; all deferred judgements are called in, and both answers have to be the same.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor

PLAIN = {
    "person_id": "registry_person", "applicant_id": "registry_person", "second_applicant_id": "registry_person",
    "payee_id": "registry_person", "household_id": "registry_household",
}  # fmt: skip
"""Columns that name somebody and need no foreign key to do so."""
TRIED = 3
_FOREIGN = """
select conrelid::regclass::text, a.attname, confrelid::regclass::text, b.attname
from pg_constraint c
cross join lateral unnest(conkey, confkey) k (here, there)
join pg_attribute a on a.attrelid = conrelid and a.attnum = k.here
join pg_attribute b on b.attrelid = confrelid and b.attnum = k.there
join pg_class t on t.oid = confrelid and t.relrowsecurity
where contype = 'f' and conrelid::regclass::text like %s and (b.attname like '%%id' or b.attname = any (
    select attname from pg_attribute p join pg_index i on i.indrelid = p.attrelid and i.indisprimary
    where p.attrelid = confrelid and p.attnum = any (i.indkey)))
"""
_PLAIN = """
select table_name, column_name from information_schema.columns
where table_schema = 'public' and table_name like %s and column_name = any(%s)
"""
_MAY = """
select column_name, has_column_privilege(%(table)s, column_name, 'insert'),
       has_column_privilege(%(table)s, column_name, 'update'), column_default is not null or is_identity = 'YES'
from information_schema.columns where table_schema = 'public' and table_name = %(table)s and is_generated = 'NEVER'
order by ordinal_position
"""


@dataclass(frozen=True, order=True)
class Naming:
    """A column that names a row of a guarded table."""

    table: str
    column: str
    named: str
    key: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def namings(app: str) -> list[Naming]:
    """Every column of an app by which a row names somebody or something that lies in a region."""
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN, [f"{app}\\_%"])
        found = {Naming(*row) for row in cursor.fetchall()}
        cursor.execute(_PLAIN, [f"{app}\\_%", list(PLAIN)])
        said = {(one.table, one.column) for one in found}
        found |= {
            Naming(table, column, PLAIN[column], "id")
            for table, column in cursor.fetchall()
            if (table, column) not in said
        }
    return sorted(found)


def attack(actor: Actor, naming: Naming) -> list[tuple[str, Any, Any]] | None:
    """What was answered otherwise, by way; nothing where nothing was told. None where there is nothing to attack with."""
    there, nobody = _elsewhere(actor, naming), _nowhere(naming)
    rows = _own_rows(actor, naming)
    if not rows or there is None:
        return None
    tries = [
        (name, made) for row in rows for name, way in WAYS.items() if (made := way(naming, row)) is not None
    ]
    answers = [(name, _answer(actor, made, there), _answer(actor, made, nobody)) for name, made in tries]
    return [one for one in answers if one[1] != one[2]]


def attack_all(actor: Actor, app: str) -> tuple[dict[str, list[tuple[str, Any, Any]]], set[str]]:
    """What the columns of an app tell, by column; and the columns that could be attacked, with their tables."""
    told, tried = {}, set[str]()
    for naming in namings(app):
        found = attack(actor, naming)
        if found is not None:
            tried |= {naming.table, str(naming)}
        if found:
            told[str(naming)] = found
    return told, tried


def _columns(table: str) -> list[tuple[str, bool, bool, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_MAY, {"table": table})
        return list(cursor.fetchall())


def _own_rows(actor: Actor, naming: Naming) -> list[dict[str, Any]]:
    """Rows the attacker sees, as texts the server reads back: some that name somebody in the column, and some that do not."""
    names = [name for name, *_may in _columns(naming.table)]
    shown = ", ".join(f'"{name}"::text' for name in names)
    with scope(actor), connection.cursor() as cursor:
        found = []
        for named in ("is null", "is not null"):
            cursor.execute(
                f"select {shown} from {naming.table} where {naming.column} {named} order by md5({naming.table}::text)"
                f" limit {TRIED}"
            )
            found += cursor.fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]


def _elsewhere(actor: Actor, naming: Naming) -> str | None:
    """Something of the named table that is there and that the attacker does not see."""
    ask = f"select {naming.key}::text from {naming.named} where {naming.key} is not null"
    with connection.cursor() as cursor:
        with scope(actor):
            cursor.execute(ask)
            seen = {value for (value,) in cursor.fetchall()}
        with scope(system_actor("test")):
            cursor.execute(ask)
            return next((value for (value,) in sorted(cursor.fetchall()) if value not in seen), None)


def _nowhere(naming: Naming) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select data_type from information_schema.columns where table_name = %s and column_name = %s",
            [naming.table, naming.column],
        )
        (kind,) = cursor.fetchone()
    return str(uuid.uuid4()) if kind == "uuid" else "987654321"


def _insert(naming: Naming, row: dict[str, Any]) -> tuple[str, list[Any]] | None:
    """The row again with another name in it; what the server numbers itself it numbers anew."""
    columns = [
        name
        for name, may, _update, default in _columns(naming.table)
        if may and (name == naming.column or not (default and name in ("id", "public_id")))
    ]
    if naming.column not in columns:
        return None
    values = [str(uuid.uuid4()) if name in ("id", "public_id", "client_key", "number") and name != naming.column
              and not (row[name] or "").isdigit() else row[name] for name in columns]  # fmt: skip
    values[columns.index(naming.column)] = _HERE
    listed = ", ".join(f'"{name}"' for name in columns)
    return f"insert into {naming.table} ({listed}) values ({{}})", values


def _update(naming: Naming, row: dict[str, Any]) -> tuple[str, list[Any]] | None:
    may = {name: update for name, _insert, update, _default in _columns(naming.table)}
    if not may[naming.column] or row.get("id") is None:
        return None
    return f"update {naming.table} set {naming.column} = {{}} where id = %s", [_HERE, row["id"]]


WAYS = {"insert": _insert, "update": _update}
_HERE = object()


def _answer(actor: Actor, attack: tuple[str, list[Any]] | None, someone: str | None) -> Any:
    """Everything the server says that does not merely repeat what was sent."""
    assert attack is not None
    text, values = attack
    sent = [someone if value is _HERE else value for value in values]
    marks = ", ".join(["%s"] * (len(sent) if text.startswith("insert") else 1))
    try:
        with scope(actor), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(text.format(marks), sent)
            cursor.execute("set constraints all immediate")
            transaction.set_rollback(True)
            return "accepted"
    except DatabaseError as error:
        said = error.__cause__.diag  # type: ignore[union-attr]
        return said.sqlstate, (said.message_primary or "").replace(str(someone), "?"), said.constraint_name
