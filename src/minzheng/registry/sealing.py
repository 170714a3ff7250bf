"""Identity numbers on their way into the database: sealed and indexed, many at a time, over several processes.

Light to import: the worker processes load nothing of Django.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Protocol

import pyarrow as pa

from minzheng.base.sealed import blind_index, index_many, seal_many

TABLE = "registry_person"
COLUMN = "number"
_CHUNK = 10_000
_WORTH_PROCESSES = 10_000


def number_index(number: str) -> bytes:
    """The blind index of a normalised 18-character number."""
    return blind_index(number, column=COLUMN)


def seal_chunk(ids: list[int], numbers: list[str | None]) -> tuple[list[str | None], list[str | None]]:
    r"""Sealed numbers and their indexes as PostgreSQL reads bytes (`\x…`); none for a person without one."""
    rows = zip(map(str, ids), numbers, strict=True)
    return _written(seal_many(rows, table=TABLE, column=COLUMN)), index_chunk(numbers)


def index_chunk(numbers: list[str | None]) -> list[str | None]:
    """Blind indexes only."""
    return _written(index_many(numbers, column=COLUMN))


def _written(values: list[bytes | None]) -> list[str | None]:
    return [None if value is None else "\\x" + value.hex() for value in values]


#: The sealed numbers and their indexes, once they are ready.
Sealing = Callable[[], tuple[pa.Array, pa.Array]]


class Sealer(Protocol):
    """Begins to seal the numbers of a batch of persons."""

    def __call__(self, ids: pa.Array, numbers: pa.Array) -> Sealing: ...


@contextlib.contextmanager
def sealer(workers: int | None = None) -> Iterator[Sealer]:
    """A sealer whose processes start with the first large batch and end with the block."""
    with contextlib.ExitStack() as stack:
        pool: list[ProcessPoolExecutor] = []

        def started() -> ProcessPoolExecutor:
            if not pool:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["minzheng.registry.sealing"])
                executor = ProcessPoolExecutor(workers or os.cpu_count() or 1, mp_context=context)
                pool.append(stack.enter_context(executor))
            return pool[0]

        def seal_batch(ids: pa.Array, numbers: pa.Array) -> Sealing:
            if len(ids) < _WORTH_PROCESSES:
                return functools.partial(_arrays, [seal_chunk(ids.to_pylist(), numbers.to_pylist())])
            parts = [
                started().submit(
                    seal_chunk,
                    ids.slice(start, _CHUNK).to_pylist(),
                    numbers.slice(start, _CHUNK).to_pylist(),
                )
                for start in range(0, len(ids), _CHUNK)
            ]
            return lambda: _arrays([part.result() for part in parts])

        yield seal_batch


def _arrays(parts: list[tuple[list[str | None], list[str | None]]]) -> tuple[pa.Array, pa.Array]:
    return (
        pa.array([value for sealed, _ in parts for value in sealed], pa.string()),
        pa.array([value for _, indexes in parts for value in indexes], pa.string()),
    )
