"""Do both sides say the same? Everywhere ours has an answer: equal outcomes, and amounts equal but for their floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import law
from minzheng.rules.status import NO, YES

CENT = 0.005
"""Half a fen, in yuan: what two equal amounts may be apart."""
DIGITS = 1e-6
"""And this share of the amount: the other side's floats carry seven digits."""


def check(ours: Path, theirs: Path) -> dict[str, int]:
    """Numbers of compared values; raises SystemExit naming the first that differ."""
    a, b = np.load(ours), np.load(theirs)
    compared: dict[str, int] = {}
    for name in law.PROGRAMS:
        decided = (a[name] == YES) | (a[name] == NO)
        differ = np.flatnonzero(decided & ((a[name] == YES) != b[name]))
        _none(name, differ)
        compared[name] = int(decided.sum())
    for name in law.AMOUNTS:
        _amounts(f"{name}_amount", a, b, a[name] == YES, compared)
    for name in law.VALUES:
        _amounts(name, a, b, np.ones(len(a[name]), bool), compared)
    return compared


def _amounts(name: str, a, b, rows, compared: dict[str, int]) -> None:
    known = rows.copy()
    known[a[f"{name}_open"]] = False
    away = np.abs(a[name] - b[name]) > CENT + DIGITS * np.abs(a[name])
    _none(name, np.flatnonzero(known & away))
    compared[name] = int(known.sum())


def _none(name: str, rows) -> None:
    if len(rows):
        raise SystemExit(f"{name}: the two sides differ in {len(rows)} rows, first {rows[:5].tolist()}")
