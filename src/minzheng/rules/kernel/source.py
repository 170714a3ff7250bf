"""The text of a kernel: one function per cell and two drivers, `fast` and `full`.

The drivers loop over households; everything between the input columns and the outputs stays in registers and a
few small arrays per thread.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import replace

from minzheng.rules.book import Rulebook
from minzheng.rules.language.declare import DATE_BOUNDS, Program, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import (
    MAX_PEOPLE,
    Aggregate,
    Column,
    Expr,
    Gap,
    Moment,
    Rule,
    Setting,
    Where,
)
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import REVIEW_TAINT, UNKNOWN_TAINT

from . import support
from .arithmetic import Frac, Num
from .driver import DriverWriter
from .emit import Emitter, Opt, Val, input_scale, size
from .plan import Cell, Fold, Plan, Planner
from .shapes import (
    MOMENTS,
    Output,
    Side,
    SwitchIs,
    condition_type,
    flatten,
    gap_value,
    output_types,
    renamed,
    scale_of,
)


class KernelSource:
    """Plan, parameter slots and text of a kernel for some programs and rules of a book."""

    def __init__(self, book: Rulebook, programs: Iterable[Program], values: Iterable[Rule]) -> None:
        self.book = book
        self.values = list(values)
        self.plan: Plan = Planner(book).make(programs, self.values)
        self.slots: dict[tuple[str, str], int] = {}
        self._assign_slots()
        self.unit_columns = [c for c in self.plan.columns.values() if c.entity is Household]
        self.person_columns = [c for c in self.plan.columns.values() if c.entity is not Household]
        self.scratch = 0
        self.fast, self.full = Side(True), Side(False)
        for side in (self.fast, self.full):
            SideWriter(self, side).write()

    @property
    def text(self) -> str:
        """Plain Python, whole in itself; `native` makes machine code of it."""
        helpers = [f"LARGEST = {support.LARGEST}", f"MAX_PEOPLE = {MAX_PEOPLE}", ""]
        helpers += [inspect.getsource(f) for f in support.FUNCTIONS]
        parts = [*helpers, *self.fast.functions, self.fast.driver, *self.full.functions, self.full.driver]
        return "\n\n".join(parts) + "\n"

    # -- parameters -----------------------------------------------------------------------------------------
    def _assign_slots(self) -> None:
        def slot(kind: str, name: str, width: int) -> None:
            self.slots[kind, name] = self._size
            self._size += width

        self._size = 0
        for moment in MOMENTS:
            slot("moment", moment, 1)
        for key, setting in self.plan.settings.items():
            slot("setting", key, 3 if setting.kind.name in ("money", "number", "date") else 2)
        for cell in self.plan.switches:
            slot("switch", str(cell.number), 1)
        for cell in self.plan.cells:
            if isinstance(cell.rule, Program):
                slot("program", cell.rule.name, 1)

    @property
    def parameter_count(self) -> int:
        return self._size


class SideWriter:
    """Writes the functions and the driver of one manner."""

    def __init__(self, source: KernelSource, side: Side) -> None:
        self.source, self.side, self.plan = source, side, source.plan
        self.fast = side.fast
        self.prefix = "f" if side.fast else "u"
        self._width = 0

    def write(self) -> None:
        for cell in self.plan.cells:
            if isinstance(cell.rule, Program):
                self.side.shapes[cell.number] = "s"
            else:
                self._named_function(cell)
        for fold in self.plan.folds:
            self._fold_shape(fold)
        self._outputs()
        self.side.driver = DriverWriter(self).text()

    # -- shapes of leaves -----------------------------------------------------------------------------------
    def leaf_shape(self, leaf: Expr) -> Val:
        if isinstance(leaf, Rule):
            return self.side.shapes[self.plan.cell(leaf).number]
        if isinstance(leaf, Aggregate):
            return self._fold_shape(self.plan.fold(leaf))
        if isinstance(leaf, Moment):
            value = Frac("x", None, max(abs(b) for b in DATE_BOUNDS))
            return Num(value, value, "0", 1)
        if leaf.kind.name == "bool":
            return "s"
        if leaf.kind.domain is not None and isinstance(leaf, Column):
            missing = REVIEW_TAINT if leaf.review_when_missing else UNKNOWN_TAINT
            return Opt("m", "t", "c", len(leaf.kind.domain), missing)
        if leaf.kind.domain is not None:
            sure = self.fast and isinstance(leaf, Setting) and not leaf.often_unknown
            return Opt("m", "0" if sure else "t")
        return self.input_shape(leaf)

    def input_shape(self, leaf: Expr) -> Num:
        assert isinstance(leaf, Column | Setting)
        scale = input_scale(leaf)
        lo = Frac("l", None, size(leaf, scale))
        if self.ranged_input(leaf):
            return Num(lo, replace(lo, n="h"), "t", scale)
        return Num(lo, lo, "0", scale)

    def ranged_input(self, leaf: Column | Setting) -> bool:
        return not self.fast or leaf.often_unknown

    def _fold_shape(self, fold: Fold) -> Val:
        found = self.side.folds.get(fold.number)
        if found is None:
            found = self.side.folds[fold.number] = self._make_fold_shape(fold)
        return found

    def _make_fold_shape(self, fold: Fold) -> Val:
        if fold.how in ("any", "all"):
            return "s"
        if fold.how == "count":
            return self._fold_num(1, MAX_PEOPLE, exact=self.fast)
        assert fold.inner is not None
        inner = self.side.shapes[fold.inner.number]
        assert isinstance(inner, Num)
        if inner.paired:
            raise RuleError(f"{fold.how} over people of a run-time quotient: use .shared_among() inside")
        scale, exact = inner.scale, inner.exact
        bound = max(inner.lo.nb, inner.hi.nb)
        if fold.start is not None:
            start = self.side.shapes[fold.start.number]
            assert isinstance(start, Num)
            if start.paired:
                raise RuleError("the starting value of an aggregate cannot be a run-time quotient")
            scale = scale_of(inner, start)
            bound = max(bound * (scale // inner.scale), start.lo.nb * (scale // start.scale))
            bound = max(bound, start.hi.nb * (scale // start.scale))
            exact = exact and start.exact
        elif fold.how == "sum":
            bound = min(bound * MAX_PEOPLE, (1 << 63) - 1)
        return self._fold_num(scale, bound, exact=self.fast and exact)

    def _fold_num(self, scale: int, bound: int, *, exact: bool) -> Num:
        lo = Frac("l", None, bound)
        return Num(lo, lo, "0", scale) if exact else Num(lo, replace(lo, n="h"), "t", scale)

    def _named_function(self, cell: Cell) -> None:
        """What no kernel can hold is said under the name of its provision."""
        try:
            for leaf in cell.leaves:
                if isinstance(leaf, Aggregate):
                    self._fold_shape(self.plan.fold(leaf))
            self._function(cell)
        except RuleError as wrong:
            if not isinstance(cell.rule, Provision):
                raise
            raise RuleError(f"{cell.rule.name}: {wrong} ({cell.rule.declared_at})") from wrong

    # -- one function per cell ------------------------------------------------------------------------------
    def _function(self, cell: Cell) -> None:
        args: list[str] = []
        known: dict[int, Val] = {}
        for k, leaf in enumerate(cell.leaves):
            shape = self.leaf_shape(leaf)
            names = [f"a{k}_{i}" for i in range(len(flatten(shape)))]
            args += names
            known[id(leaf)] = renamed(shape, names)
        if cell.switched:
            args.append("sw")
        emitter = Emitter(self.fast, lambda leaf: self._leaf(leaf, known))
        result = emitter.value(self._text(cell, emitter))
        parts = flatten(result)
        if emitter.bails:
            self.side.can_bail.add(cell.number)
            parts.append(" | ".join(dict.fromkeys(emitter.bails)))
        self.side.shapes[cell.number] = result
        body = [*emitter.w.lines, f"return {', '.join(parts)}"]
        lines = [f"# {cell.title}", f"def {self.prefix}{cell.number}({', '.join(args)}):"]
        self.side.functions.append("\n".join([*lines, *(f"    {line}" for line in body)]))

    def _leaf(self, leaf: Expr, known: dict[int, Val]) -> Val:
        if isinstance(leaf, SwitchIs):
            return f"(3 if sw == {leaf.index} else 0)"
        if isinstance(leaf, Gap):
            return gap_value(leaf.rule)
        return known[id(leaf)]

    def _text(self, cell: Cell, emitter: Emitter) -> Expr:
        """One expression for all versions of a rule."""
        if not cell.switched:
            return cell.texts[0]
        assert cell.rule is not None
        number = cell.kind.name in ("money", "number", "date")
        if self.fast and number:
            emitter.bail("1 if sw < 0 else 0")
            result = cell.texts[0]
            rest = list(enumerate(cell.texts))[1:]
        else:
            result = Gap(cell.rule)
            rest = list(enumerate(cell.texts))
        for index, text in rest:
            result = Where(SwitchIs(index), text, result)
        return result

    # -- outputs --------------------------------------------------------------------------------------------
    def _outputs(self) -> None:
        for program in self.plan.programs:
            people = program.of is not Household
            self._output(program.name, "status", people, "s")
            self._output(program.name, "conditions", people, "c", condition_type(len(program.requires)))
            if program.amount is not None:
                shape = self.side.shapes[self.plan.cell(program.amount).number]
                self._output(program.name, "amount", people, shape)
        for rule in self.source.values:
            cell = self.plan.cell(rule)
            self._output(rule.name, "value", cell.people, self.side.shapes[cell.number])

    def _output(self, name: str, part: str, people: bool, value: Val, kind: str | None = None) -> None:
        types = (kind,) if kind is not None else output_types(value, self.fast)
        self.side.outputs.append(Output(name, part, people, value, self._width, types))
        self._width += len(types)


__all__ = ["MOMENTS", "KernelSource", "Output", "Side"]
