"""Small integer functions that generated kernels call. Run as they stand, or compiled by `compiled`."""

from __future__ import annotations

from minzheng.rules.calendar import add_months, age, civil, days_from_civil, month_length, months_between

LARGEST = 9223372036854775807


def cmul(a: int, b: int) -> int:
    """a*b, or OverflowError where 64 bits do not hold it."""
    if a != 0 and b != 0:
        room = LARGEST // (a if a > 0 else -a)
        if (b if b > 0 else -b) > room:
            raise OverflowError("kernel integer overflow")
    return a * b


def cadd(a: int, b: int) -> int:
    if (b > 0 and a > LARGEST - b) or (b < 0 and a < -LARGEST - b):
        raise OverflowError("kernel integer overflow")
    return a + b


def negate(s: int) -> int:
    return (0x27 >> (2 * s)) & 3


def judged(s: int) -> int:
    return (0x64 >> (2 * s)) & 3


def both(a: int, b: int) -> int:
    return a if a < b else b


def either(a: int, b: int) -> int:
    """The sixteen answers of OR as two bits each."""
    return (0xFFE6D5E4 >> (8 * a + 2 * b)) & 3


def taint_of(s: int) -> int:
    return 3 - s if s == 1 or s == 2 else 0


def larger(a: int, b: int) -> int:
    return a if a > b else b


def smaller(a: int, b: int) -> int:
    return a if a < b else b


def round_div(n: int, d: int, mode: int) -> int:
    """n/d as a whole number; d > 0; mode is the bit of a Rounding."""
    if mode == 1:
        return cadd(cmul(n, 2), d) // cmul(d, 2)
    if mode == 2:
        return -((-n) // d)
    return n // d


def is_mask(m: int, t: int, wanted: int) -> int:
    if m & wanted == 0:
        return 0
    if m & ~wanted == 0:
        return 3
    return 3 - t


def where_bool(c: int, a: int, b: int) -> int:
    if c == 3:
        return a
    if c == 0:
        return b
    if a == b and (a == 0 or a == 3):
        return a
    return either(both(c, a), both(negate(c), b))


def smallest_divisor(lo: int, hi: int, divisors: tuple[int, ...]) -> int:
    """The smallest of `divisors` in [lo, hi]; 0 where there is none."""
    for d in divisors:
        if lo <= d <= hi:
            return d
    return 0


def largest_divisor(lo: int, hi: int, divisors: tuple[int, ...]) -> int:
    found = 0
    for d in divisors:
        if lo <= d <= hi:
            found = d
    return found


FUNCTIONS = (
    civil, days_from_civil, month_length, add_months, months_between, age, cmul, cadd, negate, judged, both, either,
    taint_of, larger, smaller, round_div, is_mask, where_bool, smallest_divisor, largest_divisor,
)  # fmt: skip
