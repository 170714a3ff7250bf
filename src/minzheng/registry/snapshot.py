"""The registry as Parquet files, a set for each county, with a manifest: what sweeps and reforms read.

Facts come from `extract`, the same as for one household. A file that does not match its manifest is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection as django_connection
from django.utils import timezone

from minzheng.base.queries import published_by
from minzheng.base.scope import system_actor
from minzheng.base.types import Actor
from minzheng.database import Role, address
from minzheng.registry.bulk import open_ticket
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.extract import THEMES, extract
from minzheng.registry.extraction.columns import Extract, Value, vocabulary_columns
from minzheng.registry.kin import obligor_edges
from minzheng.registry.reading import NOTHING, Moment, Reader
from minzheng.rules.columns import Columns, physical_type, unknown_code
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Household
from minzheng.values.errors import Defect, SourceTrouble
from minzheng.values.month import Month

Array = npt.NDArray[Any]
MANIFEST = "manifest.json"
FORMAT = 1
_PARTS = ("units", "ties", "obligors", "receipts")
_ROWS_A_GROUP = 256 * 1024
_SIDE_BY_SIDE = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds and on what it stands."""

    folder: Path
    month: Month
    on: date
    known_at: datetime
    window: int
    counties: tuple[str, ...]
    households: int
    ties: int
    content: dict[str, Any]

    @property
    def published_by(self) -> date:
        """The last day on which a value may have been published to count; the moment's for a snapshot that says none."""
        said = self.content.get("published_by")
        return date.fromisoformat(said) if said else timezone.localdate(self.known_at)

    def rows(self, name: str) -> int:
        """The rows of one of its files; refuses a file the manifest does not know."""
        said = self.content["files"].get(name)
        if said is None:
            raise _unreadable(f"快照清单中没有文件 {name}。")
        return int(said["rows"])


def write_snapshot(
    folder: Path,
    *,
    month: Month,
    on: date | None = None,
    known_at: datetime | None = None,
    window: int = 12,
    progress: Callable[[str], None] | None = None,
    actor: Actor | None = None,
) -> Manifest:
    """Write the whole region of the actor (the city) as of a day and as known at a moment into a new folder.

    The folder appears complete or not at all. `progress` is told each of the `announced_steps`.
    """
    say = progress or (lambda _what: None)
    moment = Moment.of(month, on=on, known_at=known_at, window=window)
    read_at = datetime.now(UTC)
    with _reading(actor or system_actor("snapshot")) as connection:
        found = extract(Reader(connection, moment), lambda theme: say(f"读取{theme}"))
        ages = _source_ages(connection, moment)
    draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    draft.mkdir(parents=True, mode=0o700)
    try:
        files = _write_counties(draft, found, say)
        _write_manifest(draft, found, moment, read_at, files, ages)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return read_manifest(folder)


def announced_steps() -> int:
    """How many steps a snapshot of the city announces: what is read, then the counties that are written."""
    city = [row for row in shipped_divisions() if row.level == 6 and row.successor is None]
    return len(THEMES) + sum(str(row.code).startswith(settings.CITY) and not row.pseudo for row in city)


class _reading:  # noqa: N801 - used as a verb in a with statement
    """A connection of the application's role with one consistent view and the actor's scope."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def __enter__(self) -> psycopg.Connection[tuple[Any, ...]]:
        place = address(Role.APP, name=django_connection.settings_dict["NAME"])
        self.connection = place.connect()
        self.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self.connection.read_only = False
        open_ticket(self.connection, self.actor)
        return self.connection

    def __exit__(self, *_error: object) -> None:
        self.connection.close()


def _write_counties(draft: Path, found: Extract, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    edges = obligor_edges(found)

    def write(span: tuple[str, int, int]) -> dict[str, dict[str, Any]]:
        county, first, end = span
        tables = (
            _units_table(found, first, end),
            _ties_table(found, first, end),
            edges.of_units(first, end),
            _receipts_table(found, first, end),
        )
        names = [f"{part}-{county}.parquet" for part in _PARTS]
        return {name: _write(draft, name, table) for name, table in zip(names, tables, strict=True)}

    # Compression and hashing release the interpreter: counties are written side by side. Progress is told by this
    # thread alone, since whoever listens may hold a database connection of its thread.
    spans = list(county_spans(found))
    written: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for span, files in zip(spans, pool.map(write, spans), strict=True):
            written |= files
            say(f"写出 {span[0]}")
    return written


def _write(draft: Path, name: str, table: pa.Table) -> dict[str, Any]:
    pq.write_table(table, draft / name, compression="lz4", row_group_size=_ROWS_A_GROUP)
    return {"rows": table.num_rows, "sha256": _digest(draft / name)}


def county_spans(found: Extract) -> Iterator[tuple[str, int, int]]:
    """County code and the span of its households, in order."""
    county = found.unit_township // 1000
    distinct, first = np.unique(county, return_index=True)
    ends = [*first[1:].tolist(), len(county)] if len(county) else []
    for code, start, end in zip(distinct.tolist(), first.tolist(), ends, strict=True):
        yield str(code), start, end


def _units_table(found: Extract, first: int, end: int) -> pa.Table:
    columns: dict[str, Any] = {
        "unit_id": found.unit_id[first:end],
        "township": found.unit_township[first:end],
        "village": found.unit_village[first:end],
        "unit_size": np.diff(found.offsets[first : end + 1]).astype(np.int16),
    }
    for name, column in vocabulary_columns().items():
        if column.entity is Household:
            columns[name] = _arrow(found.unit[name], slice(first, end))
    return pa.table(columns)


def _ties_table(found: Extract, first: int, end: int) -> pa.Table:
    rows = slice(int(found.offsets[first]), int(found.offsets[end]))
    units = np.repeat(found.unit_id[first:end], np.diff(found.offsets[first : end + 1]))
    columns: dict[str, Any] = {
        "unit_id": units,
        "person_id": found.tie_person[rows],
        "position": found.tie_position[rows],
    }
    for name, column in vocabulary_columns().items():
        if column.entity is not Household:
            value = found.tie.get(name)
            if value is not None:
                columns[name] = _arrow(value, rows)
            else:
                columns[name] = _arrow(found.person[name], found.tie_row[rows])
    return pa.table(columns)


def _receipts_table(found: Extract, first: int, end: int) -> pa.Table:
    """What the county's households and their people receive in the month; rows count in the county's other files.

    tie_row is -1 for what a household receives as a whole, -2 for a person who is not tied to it on the day.
    """
    rows = found.receipts
    assert rows is not None
    order = np.argsort(found.unit_id[first:end], kind="stable")
    ids = found.unit_id[first:end][order]
    at = np.minimum(np.searchsorted(ids, rows["household_id"]), len(ids) - 1)
    inside = ids[at] == rows["household_id"]
    unit, person, fen = order[at[inside]], rows["person_id"][inside], rows["fen"][inside]
    return pa.table(
        {
            "unit_row": unit.astype(np.int64),
            "tie_row": _tie_rows(found, first, end, unit, person),
            "programme": rows["programme"][inside].astype(np.int8),
            "fen": pa.array(fen.astype(np.int64), mask=fen == NOTHING),
        }
    )


def _tie_rows(found: Extract, first: int, end: int, unit: Array, person: Array) -> Array:
    start = int(found.offsets[first])
    rows = slice(start, int(found.offsets[end]))
    units = np.repeat(np.arange(end - first), np.diff(found.offsets[first : end + 1]))
    order = np.lexsort([found.tie_person[rows], units])
    keys = np.stack([units[order], found.tie_person[rows][order]])
    at = _search_pairs(keys, np.stack([unit, person]))
    known = np.where(at >= 0, order[np.maximum(at, 0)] if len(order) else 0, -2)
    return np.where(person == NOTHING, -1, known).astype(np.int64)


def _search_pairs(sorted_pairs: Array, wanted: Array) -> Array:
    """Where each wanted pair stands among sorted ones, -1 where it does not."""
    if not sorted_pairs.shape[1]:
        return np.full(wanted.shape[1], -1, np.int64)
    low = np.searchsorted(sorted_pairs[0], wanted[0], "left")
    size = np.searchsorted(sorted_pairs[0], wanted[0], "right") - low
    found = np.full(wanted.shape[1], -1, np.int64)
    for step in range(int(size.max(initial=0))):
        at = np.minimum(low + step, sorted_pairs.shape[1] - 1)
        hit = (step < size) & (sorted_pairs[1][at] == wanted[1])
        found[hit] = at[hit]
    return found


def _arrow(value: Value, rows: slice | Array) -> pa.Array:
    return pa.array(value.values[rows], mask=~value.known[rows])


def _source_ages(connection: psycopg.Connection[tuple[Any, ...]], moment: Moment) -> list[dict[str, Any]]:
    rows = connection.execute(
        "select c.kind, s.label, min(c.complete_to), max(c.complete_to), count(*)"
        " from registry_coverage c join registry_source s on s.id = c.source"
        " where c.recorded_at <= %(at)s and (c.superseded_at is null or c.superseded_at > %(at)s)"
        " group by 1, 2 order by 1, 2",
        {"at": moment.known},
    ).fetchall()
    return [
        {
            "kind": kind,
            "source": label,
            "complete_to_least": least.isoformat(),
            "complete_to_most": most.isoformat(),
            "divisions": count,
            "days_old_at_least": (moment.on - most).days,
        }
        for kind, label, least, most, count in rows
    ]


def _write_manifest(
    draft: Path,
    found: Extract,
    moment: Moment,
    read_at: datetime,
    files: dict[str, dict[str, Any]],
    ages: list[dict[str, Any]],
) -> None:
    beyond = {
        name: value.beyond_bounds
        for name, value in [*found.unit.items(), *found.person.items()]
        if value.beyond_bounds
    }
    content = {
        "format": FORMAT,
        "city": settings.CITY,
        "month": str(moment.month),
        "on": moment.on.isoformat(),
        "known_at": (moment.known_at or read_at).astimezone(UTC).isoformat(),
        "published_by": published_by(moment.on, moment.known_at).isoformat(),
        "window": moment.window,
        "written_at": datetime.now(UTC).isoformat(),
        "households": len(found.unit_id),
        "ties": len(found.tie_person),
        "counties": [county for county, _first, _end in county_spans(found)],
        "beyond_bounds": beyond,
        "sources": ages,
        "files": files,
    }
    (draft / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- reading ---------------------------------------------------------------------------------------------


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a snapshot; refuses a folder without a readable one."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _unreadable("快照缺少清单或清单无法读取。") from None
    if content.get("format") != FORMAT:
        raise _unreadable("快照的格式版本不是本程序所能读取的。")
    return Manifest(
        folder,
        Month.parse(content["month"]),
        date.fromisoformat(content["on"]),
        datetime.fromisoformat(content["known_at"]),
        content["window"],
        tuple(content["counties"]),
        content["households"],
        content["ties"],
        content,
    )


def check_snapshot(manifest: Manifest) -> None:
    """Compare every file with its hash in the manifest; raises `SourceTrouble` when one is missing or changed."""
    for name, said in manifest.content["files"].items():
        path = manifest.folder / name
        if not path.exists() or _digest(path) != said["sha256"]:
            raise _unreadable(f"快照文件 {name} 缺失或与清单不符。")


@dataclass
class Loaded:
    """A snapshot in memory: the engine's columns and the ids beside them."""

    manifest: Manifest
    columns: Columns
    unit_id: Array
    township: Array
    village: Array
    person_id: Array


@dataclass
class Received:
    """What is received in a snapshot's month, as rows of the loaded columns. tie -1: the household as a whole."""

    unit: Array
    tie: Array
    programme: Array
    fen: Array
    """NOTHING (-1) where the amount was not recorded"""
    unplaced: int = 0
    """receipts of persons who are not in the household on the day"""


def load_received(loaded: Loaded) -> Received:
    """The receipts of a loaded snapshot."""
    parts: list[tuple[Array, Array, Array, Array]] = []
    for county, first, _end in loaded.columns.counties:
        path = loaded.manifest.folder / f"receipts-{county}.parquet"
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException):
            raise _unreadable(f"快照文件 {path.name} 缺失或无法读取。") from None
        tie = table["tie_row"].to_numpy()
        parts.append(
            (
                table["unit_row"].to_numpy() + first,
                np.where(tie >= 0, tie + int(loaded.columns.offsets[first]), tie),
                table["programme"].to_numpy(),
                table["fen"].fill_null(NOTHING).to_numpy(),
            )
        )
    unit, tie, programme, fen = (np.concatenate(column) for column in zip(*parts, strict=True))
    placed = tie != -2
    return Received(unit[placed], tie[placed], programme[placed], fen[placed], int((~placed).sum()))


def load_snapshot(folder: Path, *, check: bool = False, names: frozenset[str] | None = None) -> Loaded:
    """Read a snapshot into the arrays of the engine (`names`: only these columns); unknown by the engine's codes."""
    manifest = read_manifest(folder)
    if check:
        check_snapshot(manifest)
    chosen = {name: column for name, column in vocabulary_columns().items() if names is None or name in names}
    unit: dict[str, Array] = {
        n: np.empty(manifest.households, physical_type(c)) for n, c in chosen.items() if c.entity is Household
    }
    people: dict[str, Array] = {
        n: np.empty(manifest.ties, physical_type(c)) for n, c in chosen.items() if c.entity is not Household
    }
    ids: dict[str, Array] = {
        "unit_id": np.empty(manifest.households, np.int64),
        "township": np.empty(manifest.households, np.int32),
        "village": np.empty(manifest.households, np.int64),
        "unit_size": np.empty(manifest.households, np.int16),
    }
    person_id = np.empty(manifest.ties, np.int64)
    jobs, spans, at, row = [], [], 0, 0
    for county in manifest.counties:
        units, ties = (manifest.rows(f"{part}-{county}.parquet") for part in ("units", "ties"))
        jobs.append((folder / f"units-{county}.parquet", at, units, ids | unit))
        jobs.append((folder / f"ties-{county}.parquet", row, ties, {"person_id": person_id} | people))
        spans.append((county, at, at + units))
        at, row = at + units, row + ties
    if (at, row) != (manifest.households, manifest.ties):
        raise _unreadable("快照的行数与清单不符。")
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for _filled in pool.map(lambda job: _fill(*job), jobs):
            pass
    offsets = np.concatenate([[0], np.cumsum(ids["unit_size"], dtype=np.int64)]).astype(np.int64)
    columns = Columns(offsets, spans, unit, people)
    return Loaded(manifest, columns, ids["unit_id"], ids["township"], ids["village"], person_id)


def _fill(path: Path, start: int, rows: int, arrays: dict[str, Array]) -> None:
    """Read the file's columns into the arrays from `start`, row group by row group."""
    declared = vocabulary_columns()
    at = start
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            if file.metadata.num_rows != rows:
                raise _unreadable(f"快照文件 {path.name} 的行数与清单不符。")
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=list(arrays), use_threads=False)
                for name, array in arrays.items():
                    _put(table[name], array[at : at + table.num_rows], declared.get(name))
                at += table.num_rows
    except (OSError, KeyError, pa.ArrowException):
        raise _unreadable(f"快照文件 {path.name} 无法读取。") from None


def _put(column: pa.ChunkedArray, into: Array, declared: Column | None) -> None:
    """Values into their place, nulls as the engine's code of unknown."""
    at = 0
    for chunk in column.chunks:
        part = into[at : at + len(chunk)]
        if chunk.null_count:
            if declared is None:
                raise Defect("快照的编号列不应有空值。")
            chunk = chunk.fill_null(pa.scalar(unknown_code(declared), chunk.type))
        part[:] = chunk.to_numpy()
        at += len(chunk)


def _unreadable(message: str) -> SourceTrouble:
    return SourceTrouble(
        "snapshot", message, retryable=False, next_step="请重新生成快照（minzheng snapshot）。"
    )
