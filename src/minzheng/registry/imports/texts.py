"""Dates, amounts, codes and divisions as people write them, read by the hundred thousand.

Each reader gives the values, which rows are empty, and which cannot be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.registry.divisions import shipped_divisions
from minzheng.rules.calendar import day_number
from minzheng.values.identity import halfwidth

Array = npt.NDArray[Any]

_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_LOOSE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 0?0:00(?::00)?)?")
_TIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SERIAL = re.compile(r"[0-9]{1,5}(?:\.0+)?")
_AMOUNT = r"^-?[0-9]{1,11}(\.[0-9]{1,2})?$"
_LAST_SERIAL = 73_050
#: What spreadsheets and old programs write for "no date".
_PLACEHOLDERS = frozenset({date(1900, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 2)})


@dataclass(frozen=True)
class Read:
    """Values with what could not be read; `reason` is a code a row, empty where good. Empty rows hold no value."""

    values: Array
    empty: Array
    reason: dict[str, Array]
    repaired: Array


def cleaned(column: pa.Array) -> pa.Array:
    """Trimmed strings, nothing instead of empty ones."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def is_formula(column: pa.Array, *, text: bool) -> Array:
    """Cells that a spreadsheet would compute. Of numbers only `=` tells: a minus sign is an amount."""
    pattern = r"^[=+\-@＝＋－＠\t\r]" if text else r"^[=＝@＠]"
    return _mask(pc.match_substring_regex(column, pattern))


def read_dates(column: pa.Array) -> Read:
    """`2023-01-02` and what else people write, among it the serial numbers of a spreadsheet."""
    count = len(column)
    empty = _mask(pc.is_null(column))
    values = np.zeros(count, np.int64)
    plain = _mask(pc.match_substring_regex(column, _ISO))
    bad, placeholder, repaired = (np.zeros(count, bool) for _ in range(3))
    others = np.flatnonzero(~plain & ~empty)
    if len(others):
        # A file has many rows and few days: each way of writing one is read once.
        encoded = column.take(pa.array(others)).dictionary_encode()
        read = [_one_date(text) for text in encoded.dictionary.to_pylist()]
        at = encoded.indices.to_numpy(zero_copy_only=False)
        values[others] = np.array([0 if day is None else day_number(day) for day, _mended in read], np.int64)[
            at
        ]
        bad[others] = np.array([day is None for day, _mended in read])[at]
        repaired[others] = np.array([mended for _day, mended in read])[at]
    bad |= plain & ~_iso_days(column, plain, values)
    placeholder = ~bad & ~empty & np.isin(values, [day_number(day) for day in _PLACEHOLDERS])
    return Read(values, empty, {"date.unreadable": bad, "date.placeholder": placeholder}, repaired & ~bad)


def _iso_days(column: pa.Array, plain: Array, values: Array) -> Array:
    """Fill in the days of plain dates; returns which of them exist."""
    rows = np.flatnonzero(plain)
    good = np.zeros(len(plain), bool)
    if len(rows):
        taken = column.take(pa.array(rows))
        try:
            days = taken.cast(pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False)
            values[rows], good[rows] = days, True
        except pa.ArrowInvalid:
            for row, text in zip(rows, taken.to_pylist(), strict=True):
                found, _mended = _one_date(text)
                if found is not None:
                    values[row], good[row] = day_number(found), True
    return good


def _one_date(text: str) -> tuple[date | None, bool]:
    """The date, and whether it had to be mended (a serial number, full-width digits)."""
    narrow = halfwidth(text).strip()
    mended = narrow != text
    for pattern in (_LOOSE, _TIGHT):
        if parts := pattern.fullmatch(narrow):
            try:
                return date(int(parts[1]), int(parts[2]), int(parts[3])), mended
            except ValueError:
                return None, mended
    if _SERIAL.fullmatch(narrow):
        return _from_serial(int(float(narrow))), True
    return None, mended


def _from_serial(serial: int) -> date | None:
    """A spreadsheet's day number. It counts a 29 February 1900 that never was (serial 60)."""
    if serial == 60 or serial > _LAST_SERIAL:
        return None
    start = date(1899, 12, 31) if serial < 60 else date(1899, 12, 30)
    return start + timedelta(days=serial)


def read_money(column: pa.Array) -> Read:
    """Yuan with at most two decimals, as fen; thousands may be set off by commas."""
    count = len(column)
    empty = _mask(pc.is_null(column))
    repaired = np.zeros(count, bool)
    wide = _mask(pc.invert(pc.string_is_ascii(column)))
    if wide.any():
        values = column.to_pylist()
        for row in np.flatnonzero(wide):
            values[row] = halfwidth(values[row]).removesuffix("元").strip()
            repaired[row] = True
        column = pa.array(values, pa.string())
    column = pc.replace_substring(column, ",", "")
    good = _mask(pc.match_substring_regex(column, _AMOUNT))
    fen = np.zeros(count, np.int64)
    rows = np.flatnonzero(good)
    if len(rows):
        exact = column.take(pa.array(rows)).cast(pa.decimal128(16, 2))
        hundred = pa.scalar(Decimal(100), pa.decimal128(5, 0))
        fen[rows] = pc.multiply(exact, hundred).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return Read(fen, empty, {"money.unreadable": ~good & ~empty}, repaired & good)


def read_codes(column: pa.Array, labels: tuple[tuple[str, int], ...]) -> Read:
    """The codes of known words."""
    empty = _mask(pc.is_null(column))
    words = pa.array([label for label, _code in labels])
    at = pc.index_in(column, words)
    missing = _mask(pc.is_null(at))
    numbers = np.array([code for _label, code in labels], np.int64)
    values = numbers[pc.fill_null(at, 0).to_numpy(zero_copy_only=False)]
    return Read(
        np.where(missing, 0, values), empty, {"code.unknown": missing & ~empty}, np.zeros(len(column), bool)
    )


class Divisions:
    """The divisions a file may name."""

    def __init__(self) -> None:
        rows = shipped_divisions()
        self.villages = np.sort(np.array([r.code for r in rows if r.level == 12 and not r.pseudo], np.int64))
        self.pseudo = np.sort(np.array([r.code for r in rows if r.level == 12 and r.pseudo], np.int64))
        self.all = np.sort(np.array([r.code for r in rows], np.int64))
        self.retired = {r.code: r.successor for r in rows if r.successor is not None}

    def read_villages(self, column: pa.Array) -> Read:
        """Twelve-digit codes of villages and communities that exist."""
        digits = self._digits(column)
        values = np.where(digits.empty | digits.reason["division.unreadable"], 0, digits.values)
        known = np.isin(values, self.villages)
        retired = np.isin(values // 1_000_000, list(self.retired)) & ~known
        pseudo = np.isin(values, self.pseudo)
        bad = digits.reason["division.unreadable"] | ((values < 10**11) & ~digits.empty)
        unknown = ~known & ~retired & ~pseudo & ~bad & ~digits.empty
        return Read(
            values,
            digits.empty,
            {
                "division.unreadable": bad,
                "division.retired": retired & ~bad,
                "division.pseudo": pseudo,
                "division.unknown": unknown,
            },
            digits.repaired,
        )

    def read_places(self, column: pa.Array) -> Read:
        """Codes of any level, current or retired: places of hukou. Villages elsewhere are known by their county."""
        digits = self._digits(column)
        values = digits.values.copy()
        county = values.copy()
        while (county > 999_999).any():
            county = np.where(county > 999_999, county // 1000, county)
        unknown = ~np.isin(county, self.all) & ~digits.empty & ~digits.reason["division.unreadable"]
        return Read(values, digits.empty, digits.reason | {"division.unknown": unknown}, digits.repaired)

    @staticmethod
    def _digits(column: pa.Array) -> Read:
        empty = _mask(pc.is_null(column))
        wide = _mask(pc.invert(pc.string_is_ascii(column)))
        if wide.any():
            texts = column.to_pylist()
            for row in np.flatnonzero(wide):
                texts[row] = halfwidth(texts[row]).strip()
            column = pa.array(texts, pa.string())
        good = _mask(pc.match_substring_regex(column, "^(?:[0-9]{6}|[0-9]{9}|[0-9]{12})$"))
        values = np.zeros(len(column), np.int64)
        rows = np.flatnonzero(good)
        if len(rows):
            values[rows] = column.take(pa.array(rows)).cast(pa.int64()).to_numpy(zero_copy_only=False)
        values = _shortened(values)
        return Read(values, empty, {"division.unreadable": ~good & ~empty}, wide & good)


def _shortened(codes: Array) -> Array:
    """`140403000000` is the county `140403`."""
    codes = np.where((codes >= 10**11) & (codes % 1000 == 0), codes // 1000, codes)
    return np.where((codes >= 10**8) & (codes < 10**9) & (codes % 1000 == 0), codes // 1000, codes)


def _mask(column: pa.Array) -> Array:
    mask: Array = pc.fill_null(column, False).to_numpy(zero_copy_only=False)
    return mask
