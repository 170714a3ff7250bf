"""Running a kernel over columns: parameters resolved per county, threads, and the two manners."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import gcd
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import Array, Columns, physical_type
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import MAX_PEOPLE, Column, Rule
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet, unknown_value
from minzheng.rules.status import REVIEW, UNKNOWN_TAINT, Exact, Options, Span, ends, option_ends, span

from . import native
from .arithmetic import Num
from .emit import Opt
from .machine import Signature
from .results import Amounts, Choices, Open, Results
from .shapes import MOMENTS, Output, Side
from .source import KernelSource

Progress = Callable[[int, int], None]
CHUNK = 8192
"""Households a thread takes at once."""
DECIDED, AGAIN, OVERSIZE, SKIPPED = range(4)
"""What the fast manner says of a household."""


class Kernel:
    """A compiled rulebook. Parameters are arguments of a run: another standard compiles nothing.

    fast and full are the two drivers; plain ones are Python functions over lists, for tests.
    """

    def __init__(
        self, source: KernelSource, fast: Callable[..., None], full: Callable[..., None], plain: bool
    ):
        self.source, self.fast, self.full, self.plain = source, fast, full, plain

    def run(
        self,
        columns: Columns,
        *,
        on: datetime.date,
        month: datetime.date | None = None,
        known_at: datetime.date | None = None,
        parameters: ParameterSet | None = None,
        threads: int | None = None,
        progress: Progress | None = None,
        ranges: Mapping[str, tuple[Exact, Exact]] | None = None,
        skip: npt.NDArray[np.int64] | None = None,
    ) -> Results:
        """All wanted programs and values for every household. Raises OverflowError, never wraps.

        ranges: parameters known only to lie between two values. skip: households whose results nobody reads
        (what stands in their rows means nothing).
        """
        run = _Run(self, columns, parameters or self.source.book.parameters, threads, progress)
        run.ranges, run.skip = dict(ranges or {}), skip
        return run.results(lambda county: Situation.at(county, on, month, known_at))

    def parameter_slots(
        self,
        situation: Situation,
        parameters: ParameterSet,
        ranges: Mapping[str, tuple[Exact, Exact]] | None = None,
    ) -> tuple[list[int], bool]:
        """The parameter array for a place and date, and whether the fast manner may be used."""
        return _Slots(self.source, situation, parameters, ranges or {}).fill()


class _Slots:
    def __init__(
        self,
        source: KernelSource,
        situation: Situation,
        parameters: ParameterSet,
        ranges: Mapping[str, tuple[Exact, Exact]],
    ) -> None:
        self.source, self.situation, self.parameters, self.ranges = source, situation, parameters, ranges
        self.array = [0] * source.parameter_count
        self.fast = True

    def fill(self) -> tuple[list[int], bool]:
        s = self.situation
        days = {"on": s.on, "month_first": s.month, "month_last": s.month_last}
        for name in MOMENTS:
            self.array[self.source.slots["moment", name]] = day_number(days[name])
        for key, setting in self.source.plan.settings.items():
            assert isinstance(setting, Parameter)
            self._setting(setting, self.source.slots["setting", key])
        for cell in self.source.plan.switches:
            assert isinstance(cell.rule, Provision)
            index = cell.rule.version_for(s.county, s.on)
            self.array[self.source.slots["switch", str(cell.number)]] = index
            if index < 0 and cell.kind.name != "bool":
                self.fast = False
        for cell in self.source.plan.cells:
            if isinstance(cell.rule, Program):
                slot = self.source.slots["program", cell.rule.name]
                self.array[slot] = 3 if cell.rule.in_force(s.on) else 0
        return self.array, self.fast

    def _setting(self, setting: Parameter, first: int) -> None:
        s = self.situation
        value = self.parameters.resolve(setting, s.county, s.on, s.known_at).value
        if setting.key in self.ranges:
            value = self._range(setting)
        open_value = isinstance(value, Span | Options)
        if setting.kind.name == "bool":
            assert isinstance(value, int)
            self.array[first] = value
            return
        if open_value and not setting.often_unknown:
            self.fast = False
        if setting.kind.domain is not None:
            assert isinstance(value, int | Options)
            self.array[first : first + 2] = option_ends(value)
            return
        assert not isinstance(value, Options)
        lo, hi, taint = ends(value)
        scaled = [x * setting.scale for x in (lo, hi)]
        if any(x.denominator != 1 for x in scaled):
            raise RuleError(f"{setting.key}: {value} is finer than 1/{setting.scale}")
        self.array[first : first + 3] = [int(scaled[0]), int(scaled[1]), taint]

    def _range(self, setting: Parameter) -> Exact | Span | Options:
        """A parameter known only to lie in a range; a switch or a choice can be anything."""
        if setting.kind.name in ("bool", "choice"):
            return unknown_value(setting)
        low, high = self.ranges[setting.key]
        found = span(low, high, UNKNOWN_TAINT)
        return found if isinstance(found, Span) else low


class _Run:
    """One run: cut into chunks, fast first, then in full what could not be decided fast."""

    ranges: dict[str, tuple[Exact, Exact]]
    skip: npt.NDArray[np.int64] | None

    def __init__(
        self,
        kernel: Kernel,
        columns: Columns,
        parameters: ParameterSet,
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        self.kernel, self.source, self.columns = kernel, kernel.source, columns
        self.parameters, self.progress = parameters, progress
        self.threads = threads or os.cpu_count() or 1
        self.offsets = _fitting(columns.offsets, np.dtype(np.int64), columns.units + 1, "offsets")
        self.unit = _arrays(self.source.unit_columns, columns.unit, columns.units)
        self.people = _arrays(self.source.person_columns, columns.people, columns.rows)
        self.flags = np.zeros(columns.units, dtype=np.int8)
        self.outputs = [self._output(o, kind) for o in self.source.fast.outputs for kind in o.types]
        self.scratch = max(1, self.source.scratch * MAX_PEOPLE)
        self.merges = [
            merge_of(self, fast, full)
            for fast, full in zip(self.source.fast.outputs, self.source.full.outputs, strict=True)
        ]
        self._done, self._counting = 0, Lock()
        if kernel.plain:
            self.lists = [a.tolist() for a in self.unit], [a.tolist() for a in self.people]

    def _output(self, output: Output, kind: str | None) -> Array:
        rows = self.columns.rows if output.people else self.columns.units
        return np.zeros(0 if kind is None else rows, kind or "int8")

    def results(self, situation: Callable[[str], Situation]) -> Results:
        slots = {
            code: self.kernel.parameter_slots(situation(code), self.parameters, self.ranges)
            for code, _, _ in self.columns.counties
        }
        self._each(self._fast_chunks(slots), self._fast_chunk)
        if self.skip is not None:
            self.flags[self.skip] = SKIPPED
        self._each(self._full_chunks(slots), self._full_chunk)
        return self._collected()

    def _fast_chunks(self, slots: dict[str, tuple[list[int], bool]]) -> list[tuple[int, int, list[int]]]:
        chunks: list[tuple[int, int, list[int]]] = []
        for county, first, end in self.columns.counties:
            values, fast = slots[county]
            if fast:
                chunks += [(a, min(a + CHUNK, end), values) for a in range(first, end, CHUNK)]
            else:
                sizes = np.diff(self.offsets[first : end + 1])
                self.flags[first:end] = np.where(sizes > MAX_PEOPLE, OVERSIZE, AGAIN)
        return chunks

    def _full_chunks(self, slots: dict[str, tuple[list[int], bool]]) -> list[tuple[Array, list[int]]]:
        chunks: list[tuple[Array, list[int]]] = []
        for county, first, end in self.columns.counties:
            todo = np.flatnonzero(self.flags[first:end] == AGAIN).astype(np.int64) + first
            chunks += [(todo[a : a + CHUNK], slots[county][0]) for a in range(0, len(todo), CHUNK)]
        return chunks

    def _each(self, chunks: Sequence[Any], work: Callable[..., None]) -> None:
        if self.kernel.plain or self.threads == 1 or len(chunks) < 2:
            for chunk in chunks:
                work(*chunk)
            return
        with ThreadPoolExecutor(self.threads) as pool:
            for _ in pool.map(lambda c: work(*c), chunks):
                pass

    def _report(self, units: int) -> None:
        with self._counting:
            self._done += units
            if self.progress is not None:
                self.progress(self._done, self.columns.units)

    # -- the two manners ----------------------------------------------------------------------------------------
    # Scratch begins as zeros: what an amount alone asks for is left out where its program fails, and is read all the
    # same. Whatever lay in memory would be added up and called an overflow.
    def _fast_chunk(self, first: int, end: int, slots: list[int]) -> None:
        if self.kernel.plain:
            unit, people = self.lists
            self.kernel.fast(
                first, end, self.offsets.tolist(), unit, people, slots, self.outputs, [0] * self.scratch, self.flags
            )  # fmt: skip
        else:
            self.kernel.fast(
                first, end, self.offsets, self.unit, self.people, np.array(slots, np.int64), self.outputs,
                np.zeros(self.scratch, np.int64), self.flags,
            )  # fmt: skip
        self._report(end - first - int(np.count_nonzero(self.flags[first:end] == AGAIN)))

    def _full_chunk(self, todo: Array, slots: list[int]) -> None:
        off = self.offsets
        sizes = off[todo + 1] - off[todo]
        qoff = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.repeat(off[todo] - qoff[:-1], sizes) + np.arange(qoff[-1])
        outputs = [
            np.zeros(0 if kind is None else len(rows) if o.people else len(todo), kind or "int8")
            for o in self.source.full.outputs
            for kind in o.types
        ]
        if self.kernel.plain:
            unit, people = self.lists
            self.kernel.full(
                0, len(todo), off.tolist(), todo.tolist(), qoff.tolist(), unit, people, slots, outputs,
                [0] * self.scratch,
            )  # fmt: skip
        else:
            self.kernel.full(
                0, len(todo), off, todo, qoff, self.unit, self.people, np.array(slots, np.int64), outputs,
                np.zeros(self.scratch, np.int64),
            )  # fmt: skip
        for merge in self.merges:
            merge.take(rows if merge.full.people else todo, outputs)
        self._report(len(todo))

    # -- the end ------------------------------------------------------------------------------------------------
    def _collected(self) -> Results:
        oversize = np.flatnonzero(self.flags == OVERSIZE)
        out = Results({}, {}, {}, {}, int(np.count_nonzero(self.flags == AGAIN)), oversize)
        for merge in self.merges:
            name, part, found = merge.fast.name, merge.fast.part, merge.made()
            homes: dict[str, dict[str, Any]] = {
                "status": out.status, "conditions": out.conditions, "amount": out.amount, "value": out.values,
            }  # fmt: skip
            homes[part][name] = found
        self._mark_oversize(out)
        return out

    def _mark_oversize(self, out: Results) -> None:
        """A household too large for the kernel is a review in every program."""
        if not len(out.oversize):
            return
        off = self.offsets
        rows = np.concatenate([np.arange(off[u], off[u + 1]) for u in out.oversize])
        for program in self.source.plan.programs:
            at = out.oversize if program.of is Household else rows
            out.status[program.name][at] = REVIEW
            out.conditions[program.name][at] = 0


def _arrays(columns: Sequence[Column], found: dict[str, Array], rows: int) -> list[Array]:
    missing = [c.column for c in columns if c.column not in found]
    if missing:
        raise RuleError(f"the columns lack {', '.join(missing)}; unknown facts are a column of unknowns")
    return [_fitting(found[c.column], physical_type(c), rows, c.column) for c in columns]


def _fitting(array: Array, kind: np.dtype[Any], rows: int, name: str) -> Array:
    """The array as machine code may read it: machine code asks no questions."""
    if array.dtype != kind or array.shape != (rows,):
        raise RuleError(f"column {name}: {array.dtype}{array.shape} where {kind}({rows},) was expected")
    return np.ascontiguousarray(array)


# -- fast results with the fully computed households written over them -----------------------------------------
class _Merge:
    """A status or the conditions of a program: whole arrays."""

    def __init__(self, run: _Run, fast: Output, full: Output) -> None:
        self.run, self.fast, self.full = run, fast, full
        self.array = run.outputs[fast.first]

    def take(self, at: Array, outputs: list[Array]) -> None:
        self.array[at] = outputs[self.full.first]

    def made(self) -> Any:
        return self.array


class _ChoiceMerge(_Merge):
    def __init__(self, run: _Run, fast: Output, full: Output) -> None:
        super().__init__(run, fast, full)
        self.taint = np.zeros(len(self.array), np.int8)

    def take(self, at: Array, outputs: list[Array]) -> None:
        super().take(at, outputs)
        if self.full.width > 1:
            self.taint[at] = outputs[self.full.first + 1]

    def made(self) -> Choices:
        return Choices(self.array, self.taint)


class _NumberMerge(_Merge):
    """Numbers: the full manner may have another scale, a divisor of its own, and ranges."""

    def __init__(self, run: _Run, fast: Output, full: Output) -> None:
        super().__init__(run, fast, full)
        assert isinstance(fast.value, Num)
        assert isinstance(full.value, Num)
        common = gcd(fast.value.scale, full.value.scale)
        self.up, self.down = fast.value.scale // common, full.value.scale // common
        self.scale, self.full_scale = fast.value.scale, full.value.scale
        self.den: Array | None = run.outputs[fast.first + 1] if fast.value.paired else None
        if self.den is None and (self.down > 1 or full.value.paired):
            self.den = np.zeros(len(self.array), np.int64)
        self.pieces: list[tuple[Array, tuple[Array, ...]]] = []

    def take(self, at: Array, outputs: list[Array]) -> None:
        first = self.full.first
        lo, lo_den, hi, hi_den, taint = outputs[first : first + 5]
        one = np.ones(1, np.int64)
        lo_den, hi_den = (
            np.maximum(d, 1) if len(d) else np.broadcast_to(one, lo.shape) for d in (lo_den, hi_den)
        )
        self.array[at] = _product(lo, self.up)
        if self.den is not None:
            self.den[at] = _product(lo_den, self.down)
        unsettled = np.flatnonzero(taint)
        if len(unsettled):
            parts = tuple(p[unsettled] for p in (lo, lo_den, hi, hi_den, taint))
            self.pieces.append((at[unsettled], parts))

    def made(self) -> Amounts:
        if self.den is not None:
            np.maximum(self.den, 1, out=self.den)
        return Amounts(self.array, self.den, self.scale, Open.gathered(self.pieces, self.full_scale))


def merge_of(run: _Run, fast: Output, full: Output) -> _Merge:
    if isinstance(fast.value, Num):
        return _NumberMerge(run, fast, full)
    return _ChoiceMerge(run, fast, full) if isinstance(fast.value, Opt) else _Merge(run, fast, full)


def _product(array: Array, factor: int) -> Array:
    if factor == 1:
        return array
    if len(array) and max(int(array.max()), -int(array.min())) > ((1 << 63) - 1) // factor:
        raise OverflowError("kernel integer overflow while results were merged")
    return array * factor


# -- making a kernel -------------------------------------------------------------------------------------------
def default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "minzheng" / "kernels"


def compile_book(
    book: Rulebook,
    *,
    programs: Iterable[Program] | None = None,
    values: Iterable[str] = (),
    compiled: bool = True,
    cache: Path | None = None,
) -> Kernel:
    """A kernel for programs of a book (all by default) and the values of some rules.

    compiled=False runs the generated text as plain Python: for tests. Machine code is kept in the folder `cache`
    (`~/.cache/minzheng/kernels`) under the hash of its text.
    """
    wanted = list(book.programs if programs is None else programs)
    rules: list[Rule] = [book[name] for name in values]
    source = KernelSource(book, wanted, rules)
    if not compiled:
        names: dict[str, Any] = {}
        exec(compile(source.text, "<kernel>", "exec"), names)  # noqa: S102 - text made by us from the rulebook
        return Kernel(source, names["fast"], names["full"], plain=True)
    library = native.load(source.text, drivers(source), cache or default_cache())
    return Kernel(source, partial(library.run, "fast"), partial(library.run, "full"), plain=False)


def drivers(source: KernelSource) -> dict[str, Signature]:
    """The two drivers of a kernel with the types of the arrays they read and write."""

    def columns(found: Sequence[Column]) -> tuple[str, ...]:
        return tuple(native.element(physical_type(c)) for c in found)

    def outputs(side: Side) -> tuple[str, ...]:
        return tuple(native.element(np.dtype(kind or "int8")) for o in side.outputs for kind in o.types)

    inputs = {"U": columns(source.unit_columns), "T": columns(source.person_columns)}
    return {
        name: native.signature(name, {**inputs, "O": outputs(side)})
        for name, side in (("fast", source.fast), ("full", source.full))
    }


__all__ = ["Amounts", "Choices", "Kernel", "Open", "Results", "compile_book", "default_cache"]
