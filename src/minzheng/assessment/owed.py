"""What obligors elsewhere owe, kept beside a snapshot: the results of the first stage, a file a county.

They are as good as the snapshot, the provisions and the values of the parameters they came from; where one of the
three is another, they are not there, and whoever asks computes the first stage again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from minzheng.assessment.city import SUPPORTED, Array, City, FirstStage
from minzheng.registry.snapshot import MANIFEST
from minzheng.rules.book import Rulebook, describe_rule
from minzheng.rules.columns import physical_type, unknown_code
from minzheng.rules.language.expr import Column
from minzheng.rules.stages import stage_rules
from minzheng.values.errors import SourceTrouble

NOTE = "owed.json"


def parameters_digest(book: Rulebook) -> str:
    """Identifies the values in force: SHA-256 over every row of every parameter, 16 hex digits."""
    digest = hashlib.sha256()
    for key in sorted(book.parameters.rows):
        for row in sorted(book.parameters.rows[key], key=lambda r: (r.place, r.since, r.known_from)):
            digest.update(
                f"{key}|{row.place}|{row.since}|{row.until}|{row.value}|{row.known_from}\n".encode()
            )
    return digest.hexdigest()[:16]


def write_owed(city: City, first: FirstStage) -> list[Path]:
    """Compute the first stage of a snapshot as of its own day and keep it beside it; the files written.

    The note that makes the files count is written last.
    """
    manifest, book = city.loaded.manifest, first.book
    columns = first.complete(
        city,
        parameters=book.parameters,
        on=manifest.on,
        month=manifest.month.first_day,
        known_at=manifest.published_by,
    )
    (manifest.folder / NOTE).unlink(missing_ok=True)
    written = []
    for county, start, end in columns.counties:
        rows = slice(int(columns.offsets[start]), int(columns.offsets[end]))
        table = pa.table({c.column: _nullable(c, columns.people[c.column][rows]) for c in _declared(book)})
        path = manifest.folder / f"owed-{county}.parquet"
        pq.write_table(table, path, compression="lz4")
        written.append(path)
    (manifest.folder / NOTE).write_text(json.dumps(_identity(city, book)), encoding="utf-8")
    return written


def read_owed(city: City, book: Rulebook) -> dict[str, Array] | None:
    """The kept results by column; None where there are none of this snapshot, these provisions and these values."""
    folder = city.loaded.manifest.folder
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if note != _identity(city, book):
        return None
    found = {c.column: np.empty(city.columns.rows, physical_type(c)) for c in _declared(book)}
    for county, start, end in city.columns.counties:
        rows = slice(int(city.columns.offsets[start]), int(city.columns.offsets[end]))
        table = pq.read_table(folder / f"owed-{county}.parquet", columns=list(found))
        if table.num_rows != rows.stop - rows.start:
            raise SourceTrouble(
                "snapshot", f"快照文件 owed-{county}.parquet 的行数与快照不符。", retryable=False,
                next_step="请重新生成快照（minzheng snapshot --obligors）。",
            )  # fmt: skip
        for column in _declared(book):
            filled = table[column.column].fill_null(unknown_code(column))
            found[column.column][rows] = filled.to_numpy()
    return found


def _declared(book: Rulebook) -> list[Column]:
    return [*book.gathered, book.columns[SUPPORTED]]


def _nullable(column: Column, values: Array) -> pa.Array:
    return pa.array(values, mask=values == unknown_code(column))


def _identity(city: City, book: Rulebook) -> dict[str, str]:
    manifest = (city.loaded.manifest.folder / MANIFEST).read_bytes()
    return {
        "snapshot": hashlib.sha256(manifest).hexdigest(),
        "provisions": _provisions(book),
        "parameters": parameters_digest(book),
    }


def _provisions(book: Rulebook) -> str:
    """The identity of the provisions the first stage rests on, whatever else the book holds."""
    found = {rule.name: rule for name in stage_rules(book) for rule in book.needs(book[name])}
    texts = "".join(describe_rule(found[name]) for name in sorted(found))
    return hashlib.sha256(texts.encode()).hexdigest()


__all__ = ["parameters_digest", "read_owed", "write_owed"]
