"""A snapshot folder swept in memory, without a database: outcomes, the re-decided sample, ranked findings.

`sweep_folder` is the whole way; `leads_to_file` writes it as one Parquet file.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from minzheng.assessment.asks import with_asks
from minzheng.assessment.city import City, FirstStage, load_city, with_people
from minzheng.assessment.findings import Comparison, Totals
from minzheng.assessment.owed import read_owed
from minzheng.assessment.sample import Sample, check_sample
from minzheng.assessment.table import ranked
from minzheng.registry.snapshot import MANIFEST, load_received
from minzheng.rulebook import load
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.kernel.run import Kernel, compile_book
from minzheng.rules.status import NO, YES
from minzheng.rules.written import texts_of

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, how much there is."""


@dataclass
class Engines:
    """The compiled first and second stage of a rulebook; made once, run for any snapshot and any values."""

    book: Rulebook
    first: FirstStage
    kernel: Kernel
    compiled: bool = True

    def under(self, book: Rulebook) -> Engines:
        """The same for another edition of the rulebook; only where its provisions are others is anything compiled."""
        if texts_of(book) != texts_of(self.book):
            return make_engines(book, compiled=self.compiled)
        return Engines(book, self.first, self.kernel, self.compiled)


def make_engines(
    book: Rulebook | None = None, *, compiled: bool = True, cache: Path | None = None
) -> Engines:
    """Compile both stages of the rulebook of the files, or of `book`, or read them from the cache.

    compiled=False: plain Python, for small cities and tests.
    """
    from minzheng.rulebook.programs import TO_THE_YUAN

    book = book or load()
    values = [provision.name for provision in TO_THE_YUAN.values()]
    kernel = compile_book(book, values=values, compiled=compiled, cache=cache)
    return Engines(book, FirstStage(book, compiled=compiled, cache=cache), kernel, compiled)


@dataclass
class Swept:
    """What a sweep of a snapshot found, ranked, with its totals and how it was checked."""

    city: City
    digest: str
    table: pa.Table
    totals: Totals
    sample: Sample
    compared: int
    left_out: dict[str, int]
    unplaced_receipts: int
    full_units: int
    seconds: dict[str, float] = field(default_factory=dict)


def snapshot_digest(folder: Path) -> str:
    """The identity of a snapshot: SHA-256 of its manifest, which holds the hashes of all files."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def sweep_folder(
    folder: Path,
    engines: Engines | None = None,
    *,
    sample_size: int = 200,
    sample_seed: int | None = None,
    check: bool = False,
    ask: bool = True,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Swept:
    """Every programme for everybody in a snapshot. Raises `Defect` when the sample is decided otherwise.

    ask=False: what is still open is counted and not looked into; only what is decided becomes a finding.

    sample_seed: by default made from the snapshot's digest, so that it is another for each snapshot and the same
    again for the same.
    """
    say = progress or (lambda _what, _done, _total: None)
    clock = _Clock()
    digest = snapshot_digest(folder)
    sample = Sample(sample_size, int(digest[:8], 16) if sample_seed is None else sample_seed)
    with clock.of("engines"):
        engines = engines or make_engines()
    book = engines.book
    with clock.of("load"):
        city = load_city(folder, book, check=check, say=lambda what: say(what, 0, 0))
        received = load_received(city.loaded)
    on, month = city.loaded.manifest.on, city.loaded.manifest.month.first_day
    known = city.loaded.manifest.published_by
    with clock.of("first_stage"):
        owed = read_owed(city, book)
        if owed is None:
            say("核算义务人", 0, 0)
            columns = engines.first.complete(
                city, parameters=book.parameters, on=on, month=month, known_at=known, threads=threads
            )
        else:
            columns = with_people(city.columns, owed)
    with clock.of("kernel"):
        results = engines.kernel.run(
            columns, on=on, month=month, known_at=known, parameters=book.parameters, threads=threads,
            progress=lambda done, total: say("逐户判定", done, total),
        )  # fmt: skip
    with clock.of("compare"):
        say("与在享情况比较", 0, 0)
        comparison = Comparison(book, city.loaded, columns, results, received)
        found = comparison.found()
    situations = _Situations(city, on, month, known)
    with clock.of("sample"):
        chosen = sample.draw(columns.units, found.unit)
        compared = check_sample(
            book, columns, results, chosen, situations, lambda done, total: say("抽查复算", done, total)
        )
    left_out: dict[str, int] = {}
    if ask:
        with clock.of("asks"):
            found, left_out = with_asks(
                found, book, columns, results.conditions, situations,
                lambda done, total: say("查找待查清事项", done, total),
            )  # fmt: skip
    else:
        decided = (found.outcome == YES) | (found.outcome == NO)
        left_out["尚未查问"] = int((~decided).sum())
        found = found.kept(decided)
    with clock.of("rank"):
        say("排序", 0, 0)
        table = ranked(found, book, city.loaded, columns)
    return Swept(
        city, digest, table, comparison.totals, sample, compared, left_out, received.unplaced,
        results.full_units, clock.seconds,
    )  # fmt: skip


class _Situations:
    """The situation of each household: its county, the day, the month, what was published."""

    def __init__(self, city: City, on: object, month: object, known: object) -> None:
        counties = city.columns.counties
        self.starts = np.array([first for _code, first, _end in counties], np.int64)
        self.made = [
            Situation(code, on, month, known)  # type: ignore[arg-type]
            for code, _first, _end in counties
        ]

    def __call__(self, unit: int) -> Situation:
        return self.made[int(np.searchsorted(self.starts, unit, "right")) - 1]


class _Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[step] = round(time.perf_counter() - began, 3)


def leads_to_file(folder: Path, target: Path, engines: Engines | None = None, **how: object) -> Swept:
    """Sweep a snapshot and write the ranked findings as one Parquet file, for its owner's eyes.

    It appears complete or not at all.
    """
    swept = sweep_folder(folder, engines, **how)  # type: ignore[arg-type]
    part = target.with_name(f".{target.name}.part")
    pq.write_table(swept.table, part, compression="lz4")
    part.chmod(0o600)
    part.replace(target)
    return swept


__all__ = ["Engines", "Swept", "leads_to_file", "make_engines", "snapshot_digest", "sweep_folder"]
