"""Values that are written in the rulebook and not in force yet, as a reform to be priced before they are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction

from minzheng.rules.explain.sentences import shown
from minzheng.rules.language.declare import Parameter
from minzheng.rules.language.kinds import Money
from minzheng.rules.parameters import UNKNOWN_WORD, ParameterSet, Row
from minzheng.rules.status import YES, Exact


def written(parameter: Parameter, value: Exact | None) -> str | bool:
    """A value as the engines hold it, as parameter files write it: yuan, a ratio, the name of a choice."""
    if value is None:
        return UNKNOWN_WORD
    if parameter.kind.name == "bool":
        return value == YES
    if parameter.kind.domain is not None:
        return next(member.name for member in parameter.kind.domain if member.bit == value)
    return str(Fraction(value) / (100 if parameter.kind == Money else 1))


@dataclass(frozen=True)
class Upcoming:
    """A row that begins after a day, or that the files have and nobody signed. An unknown value cannot be priced and is told
    as such.
    """

    parameter: Parameter
    row: Row
    signed: bool = True

    @property
    def known(self) -> bool:
        return self.row.value is not None

    @property
    def value(self) -> str:
        return "未知" if self.row.value is None else shown(self.row.value, self.parameter.kind)

    @property
    def written(self) -> str | bool:
        """As parameter files and overlays write it."""
        return written(self.parameter, self.row.value)

    @property
    def place(self) -> str:
        """Six digits; none is the nation."""
        return self.row.place.ljust(6, "0")


def upcoming(parameters: ParameterSet, *, after: datetime.date) -> list[Upcoming]:
    """Rows that begin after a day, the earliest first."""
    rows = [
        Upcoming(parameters.declared[key], row)
        for key, held in parameters.rows.items()
        for row in held
        if row.since > after
    ]
    return sorted(rows, key=lambda one: (one.row.since, one.parameter.key, one.row.place))
