"""The values in force: the rows an installation began with, those of signed editions, and those signed one by one.

Rows are only ever added: a release that no longer has a row takes nothing away. A signed row is known from the day it was
signed, so that what was decided before stays as it was, and ends with the month its edition was taken back from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from minzheng.assessment.reforms.upcoming import written as value_written
from minzheng.rulebook import load, parameters
from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import ParameterSet, Row, read_row

EDITION = "签署生效的数值"
Identity = tuple[Any, ...]


def identity(row: Row) -> Identity:
    """What a row says. Its document, marks and notes may be mended without signatures, as sentences of texts are."""
    return row.key, row.place, row.since, row.until, row.value, row.known_from


def file_rows() -> tuple[Row, ...]:
    """Every row this program ships."""
    return tuple(row for rows in parameters().rows.values() for row in rows)


# -- as an edition keeps them ----------------------------------------------------------------------------------------


def rows_written(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows as the parameter files write them, in a fixed order: choices by name, so that they can be read for good."""
    declared = parameters().declared
    plain = [_written(row, declared[row.key]) for row in rows]
    return sorted(
        plain, key=lambda one: tuple(str(one[name]) for name in ("key", "place", "from", "known_from"))
    )


def _written(row: Row, parameter: Any) -> dict[str, Any]:
    return {
        "key": row.key,
        "place": row.place,
        "from": row.since.isoformat(),
        "until": None if row.until is None else row.until.isoformat(),
        "value": value_written(parameter, row.value),
        "known_from": row.known_from.isoformat(),
        "document": row.document,
        "mark": row.mark,
        "example": row.example,
        "note": row.note,
        "reason": row.reason,
        "checked": None if row.checked is None else row.checked.isoformat(),
        "link": row.link,
    }


_DAYS = ("from", "until", "known_from", "checked")


def rows_read(plain: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """The rows again; of a parameter that is not declared any more there is none, since nothing can read it."""
    declared = parameters().declared
    for one in plain:
        raw = dict(one)
        parameter = declared.get(raw.pop("key"))
        if parameter is not None:
            raw |= {name: date.fromisoformat(raw[name]) for name in _DAYS if raw[name] is not None}
            yield read_row(parameter, raw, EDITION)


# -- what follows from the editions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Editions:
    """base: what the installation began with, and the rows of parameters that came later. added: by signed editions."""

    base: tuple[Row, ...]
    added: tuple[Row, ...]
    recorded: frozenset[str]
    """Parameters that some edition of this installation has; the rows of others are those of the files."""
    held: frozenset[Identity]
    """The rows in force as they stand in the editions; not those of which a later month left the beginning out."""

    def fresh(self, rows: Iterable[Row]) -> list[Row]:
        """Those among some rows that the editions in force do not have."""
        return [row for row in rows if row.key not in self.recorded or identity(row) not in self.held]


@dataclass(frozen=True)
class Event:
    """An edition came into force, or was taken back (`withdraws`: its number). until: the month it was taken back from."""

    number: int
    since: date
    day: date
    until: date | None
    rows: tuple[Row, ...]
    withdraws: int | None


def editions_of(initial: Iterable[Row] | None, events: Iterable[Event]) -> Editions:
    """What holds by the initial rows (None: those of the files) and what was signed since, in that order."""
    filed = {identity(row): row for row in file_rows()}
    base = [filed.get(identity(row), row) for row in (filed.values() if initial is None else initial)]
    recorded, always = {row.key for row in base}, {identity(row) for row in base}
    added: list[Row] = []
    standing: dict[int, set[Identity]] = {}
    for one in events:
        if one.withdraws is not None:
            standing.pop(one.withdraws, None)
            continue
        held = always.union(*standing.values())
        more = [row for row in one.rows if row.key in recorded and identity(row) not in held]
        standing[one.number] = {identity(row) for row in more if row.since >= one.since}
        added += signed_rows(more, one.since, one.day, one.number, one.until)
        new = [filed.get(identity(row), row) for row in one.rows if row.key not in recorded]
        base += new
        always |= {identity(row) for row in new}
        recorded |= {row.key for row in new}
    base += [row for row in filed.values() if row.key not in recorded]
    held = always.union(*standing.values())
    return Editions(tuple(base), tuple(added), frozenset(recorded), frozenset(held))


def signed_rows(
    rows: Iterable[Row], since: date, day: date, order: int, until: date | None = None
) -> list[Row]:
    """Rows as a signature of a day brings them into force from a month on, each not before its own first day."""
    found = []
    for row in rows:
        first = max(row.since, since)
        last = min((one for one in (row.until, until) if one is not None), default=None)
        if last is None or first < last:
            known = max(row.known_from, day)
            found.append(replace(row, since=first, until=last, known_from=known, order=order, at=EDITION))
    return found


# -- rulebooks over them ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def book_over(base: tuple[Row, ...], enacted: tuple[Row, ...] = ()) -> Rulebook:
    """The program's own rules over some base rows, with rows in force beside them; that of the files where those are the base."""
    if is_of_files(base):
        return load(enacted)
    book = load().with_parameters(set_of(base))
    return book.with_enacted(enacted) if enacted else book


@lru_cache(maxsize=8)
def is_of_files(base: tuple[Row, ...]) -> bool:
    return {identity(row) for row in base} == {identity(row) for row in file_rows()}


@lru_cache(maxsize=8)
def set_of(base: tuple[Row, ...]) -> ParameterSet:
    """The parameters the base rows make."""
    return parameters() if is_of_files(base) else ParameterSet(parameters().declared.values(), base)


__all__ = [
    "Editions", "Event", "book_over", "editions_of", "file_rows", "identity", "is_of_files", "rows_read", "rows_written",
    "set_of", "signed_rows",
]  # fmt: skip
