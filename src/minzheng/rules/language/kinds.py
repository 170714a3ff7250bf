"""The kinds of values of the language: money, numbers with a unit, dates, yes/no, choices."""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


class Choice(enum.Enum):
    """A closed set of possibilities; the value of a member is its Chinese label."""

    @functools.cached_property
    def label(self) -> str:
        return str(self.value)

    @functools.cached_property
    def code(self) -> int:
        return list(type(self)).index(self)

    @functools.cached_property
    def bit(self) -> int:
        return 1 << self.code


@dataclass(frozen=True)
class Kind:
    """Type of a value. `unit` is the Chinese unit of a number, `domain` the members of a choice."""

    name: str
    unit: str = ""
    domain: type[Choice] | None = None

    def __str__(self) -> str:
        if self.domain is not None:
            return f"choice of {self.domain.__name__}"
        return f"{self.name} ({self.unit})" if self.unit else self.name


Money = Kind("money", "元")
Date = Kind("date")
Bool = Kind("bool")


def Count(unit: str = "") -> Kind:  # noqa: N802 - reads as a type where facts are declared
    """A whole number with its unit, e.g. Count("人")."""
    return Kind("number", unit)


def Ratio() -> Kind:  # noqa: N802
    """A share or multiple without a unit."""
    return Kind("number", "")


def OneOf(domain: type[Choice]) -> Kind:  # noqa: N802
    """One member of a Choice."""
    return Kind("choice", "", domain)


@dataclass(frozen=True)
class Entity:
    """Whom a value belongs to."""

    name: str
    label: str

    def __repr__(self) -> str:
        return self.name


Household = Entity("Household", "家庭")
Person = Entity("Person", "个人")


def yuan(amount: int | str) -> int:
    """Yuan as fen; a string may carry two decimals."""
    fen = Fraction(amount) * 100
    if fen.denominator != 1:
        raise ValueError(f"{amount} yuan is not a whole number of fen")
    return int(fen)


Raw = Any
