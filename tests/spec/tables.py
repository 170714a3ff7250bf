"""Small tables of facts, parameters and expectations as they stand in a spec: reading and comparing them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from minzheng.rules.calendar import day_number, from_day_number
from minzheng.rules.language.declare import Parameter
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Kind, Money
from minzheng.rules.parameters import ParameterSet, read_row
from minzheng.rules.status import Options, Span, Status

ARROW = "→"


@dataclass
class Table:
    """Rows of a table by their first column; columns whose name begins with → are what is expected."""

    head: list[str]
    rows: list[list[str]]
    expected: list[str] = field(default_factory=list)

    def cells(self, row: list[str]) -> dict[str, str]:
        return dict(zip(self.head, row, strict=True))


def table(text: str) -> Table:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    split = [[cell.strip() for cell in line.split("|")] for line in lines]
    head = split[0]
    assert all(len(row) == len(head) for row in split), f"a row is too short or too long:\n{text}"
    return Table(head, split[1:], [h for h in head if h.startswith(ARROW)])


# -- values -------------------------------------------------------------------------------------------------------
def plain(text: str, kind: Kind) -> Any:
    """A written value as Python holds it; an empty cell is unknown."""
    if text == "":
        return None
    if kind.name == "bool":
        return {"yes": True, "no": False}[text]
    if kind.domain is not None:
        return kind.domain[text]
    if kind.name == "date":
        return datetime.date.fromisoformat(text)
    return exact(text, kind)


def exact(text: str, kind: Kind) -> int | Fraction:
    if kind.name == "date":
        return day_number(datetime.date.fromisoformat(text))
    value = Fraction(text.replace(",", "")) * (100 if kind == Money else 1)
    return int(value) if value.denominator == 1 else value


def expectation(text: str, kind: Kind) -> Any:
    """What a rule should come to: yes, 12.50, `0 to 500 (unknown)`, `A or B (review)`."""
    taint = 2 if text.endswith("(review)") else 1
    open_value = text.endswith(("(review)", "(unknown)"))
    body = text.rsplit("(", 1)[0].strip() if open_value else text
    if kind.name == "bool":
        return int(Status[body.upper()])
    if kind.domain is not None:
        mask = sum(kind.domain[name.strip()].bit for name in body.split(" or "))
        return Options(mask, taint) if open_value else mask
    if not open_value:
        return exact(body, kind)
    low, high = (exact(part.strip(), kind) for part in body.split(" to "))
    return Span(low, high, taint)


def written(value: Any, kind: Kind) -> str:
    """The inverse of `expectation`, for messages."""
    if kind.name == "bool":
        return Status(value).key
    why = {1: " (unknown)", 2: " (review)"}
    if isinstance(value, Span):
        return f"{written(value.lo, kind)} to {written(value.hi, kind)}{why[value.taint]}"
    if kind.domain is not None:
        mask, tail = (value.mask, why[value.taint]) if isinstance(value, Options) else (value, "")
        return " or ".join(m.name for m in kind.domain if m.bit & mask) + tail
    if kind.name == "date":
        return from_day_number(int(value)).isoformat()
    return str(Fraction(value) / 100 if kind == Money else value)


# -- parameters ---------------------------------------------------------------------------------------------------
def parameter_rows(text: str, declared: Iterable[Parameter]) -> ParameterSet:
    by_key = {p.key: p for p in declared}
    rows = []
    for number, cells in enumerate(map(table(text).cells, table(text).rows) if text else ()):
        raw: dict[str, Any] = {
            "place": "",
            "from": datetime.date(2000, 1, 1),
            "document": "文件",
            "mark": "found",
        }
        for name, cell in cells.items():
            if cell and name in ("from", "until", "known_from"):
                raw[name] = datetime.date.fromisoformat(cell)
            elif cell:
                raw[name] = cell
        key = raw.pop("parameter")
        if raw["value"] == "unknown":
            raw.setdefault("reason", "未公布")
        elif by_key[key].kind.name == "bool":
            raw["value"] = {"yes": True, "no": False}[raw["value"]]
        rows.append(read_row(by_key[key], raw, f"table row {number + 1}"))
    return ParameterSet(by_key.values(), rows)


def fact_cell(column: Column, text: str) -> Any:
    return plain(text, column.kind)
