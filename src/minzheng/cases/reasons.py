"""Why something is refused or stops, for a letter: the conditions not met, each with the figures that carry its no.

The whole derivation stands with the decision; a letter says what a family can read and answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from minzheng.rules.explain.sentences import Line

NOT = "不得有以下情形"
_OPPOSITE = {"yes": "no", "no": "yes"}


@dataclass(frozen=True)
class Reason:
    """A condition that is not met (or not known to be met) and the lines that carry it."""

    condition: Line
    grounds: tuple[Line, ...]

    @property
    def sentence(self) -> str:
        """What, by which figures, by which provision."""
        figures = "；".join(dict.fromkeys(map(_figures, self.grounds)))
        told = f"（{figures}）" if figures else ""
        cited = f"依据：{self.condition.citation}。" if self.condition.citation else ""
        return f"{self.condition.text}{told}。{cited}"

    @property
    def lines(self) -> list[Line]:
        """What is printed under it: the condition and the values its grounds compare."""
        return [self.condition, *(child for ground in self.grounds for child in ground.walk())]


def reasons_of(line: Line) -> tuple[Reason, ...]:
    """Of an outcome: the conditions that are surely not met; where none is, those that are not known to be met."""
    refused = [child for child in line.children if child.status == "no"]
    open_ones = [child for child in line.children if child.status in ("unknown", "review")]
    return tuple(Reason(one, tuple(_grounds(one))) for one in refused or open_ones)


def _grounds(line: Line) -> Iterator[Line]:
    """The last lines that carry the status of a line: of a condition with others, those others that came out so."""
    carried = _OPPOSITE.get(line.status, line.status) if line.text.startswith(NOT) else line.status
    under = [] if line.compared else [child for child in line.children if child.status == carried]
    if not under:
        if line.role != "rule":
            yield line
        return
    for child in under:
        yield from _grounds(child)


def _figures(line: Line) -> str:
    if line.compared:
        return f"{line.compared}，{line.margin}" if line.margin else line.compared
    return line.text.replace(" → ", "：")
