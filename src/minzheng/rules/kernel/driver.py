"""The loop over households: loads, calls of the cells phase by phase, aggregates, outputs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from minzheng.rules.columns import unknown_code
from minzheng.rules.language.declare import DATE_BOUNDS, Program
from minzheng.rules.language.expr import MAX_PEOPLE, Aggregate, Column, Expr, Moment, Rule, Setting

from .arithmetic import Num
from .body import Body, guard_of
from .emit import Opt, Val
from .plan import Cell, Fold
from .shapes import Output, flatten, renamed

if TYPE_CHECKING:
    from .source import SideWriter


class DriverWriter:
    """Writes the loop over households."""

    def __init__(self, side: SideWriter) -> None:
        self.side_writer, self.side, self.plan = side, side.side, side.plan
        self.source, self.fast = side.source, side.fast
        self.lines: list[str] = []
        self.scratch: dict[tuple[int, int], int] = {}
        self.used_in: dict[int, set[int]] = {}
        self.names = {c.column: f"x{k}" for k, c in enumerate(self.plan.columns.values())}
        self._find_scratch()
        self.source.scratch = max(self.source.scratch, len(self.scratch))

    def put(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    # -- which values of people must outlive their loop -----------------------------------------------------
    def _find_scratch(self) -> None:
        for cell in self.plan.cells:
            for read in (*self._rules_read(cell), *cell.wanted_by):
                self._outlives(read, cell.phase)
        for fold in self.plan.folds:
            for part in (fold.counts, *([fold.inner] if fold.inner is not None else [])):
                self._outlives(part, fold.phase)
        for output in self.side.outputs:
            for cell in self.output_cells(output) if output.people else ():
                self._outlives(cell, self._output_phase(output))

    def _rules_read(self, cell: Cell) -> list[Cell]:
        return [self.plan.cell(leaf) for leaf in cell.leaves if isinstance(leaf, Rule)]

    def _outlives(self, cell: Cell, phase: int) -> None:
        """A value of people that a later phase reads has a place of its own."""
        if cell.people and cell.phase < phase:
            for k in range(len(flatten(self.side.shapes[cell.number]))):
                self.scratch.setdefault((cell.number, k), len(self.scratch))
            self.used_in.setdefault(cell.number, set()).add(phase)

    def output_cells(self, output: Output) -> list[Cell]:
        if output.part == "value":
            return [self.plan.cell(self.source.book[output.name])]
        program = self.source.book.program(output.name)
        cells = [self.plan.cell(program), *(self.plan.cell(p) for p in program.requires)]
        if program.amount is not None:
            cells.append(self.plan.cell(program.amount))
        return cells

    def _output_phase(self, output: Output) -> int:
        phases = [c.phase + (1 if output.people and not c.people else 0) for c in self.output_cells(output)]
        return max(phases)

    # -- the text -------------------------------------------------------------------------------------------
    def text(self) -> str:
        self._head()
        last = max([self.plan.last_phase, *(self._output_phase(o) for o in self.side.outputs), -1])
        last = max([last, *(f.phase for f in self.plan.folds)])
        self.columns(self.source.unit_columns, "U", "u", 2, "continue")
        for phase in range(-1, last + 1):
            if phase % 2 == 0:
                self._people_phase(phase)
            else:
                self._household_phase(phase)
        if self.fast:
            self.put(2, "flags[u] = bail")
        return "\n".join(self.lines)

    def _head(self) -> None:
        if self.fast:
            self.put(0, "def fast(start, end, off, U, T, P, O, S, flags):")
        else:
            self.put(0, "def full(start, end, off, todo, qoff, U, T, P, O, S):")
        for (kind, name), first in self.source.slots.items():
            width = 1
            if kind == "setting":
                width = 3 if self.plan.settings[name].kind.name in ("money", "number", "date") else 2
            for k in range(width):
                self.put(1, f"p{first + k} = P[{first + k}]")
        if self.fast:
            self.put(1, "for u in range(start, end):")
        else:
            self.put(1, "for k in range(start, end):")
            self.put(2, "u = todo[k]")
            self.put(2, "q0 = qoff[k]")
        self.put(2, "i0 = off[u]")
        self.put(2, "i1 = off[u + 1]")
        if self.fast:
            self.put(2, "bail = 0")
            self.put(2, "if i1 - i0 > MAX_PEOPLE:")
            self.put(3, "flags[u] = 2")
            self.put(3, "continue")

    def columns(self, columns: list[Column], group: str, index: str, depth: int, leave: str) -> None:
        order = self.source.unit_columns if group == "U" else self.source.person_columns
        for column in columns:
            name = self.names[column.column]
            self.put(depth, f"{name} = {group}[{position(order, column)}][{index}]")
            if column.kind.name == "bool":
                continue
            nothing = unknown_code(column)
            taint = 2 if column.review_when_missing else 1
            if column.kind.domain is not None:
                mask = (1 << len(column.kind.domain)) - 1
                self.put(depth, f"{name}_m = 1 << {name} if {name} >= 0 else {mask}")
                self.put(depth, f"{name}_t = 0 if {name} >= 0 else {taint if mask & (mask - 1) else 0}")
            elif self.side_writer.ranged_input(column):
                low, high = column.bounds or DATE_BOUNDS
                lo, hi = low * column.scale // 1, -(-high * column.scale // 1)
                self.put(depth, f"{name}_l = {name}")
                self.put(depth, f"{name}_h = {name}")
                self.put(depth, f"{name}_t = 0")
                self.put(depth, f"if {name} == {nothing}:")
                self.put(depth + 1, f"{name}_l = {lo}")
                self.put(depth + 1, f"{name}_h = {hi}")
                self.put(depth + 1, f"{name}_t = {taint if lo != hi else 0}")
            else:
                self.put(depth, f"if {name} == {nothing}:")
                self.put(depth + 1, "bail = 1")
                if leave == "continue":
                    self.put(depth + 1, "flags[u] = 1")
                self.put(depth + 1, leave)

    def _column_names(self, column: Column) -> list[str]:
        name = self.names[column.column]
        if column.kind.name == "bool":
            return [name]
        if column.kind.domain is not None:
            return [f"{name}_m", f"{name}_t", name]
        if self.side_writer.ranged_input(column):
            return [f"{name}_l", f"{name}_h", f"{name}_t"]
        return [name]

    def _leaf_names(self, leaf: Expr) -> list[str]:
        if isinstance(leaf, Column):
            return self._column_names(leaf)
        if isinstance(leaf, Moment):
            return [f"p{self.source.slots['moment', leaf.name]}"]
        if isinstance(leaf, Setting):
            first = self.source.slots["setting", leaf.key]
            return [f"p{first + k}" for k in range(len(flatten(self.side_writer.leaf_shape(leaf))))]
        if isinstance(leaf, Rule):
            return self._cell_names(self.plan.cell(leaf))
        assert isinstance(leaf, Aggregate)
        fold = self.plan.fold(leaf)
        return [f"g{fold.number}_{k}" for k in range(len(flatten(self.side.folds[fold.number])))]

    def _cell_names(self, cell: Cell) -> list[str]:
        return [f"c{cell.number}_{k}" for k in range(len(flatten(self.side.shapes[cell.number])))]

    def call(self, cell: Cell, depth: int) -> None:
        """The call of a cell; what later phases need of a person is kept."""
        self._call(cell, depth)
        if cell.number in self.used_in:
            for k, name in enumerate(self._cell_names(cell)):
                self.put(depth, f"S[{self.scratch[cell.number, k] * MAX_PEOPLE} + j] = {name}")

    def recall(self, cell: Cell, depth: int) -> None:
        """Read back what an earlier phase kept of a person."""
        for k, name in enumerate(self._cell_names(cell)):
            self.put(depth, f"{name} = S[{self.scratch[cell.number, k] * MAX_PEOPLE} + j]")

    def _call(self, cell: Cell, depth: int) -> None:
        if isinstance(cell.rule, Program):
            self._program(cell, cell.rule, depth)
            return
        args = [n for leaf in cell.leaves for n in self._leaf_names(leaf)]
        if cell.switched:
            args.append(f"p{self.source.slots['switch', str(cell.number)]}")
        results = self._cell_names(cell)
        if cell.number in self.side.can_bail:
            results.append("b")
        self.put(depth, f"{', '.join(results)} = {self.side_writer.prefix}{cell.number}({', '.join(args)})")
        if cell.number in self.side.can_bail:
            self.put(depth, "bail |= b")

    def _program(self, cell: Cell, program: Program, depth: int) -> None:
        name = f"c{cell.number}_0"
        conditions = [self._cell_names(self.plan.cell(p))[0] for p in program.requires]
        self.put(depth, f"{name} = p{self.source.slots['program', program.name]}")
        for condition in conditions:
            self.put(depth, f"if {condition} < {name}:")
            self.put(depth + 1, f"{name} = {condition}")

    # -- phases -----------------------------------------------------------------------------------------------
    def _household_phase(self, phase: int) -> None:
        """Each cell as it comes; those only an amount asks for where its program does not fail."""
        cells = [c for c in self.plan.cells if c.phase == phase and not c.people]
        for guard, group in itertools.groupby(cells, key=guard_of):
            if guard:
                self.put(2, f"if {' or '.join(f'c{p}_0 != 0' for p in guard)}:")
            for cell in group:
                self._call(cell, 2 + bool(guard))
        for output in self.side.outputs:
            if not output.people and self._output_phase(output) == phase:
                self.write(output, 2)

    def _people_phase(self, phase: int) -> None:
        cells = [c for c in self.plan.cells if c.people and c.phase == phase]
        folds = [f for f in self.plan.folds if f.phase == phase]
        outputs = [o for o in self.side.outputs if o.people and self._output_phase(o) == phase]
        if not (cells or folds or outputs):
            return
        for fold in folds:
            self._start_fold(fold, 2)
        self.put(2, "for i in range(i0, i1):")
        self.put(3, "j = i - i0")
        Body(self, phase, cells, folds, outputs).write()
        if self.fast:
            self.put(2, "if bail != 0:")
            self.put(3, "flags[u] = 1")
            self.put(3, "continue")
        for fold in folds:
            self._end_fold(fold, 2)

    # -- folds --------------------------------------------------------------------------------------------------
    def _fold_names(self, fold: Fold) -> list[str]:
        return [f"g{fold.number}_{k}" for k in range(len(flatten(self.side.folds[fold.number])))]

    def _start_fold(self, fold: Fold, depth: int) -> None:
        names = self._fold_names(fold)
        if fold.how in ("any", "all"):
            self.put(depth, f"{names[0]} = {0 if fold.how == 'any' else 3}")
            return
        if fold.start is None:
            for name in names:
                self.put(depth, f"{name} = 0")
            return
        shape, start = self.side.folds[fold.number], self.side.shapes[fold.start.number]
        assert isinstance(shape, Num)
        assert isinstance(start, Num)
        given = renamed(start, self._cell_names(fold.start))
        assert isinstance(given, Num)
        k = shape.scale // start.scale
        parts = (
            [f"{given.lo.n} * {k}"]
            if shape.exact
            else [f"{given.lo.n} * {k}", f"{given.hi.n} * {k}", given.t]
        )
        for name, part in zip(names, parts, strict=True):
            self.put(depth, f"{name} = {part}")

    def fold_step(self, fold: Fold, depth: int) -> None:
        c = self._cell_names(fold.counts)[0]
        names = self._fold_names(fold)
        if fold.how in ("any", "all"):
            assert fold.inner is not None
            p = self._cell_names(fold.inner)[0]
            step = (
                f"either({names[0]}, both({c}, {p}))"
                if fold.how == "any"
                else (f"both({names[0]}, either(negate({c}), {p}))")
            )
            self.put(depth, f"{names[0]} = {step}")
            return
        shape = self.side.folds[fold.number]
        assert isinstance(shape, Num)
        lo, hi, t = self._fold_item(fold, shape)
        if shape.exact:
            self.put(depth, f"if {c} == 3:")
            self.put(depth + 1, self._fold_exact(fold, names[0], lo, shape))
            self.put(depth, f"elif {c} != 0:")
            self.put(depth + 1, "bail = 1")
        else:
            self._fold_range(fold, names, (c, lo, hi, t), shape, depth)

    def _fold_item(self, fold: Fold, shape: Num) -> tuple[str, str, str]:
        """Ends and taint of what one person adds, at the scale of the fold."""
        if fold.inner is None:
            return "1", "1", "0"
        inner = renamed(self.side.shapes[fold.inner.number], self._cell_names(fold.inner))
        assert isinstance(inner, Num)
        k = shape.scale // inner.scale
        times = "" if k == 1 else f" * {k}"
        if inner.lo.nb * k >= 1 << 62 or inner.hi.nb * k >= 1 << 62:
            return f"cmul({inner.lo.n}, {k})", f"cmul({inner.hi.n}, {k})", inner.t
        return f"({inner.lo.n}{times})", f"({inner.hi.n}{times})", inner.t

    @staticmethod
    def _plus(name: str, item: str, shape: Num) -> str:
        if shape.lo.nb >= 1 << 62:
            return f"{name} = cadd({name}, {item})"
        return f"{name} += {item}"

    def _fold_exact(self, fold: Fold, name: str, item: str, shape: Num) -> str:
        if fold.how in ("count", "sum"):
            return self._plus(name, item, shape)
        return f"{name} = {'larger' if fold.how == 'most' else 'smaller'}({name}, {item})"

    def _fold_range(
        self, fold: Fold, names: list[str], item: tuple[str, str, str, str], shape: Num, depth: int
    ) -> None:
        (low, high, taint), (c, lo, hi, t) = names, item
        self.put(depth, f"if {c} == 3:")
        if fold.how in ("count", "sum"):
            self.put(depth + 1, self._plus(low, lo, shape))
            self.put(depth + 1, self._plus(high, hi, shape))
            self.put(depth + 1, f"{taint} = larger({taint}, {t})")
            self.put(depth, f"elif {c} != 0:")
            self.put(depth + 1, self._plus(low, f"smaller(0, {lo})" if fold.how == "sum" else "0", shape))
            self.put(depth + 1, self._plus(high, f"larger(0, {hi})" if fold.how == "sum" else "1", shape))
            self.put(depth + 1, f"{taint} = larger(larger({taint}, {t}), taint_of({c}))")
            return
        sure, maybe = (low, high) if fold.how == "most" else (high, low)
        sure_item, maybe_item = (lo, hi) if fold.how == "most" else (hi, lo)
        pick = "larger" if fold.how == "most" else "smaller"
        self.put(depth + 1, f"{sure} = {pick}({sure}, {sure_item})")
        self.put(depth, f"if {c} != 0:")
        self.put(depth + 1, f"{maybe} = {pick}({maybe}, {maybe_item})")
        self.put(depth + 1, f"{taint} = larger(larger({taint}, {t}), taint_of({c}))")

    def _end_fold(self, fold: Fold, depth: int) -> None:
        names = self._fold_names(fold)
        if len(names) == 3:
            self.put(depth, f"if {names[0]} == {names[1]}:")
            self.put(depth + 1, f"{names[2]} = 0")

    # -- outputs ------------------------------------------------------------------------------------------------
    def write(self, output: Output, depth: int) -> None:
        if self.fast:
            row = "i" if output.people else "u"
        else:
            row = "q0 + j" if output.people else "k"
        cells = self.output_cells(output)
        if output.part == "status":
            self.put(depth, f"O[{output.first}][{row}] = {self._cell_names(cells[0])[0]}")
            return
        if output.part == "conditions":
            program = self.source.book.program(output.name)
            parts = [
                f"({self._cell_names(self.plan.cell(p))[0]} << {2 * k})"
                for k, p in enumerate(program.requires)
            ]
            self.put(depth, f"O[{output.first}][{row}] = {' | '.join(parts)}")
            return
        if output.part == "amount":
            self.put(depth, f"if {self._cell_names(cells[0])[0]} != 0:")
            depth += 1
        cell = cells[-1]
        value = renamed(self.side.shapes[cell.number], self._cell_names(cell))
        self._write_value(output, value, row, depth)

    def _write_value(self, output: Output, value: Val, row: str, depth: int) -> None:
        first = output.first
        if isinstance(value, str):
            self.put(depth, f"O[{first}][{row}] = {value}")
        elif isinstance(value, Opt):
            if self.fast and value.t != "0":
                self.put(depth, f"bail |= 1 if {value.t} != 0 else 0")
            self.put(depth, f"O[{first}][{row}] = {value.m}")
            if not self.fast:
                self.put(depth, f"O[{first + 1}][{row}] = {value.t}")
        elif self.fast:
            if value.t != "0":
                self.put(depth, f"bail |= 1 if {value.t} != 0 else 0")
            self.put(depth, f"O[{first}][{row}] = {value.lo.n}")
            if value.paired:
                self.put(depth, f"O[{first + 1}][{row}] = {value.lo.d or '1'}")
        else:
            parts = (value.lo.n, value.lo.d or "1", value.hi.n, value.hi.d or "1", value.t)
            for k, (part, kind) in enumerate(zip(parts, output.types, strict=True)):
                if kind is not None:
                    self.put(depth, f"O[{first + k}][{row}] = {part}")


def position(columns: list[Column], wanted: Column) -> int:
    """Index of a column by identity (traced values cannot be compared)."""
    for k, column in enumerate(columns):
        if column is wanted:
            return k
    raise KeyError(wanted.column)
