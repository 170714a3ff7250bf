"""Codes of administrative divisions as the statistics bureau writes them: only their shape and nesting.

Which codes exist, and when, is data of the registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from minzheng.values.errors import Refusal


class DivisionLevel(IntEnum):
    """How deep a code reaches; the value is the number of significant digits."""

    PROVINCE = 2
    CITY = 4
    COUNTY = 6
    TOWNSHIP = 9
    VILLAGE = 12

    @property
    def label(self) -> str:
        return {2: "省", 4: "市", 6: "县（市、区）", 9: "乡镇（街道）", 12: "村（社区）"}[self.value]


@dataclass(frozen=True, order=True, slots=True)
class DivisionCode:
    """The significant digits of a division: `1404`, `140403`, `140403001`, `140403001001`."""

    digits: str

    def __post_init__(self) -> None:
        if not (self.digits.isascii() and self.digits.isdecimal() and len(self.digits) in set(DivisionLevel)):
            raise Refusal(
                "division.unreadable", "区划代码无法识别：应为 2、4、6、9 或 12 位数字。", field="division"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Takes the short form and the padded ones (`140403`, `140403000000`, `140400`)."""
        code = text.strip()
        if code.isascii() and code.isdecimal():
            if len(code) == 12:
                code = _shorten(code)
            elif len(code) == 6 and code.endswith("00"):
                code = code[:2] if code.endswith("0000") else code[:4]
        return cls(code)

    @property
    def level(self) -> DivisionLevel:
        return DivisionLevel(len(self.digits))

    @property
    def padded(self) -> str:
        return self.digits.ljust(12, "0")

    def up_to(self, level: DivisionLevel) -> DivisionCode:
        """The division of that level which holds this one."""
        if level > self.level:
            raise Refusal("division.too_short", f"区划代码未精确到{level.label}。", field="division")
        return DivisionCode(self.digits[: level.value])

    def holds(self, other: DivisionCode) -> bool:
        """Whether `other` is this division or lies inside it."""
        return other.digits.startswith(self.digits)

    def __str__(self) -> str:
        return self.digits


def _shorten(code: str) -> str:
    for digits in (2, 4, 6, 9):
        if not code[digits:].strip("0"):
            return code[:digits]
    return code
