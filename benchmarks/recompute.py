"""`python -m benchmarks.recompute --home DIR`: a raised standard over every running dibao award of a city that was built there.

Three passes, rolled back at the end: awards that were taken over, the same awards once they have decisions, and once
nothing is left to change. Printed in processor time of this process and of the server, since machines are shared.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

PROGRAMME = "dibao"
STANDARDS = ("dibao.std.urban", "dibao.std.rural")
PASSES = (
    ("taken over, raised", date(2024, 1, 1), date(2024, 1, 5), (11, 10)),
    ("decided, raised", date(2024, 2, 1), date(2024, 2, 5), (12, 10)),
    ("decided, unchanged", date(2024, 2, 1), date(2024, 2, 5), (12, 10)),
)
"""What is measured, from when the new standards hold, the day of the run, and the standards against those of 2023."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    os.environ["MINZHENG_HOME"] = str(parser.parse_args().home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    os.environ["MINZHENG_DATABASE_ROLE"] = "app"
    from minzheng.database import serving

    with serving():
        import django

        django.setup()
        from django.db import transaction

        from minzheng.base.scope import scope, system_actor

        with scope(system_actor("awards")) as actor:
            for what in PASSES:
                _measure(actor, *what)
            transaction.set_rollback(True)


def _measure(actor: Any, label: str, since: date, on: date, times: tuple[int, int]) -> None:
    from minzheng.awards.jobs import RECOMPUTED_AT_ONCE
    from minzheng.awards.recompute import awards_to_recompute, recompute_batch
    from minzheng.awards.setwise import kernel_of
    from minzheng.values.month import Month

    book = _raised(since, times)
    kernel = kernel_of(book)
    counts: Counter[str] = Counter()
    spent: dict[str, float] = {}
    with _clock(spent):
        after = 0
        while rows := awards_to_recompute(
            actor, PROGRAMME, "", Month.of(since), after=after, most=RECOMPUTED_AT_ONCE
        ):
            counts += recompute_batch(actor, rows, Month.of(since), on=on, book=book, kernel=kernel)
            after = rows[-1].pk
    many = sum(counts.values())
    told = ", ".join(f"{1000 * seconds / many:.2f} ms {what}" for what, seconds in spent.items())
    print(f"{label}: {many} awards {dict(counts)}; each {told}", flush=True)


def _raised(since: date, times: tuple[int, int]) -> Any:
    """The rulebook with the standards of 2023 times a fraction, in force and known from a day."""
    from fractions import Fraction

    from minzheng.rulebook import load

    rows = []
    for key in STANDARDS:
        last = max(
            (row for row in load().parameters.rows[key] if row.value is not None and row.since < since),
            key=lambda row: row.since,
        )
        value = int(Fraction(last.value) * Fraction(*times))
        rows.append(replace(last, since=since, known_from=since, until=None, value=value, order=1))
    return load(tuple(rows))


@contextmanager
def _clock(spent: dict[str, float]) -> Iterator[None]:
    own, server, wall = time.process_time(), _server_seconds(), time.perf_counter()
    yield
    spent["here"] = time.process_time() - own
    spent["in the server"] = _server_seconds() - server
    spent["by the clock"] = time.perf_counter() - wall


def _server_seconds() -> float:
    """Processor time of the server's process behind this connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
