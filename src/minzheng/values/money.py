"""Money: integer fen, how it is read, shown, and rounded once at payment. Ratios stay exact Fractions."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import NewType

from minzheng.values.errors import Refusal

Fen = NewType("Fen", int)

YUAN = 100
_AMOUNT = re.compile(r"(?P<sign>-?)(?P<yuan>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<part>[0-9]{1,2}))?")


class Rounding(StrEnum):
    """How an exact amount becomes a payable one; the mode is always named by an instrument."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    CEIL = "ceil"
    FLOOR = "floor"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Rounding.HALF_UP: "四舍五入",
    Rounding.HALF_EVEN: "四舍六入五成双",
    Rounding.CEIL: "进位",
    Rounding.FLOOR: "舍去",
}


def yuan(amount: int | str) -> Fen:
    """Fen of an amount written in yuan; a string may carry decimals (`"682.50"`), never a float."""
    return Fen(amount * YUAN) if isinstance(amount, int) else parse_yuan(amount)


def parse_yuan(text: str) -> Fen:
    """Fen of `1,234.5`, `1234.50` or `-3`; ASCII digits only, at most two decimals."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise Refusal("money.unreadable", "金额无法识别：应为以元为单位的数字，至多两位小数。")
    fen = int(found["yuan"].replace(",", "")) * YUAN + int((found["part"] or "0").ljust(2, "0"))
    return Fen(-fen if found["sign"] else fen)


def format_yuan(fen: int, *, unit: bool = True) -> str:
    """`1,234.50 元`; without the unit for table columns that carry it in their head."""
    whole, part = divmod(abs(fen), YUAN)
    return f"{'-' if fen < 0 else ''}{whole:,}.{part:02d}{' 元' if unit else ''}"


def round_fen(exact: Fraction | int, *, to: int = 1, mode: Rounding = Rounding.HALF_UP) -> Fen:
    """The exact amount (in fen) rounded to a multiple of `to` fen.

    HALF_UP takes halves away from zero, as 四舍五入 does; CEIL and FLOOR follow the number line.
    """
    if to < 1:
        raise ValueError("the unit of rounding is at least one fen")
    units = Fraction(exact) / to
    floor, rest = divmod(units, 1)
    return Fen(to * (int(floor) + _carry(int(floor), rest, mode)))


def _carry(floor: int, rest: Fraction, mode: Rounding) -> int:
    half = Fraction(1, 2)
    match mode:
        case Rounding.FLOOR:
            return 0
        case Rounding.CEIL:
            return int(rest > 0)
        case Rounding.HALF_EVEN:
            return int(rest > half or (rest == half and floor % 2 == 1))
        case Rounding.HALF_UP:
            return int(rest > half or (rest == half and floor >= 0))
