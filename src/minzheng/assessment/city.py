"""A whole city in memory: the columns of a snapshot, completed with what obligors elsewhere owe.

Stage 1 computes the provisions that other people's facts rest on; the results travel along the edges of kin; stage 2
reads its own rows only. A reform can move both stages, so the edges stay at hand.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from minzheng.registry.kin import Obligor
from minzheng.registry.snapshot import MANIFEST, Loaded, load_snapshot, read_manifest
from minzheng.rulebook.obligors import EDGES
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns, physical_type, unknown_code
from minzheng.rules.kernel import Kernel, compile_book
from minzheng.rules.kernel.run import Results
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.stages import Edges, gather, stage_rules
from minzheng.values.errors import SourceTrouble

Array = npt.NDArray[Any]
Say = Callable[[str], None]


@dataclass
class City:
    """The columns of a snapshot and the edges of kin by name; gathered facts are not among the columns yet."""

    loaded: Loaded
    given: dict[str, Edges] | None = None
    """Edges that are not the snapshot's own."""

    @cached_property
    def edges(self) -> dict[str, Edges]:
        """Read when first asked: who finds the first stage kept needs none."""
        return read_edges(self.loaded) if self.given is None else self.given

    @property
    def columns(self) -> Columns:
        return self.loaded.columns

    @property
    def snapshot_id(self) -> str:
        """Says which files were read: twelve digits of the digest of the manifest, which holds theirs."""
        manifest = (self.loaded.manifest.folder / MANIFEST).read_bytes()
        return hashlib.sha256(manifest).hexdigest()[:12]


def load_city(folder: Path, book: Rulebook, *, check: bool = False, say: Say | None = None) -> City:
    """Read a snapshot's columns that the book needs; its edges of kin follow when they are asked for."""
    report = say or (lambda _what: None)
    report("读取快照")
    manifest = read_manifest(folder)
    if not manifest.households:
        raise SourceTrouble("snapshot", "快照中没有家庭。", retryable=False, next_step="请重新生成快照。")
    made = {fact.column for fact in book.gathered} | {SUPPORTED}
    loaded = load_snapshot(folder, check=check, names=frozenset(book.columns) - made)
    return City(loaded)


def read_edges(loaded: Loaded) -> dict[str, Edges]:
    """The edge sets the rulebook names, as rows of the whole city; -1 for somebody in no household of it."""
    columns = loaded.columns
    codes = np.array([int(code) for code, _first, _end in columns.counties], np.int64)
    starts = np.array([columns.offsets[first] for _code, first, _end in columns.counties], np.int64)
    order = np.argsort(codes)
    parts = [
        _county_edges(loaded, code, start, codes[order], starts[order])
        for code, start in zip(codes, starts, strict=True)
    ]
    person, other, kind = (np.concatenate(part) for part in zip(*parts, strict=True))
    found = {}
    for name, wanted in EDGES.items():
        chosen = np.isin(kind, [int(Obligor[one]) for one in wanted])
        found[name] = Edges(person[chosen], other[chosen])
    return found


def _county_edges(
    loaded: Loaded, code: int, start: int, codes: Array, starts: Array
) -> tuple[Array, Array, Array]:
    table = pq.read_table(
        loaded.manifest.folder / f"obligors-{code}.parquet",
        columns=["tie_row", "kind", "obligor_county", "obligor_row"],
    )
    county, row = table["obligor_county"].to_numpy(), table["obligor_row"].to_numpy()
    at = np.minimum(np.searchsorted(codes, county), len(codes) - 1)
    placed = (row >= 0) & (codes[at] == county)
    other = np.where(placed, row + starts[at], -1)
    return table["tie_row"].to_numpy() + start, other, table["kind"].to_numpy()


SUPPORTED = "supported_people"
"""How many people elsewhere somebody supports: counted on the edges themselves, no provision computes it."""


class FirstStage:
    """The compiled first stage: what people owe and can bear, computed in their own households.

    An obligor's own means do not count what others may owe to the obligor: in the first stage gathered facts are
    nothing, not unknown.
    """

    def __init__(self, book: Rulebook, *, compiled: bool = True, cache: Path | None = None) -> None:
        self.book = book
        self.kernel: Kernel = compile_book(
            book, programs=[], values=stage_rules(book), compiled=compiled, cache=cache
        )

    def own_columns(self, city: City) -> Columns:
        """What the first stage reads: nobody owes anything yet."""
        rows = city.columns.rows
        nothing = {fact.column: np.zeros(rows, physical_type(fact)) for fact in self.book.gathered}
        return with_people(city.columns, nothing | {SUPPORTED: supported(city, self.book)})

    def gathered(self, results: Results, edges: dict[str, Edges], rows: int) -> dict[str, Array]:
        """The gathered columns of all people rows."""
        facts = [fact for fact in self.book.gathered if fact.gathered is not None]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = pool.map(lambda f: gather(f, results, edges[f.gathered.over], rows), facts)
            return {fact.column: column for fact, column in zip(facts, found, strict=True)}

    def complete(self, city: City, *, parameters: ParameterSet, **when: Any) -> Columns:
        """The city's columns with the gathered facts under these parameters."""
        own = self.own_columns(city)
        results = self.kernel.run(own, parameters=parameters, **when)
        return with_people(own, self.gathered(results, city.edges, own.rows))


def supported(city: City, book: Rulebook) -> Array:
    """How many different people elsewhere each row supports, among those the registry knows."""
    column = book.columns[SUPPORTED]
    edges, ids = city.edges["supporters"], city.loaded.person_id
    placed = edges.other >= 0
    person = ids[edges.person[placed]]
    if len(person) and not 0 <= int(person.min()) <= int(person.max()) < 1 << 32:
        person = np.unique(person, return_inverse=True)[1]
    # One number a pair: both are below 2**32, and one plain sort is a fraction of a sort of pairs.
    pairs = np.sort((edges.other[placed].astype(np.int64) << 32) | person)
    pairs = pairs[np.concatenate([[True], np.diff(pairs) != 0])[: len(pairs)]]
    count = np.bincount(pairs >> 32, minlength=city.columns.rows)
    assert column.bounds is not None
    over = count > column.bounds[1]
    return np.where(over, unknown_code(column), count).astype(physical_type(column))


def with_people(columns: Columns, more: dict[str, Array]) -> Columns:
    """The same columns with further ones of people; shares all arrays."""
    return Columns(columns.offsets, columns.counties, columns.unit, columns.people | more)
