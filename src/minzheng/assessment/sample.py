"""Re-deciding a sample of a sweep with the reference engine: one difference and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.columns import Columns
from minzheng.rules.explain.determine import Determination, Outcome, determine
from minzheng.rules.kernel.run import Results
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import NO
from minzheng.values.errors import Defect


@dataclass(frozen=True)
class Sample:
    """What is re-decided: households drawn from all, and as many from those with findings, by one seed."""

    size: int = 200
    seed: int = 0

    def draw(self, units: int, interesting: npt.NDArray[np.int64]) -> list[int]:
        """Households in rising order; half from all, half from the interesting ones. The same for the same seed."""
        chance = np.random.default_rng(self.seed)
        pool = np.unique(interesting)
        half = min(self.size // 2, len(pool))
        some = chance.choice(pool, half, replace=False) if half else np.zeros(0, np.int64)
        rest = chance.choice(units, min(self.size - half, units), replace=False)
        return [int(u) for u in np.unique(np.concatenate([some, rest]))]


def check_sample(
    book: Rulebook,
    columns: Columns,
    results: Results,
    chosen: list[int],
    situation_of: Callable[[int], Situation],
    say: Callable[[int, int], None] | None = None,
) -> int:
    """Re-decide these households; returns how many outcomes were compared. Raises `Defect` at the first difference."""
    compared = 0
    for done, unit in enumerate(chosen):
        facts = columns.unit_facts(book, unit)
        determination = determine(book, facts, situation_of(unit), steps=False)
        for outcome in determination.outcomes:
            row = unit if outcome.who is None else int(columns.offsets[unit]) + outcome.who
            _compare(results, determination, outcome, unit, row)
            compared += 1
        if say is not None:
            say(done + 1, len(chosen))
    return compared


def _compare(results: Results, determination: Determination, outcome: Outcome, unit: int, row: int) -> None:
    program = outcome.program
    status = int(results.status[program.name][row])
    if status != outcome.status:
        raise _differ(program, outcome, f"结果分别为 {int(outcome.status)} 和 {status}", unit)
    if determination.oversize:
        return
    packed = int(results.conditions[program.name][row])
    kept = [(packed >> (2 * k)) & 3 for k in range(len(program.requires))]
    for k, (provision, value) in enumerate(outcome.conditions):
        if kept[k] != value:
            raise _differ(program, outcome, f"条件 {provision.name} 分别为 {int(value)} 和 {kept[k]}", unit)
    if outcome.status == NO:
        return
    _compare_amounts(results, determination, outcome, unit, row)


def _compare_amounts(
    results: Results, determination: Determination, outcome: Outcome, unit: int, row: int
) -> None:
    from minzheng.rulebook.programs import TO_THE_YUAN

    program = outcome.program
    if program.amount is not None:
        amounts = results.amount[program.name]
        at = unit if program.amount.of is Household else row
        if amounts.value(at) != outcome.amount:
            raise _differ(program, outcome, f"金额 {program.amount.name} 不同", unit)
    payment = TO_THE_YUAN.get(program.name)
    if payment is not None and payment.name in results.values:
        who: Any = None if payment.of is Household else outcome.who
        at = unit if payment.of is Household else row
        if results.value(payment.name, at) != determination.value(payment.name, who):
            raise _differ(program, outcome, f"实发额 {payment.name} 不同", unit)


def _differ(program: Program, outcome: Outcome, what: str, unit: int) -> Defect:
    deciding = outcome.deciding.name if outcome.deciding is not None else "无"
    return Defect(
        f"抽查复算与批量结果不一致，比对已停止，未写入任何线索。项目 {program.name}（{program.label}），"
        f"决定性规则 {deciding}：{what}（快照第 {unit} 户）。",
        code="sweep.engines_differ",
    )
