"""Identity numbers by the hundred thousand: the rules of `values.identity`, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.rules.calendar import day_number
from minzheng.values.identity import PROVINCES, halfwidth

Array = npt.NDArray[Any]

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int64)
_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_X = ord("X")
_ZERO = ord("0")
_EARLIEST = day_number(date(1850, 1, 1))
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

#: Reasons, in the order they are looked at; the place in this list is the verdict, 0 is good.
VERDICTS = (
    "",
    "number.length",
    "number.characters",
    "number.province",
    "number.birth_date",
    "number.birth_in_future",
    "number.check_character",
)


@dataclass(frozen=True)
class Numbers:
    """Checked numbers: 18 characters (nothing where bad), the verdict, birth day, sex (1 male, 2 female), first six."""

    text: pa.Array
    verdict: Array
    born: Array
    sex: Array
    area: Array
    upgraded: Array


def check_numbers(texts: pa.Array, on: date) -> Numbers:
    """Check an array of strings (no nulls). Only ASCII is accepted; see `normalised` for what may be repaired before."""
    count = len(texts)
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    digits = np.zeros((count, 18), np.uint8)
    verdict = np.ones(count, np.int8)
    upgraded = np.zeros(count, bool)
    for length in (15, 18):
        rows = np.flatnonzero(lengths == length)
        if not len(rows):
            continue
        taken = texts if len(rows) == count else texts.take(pa.array(rows))
        characters = np.frombuffer(b"".join(taken.cast(pa.binary()).to_pylist()), np.uint8).reshape(
            -1, length
        )
        if length == 15:
            characters = _upgraded(characters)
            upgraded[rows] = True
        digits[rows] = characters
        verdict[rows] = 0
    values = digits.astype(np.int64) - _ZERO
    plain = (values >= 0) & (values <= 9)
    last_x = digits[:, 17] == _X
    _judge(verdict, ~(plain[:, :17].all(axis=1) & (plain[:, 17] | last_x)), 2)
    values = np.where(plain, values, 0)
    province = values[:, 0] * 10 + values[:, 1]
    _judge(verdict, ~np.isin(province, [int(code) for code in PROVINCES]), 3)
    born, real = _birth_days(values)
    _judge(verdict, ~real | (born < _EARLIEST), 4)
    _judge(verdict, born > day_number(on), 5)
    _judge(verdict, _CHECK[(values[:, :17] @ _WEIGHTS) % 11] != digits[:, 17], 6)
    good = verdict == 0
    text = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(18), count, [None, pa.py_buffer(np.ascontiguousarray(digits))]
    ).cast(pa.binary())
    text = pc.if_else(pa.array(good), text, pa.scalar(None, pa.binary())).cast(pa.string())
    area = values[:, :6] @ np.array([100_000, 10_000, 1000, 100, 10, 1])
    return Numbers(text, verdict, born, np.where(values[:, 16] % 2 == 1, 1, 2), area, upgraded & good)


def normalised(texts: pa.Array) -> tuple[pa.Array, Array]:
    """Trimmed, upper case, full-width forms made ASCII; and which rows needed that last repair."""
    trimmed = pc.utf8_upper(pc.utf8_trim_whitespace(texts))
    wide = ~pc.string_is_ascii(trimmed).to_numpy(zero_copy_only=False)
    if not wide.any():
        return trimmed, wide
    values = trimmed.to_pylist()
    for row in np.flatnonzero(wide):
        values[row] = halfwidth(values[row]).strip().upper()
    repaired = pa.array(values, pa.string())
    now = pc.string_is_ascii(repaired).to_numpy(zero_copy_only=False)
    return repaired, wide & now


def _judge(verdict: Array, failing: Array, reason: int) -> None:
    verdict[(verdict == 0) & failing] = reason


def _upgraded(fifteen: Array) -> Array:
    """The century put in and the check character behind; 996-999 were kept for people born before 1900."""
    old = (fifteen[:, 12] == ord("9")) & (fifteen[:, 13] == ord("9")) & (fifteen[:, 14] >= ord("6"))
    century = np.where(old[:, None], np.frombuffer(b"18", np.uint8), np.frombuffer(b"19", np.uint8))
    first = np.concatenate([fifteen[:, :6], century, fifteen[:, 6:]], axis=1)
    values = np.clip(first.astype(np.int64) - _ZERO, 0, 9)
    return np.concatenate([first, _CHECK[(values @ _WEIGHTS) % 11][:, None]], axis=1)


def _birth_days(values: Array) -> tuple[Array, Array]:
    year = values[:, 6:10] @ np.array([1000, 100, 10, 1])
    month = values[:, 10] * 10 + values[:, 11]
    day = values[:, 12] * 10 + values[:, 13]
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    in_year = (month >= 1) & (month <= 12)
    safe_month = np.where(in_year, month, 1)
    length = _MONTH_DAYS[safe_month] + ((safe_month == 2) & leap)
    real = in_year & (day >= 1) & (day <= length) & (year >= 1)
    months = ((year - 1970) * 12 + safe_month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64) + np.maximum(day, 1) - 1, real
