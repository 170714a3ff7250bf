"""Events of a case: facts that change from a day on, and the words for the usual ones."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from . import given, keys
from .case import Event, Given
from .spot import Spot, nearest
from .texts import Mapped, day


def event(raw: Mapping[str, Any], spot: Spot, names: list[str]) -> Event:
    """One entry of `events`; `names` are the people known so far."""
    known = Mapped({w: x for w, x in raw.items() if w in keys.EVENT})
    facts = {w: x for w, x in raw.items() if w not in keys.EVENT}
    parts = keys.canonical(known, keys.EVENT, spot, "事件")
    if "on" not in parts:
        raise spot.at("on").error("没有写发生的日期", "请写作 {on: 2023-06-05, who: 父亲, wages: 1600}")
    on = day(parts["on"], spot.at("on"))
    who = str(parts["who"]) if "who" in parts else None
    if isinstance(parts.get("set"), Mapping):
        facts.update(parts["set"])
    household: dict[str, Given] = given.household(parts.get("household"), spot.at("household"))
    people: dict[str, dict[str, Given]] = {}
    if who is None:
        household.update(given.household(facts, spot))
    else:
        people[_someone(who, names, spot.at("who"))] = _facts_of(facts, spot)
    for name, changes in (parts.get("people") or {}).items():
        people.setdefault(_someone(name, names, spot.at("people", name)), {}).update(_facts_of(changes, spot))
    _shorthands(parts, who, names, household, people, spot)
    joins = parts.get("joins") or []
    joined = [
        given.person(_joining(p, on), spot.at("joins", k + 1))
        for k, p in enumerate(joins if isinstance(joins, list) else [joins])
    ]
    leaves = parts.get("leaves") or []
    leavers = [
        _someone(str(n), names, spot.at("leaves")) for n in (leaves if isinstance(leaves, list) else [leaves])
    ]
    decided = day(parts["decided"], spot.at("decided")) if "decided" in parts else None
    return Event(on, decided, household, people, tuple(joined), tuple(leavers))


def _joining(raw: Any, on: datetime.date) -> Any:
    """Somebody who joins: born on the day unless an age or birthday is written, then living here since the day."""
    if isinstance(raw, str):
        raw = {"name": raw}
    if not isinstance(raw, Mapping):
        return raw
    words = {name for word, name in keys.PERSON.items() if word in raw} | ({"born"} & set(raw))
    if "since" in words:
        return Mapped(raw)
    known = {"age", "born"} & words or "出生日期" in raw
    return Mapped({**raw, "since" if known else "born": on})


def _shorthands(
    parts: Mapping[str, Any],
    who: str | None,
    names: list[str],
    household: dict[str, Given],
    people: dict[str, dict[str, Given]],
    spot: Spot,
) -> None:
    """`dies`, `job` and `job_lost` in one word each."""

    def holder(value: Any, field: str) -> dict[str, Given]:
        name = who if value is True or str(value) in ("yes", "是") else str(value)
        if name is None:
            raise spot.at(field).error("没有写明是哪一名成员", "请写 who: 姓名")
        return people.setdefault(_someone(name, names, spot.at(field)), {})

    if "dies" in parts:
        holder(parts["dies"], "dies")["died"] = True
    if "job" in parts:
        wage = parts["job"]
        changes = holder(True, "job")
        changes["wages"] = given.monthly(wage, spot.at("job"))
        changes["working"], changes["new_job"] = True, True
        household["income_rose_by_job"] = True
    if "job_lost" in parts:
        changes = holder(parts["job_lost"], "job_lost")
        changes["wages"] = given.monthly(0, spot)
        changes["working"] = False
        household["income_rose_by_job"] = False


def _facts_of(raw: Any, spot: Spot) -> dict[str, Given]:
    """Changed facts of one person, shorthands allowed."""
    return dict(given.person(Mapped(raw), spot, need_relation=False).facts)


def _someone(name: str, names: list[str], spot: Spot) -> str:
    if name not in names:
        raise spot.error(f"没有名为“{name}”的成员", nearest(name, names))
    return name
