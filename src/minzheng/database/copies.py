"""Whole copies of a database: a dump of one moment, what every table held at that moment, and the way back."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from minzheng.database.place import Address, program_folder
from minzheng.values.errors import Defect, Refusal

_MARK = "minzheng: restore not finished"
_JOBS = 2
_SETTING = re.compile(rb"SET (\w+) = ")
_END_OF_HEAD = b"SELECT pg_catalog.set_config('search_path'"
#: `pg_dump: error: …`, or of `psql` the place in the script and the kind: `psql:<stdin>:7: ERROR:  23505`.
_AN_ERROR = re.compile(r"\berror:(?!.*CONTEXT)|\b(ERROR|FATAL): ")
_WRAP = 1 << 96
#: A row as text must read the same on every server.
_SAME_TEXT = (
    "set datestyle = 'ISO, YMD'",
    "set intervalstyle = 'postgres'",
    "set timezone = 'UTC'",
    "set extra_float_digits = 1",
    "set bytea_output = 'hex'",
    "set search_path = pg_catalog",
    "set statement_timeout = 0",
)
_OURS = "n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and n.nspname !~ '^pg_temp'"
_TABLES = f"""
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and {_OURS}
and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1, 2
"""
#: Independent of the order of rows: two sums of halves of each row's SHA-256.
_HELD = """
select count(*), coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::bigint), 0),
       coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::bigint), 0)
from (select encode(sha256(convert_to(t::text, 'UTF8')), 'hex') as h from {} t) rows
"""


@dataclass(frozen=True)
class Held:
    """What a table held: how many rows, and a digest of them that does not hang on their order."""

    rows: int
    digest: str


@contextmanager
def moment(place: Address) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """One moment of the database, held still: a session that sees it, and its name for `pg_dump`."""
    with place.connect(autocommit=True) as session:
        for setting in _SAME_TEXT:
            session.execute(setting)
        session.execute("begin isolation level repeatable read, read only")
        row = session.execute("select pg_export_snapshot()").fetchone()
        if row is None:
            raise Defect("数据库没有给出快照编号。")
        yield session, str(row[0])
        session.execute("commit")


def held(session: psycopg.Connection[Any], *, without: tuple[str, ...]) -> dict[str, Held]:
    """Of every table its rows and digest; `without` names tables ("schema.name") whose content is not copied."""
    found = {}
    for schema, name in session.execute(_TABLES).fetchall():
        if f"{schema}.{name}" not in without:
            row = session.execute(sql.SQL(_HELD).format(sql.Identifier(schema, name))).fetchone()
            if row is None:
                raise Defect("数据库没有给出表的行数。")
            found[f"{schema}.{name}"] = Held(
                int(row[0]), "".join(f"{int(part) % _WRAP:024x}" for part in row[1:])
            )
    return found


def dump(place: Address, folder: Path, *, snapshot: str, without: tuple[str, ...]) -> None:
    """Write schema and content of that moment into `folder` (made here)."""
    _run(
        place,
        "pg_dump",
        "--format=directory",
        f"--file={folder}",
        f"--jobs={_JOBS}",
        f"--snapshot={snapshot}",
        *(f"--exclude-table-data={name}" for name in without),
    )


def restore(place: Address, folder: Path) -> None:
    """Bring a dump into an empty database, as its owner: all of it or nothing, in one transaction.

    As text through `psql`, so that a setting the server is too old to know can be left out.
    """
    words = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate")
    with place.connect() as session:
        known = {name.encode() for (name,) in session.execute("select name::text from pg_settings")}
    _run(place, "psql", *words, fed_by=_script(folder, known))
    with place.connect(autocommit=True) as session:
        session.execute("analyze")


def _script(folder: Path, known: set[bytes]) -> Iterator[bytes]:
    """A dump as text, without the settings at its head that a server does not know; committed when it is whole."""
    program: list[str | Path] = [program_folder() / "pg_restore", "--no-owner", "--file=-", folder]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        yield b"begin;\n"
        for line in reading.stdout:
            setting = _SETTING.match(line)
            if setting is None or setting[1] in known:
                yield line
            if line.startswith(_END_OF_HEAD):
                break
        while piece := reading.stdout.read(1 << 20):
            yield piece
        said = reading.stderr.read()
    if reading.returncode != 0:
        raise _not_finished("pg_restore", said)
    yield b"\ncommit;\n"


def size(place: Address) -> int:
    with place.connect() as session:
        row = session.execute("select pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0


def is_empty(place: Address) -> bool:
    """Whether nobody has put anything into this database."""
    with place.connect() as session:
        found = session.execute(
            "select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            f" where {_OURS} and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') limit 1"
        ).fetchone()
        return found is None


def clear(place: Address) -> None:
    """Take away what an unfinished restore left. Refuses where none is unfinished."""
    if not is_unfinished(place):
        raise Refusal("restore.not_empty", "数据库不是空的，未做任何改动。")
    with place.connect() as session:
        schemas = session.execute(
            f"select n.nspname from pg_namespace n where {_OURS} and n.nspname <> 'public' and n.nspname !~ '^pg_'"
        ).fetchall()
        for (name,) in schemas:
            session.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))
        for kind, name in _public_objects(session):
            session.execute(sql.SQL("drop {} if exists {} cascade").format(sql.SQL(kind), sql.SQL(name)))


def mark_unfinished(place: Address, *, unfinished: bool) -> None:
    """Say at the database itself that a restore has begun and is not yet proved: the one mark an owner may set."""
    with place.connect(autocommit=True) as session:
        value = sql.Literal(_MARK) if unfinished else sql.SQL("null")
        session.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(place.name), value))


def is_unfinished(place: Address) -> bool:
    """Whether a restore began here and was not proved: then nothing of it may be served."""
    with place.connect() as session:
        row = session.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"
        ).fetchone()
        return row is not None and row[0] == _MARK


def roles(place: Address) -> tuple[str, tuple[str, ...]]:
    """The role that owns the tables, and those that were given rights on them."""
    with place.connect() as session:
        row = session.execute(
            "select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('public.django_migrations')"
        ).fetchone()
        given = session.execute(
            "select distinct pg_get_userbyid(a.grantee)::text from pg_class c, aclexplode(c.relacl) a"
            " where c.relnamespace = 'public'::regnamespace and a.grantee not in (0, c.relowner) order by 1"
        ).fetchall()
        return (row[0] if row else "", tuple(name for (name,) in given))


def _public_objects(session: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    kinds = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "S": "sequence"}
    relations = session.execute(
        "select c.relkind::text, c.oid::regclass::text from pg_class c where c.relnamespace = 'public'::regnamespace"
        " and c.relkind in ('r', 'p', 'v', 'm', 'S')"
        " and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('e', 'a', 'i'))"
    ).fetchall()
    routines = session.execute(
        "select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace"
        " and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    ).fetchall()
    extensions = session.execute(
        "select e.extname from pg_extension e where e.extname <> 'plpgsql' and pg_has_role(e.extowner, 'usage')"
    ).fetchall()
    return [
        *((kinds[kind], name) for kind, name in relations),
        *(("routine", name) for (name,) in routines),
        *(("extension", f'"{name}"') for (name,) in extensions),
    ]


def _run(place: Address, program: str, *words: str | Path, fed_by: Iterable[bytes] | None = None) -> None:
    """One of PostgreSQL's own programs; the password travels in the environment, never on the command line."""
    target = make_conninfo(
        host=place.host, port=place.port, dbname=place.name, user=place.user, **place.options
    )
    environment = {**os.environ, "PGTZ": "UTC"}
    if place.password:
        environment["PGPASSWORD"] = place.password
    with subprocess.Popen(
        [program_folder() / program, f"--dbname={target}", "--no-password", *words],
        env=environment,
        stdin=subprocess.DEVNULL if fed_by is None else subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        try:
            if fed_by is not None:
                _feed(process, fed_by)
            said = process.stderr.read()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise _not_finished(program, said)


def _feed(process: subprocess.Popen[bytes], pieces: Iterable[bytes]) -> None:
    """All of it, or as much as the program took before it ended; why it ended is what it says itself."""
    assert process.stdin is not None
    try:
        for piece in pieces:
            process.stdin.write(piece)
        process.stdin.close()
    except BrokenPipeError:
        process.wait()


def _not_finished(program: str, said: bytes) -> Defect:
    """What PostgreSQL says may quote rows: it goes to the operator's terminal by type and object only."""
    lines = [line for line in said.decode(errors="replace").splitlines() if _AN_ERROR.search(line)][:3]
    return Defect(f"{program} 没有完成：{'；'.join(lines)[:600]}", code="database.copy_failed")
