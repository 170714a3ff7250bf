"""What was signed into force beside what the files of the rulebook say: for whoever checks or prints those files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from minzheng.assessment.enacting.law import enacted_rows, text_in_force
from minzheng.registry.queries import division_name
from minzheng.rulebook import load
from minzheng.rulebook.texts import of_files
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.sentences import shown
from minzheng.rules.joined import changed_rules
from minzheng.rules.language.declare import Parameter
from minzheng.rules.parameters import Resolved, Row


@dataclass(frozen=True)
class SignedValue:
    """A value in force by two signatures, and what the files say for that place and month: the same or not."""

    number: int
    key: str
    label: str
    place: str
    since: date
    until: date | None
    signed: str
    files: str
    differs: bool
    document: str

    def __str__(self) -> str:
        until = f"至 {self.until:%Y-%m}（不含）" if self.until is not None else "起"
        said = f"{self.label}（{self.key}）{self.place} {self.since:%Y-%m} {until}：签署生效 {self.signed}"
        return f"{said}，文件 {self.files}" if self.differs else f"{said}，与文件相同"


@dataclass(frozen=True)
class Beside:
    """Values that were signed, and rules of the files that compute something else than the text in force."""

    values: tuple[SignedValue, ...]
    rules: tuple[str, ...]

    @property
    def differing(self) -> tuple[SignedValue, ...]:
        return tuple(one for one in self.values if one.differs)

    def as_json(self) -> dict[str, Any]:
        values = [
            asdict(one) | {"since": f"{one.since}", "until": None if one.until is None else f"{one.until}"}
            for one in self.values
        ]
        return {"values": values, "unsigned_rules": list(self.rules)}


def beside_files() -> Beside:
    """Everything in force by signatures against the files, in the order it was signed. One taken back from its beginning never held."""
    book = load()
    values = (_value(row, book) for row in enacted_rows() if row.until is None or row.since < row.until)
    return Beside(tuple(values), tuple(changed_rules(text_in_force(), of_files())))


def _value(row: Row, book: Rulebook) -> SignedValue:
    parameter = book.parameters.declared[row.key]
    filed = list(_filed(row, parameter, book))
    said = dict.fromkeys(_shown(one.value if one.known else None, parameter) for one in filed)
    return SignedValue(
        row.order, row.key, parameter.label, _place(row.place), row.since, row.until,
        _shown(row.value, parameter), "、".join(said),
        any(not one.known or one.value != row.value for one in filed), row.document,
    )  # fmt: skip


def _filed(row: Row, parameter: Parameter, book: Rulebook) -> Iterator[Resolved]:
    """What the files say on the row's first day in each county it is for, but where a nearer place has its own."""
    for county in book.counties:
        if county.startswith(row.place):
            found = book.parameters.resolve(parameter, county, row.since)
            if found.row is None or len(found.row.place) <= len(row.place):
                yield found


def _shown(value: Any, parameter: Parameter) -> str:
    return "未知" if value is None else shown(value, parameter.kind)


def _place(place: str) -> str:
    return division_name(place) if place else "全国"


__all__ = ["Beside", "SignedValue", "beside_files"]
