"""Rows on their way into staging tables: copied by a thread of their own, in order, while the next batch is made."""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

Connection = psycopg.Connection[tuple[Any, ...]]
_ROWS_A_WRITE = 65_536
#: Batches waiting: enough to keep both sides busy, few enough to keep memory flat.
_WAITING = 4


def copy_in(connection: Connection, target: str, rows: pa.Table) -> None:
    """COPY Arrow rows into a table by column names."""
    names = ", ".join(rows.column_names)
    options = pacsv.WriteOptions(include_header=False, batch_size=_ROWS_A_WRITE)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {target} ({names}) from stdin (format csv)") as copy,
    ):
        for start in range(0, rows.num_rows, _ROWS_A_WRITE):
            buffer = io.BytesIO()
            pacsv.write_csv(rows.slice(start, _ROWS_A_WRITE), buffer, options)
            copy.write(buffer.getbuffer())


class Background:
    """Runs jobs one after the other in a thread. A job's error is raised by the next call here, and ends the rest."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(_WAITING)
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="registry-copy", daemon=True)
        self._thread.start()

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *error: object) -> None:
        """Wait for the thread; after an error of the block, what still waits is dropped."""
        if error[0] is not None:
            self._failed = self._failed or RuntimeError("abandoned")
        self._jobs.put(None)
        self._thread.join()

    def run(self, job: Callable[[], None]) -> None:
        """Let the job be done after those before it; waits when too many wait already."""
        self._raise()
        self._jobs.put(job)

    def settle(self) -> None:
        """Wait until all is done."""
        self._jobs.join()
        self._raise()

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                if self._failed is None:
                    job()
            except BaseException as failed:
                self._failed = failed
            finally:
                self._jobs.task_done()
