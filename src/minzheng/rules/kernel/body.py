"""What is done for one person in one phase, in an order that keeps few values alive.

A column or an earlier result is brought just before it is first wanted, and a result is written or added up as soon as
it is there: registers are few, and what lies between is spilled to memory.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from minzheng.rules.language.expr import Column, Rule

from .plan import Cell, Fold
from .shapes import Output, is_person

if TYPE_CHECKING:
    from .driver import DriverWriter

Guard = tuple[int, ...]
"""Numbers of the program cells of which one must not fail; empty: always."""
DEPTH = 3


class Body:
    """Writes the inside of one loop over the people of a household."""

    def __init__(
        self, driver: DriverWriter, phase: int, cells: list[Cell], folds: list[Fold], outputs: list[Output]
    ) -> None:
        self.driver, self.phase, self.cells = driver, phase, cells
        self.folds, self.outputs = list(folds), list(outputs)
        self.done: set[int] = set()
        self.here: set[int] = set()
        self.users = self._users()

    def write(self) -> None:
        for guard, group in itertools.groupby(self.cells, key=guard_of):
            members = list(group)
            self._bring_cells([self.driver.plan.cells[p] for p in guard])
            for cell in members:
                self._bring_all(cell, (), DEPTH)
            inner = DEPTH + bool(guard)
            if guard:
                self.driver.put(DEPTH, f"if {' or '.join(f'c{p}_0 != 0' for p in guard)}:")
            for cell in members:
                self._bring_all(cell, guard, inner)
                self.driver.call(cell, inner)
                self.done.add(cell.number)
                if not guard:
                    self._finish()
        self._finish()
        assert not self.folds
        assert not self.outputs

    # -- what is wanted -------------------------------------------------------------------------------------
    def _wants(self, cell: Cell) -> list[Column | Cell]:
        """Columns of people and results of earlier phases a cell reads."""
        found: list[Column | Cell] = []
        for leaf in cell.leaves:
            if isinstance(leaf, Column) and is_person(leaf.entity):
                found.append(leaf)
            elif isinstance(leaf, Rule):
                found += self._earlier(self.driver.plan.cell(leaf))
        return found

    def _earlier(self, cell: Cell) -> list[Column | Cell]:
        return [cell] if cell.people and cell.phase < self.phase else []

    def _users(self) -> dict[int, set[Guard]]:
        """By identity of what is wanted: under which guards."""
        users: dict[int, set[Guard]] = defaultdict(set)
        for cell in self.cells:
            for wanted in self._wants(cell):
                users[id(wanted)].add(guard_of(cell))
            for program in cell.wanted_by:
                users[id(program)].add(())
        for cell in itertools.chain(
            *map(self._read_by_fold, self.folds), *map(self._read_by_output, self.outputs)
        ):
            for wanted in self._earlier(cell):
                users[id(wanted)].add(())
        return users

    def _read_by_fold(self, fold: Fold) -> list[Cell]:
        return [fold.counts, *([fold.inner] if fold.inner is not None else [])]

    def _read_by_output(self, output: Output) -> list[Cell]:
        return [c for c in self.driver.output_cells(output) if c.people]

    # -- bringing and finishing -----------------------------------------------------------------------------
    def _bring_all(self, cell: Cell, guard: Guard, depth: int) -> None:
        """What a cell wants that is not here yet; under a guard only what nobody outside of it wants."""
        for wanted in self._wants(cell):
            alone = self.users[id(wanted)] == {guard_of(cell)} and bool(guard_of(cell))
            if alone == bool(guard):
                self._bring(wanted, depth)

    def _bring(self, wanted: Column | Cell, depth: int) -> None:
        if id(wanted) in self.here:
            return
        self.here.add(id(wanted))
        if isinstance(wanted, Cell):
            self.driver.recall(wanted, depth)
        else:
            self.driver.columns([wanted], "T", "i", depth, "break")

    def _finish(self) -> None:
        """Add up and write whatever is complete."""
        for fold in [f for f in self.folds if self._complete(self._read_by_fold(f))]:
            self._bring_cells(self._read_by_fold(fold))
            self.driver.fold_step(fold, DEPTH)
            self.folds.remove(fold)
        for output in [o for o in self.outputs if self._complete(self._read_by_output(o))]:
            self._bring_cells(self._read_by_output(output))
            self.driver.write(output, DEPTH)
            self.outputs.remove(output)

    def _complete(self, cells: list[Cell]) -> bool:
        return all(c.number in self.done or c.phase < self.phase for c in cells)

    def _bring_cells(self, cells: list[Cell]) -> None:
        for cell in cells:
            for wanted in self._earlier(cell):
                self._bring(wanted, DEPTH)


def guard_of(cell: Cell) -> Guard:
    return tuple(p.number for p in cell.wanted_by)


__all__ = ["Body", "guard_of"]
