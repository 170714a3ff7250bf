"""The order of a kernel: cells (one per rule, one per aggregated expression), aggregates, and their phases.

Phases alternate: -1 household, 0 people, 1 household, 2 people ... A cell of people runs in an even phase, a cell
of the household in an odd one, each after what it reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from minzheng.rules.book import Rulebook, describe
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.expr import Aggregate, Column, Expr, Moment, Rule, Setting
from minzheng.rules.language.kinds import Household, Kind


@dataclass(eq=False)
class Cell:
    """One function of the kernel. `texts` are the versions of a provision (one for an expression)."""

    number: int
    title: str
    people: bool
    kind: Kind
    texts: list[Expr]
    rule: Rule | None
    leaves: list[Expr] = field(default_factory=list)
    phase: int = -1
    wanted_by: list[Cell] = field(default_factory=list)
    """Programs of which only the amount reads this cell: nobody asks for it where all of them fail. Empty: always."""

    @property
    def switched(self) -> bool:
        """Which text holds depends on place or date."""
        if not isinstance(self.rule, Provision):
            return False
        if len(self.texts) > 1:
            return True
        only = self.rule.versions[0]
        return only.since is not None or only.until is not None or bool(only.jurisdiction)


@dataclass(eq=False)
class Fold:
    """One aggregate: what counts, what is aggregated, its starting value."""

    number: int
    how: str
    node: Aggregate
    counts: Cell
    inner: Cell | None
    start: Cell | None
    phase: int


@dataclass
class Plan:
    """Everything a kernel computes for the wanted programs and rules."""

    cells: list[Cell] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    by_rule: dict[int, Cell] = field(default_factory=dict)
    fold_of: dict[str, Fold] = field(default_factory=dict)
    by_text: dict[str, Cell] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    switches: list[Cell] = field(default_factory=list)

    def cell(self, rule: Rule) -> Cell:
        return self.by_rule[id(rule)]

    def fold(self, node: Aggregate) -> Fold:
        return self.fold_of[describe(node)]

    @property
    def last_phase(self) -> int:
        return max((c.phase for c in self.cells), default=-1)


class Planner:
    """Makes a plan from the rules that are wanted."""

    def __init__(self, book: Rulebook) -> None:
        self.book, self.plan = book, Plan()

    def make(self, programs: Iterable[Program], rules: Iterable[Rule]) -> Plan:
        self.plan.programs.extend(programs)
        for rule in (*self.plan.programs, *rules):
            self.rule(rule)
        always = len(self.plan.cells)
        for program in self.plan.programs:
            if program.amount is not None:
                self.rule(program.amount)
        self._find_wanted(always)
        return self.plan

    def _find_wanted(self, always: int) -> None:
        """Which cells only amounts read; they run where a program that pays them may hold, after its outcome."""
        wanted: dict[int, list[Cell]] = {}
        free = set(range(always))
        for program in self.plan.programs:
            if program.amount is not None:
                self._spread(self.plan.cell(program.amount), self.plan.cell(program), wanted, free)
        for fold in self.plan.folds:
            for part in (fold.counts, fold.inner, fold.start):
                if part is not None:
                    self._release(part, free)
        for number, programs in sorted(wanted.items()):
            if number not in free:
                cell = self.plan.cells[number]
                cell.wanted_by = programs
                ready = [self._ready(leaf, cell.people) for leaf in cell.leaves]
                cell.phase = max([cell.phase, *ready, *(p.phase for p in programs)])

    def _spread(self, cell: Cell, program: Cell, wanted: dict[int, list[Cell]], free: set[int]) -> None:
        if cell.number in free:
            return
        if cell.people != program.people:
            self._release(cell, free)
            return
        programs = wanted.setdefault(cell.number, [])
        if program in programs:
            return
        programs.append(program)
        for leaf in cell.leaves:
            if isinstance(leaf, Rule):
                self._spread(self.plan.cell(leaf), program, wanted, free)

    def _release(self, cell: Cell, free: set[int]) -> None:
        """The cell and all it reads run for everybody."""
        if cell.number not in free:
            free.add(cell.number)
            for leaf in cell.leaves:
                if isinstance(leaf, Rule):
                    self._release(self.plan.cell(leaf), free)

    def rule(self, rule: Rule) -> Cell:
        found = self.plan.by_rule.get(id(rule))
        if found is not None:
            return found
        if isinstance(rule, Program):
            texts: list[Expr] = list(rule.requires)
        else:
            assert isinstance(rule, Provision)
            rule.trace()
            texts = [v.expr for v in rule.versions if v.expr is not None]
        cell = self._cell(rule.name, rule.entity is not Household, rule.kind, texts, rule)
        self.plan.by_rule[id(rule)] = cell
        if cell.switched:
            self.plan.switches.append(cell)
        return cell

    def hoisted(self, expr: Expr, people: bool) -> Cell:
        """The cell of an expression inside an aggregate."""
        if isinstance(expr, Rule) and (expr.entity is not Household) == people:
            return self.rule(expr)
        key = f"{'people' if people else 'household'} {describe(expr)}"
        found = self.plan.by_text.get(key)
        if found is None:
            found = self.plan.by_text[key] = self._cell("expression", people, expr.kind, [expr], None)
        return found

    def _cell(self, title: str, people: bool, kind: Kind, texts: list[Expr], rule: Rule | None) -> Cell:
        found: dict[int, Expr] = {}
        for text in texts:
            for leaf in shallow_leaves(text):
                found.setdefault(id(leaf), leaf)
        phase = 0 if people else -1
        for leaf in found.values():
            phase = max(phase, self._ready(leaf, people))
        cell = Cell(len(self.plan.cells), title, people, kind, texts, rule, list(found.values()), phase)
        self.plan.cells.append(cell)
        return cell

    def _ready(self, leaf: Expr, people: bool) -> int:
        """The first phase in which a cell that reads this leaf can run."""
        if isinstance(leaf, Column):
            self.plan.columns[leaf.column] = leaf
            return -1
        if isinstance(leaf, Setting):
            self.plan.settings[leaf.key] = leaf
            return -1
        if isinstance(leaf, Rule):
            cell = self.rule(leaf)
            return cell.phase + 1 if people and not cell.people else cell.phase
        if isinstance(leaf, Aggregate):
            return self._fold(leaf).phase + (2 if people else 1)
        assert isinstance(leaf, Moment)
        return -1

    def _fold(self, node: Aggregate) -> Fold:
        key = describe(node)
        found = self.plan.fold_of.get(key)
        if found is not None:
            return found
        counts = self.hoisted(node.counts, True)
        inner = None if node.inner is None else self.hoisted(node.inner, True)
        start = None if node.start is None else self.hoisted(node.start, False)
        phase = max(counts.phase, inner.phase if inner else 0, start.phase + 1 if start else 0)
        fold = Fold(len(self.plan.folds), node.how, node, counts, inner, start, phase)
        self.plan.folds.append(fold)
        self.plan.fold_of[key] = fold
        return fold


def shallow_leaves(expr: Expr) -> list[Expr]:
    """Leaves of an expression where an aggregate is a leaf; constants left out."""
    found: dict[int, Expr] = {}

    def visit(node: Expr) -> None:
        if isinstance(node, Aggregate | Column | Setting | Rule | Moment):
            found.setdefault(id(node), node)
            return
        for operand in node.operands():
            visit(operand)

    visit(expr)
    return list(found.values())


__all__ = ["Cell", "Fold", "Plan", "Planner", "shallow_leaves"]
