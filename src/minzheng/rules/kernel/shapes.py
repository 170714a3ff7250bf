"""Shapes of values in a kernel: their components, where they are written, what a missing text is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm

from minzheng.rules.bounds import static_bounds
from minzheng.rules.language.expr import Expr, Rule
from minzheng.rules.language.kinds import Bool, Entity, Household, Kind

from .arithmetic import Frac, Num
from .emit import Opt, Val

MOMENTS = ("on", "month_first", "month_last")


def condition_type(requirements: int) -> str:
    """The narrowest integer with two bits for each requirement and its sign to spare."""
    bits = 2 * requirements
    return "int8" if bits < 8 else "int16" if bits < 16 else "int32" if bits < 32 else "int64"


def output_types(value: Val, fast: bool) -> tuple[str | None, ...]:
    """Arrays of a value: a status; mask and taint; num and den, or both ends of a range and its taint."""
    if isinstance(value, str):
        return ("int8",)
    if isinstance(value, Opt):
        return ("int64",) if fast else ("int64", "int8")
    den = "int64" if value.paired else None
    return ("int64", den) if fast else ("int64", den, "int64", den, "int8")


# -- values as lists of components -----------------------------------------------------------------------------
def flatten(value: Val) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Opt):
        parts = [value.m] if value.t == "0" else [value.m, value.t]
        return parts if value.code is None else [*parts, value.code]
    ends = [value.lo] if value.exact else [value.lo, value.hi]
    parts = [p for e in ends for p in ((e.n,) if e.d is None else (e.n, e.d))]
    return parts if value.exact else [*parts, value.t]


def renamed(value: Val, names: Iterable[str]) -> Val:
    """The same shape over other component names."""
    left = iter(names)
    if isinstance(value, str):
        return next(left)
    if isinstance(value, Opt):
        m = next(left)
        t = "0" if value.t == "0" else next(left)
        return replace(value, m=m, t=t, code=None if value.code is None else next(left))

    def end(e: Frac) -> Frac:
        n = next(left)
        return replace(e, n=n, d=None if e.d is None else next(left))

    lo = end(value.lo)
    if value.exact:
        return Num(lo, lo, "0", value.scale)
    hi = end(value.hi)
    return Num(lo, hi, next(left), value.scale)


@dataclass(frozen=True)
class Output:
    """Where a driver writes one value: arrays `first` ... of O, of these types (None: never written)."""

    name: str
    part: str
    people: bool
    value: Val
    first: int
    types: tuple[str | None, ...]

    @property
    def width(self) -> int:
        return len(self.types)


@dataclass
class Side:
    """One manner of the kernel (fast or full): shapes of its cells and folds, its outputs and its text."""

    fast: bool
    shapes: dict[int, Val] = field(default_factory=dict)
    folds: dict[int, Val] = field(default_factory=dict)
    can_bail: set[int] = field(default_factory=set)
    functions: list[str] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    driver: str = ""


class SwitchIs(Expr):
    """Whether version `index` of a cell is the one in force."""

    def __init__(self, index: int) -> None:
        self.index, self.kind, self.entity = index, Bool, None


def scale_of(a: Num, b: Num) -> int:
    return lcm(a.scale, b.scale)


def gap_value(rule: Rule) -> Val:
    kind: Kind = rule.kind
    if kind.name == "bool":
        return "2"
    if kind.domain is not None:
        mask = (1 << len(kind.domain)) - 1
        return Opt(str(mask), "0" if mask & (mask - 1) == 0 else "1")
    lo, hi = (Fraction(b) for b in static_bounds(rule))
    scale = lcm(lo.denominator, hi.denominator)
    low, high = int(lo * scale), int(hi * scale)
    taint = "1" if low != high else "0"
    return Num(Frac(str(low), None, abs(low)), Frac(str(high), None, abs(high)), taint, scale)


def is_person(entity: Entity | None) -> bool:
    return entity is not None and entity is not Household
