"""What the rulebook's files would change if they were signed as they stand: for whoever edits them in a checkout."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from minzheng.assessment.city import City
from minzheng.assessment.enacting.types import EARLIEST
from minzheng.assessment.enacting.values import signed_rows
from minzheng.assessment.reforms.overlay import Change, Overlay
from minzheng.assessment.reforms.simulate import Side, Simulation, Standing, in_force_now
from minzheng.assessment.reforms.upcoming import written
from minzheng.rulebook import load, open_to_reform
from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import Row
from minzheng.rules.written import texts_of

LAST = 2**62
"""Signed after everything else there is."""


def book_of_files(book: Rulebook, rows: Iterable[Row], on: date) -> Rulebook:
    """The texts of the files, and what is in force with some of their rows over it.

    Of those of a later day the first known one of its parameter and place is taken as begun.
    """
    rows = sorted(rows, key=lambda row: row.since)
    begun = signed_rows([row for row in rows if row.since <= on], EARLIEST, on, LAST)
    coming: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.since > on and row.value is not None:
            coming.setdefault((row.key, row.place), row)
    later = Overlay(changes=tuple(_change(row, book) for row in coming.values()))
    values = in_force_now(later, on).parameters(book.parameters.and_rows(begun))
    return load().with_parameters(values)


def _change(row: Row, book: Rulebook) -> Change:
    value = written(book.parameters.declared[row.key], row.value)
    return Change(row.key, value, row.place.ljust(6, "0"), row.since, row.until)


def price_files(
    city: City, book: Rulebook, files: Rulebook, *, say: Callable[[str], None], compiled: bool = True
) -> Simulation:
    """The city under the law in force and under the files; compiled anew only where a text computes something else."""
    say("按现行规定核算全市")
    standing = Standing.of(city, Side(open_to_reform(book), compiled=compiled))
    opened = open_to_reform(files)
    same = texts_of(opened) == texts_of(standing.side.book)
    say("按规则库文件核算全市")
    return standing.under(
        standing.side.with_values(opened.parameters) if same else Side(opened, compiled=compiled)
    )


__all__ = ["book_of_files", "price_files"]
