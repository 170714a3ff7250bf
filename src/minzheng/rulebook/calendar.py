"""The official calendar of working days as dated data: workdays.yaml, each year with its document."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import yaml

from minzheng.values.workdays import WorkCalendar, YearPlan, calendar_of

FILE = Path(__file__).parent / "workdays.yaml"


@cache
def shipped_years() -> tuple[YearPlan, ...]:
    """The years that ship with the program."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        YearPlan(row["year"], frozenset(row["rest"]), frozenset(row["work"]), row["document"]) for row in rows
    )


def version_of(plans: tuple[YearPlan, ...]) -> str:
    """A short name of exactly these years and days."""
    text = "|".join(
        f"{plan.year}:{','.join(str(day) for day in sorted(plan.rest))}:{','.join(str(day) for day in sorted(plan.work))}"
        for plan in sorted(plans, key=lambda plan: plan.year)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def work_calendar(added: tuple[YearPlan, ...] = ()) -> WorkCalendar:
    """The shipped years and those an administrator added; an added plan of a shipped year holds instead."""
    plans = tuple({plan.year: plan for plan in (*shipped_years(), *added)}.values())
    return calendar_of(plans, version_of(plans))
