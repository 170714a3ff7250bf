"""Dated, sourced values of parameters by jurisdiction, and which one holds for a place on a date.

Rows are read from YAML and never edited: a new value is a new row. A lower layer replaces a wider one.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from .language.declare import Parameter, layer
from .language.errors import RuleError
from .language.kinds import Money
from .status import NO, UNKNOWN, UNKNOWN_TAINT, YES, Exact, Options, Span

UNKNOWN_WORD = "unknown"
ROW_KEYS = {
    "place", "from", "until", "value", "reason", "known_from", "document", "mark", "example", "note",
    "checked", "link",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One value of a parameter; `value` is encoded (fen, number, choice bit, status) or None: unknown."""

    key: str
    place: str
    since: datetime.date
    until: datetime.date | None
    value: Exact | None
    known_from: datetime.date
    document: str
    mark: str
    example: bool
    note: str
    reason: str
    checked: datetime.date | None
    link: str
    at: str
    order: int = 0
    """Of rows known from the same day the one of the higher order holds; rows of files have none."""

    def holds(self, county: str, on: datetime.date, known_at: datetime.date | None) -> bool:
        return (
            county.startswith(self.place)
            and self.since <= on
            and (self.until is None or on < self.until)
            and (known_at is None or self.known_from <= known_at)
        )


@dataclass(frozen=True)
class Resolved:
    """The value of a parameter for a place and date, and the row it comes from (None: no row)."""

    parameter: Parameter
    value: Exact | Span | Options
    row: Row | None

    @property
    def known(self) -> bool:
        return self.row is not None and self.row.value is not None

    @property
    def example(self) -> bool:
        return self.row is not None and self.row.example


def encode(parameter: Parameter, value: Any, at: str) -> Exact | None:
    """A written value as the engines hold it: fen, exact number, choice bit, or status."""
    if value == UNKNOWN_WORD:
        return None
    kind = parameter.kind
    if kind.name == "bool":
        if not isinstance(value, bool):
            raise RuleError(f"{parameter.key}: {value!r} is not true or false ({at})")
        return YES if value else NO
    if kind.domain is not None:
        for member in kind.domain:
            if value in (member.name, member.label):
                return member.bit
        names = ", ".join(m.name for m in kind.domain)
        raise RuleError(f"{parameter.key}: {value!r} is not one of {names} ({at})")
    if isinstance(value, bool) or not isinstance(value, int | float | str | Fraction):
        raise RuleError(f"{parameter.key}: {value!r} is not a number ({at})")
    try:
        exact = Fraction(str(value)) * (100 if kind == Money else 1)
    except ValueError:
        raise RuleError(f"{parameter.key}: {value!r} is not a number ({at})") from None
    if (exact * parameter.scale).denominator != 1:
        raise RuleError(f"{parameter.key}: {value} is finer than 1/{parameter.scale} ({at})")
    assert parameter.bounds is not None
    if not parameter.bounds[0] <= exact <= parameter.bounds[1]:
        raise RuleError(f"{parameter.key}: {value} lies outside its bounds ({at})")
    if parameter.choices and exact not in parameter.choices:
        raise RuleError(f"{parameter.key}: {value} is not one of {parameter.choices} ({at})")
    return int(exact) if exact.denominator == 1 else exact


def unknown_value(parameter: Parameter) -> Exact | Span | Options:
    """What a parameter can be while no row gives its value."""
    if parameter.kind.name == "bool":
        return UNKNOWN
    if parameter.kind.domain is not None:
        return Options((1 << len(parameter.kind.domain)) - 1, UNKNOWN_TAINT)
    assert parameter.bounds is not None
    return Span(parameter.bounds[0], parameter.bounds[1], UNKNOWN_TAINT)


def _date(value: Any, at: str, field: str) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    raise RuleError(f"{field} is not a date: {value!r} ({at})")


def read_row(parameter: Parameter, raw: Mapping[str, Any], at: str) -> Row:
    extra = set(raw) - ROW_KEYS
    if extra:
        raise RuleError(f"{parameter.key}: unknown field {', '.join(sorted(map(str, extra)))} ({at})")
    for field in ("place", "from", "value", "document", "mark"):
        if field not in raw:
            raise RuleError(f"{parameter.key}: a row lacks {field} ({at})")
    since = _date(raw["from"], at, "from")
    value = encode(parameter, raw["value"], at)
    if value is None and not raw.get("reason"):
        raise RuleError(f"{parameter.key}: an unknown value states its reason ({at})")
    return Row(
        key=parameter.key,
        place=layer(str(raw["place"])),
        since=since,
        until=_date(raw["until"], at, "until") if raw.get("until") else None,
        value=value,
        known_from=_date(raw["known_from"], at, "known_from") if raw.get("known_from") else since,
        document=str(raw["document"]),
        mark=str(raw["mark"]),
        example=bool(raw.get("example", False)),
        note=str(raw.get("note", "")),
        reason=str(raw.get("reason", "")),
        checked=_date(raw["checked"], at, "checked") if raw.get("checked") else None,
        link=str(raw.get("link", "")),
        at=at,
    )


@dataclass(frozen=True)
class Hole:
    """Dates for which a place has no row at all, or two of the same layer."""

    key: str
    county: str
    since: datetime.date
    until: datetime.date
    rows: tuple[Row, ...]


class ParameterSet:
    """All rows of all declared parameters."""

    def __init__(self, declared: Iterable[Parameter], rows: Iterable[Row]) -> None:
        self.declared = {p.key: p for p in declared}
        self.rows: dict[str, list[Row]] = {key: [] for key in self.declared}
        for row in rows:
            self.rows[row.key].append(row)
        self._resolved: dict[tuple[str, str, datetime.date, datetime.date | None], Resolved] = {}

    def live(
        self, key: str, county: str, on: datetime.date, known_at: datetime.date | None = None
    ) -> list[Row]:
        """Rows of the nearest layer that hold; more than one is an overlap.

        Of rows known from different days the one known last replaces the others, of one day the one ordered last.
        """
        rows = [r for r in self.rows[key] if r.holds(county, on, known_at)]
        if not rows:
            return []
        nearest = max(len(r.place) for r in rows)
        rows = [r for r in rows if len(r.place) == nearest]
        latest = max((r.known_from, r.order) for r in rows)
        return [r for r in rows if (r.known_from, r.order) == latest]

    def resolve(
        self, parameter: Parameter, county: str, on: datetime.date, known_at: datetime.date | None = None
    ) -> Resolved:
        asked = (parameter.key, county, on, known_at)
        found = self._resolved.get(asked)
        if found is None:
            found = self._resolved[asked] = self._resolve(parameter, county, on, known_at)
        return found

    def _resolve(
        self, parameter: Parameter, county: str, on: datetime.date, known_at: datetime.date | None
    ) -> Resolved:
        rows = self.live(parameter.key, county, on, known_at)
        if len(rows) > 1:
            raise RuleError(f"{parameter.key}: two values on {on} in {county}: {rows[0].at}, {rows[1].at}")
        if not rows or rows[0].value is None:
            return Resolved(parameter, unknown_value(parameter), rows[0] if rows else None)
        return Resolved(parameter, rows[0].value, rows[0])

    def overlaid(self, values: Mapping[str, Any], *, document: str = "改革方案") -> ParameterSet:
        """A copy in which each given parameter has this value at all places and dates."""
        rows: list[Row] = []
        for key, value in values.items():
            if key not in self.declared:
                raise RuleError(f"no parameter named {key}")
            raw = {"place": "", "from": datetime.date(1900, 1, 1), "value": value, "document": document,
                   "mark": "reform", "reason": "改革方案设为未知"}  # fmt: skip
            rows.append(read_row(self.declared[key], raw, document))
        kept = [r for key, rs in self.rows.items() if key not in values for r in rs]
        return ParameterSet(self.declared.values(), [*kept, *rows])

    def with_rows(self, rows: Iterable[Row]) -> ParameterSet:
        """A copy with further rows; a row of the same layer ends those it overlaps on the day it starts."""
        result = {key: list(rs) for key, rs in self.rows.items()}
        for row in rows:
            result[row.key] = [
                replace(r, until=row.since)
                if r.place == row.place and r.since < row.since and (r.until is None or r.until > row.since)
                else r
                for r in result[row.key]
                if not (r.place == row.place and r.since >= row.since)
            ]
            result[row.key].append(row)
        return ParameterSet(self.declared.values(), [r for rs in result.values() for r in rs])

    def and_rows(self, rows: Iterable[Row]) -> ParameterSet:
        """A copy with further rows beside the others; which of them holds is a matter of `live`."""
        mine = (row for held in self.rows.values() for row in held)
        return ParameterSet(self.declared.values(), [*mine, *rows])

    def holes(
        self, counties: Iterable[str], first: datetime.date, last: datetime.date
    ) -> tuple[list[Hole], list[Hole]]:
        """Silent gaps and overlaps between two dates, for every parameter and county."""
        gaps: list[Hole] = []
        overlaps: list[Hole] = []
        for key, rows in self.rows.items():
            for county in counties:
                here = [r for r in rows if county.startswith(r.place)]
                cuts = {first, last} | {
                    d for r in here for d in (r.since, r.until) if d is not None and first < d < last
                }
                days = sorted(cuts)
                for since, until in itertools.pairwise(days):
                    live = self.live(key, county, since)
                    if not live:
                        gaps.append(Hole(key, county, since, until, ()))
                    elif len(live) > 1:
                        overlaps.append(Hole(key, county, since, until, tuple(live)))
        return gaps, overlaps


class _Numbered(yaml.CSafeLoader):
    """Each mapping remembers the line it begins on."""


def _mapping(loader: _Numbered, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = loader.construct_pairs(node, deep=True)
    result = dict(pairs)
    if len(result) < len(pairs):
        raise RuleError(f"a field stands twice (line {node.start_mark.line + 1})")
    return result | {LINE: node.start_mark.line + 1}


LINE = "\0line"
_Numbered.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_numbered(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """The mappings of a YAML list, each with the line it begins on; mappings inside keep theirs under LINE."""
    entries = yaml.load(path.read_text(encoding="utf-8"), Loader=_Numbered) or []  # noqa: S506 - a safe loader
    return [(entry.pop(LINE), entry) for entry in entries]


def load(folder: Path, declared: Iterable[Parameter]) -> ParameterSet:
    """Read every *.yaml of a folder. Errors name file, line and key."""
    by_key = {p.key: p for p in declared}
    rows: list[Row] = []
    for path in sorted(folder.glob("*.yaml")):
        for line, entry in read_numbered(path):
            parameter = by_key.get(entry.get("key", ""))
            if parameter is None:
                raise RuleError(
                    f"no provision declares the parameter {entry.get('key', '?')} ({path.name}:{line})"
                )
            for raw in entry["rows"]:
                rows.append(read_row(parameter, raw, f"{path.name}:{raw.pop(LINE)}"))
    return ParameterSet(by_key.values(), rows)
