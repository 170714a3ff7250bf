"""Identity numbers of invented people and random public ids, many at a time, as Arrow strings.

Every number carries the unassigned area code 140499. Sequences from 980 up are kept for the fixed households.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from minzheng.values.identity import DEMO_AREA

Days = npt.NDArray[np.int32]
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_PAIRS = 490
_STRIDE = 37


def numbers(birth: Days, male: npt.NDArray[np.bool_]) -> pa.Array:
    """One number each, unique: within a day of birth and sex the sequence is a permutation of the ranks."""
    sequence = _sequences(birth, male)
    digits = np.empty((len(birth), 18), np.uint8)
    digits[:, :6] = np.frombuffer(DEMO_AREA.encode(), np.uint8) - 48
    digits[:, 6:14] = _date_digits(birth)
    digits[:, 14:17] = np.stack([sequence // 100, sequence // 10 % 10, sequence % 10], axis=1)
    check = _CHECK[(digits[:, :17] * _WEIGHTS).sum(axis=1) % 11]
    digits[:, :17] += 48
    digits[:, 17] = check
    return fixed_strings(digits)


def public_ids(rng: np.random.Generator, count: int) -> pa.Array:
    """Random version-4 UUIDs as text, drawn from the seed."""
    raw = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    letters = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.full((count, 36), ord("-"), np.uint8)
    places = [place for place in range(36) if place not in (8, 13, 18, 23)]
    text[:, places[::2]] = letters[raw >> 4]
    text[:, places[1::2]] = letters[raw & 15]
    return fixed_strings(text)


def fixed_strings(characters: npt.NDArray[np.uint8]) -> pa.Array:
    """Rows of ASCII bytes, all equally long, as an Arrow string array without a copy for each."""
    count, width = characters.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int64)
    data = np.ascontiguousarray(characters)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def _sequences(birth: Days, male: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    group = birth.astype(np.int64) * 2 + male
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, bool)
    starts = np.flatnonzero(first)
    rank = np.arange(len(ordered)) - np.repeat(starts, np.diff([*starts, len(ordered)]))
    if len(rank) and rank.max() >= _PAIRS:
        raise ValueError("more births on one day than identity numbers allow")
    sequence = np.empty(len(ordered), np.int64)
    sequence[order] = (rank * _STRIDE + ordered * 11) % _PAIRS * 2 + (ordered % 2)
    return sequence


def _date_digits(days: Days) -> npt.NDArray[np.uint8]:
    stamp = days.astype("datetime64[D]")
    year = stamp.astype("datetime64[Y]").astype(np.int64) + 1970
    month = stamp.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (stamp - stamp.astype("datetime64[M]")).astype(np.int64) + 1
    written = year * 10_000 + month * 100 + day
    return np.stack([written // 10**place % 10 for place in range(7, -1, -1)], axis=1).astype(np.uint8)
