"""Running a kernel over columns: parameters resolved per county, threads, the two manners, the results."""

from __future__ import annotations

import datetime
import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import Array, Columns
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import MAX_PEOPLE, Rule
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.status import REVIEW, Options, Span, ends, option_ends, span

from .arithmetic import Num
from .emit import Opt
from .source import MOMENTS, KernelSource, Output, Side

Progress = Callable[[int, int], None]
CHUNK = 16384
VERSION = 1
"""Raised when generated text changes its meaning without the rulebook changing."""


@dataclass
class Amounts:
    """Exact numbers of many rows: num/den (den None: the same `scale` for all), and the rows still open.

    Row i is num[i] / (den[i] * scale). `open` maps a row to its range.
    """

    num: npt.NDArray[np.int64]
    den: npt.NDArray[np.int64] | None
    scale: int
    open: dict[int, Span] = field(default_factory=dict)

    def value(self, row: int) -> int | Fraction | Span:
        found = self.open.get(row)
        if found is not None:
            return found
        den = 1 if self.den is None else int(self.den[row])
        return Fraction(int(self.num[row]), den * self.scale)


@dataclass
class Choices:
    """Masks of a choice by row; rows with a taint are still open."""

    mask: npt.NDArray[np.int64]
    taint: npt.NDArray[np.int8]

    def value(self, row: int) -> int | Options:
        mask, taint = int(self.mask[row]), int(self.taint[row])
        return Options(mask, taint) if taint else mask


@dataclass
class Results:
    """What a kernel found: by program, per household or per person row, and requested values by rule."""

    status: dict[str, npt.NDArray[np.int8]]
    conditions: dict[str, Array]
    amount: dict[str, Amounts]
    values: dict[str, npt.NDArray[np.int8] | Amounts | Choices]
    full_units: int = 0
    oversize: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def value(self, rule: str, row: int) -> Any:
        found = self.values[rule]
        return int(found[row]) if isinstance(found, np.ndarray) else found.value(row)


class Kernel:
    """A compiled rulebook. Parameters are arguments of a run: another standard compiles nothing."""

    def __init__(
        self, source: KernelSource, fast: Callable[..., None], full: Callable[..., None], plain: bool
    ):
        self.source, self._fast, self._full, self.plain = source, fast, full, plain

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
    ) -> Results:
        """All wanted programs and values for every household. Raises OverflowError, never wraps."""
        run = _Run(self, columns, parameters or self.source.book.parameters, threads, progress)
        run.situation = lambda county: Situation.at(county, on, month, known_at)
        return run.results()

    def parameter_slots(self, situation: Situation, parameters: ParameterSet) -> tuple[list[int], bool]:
        """The parameter array for a place and date, and whether the fast manner may be used."""
        return _Slots(self.source, situation, parameters).fill()


class _Slots:
    def __init__(self, source: KernelSource, situation: Situation, parameters: ParameterSet) -> None:
        self.source, self.situation, self.parameters = source, situation, parameters
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
        scaled = [Fraction(x) * setting.scale for x in (lo, hi)]
        if any(x.denominator != 1 for x in scaled):
            raise RuleError(f"{setting.key}: {value} is finer than 1/{setting.scale}")
        self.array[first : first + 3] = [int(scaled[0]), int(scaled[1]), taint]


class _Run:
    """One run: cut into chunks, fast first, then in full what could not be decided fast."""

    situation: Callable[[str], Situation]

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
        self.flags = np.zeros(columns.units, dtype=np.uint8)
        self.outputs = [self._array(o, k) for o in self.source.fast.outputs for k in range(o.width)]
        self.unit = [columns.unit[c.column] for c in self.source.unit_columns]
        self.people = [columns.people[c.column] for c in self.source.person_columns]
        self.scratch = max(1, self.source.scratch * MAX_PEOPLE)
        self._done = 0

    # -- arrays -----------------------------------------------------------------------------------------------
    def _array(self, output: Output, k: int) -> Array:
        rows = self.columns.rows if output.people else self.columns.units
        if output.part == "conditions":
            width = 2 * len(self.source.book.program(output.name).requires)
            kind: Any = (
                np.int8 if width < 8 else np.int16 if width < 16 else np.int32 if width < 32 else np.int64
            )
            return np.zeros(rows, kind)
        if isinstance(output.value, str):
            return np.zeros(rows, np.int8)
        if isinstance(output.value, Opt):
            return np.zeros(rows, np.int64 if k == 0 else np.int8)
        if k == 1 and not output.value.paired:
            return np.zeros(0, np.int64)
        return np.ones(rows, np.int64) if k == 1 else np.zeros(rows, np.int64)

    def results(self) -> Results:
        chunks: list[tuple[int, int, list[int]]] = []
        for county, first, end in self.columns.counties:
            slots, fast = self.kernel.parameter_slots(self.situation(county), self.parameters)
            if not fast:
                sizes = np.diff(self.columns.offsets[first : end + 1])
                self.flags[first:end] = np.where(sizes > MAX_PEOPLE, 2, 1)
                continue
            chunks += [(a, min(a + CHUNK, end), slots) for a in range(first, end, CHUNK)]
        self._each(chunks, self._fast_chunk)
        full = self._full_results()
        oversize = np.flatnonzero(self.flags == 2)
        return _Merge(self, full, oversize).results()

    def _each(self, chunks: Sequence[Any], work: Callable[..., Any]) -> list[Any]:
        if self.kernel.plain or self.threads == 1 or len(chunks) < 2:
            return [work(*c) for c in chunks]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(lambda c: work(*c), chunks))

    def _report(self, units: int) -> None:
        self._done += units
        if self.progress is not None:
            self.progress(self._done, self.columns.units)

    # -- the two manners ----------------------------------------------------------------------------------------
    def _fast_chunk(self, first: int, end: int, slots: list[int]) -> None:
        if self.kernel.plain:
            self._plain(self.kernel._fast, first, end, slots, self.outputs, self.flags)
        else:
            self.kernel._fast(
                first, end, self.columns.offsets, tuple(self.unit), tuple(self.people),
                np.array(slots, np.int64), tuple(self.outputs), np.empty(self.scratch, np.int64), self.flags,
            )  # fmt: skip
        self._report(end - first)

    def _plain(self, driver: Callable[..., None], *args: Any) -> None:
        """The uncompiled text: plain lists, so that integers are Python's."""
        first, end, slots, outputs, flags = args
        off = self.columns.offsets.tolist()
        unit, people = [a.tolist() for a in self.unit], [a.tolist() for a in self.people]
        driver(first, end, off, unit, people, slots, outputs, [0] * self.scratch, flags)

    def _full_results(self) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[Array]]]:
        chunks: list[tuple[npt.NDArray[np.int64], list[int]]] = []
        for county, first, end in self.columns.counties:
            todo = np.flatnonzero(self.flags[first:end] == 1).astype(np.int64) + first
            if not len(todo):
                continue
            slots, _ = self.kernel.parameter_slots(self.situation(county), self.parameters)
            chunks += [(todo[a : a + CHUNK], slots) for a in range(0, len(todo), CHUNK)]
        return self._each(chunks, self._full_chunk)

    def _full_chunk(
        self, todo: npt.NDArray[np.int64], slots: list[int]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[Array]]:
        off = self.columns.offsets
        sizes = off[todo + 1] - off[todo]
        qoff = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.repeat(off[todo] - qoff[:-1], sizes) + np.arange(qoff[-1])
        outputs = [
            np.zeros(len(rows) if o.people else len(todo), np.int64)
            for o in self.source.full.outputs
            for _ in range(o.width)
        ]
        if self.kernel.plain:
            unit, people = [a.tolist() for a in self.unit], [a.tolist() for a in self.people]
            self.kernel._full(
                0, len(todo), off.tolist(), todo.tolist(), qoff.tolist(), unit, people, slots, outputs,
                [0] * self.scratch,
            )  # fmt: skip
        else:
            self.kernel._full(
                0, len(todo), off, todo, qoff, tuple(self.unit), tuple(self.people), np.array(slots, np.int64),
                tuple(outputs), np.empty(self.scratch, np.int64),
            )  # fmt: skip
        return todo, rows, outputs


class _Merge:
    """Fast results with the fully computed households written over them."""

    def __init__(self, run: _Run, full: list[Any], oversize: npt.NDArray[np.int64]) -> None:
        self.run, self.full, self.oversize = run, full, oversize

    def results(self) -> Results:
        out = Results({}, {}, {}, {}, sum(len(t) for t, _, _ in self.full), self.oversize)
        pairs = zip(self.run.source.fast.outputs, self.run.source.full.outputs, strict=True)
        for fast, full in pairs:
            if fast.part in ("status", "conditions"):
                array = self._plain_array(fast, full)
                (out.status if fast.part == "status" else out.conditions)[fast.name] = array
            elif fast.part == "amount":
                out.amount[fast.name] = self._numbers(fast, full)
            else:
                out.values[fast.name] = self._value(fast, full)
        self._mark_oversize(out)
        return out

    def _rows(self, output: Output, todo: Array, rows: Array) -> Array:
        return rows if output.people else todo

    def _plain_array(self, fast: Output, full: Output) -> Array:
        array = self.run.outputs[fast.first]
        for todo, rows, outputs in self.full:
            array[self._rows(fast, todo, rows)] = outputs[full.first]
        return array

    def _value(self, fast: Output, full: Output) -> Any:
        if isinstance(fast.value, str):
            return self._plain_array(fast, full)
        if isinstance(fast.value, Num):
            return self._numbers(fast, full)
        mask = self._plain_array(fast, full)
        taint = np.zeros(len(mask), np.int8)
        for todo, rows, outputs in self.full:
            taint[self._rows(fast, todo, rows)] = outputs[full.first + 1]
        return Choices(mask, taint)

    def _numbers(self, fast: Output, full: Output) -> Amounts:
        assert isinstance(fast.value, Num)
        assert isinstance(full.value, Num)
        num = self.run.outputs[fast.first]
        den: Array | None = self.run.outputs[fast.first + 1] if fast.value.paired else None
        result = Amounts(num, den, fast.value.scale)
        common = gcd(fast.value.scale, full.value.scale)
        up, down = fast.value.scale // common, full.value.scale // common
        for todo, rows, outputs in self.full:
            ln, ld, hn, hd, taint = outputs[full.first : full.first + 5]
            if full.part == "amount":
                skip = ld == 0
                ld, hd = np.where(skip, 1, ld), np.where(skip, 1, hd)
            at = self._rows(fast, todo, rows)
            if (down > 1 or full.value.paired) and result.den is None:
                result.den = np.ones(len(num), np.int64)
            num[at] = _product(ln, up)
            if result.den is not None:
                result.den[at] = _product(ld, down)
            for k in np.flatnonzero(taint):
                scale = full.value.scale
                lo, hi = Fraction(int(ln[k]), int(ld[k]) * scale), Fraction(int(hn[k]), int(hd[k]) * scale)
                kept = span(lo, hi, int(taint[k]))
                assert isinstance(kept, Span)
                result.open[int(at[k])] = kept
        return result

    def _mark_oversize(self, out: Results) -> None:
        """A household too large for the kernel is a review in every program."""
        if not len(self.oversize):
            return
        off = self.run.columns.offsets
        rows = np.concatenate([np.arange(off[u], off[u + 1]) for u in self.oversize])
        for program in self.run.source.plan.programs:
            at = self.oversize if program.of is Household else rows
            out.status[program.name][at] = REVIEW
            out.conditions[program.name][at] = 0


def _product(array: Array, factor: int) -> Array:
    if factor == 1:
        return array
    if len(array) and int(np.abs(array).max()) > ((1 << 63) - 1) // factor:
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

    compiled=False runs the generated text as plain Python: for tests. The compiled code is kept on disk under
    the hash of its text.
    """
    wanted = list(book.programs if programs is None else programs)
    rules: list[Rule] = [book[name] for name in values]
    source = KernelSource(book, wanted, rules)
    if not compiled:
        names: dict[str, Any] = {"jit": lambda f: f}
        exec(compile(source.body, "<kernel>", "exec"), names)  # noqa: S102 - text made by us from the rulebook
        return Kernel(source, names["fast"], names["full"], plain=True)
    module = _load(source, cache or default_cache())
    return Kernel(source, module.fast, module.full, plain=False)


def _load(source: KernelSource, folder: Path) -> ModuleType:
    text = source.text
    name = f"kernel_{hashlib.sha256(f'{VERSION}{text}'.encode()).hexdigest()[:20]}"
    if name in sys.modules:
        return sys.modules[name]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


__all__ = ["Amounts", "Choices", "Kernel", "Results", "Side", "compile_book", "default_cache"]
