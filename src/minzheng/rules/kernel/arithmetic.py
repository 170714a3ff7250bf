"""Exact arithmetic as generated text: fractions with a fixed scale, and ranges of them.

A number in a generated kernel is raw/scale, where raw is a 64-bit integer and scale is known when the kernel is
made; after a division by a number of people it is raw/(den*scale). Every step carries the largest size its raw
and den can have; where 64 bits are not proven to hold a product, the text calls a checked one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm

SAFE = 1 << 62
LARGEST = (1 << 63) - 1


@dataclass(frozen=True)
class Frac:
    """n/d as text; d is None for 1. `nb` and `db` bound their sizes."""

    n: str
    d: str | None
    nb: int
    db: int = 1


@dataclass(frozen=True)
class Num:
    """A number: exact (lo is hi, taint "0") or a range with its taint; value = end/scale."""

    lo: Frac
    hi: Frac
    t: str
    scale: int

    @property
    def exact(self) -> bool:
        return self.lo is self.hi

    @property
    def paired(self) -> bool:
        return self.lo.d is not None or self.hi.d is not None


class Writer:
    """Lines of a function body; every result gets a name once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count = 0
        self._kept: dict[str, str] = {}

    def name(self, text: str) -> str:
        """The text as a variable; plain names and numbers stay as they are."""
        if text.isidentifier() or text.lstrip("-").isdigit():
            return text
        kept = self._kept.get(text)
        if kept is None:
            self._count += 1
            kept = self._kept[text] = f"v{self._count}"
            self.lines.append(f"{kept} = {text}")
        return kept

    # -- products and sums of integers ----------------------------------------------------------------------
    def mul(self, a: str, ab: int, b: str, bb: int) -> tuple[str, int]:
        if a == "1" or b == "1":
            return (b, bb) if a == "1" else (a, ab)
        if ab * bb < SAFE:
            return self.name(f"{a} * {b}"), ab * bb
        return self.name(f"cmul({a}, {b})"), min(ab * bb, LARGEST)

    def add(self, a: str, ab: int, b: str, bb: int, sign: str = "+") -> tuple[str, int]:
        if b == "0":
            return a, ab
        if ab + bb < SAFE:
            return self.name(f"{a} {sign} {b}"), ab + bb
        if sign == "-":
            b = self.name(f"-{b}")
        return self.name(f"cadd({a}, {b})"), min(ab + bb, LARGEST)

    # -- fractions of one scale -----------------------------------------------------------------------------
    def times(self, x: Frac, k: int) -> Frac:
        if k == 1:
            return x
        n, nb = self.mul(x.n, x.nb, str(k), abs(k))
        return Frac(n, x.d, nb, x.db)

    def fadd(self, x: Frac, y: Frac, sign: str = "+") -> Frac:
        if x.d == y.d:
            n, nb = self.add(x.n, x.nb, y.n, y.nb, sign)
            return Frac(n, x.d, nb, x.db)
        a, ab = self.mul(x.n, x.nb, y.d or "1", y.db)
        b, bb = self.mul(y.n, y.nb, x.d or "1", x.db)
        n, nb = self.add(a, ab, b, bb, sign)
        d, db = self.mul(x.d or "1", x.db, y.d or "1", y.db)
        return Frac(n, d, nb, db)

    def fmul(self, x: Frac, y: Frac) -> Frac:
        n, nb = self.mul(x.n, x.nb, y.n, y.nb)
        d, db = self.mul(x.d or "1", x.db, y.d or "1", y.db)
        return Frac(n, None if d == "1" else d, nb, db)

    def crossed(self, x: Frac, y: Frac) -> tuple[str, str]:
        """Two integers that compare as the fractions do."""
        if x.d == y.d:
            return x.n, y.n
        return self.mul(x.n, x.nb, y.d or "1", y.db)[0], self.mul(y.n, y.nb, x.d or "1", x.db)[0]

    def choose(self, condition: str, x: Frac, y: Frac) -> Frac:
        """x where the condition holds, else y."""
        if x == y:
            return x
        c = self.name(condition)
        n = self.name(f"{x.n} if {c} else {y.n}")
        d = None if x.d is None and y.d is None else self.name(f"{x.d or '1'} if {c} else {y.d or '1'}")
        return Frac(n, d, max(x.nb, y.nb), max(x.db, y.db))

    def fmin(self, x: Frac, y: Frac) -> Frac:
        a, b = self.crossed(x, y)
        return self.choose(f"{a} < {b}", x, y)

    def fmax(self, x: Frac, y: Frac) -> Frac:
        a, b = self.crossed(x, y)
        return self.choose(f"{a} > {b}", x, y)

    # -- numbers --------------------------------------------------------------------------------------------
    def aligned(self, a: Num, b: Num) -> tuple[Num, Num]:
        scale = lcm(a.scale, b.scale)
        return self.rescaled(a, scale), self.rescaled(b, scale)

    def rescaled(self, a: Num, scale: int) -> Num:
        if a.scale == scale:
            return a
        k = scale // a.scale
        lo = self.times(a.lo, k)
        return Num(lo, lo if a.exact else self.times(a.hi, k), a.t, scale)

    def taint(self, *taints: str) -> str:
        open_ones = sorted({t for t in taints if t != "0"})
        if not open_ones:
            return "0"
        result = open_ones[0]
        for t in open_ones[1:]:
            result = self.name(f"larger({result}, {t})")
        return result

    def ranged(self, lo: Frac, hi: Frac, t: str, scale: int) -> Num:
        """A range whose taint is dropped where both ends meet."""
        if t == "0":
            return Num(lo, lo, "0", scale)
        a, b = self.crossed(lo, hi)
        return Num(lo, replace(hi), self.name(f"0 if {a} == {b} else {t}"), scale)

    def exact(self, value: Frac, scale: int) -> Num:
        return Num(value, value, "0", scale)
