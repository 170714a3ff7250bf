"""What the terms of an award come to, month by month. Pure: rows in the order they were recorded, later ones first in right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from minzheng.values.month import Month

T = TypeVar("T")


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """Something that holds from `since` to the month before `until`, for ever when None."""

    since: Month
    until: Month | None
    what: T

    def holds(self, month: Month) -> bool:
        return self.since <= month and (self.until is None or month < self.until)


def layered(rows: Iterable[Stretch[T]]) -> list[Stretch[T]]:
    """The stretches in order of months where each row covers those before it; neighbours stay apart."""
    rows = list(rows)
    edges = sorted({row.since for row in rows} | {row.until for row in rows if row.until is not None})
    found: list[Stretch[T]] = []
    for at, since in enumerate(edges):
        until = edges[at + 1] if at + 1 < len(edges) else None
        top = next((row for row in reversed(rows) if row.holds(since)), None)
        if top is not None:
            found.append(Stretch(since, until, top.what))
    return found


def joined(stretches: Sequence[Stretch[T]]) -> list[Stretch[T]]:
    """Neighbours that say the same become one."""
    found: list[Stretch[T]] = []
    for one in stretches:
        last = found[-1] if found else None
        if last is not None and last.until == one.since and last.what == one.what:
            found[-1] = Stretch(last.since, one.until, one.what)
        else:
            found.append(one)
    return found


def at(stretches: Iterable[Stretch[T]], month: Month) -> T | None:
    """What holds in a month."""
    return next((one.what for one in stretches if one.holds(month)), None)
