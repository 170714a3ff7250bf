"""The four outcomes, and numbers of which only a range is known.

This file is the meaning of "unknown": `explain` computes with it directly, `kernel` generates the same
operations, and the generative tests hold the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Final

NO: Final = 0
REVIEW: Final = 1
UNKNOWN: Final = 2
YES: Final = 3

Exact = int | Fraction


class Status(IntEnum):
    """An outcome. The order is the order of AND: no > review > unknown > yes."""

    NO = 0
    REVIEW = 1
    UNKNOWN = 2
    YES = 3

    @property
    def label(self) -> str:
        return ("不符合", "需人工核定", "尚不能确定", "符合")[self]

    @property
    def key(self) -> str:
        return ("no", "review", "unknown", "yes")[self]


# A taint says why a value is not exact: 0 it is, 1 something is unknown, 2 somebody must judge.
CLEAR: Final = 0
UNKNOWN_TAINT: Final = 1
REVIEW_TAINT: Final = 2


def negate(status: int) -> int:
    return (0x27 >> (2 * status)) & 3


def judged(status: int) -> int:
    """A review where it is so. While it is unknown it stays unknown: facts are asked for before a judgement."""
    return (0x64 >> (2 * status)) & 3


def both(a: int, b: int) -> int:
    return a if a < b else b


def either(a: int, b: int) -> int:
    return negate(both(negate(a), negate(b)))


def taint_of(status: int) -> int:
    """The taint that an undecided condition passes on to what depends on it."""
    return 3 - status if 0 < status < 3 else 0


@dataclass(frozen=True, slots=True)
class Span:
    """A number known only to lie in [lo, hi]; `taint` says why. Exact numbers are plain int or Fraction."""

    lo: Exact
    hi: Exact
    taint: int


@dataclass(frozen=True, slots=True)
class Options:
    """A choice known only to be one of the bits of `mask`. An exact choice is a plain int with one bit."""

    mask: int
    taint: int


Number = int | Fraction | Span


def span(lo: Exact, hi: Exact, taint: int) -> Number:
    """A range, or the exact number when the range has one point: then nothing about it is unknown."""
    return lo if lo == hi else Span(lo, hi, taint)


def ends(value: Number) -> tuple[Exact, Exact, int]:
    if isinstance(value, Span):
        return value.lo, value.hi, value.taint
    return value, value, CLEAR


def options(mask: int, taint: int) -> int | Options:
    return mask if mask & (mask - 1) == 0 else Options(mask, taint)


def option_ends(value: int | Options) -> tuple[int, int]:
    return (value.mask, value.taint) if isinstance(value, Options) else (value, CLEAR)
