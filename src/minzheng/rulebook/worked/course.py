"""The course of a case in time: who does what on which day, and what stands after it.

Read here and carried out elsewhere: the rulebook knows neither cases nor payments. The names of what is done are those
of the workflow tables; whoever drives a course refuses a name that is not in them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import keys
from .spot import Spot
from .texts import Mapped, day


@dataclass(frozen=True)
class Step:
    """One thing done on a day (None: on the day the course has reached).

    by: the office or person; about: the programme whose case it is; then: what follows; refused: what a refusal says.
    """

    spot: Spot
    on: datetime.date | None
    do: str
    by: str = ""
    about: str | None = None
    who: str | None = None
    fields: Mapping[str, Any] | None = None
    reason: str = ""
    refused: str = ""
    then: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Course:
    """The steps of a case in order of their days."""

    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)


def course(raw: Any, names: list[str] | None, spot: Spot) -> Course:
    """Read `course`: a list of steps, each not before the one above it. Raises CaseError.

    names: the people of the case; None where it states only how many they are.
    """
    if raw is None:
        return Course()
    if not isinstance(raw, list):
        raise spot.error("应为办理步骤的清单", "请写作 course: [{on: 2023-03-01, do: 受理, by: 乡镇}]")
    steps: list[Step] = []
    reached: datetime.date | None = None
    for k, one in enumerate(raw, 1):
        at = spot.at(k)
        if not isinstance(one, Mapping):
            raise at.error(f"应为一个步骤，写的是“{one}”", "请写作 {on: 2023-03-01, do: 受理, by: 乡镇}")
        step = _step(one, names, at)
        if step.on is None and reached is None:
            raise at.at("on").error("没有写日期", "请写 on: 2023-03-01")
        if step.on is not None and reached is not None and step.on < reached:
            raise at.at("on").error(f"{step.on} 早于前面的 {reached}", "请按日期先后写")
        reached = step.on or reached
        steps.append(step)
    return Course(tuple(steps))


def _step(raw: Mapping[str, Any], names: list[str] | None, spot: Spot) -> Step:
    parts = keys.canonical(Mapped(raw), keys.STEP, spot, "步骤")
    if "do" not in parts:
        raise spot.at("do").error("没有写做什么", "请写 do: 受理")
    who = str(parts["who"]) if "who" in parts else None
    if who is not None and names is not None and who not in names:
        raise spot.at("who").error(f"没有名为“{who}”的成员", "请写 people 或者 events 里的姓名")
    for word in ("fields", "then"):
        if word in parts and not isinstance(parts[word], Mapping):
            raise spot.at(word).error("应为各项内容", f"请写作 {word}: {{…}}")
    return Step(
        spot=spot,
        on=day(parts["on"], spot.at("on")) if "on" in parts else None,
        do=str(parts["do"]),
        by=str(parts.get("by", "")),
        about=str(parts["about"]) if "about" in parts else None,
        who=who,
        fields=dict(parts["fields"]) if "fields" in parts else None,
        reason=str(parts.get("reason", "")),
        refused=str(parts.get("refused", "")),
        then=dict(parts["then"]) if "then" in parts else None,
    )
