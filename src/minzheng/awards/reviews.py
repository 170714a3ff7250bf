"""When a family is looked at again: the months of its class are parameters of the rulebook (DY-1, DY-2)."""

from __future__ import annotations

from datetime import date, timedelta

from minzheng.assessment.decide import rulebook
from minzheng.awards.types import ReviewClass
from minzheng.rulebook import declared
from minzheng.rules.language.declare import Parameter
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

CYCLES: dict[ReviewClass, Parameter] = {
    ReviewClass.A: declared.review_a,
    ReviewClass.B: declared.review_b,
    ReviewClass.C: declared.review_c,
    ReviewClass.TEKUN: declared.review_tekun,
}


def review_day(of: ReviewClass, division: str, on: date) -> date | None:
    """The day a review is due that was last made on `on`; None for what is not reviewed by a cycle."""
    cycle = CYCLES.get(of)
    if cycle is None:
        return None
    found = rulebook().parameters.resolve(cycle, division[:6], on, on)
    if not found.known:
        raise Refusal(
            "award.no_cycle",
            f"{cycle.label}的数值尚未取得，不能确定复核日期。",
            next_step="请由政策部门补充该参数。",
        )
    return same_day(on, int(found.value))  # type: ignore[arg-type]


def same_day(on: date, months: int) -> date:
    """The corresponding day so many months later, the last of a shorter month."""
    month = Month.of(on).plus(months)
    return min(month.last_day, month.first_day + timedelta(days=on.day - 1))
