"""What was signed into force beside what the files of the rulebook say: for whoever checks or prints those files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from minzheng.assessment.enacting.differences import RowChange, value_shown, waiting_rows
from minzheng.assessment.enacting.law import base_values, enacted_rows, text_in_force, value_rows
from minzheng.assessment.enacting.types import EARLIEST
from minzheng.assessment.enacting.values import file_rows, identity
from minzheng.registry.queries import division_name
from minzheng.rulebook import load
from minzheng.rulebook.texts import of_files
from minzheng.rules.book import Rulebook
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
    """Values that were signed; rules and rows of the files that nobody signed; rows in force that the files do not have."""

    values: tuple[SignedValue, ...]
    rules: tuple[str, ...]
    rows: tuple[RowChange, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def differing(self) -> tuple[SignedValue, ...]:
        return tuple(one for one in self.values if one.differs)

    def as_json(self) -> dict[str, Any]:
        values = [
            asdict(one) | {"since": f"{one.since}", "until": None if one.until is None else f"{one.until}"}
            for one in self.values
        ]
        rows = [
            {
                "key": one.key,
                "place": one.place,
                "holds": one.holds,
                "in_force": list(one.before),
                "files": one.value,
            }
            for one in self.rows
        ]
        return {
            "values": values,
            "unsigned_rules": list(self.rules),
            "unsigned_rows": rows,
            "rows_gone_from_files": list(self.gone),
        }


def beside_files() -> Beside:
    """Everything in force by signatures against the files, in the order it was signed. One taken back from its beginning never held."""
    book = load()
    values = (_value(row, book) for row in value_rows() if row.until is None or row.since < row.until)
    rules = tuple(changed_rules(text_in_force(), of_files()))
    return Beside(tuple(values), rules, waiting_rows(), tuple(_gone(book)))


def _gone(book: Rulebook) -> Iterator[str]:
    """Rows the installation rests on that the files do not have any more, where they decide some day."""
    filed, base = {identity(row) for row in file_rows()}, base_values()
    now = base.and_rows(enacted_rows())
    for row in (row for held in base.rows.values() for row in held if identity(row) not in filed):
        parameter = now.declared[row.key]
        days = {max(row.since, EARLIEST), *(one.until for one in now.rows[row.key] if one.until is not None)}
        if any(
            now.resolve(parameter, county, day).row is row
            for county in book.counties
            for day in days
            if row.holds(county, day, None)
        ):
            until = "起" if row.until is None else f"至 {row.until}（不含）"
            value = value_shown(row.value, parameter)
            yield f"{parameter.label}（{row.key}）{_place(row.place)} {row.since} {until}：{value}"


def _value(row: Row, book: Rulebook) -> SignedValue:
    parameter = book.parameters.declared[row.key]
    filed = list(_filed(row, parameter, book))
    said = dict.fromkeys(value_shown(one.value if one.known else None, parameter) for one in filed)
    return SignedValue(
        row.order, row.key, parameter.label, _place(row.place), row.since, row.until,
        value_shown(row.value, parameter), "、".join(said),
        any(not one.known or one.value != row.value for one in filed), row.document,
    )  # fmt: skip


def _filed(row: Row, parameter: Parameter, book: Rulebook) -> Iterator[Resolved]:
    """What the files say on the row's first day in each county it is for, but where a nearer place has its own."""
    for county in book.counties:
        if county.startswith(row.place):
            found = book.parameters.resolve(parameter, county, row.since)
            if found.row is None or len(found.row.place) <= len(row.place):
                yield found


def _place(place: str) -> str:
    return division_name(place) if place else "全国"


__all__ = ["Beside", "SignedValue", "beside_files"]
