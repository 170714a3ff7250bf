"""Figures of the running platform as Prometheus text. Counts and ages only: nobody is in them, no label names anybody.

Layers above are read by table name, so that nothing here depends on them; a table that is not there has no figure.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from minzheng.base.scope import scope, system_actor
from minzheng.database import home


@dataclass(frozen=True)
class Figure:
    """One metric: a query whose last column is its value and whose others are its labels."""

    name: str
    help: str
    table: str
    query: str
    labels: tuple[str, ...] = ()
    kind: str = "gauge"


_AGE = "coalesce(extract(epoch from clock_timestamp() - {}), 0)::bigint"

FIGURES = (
    Figure(
        "minzheng_database_bytes", "Size of the database.", "", "select pg_database_size(current_database())"
    ),
    Figure(
        "minzheng_database_sessions",
        "Sessions of this application at the database.",
        "",
        "select count(*) from pg_stat_activity where datname = current_database() and usename = current_user",
    ),
    Figure(
        "minzheng_audit_entries",
        "Links of the audit chain.",
        "base_auditlink",
        "select coalesce(max(number), 0) from base_auditlink",
        kind="counter",
    ),
    Figure(
        "minzheng_staff",
        "Accounts of staff.",
        "base_staff",
        "select is_active, count(*) from base_staff group by 1",
        ("active",),
    ),
    Figure(
        "minzheng_cases",
        "Cases by line and state.",
        "cases_case",
        "select line, state, count(*) from cases_case group by 1, 2",
        ("line", "state"),
    ),
    Figure(
        "minzheng_cases_overdue",
        "Open cases whose clock has run out.",
        "cases_case",
        "select line, count(*) from cases_case where closed_on is null and due_on <"
        " coalesce((select day from base_businessdate where id = 1), current_date) group by 1",
        ("line",),
    ),
    Figure(
        "minzheng_payrolls",
        "Payrolls by state.",
        "payments_payroll",
        "select state, count(*) from payments_payroll group by 1",
        ("state",),
    ),
    Figure(
        "minzheng_bank_files",
        "Files for the bank by state; unknown ones need somebody.",
        "payments_bankfile",
        "select state, count(*) from payments_bankfile group by 1",
        ("state",),
    ),
    Figure(
        "minzheng_outbox_waiting",
        "What has to leave and has not.",
        "payments_outbox",
        "select count(*) from payments_outbox where done_at is null",
    ),
    Figure(
        "minzheng_outbox_oldest_seconds",
        "How long the first of them waits.",
        "payments_outbox",
        f"select {_AGE.format('min(due_at)')} from payments_outbox where done_at is null",
    ),
    Figure(
        "minzheng_return_files",
        "Return files of the bank by state; refused ones need somebody.",
        "payments_returnfile",
        "select state, count(*) from payments_returnfile group by 1",
        ("state",),
    ),
    Figure(
        "minzheng_sweep_age_seconds",
        "Since the last finished sweep.",
        "assessment_sweep",
        f"select {_AGE.format('max(finished_at)')} from assessment_sweep",
    ),
)


def exposition() -> str:
    """Every figure, in the text format of Prometheus 0.0.4."""
    lines = list(_of_this_process())
    with scope(system_actor("metrics")), connection.cursor() as cursor:
        for figure in FIGURES:
            lines += _of_database(cursor, figure)
    lines += _of_worker()
    return "\n".join(lines) + "\n"


def _of_this_process() -> Iterator[str]:
    disk = shutil.disk_usage(home())
    yield from _block(
        "minzheng_info",
        "Which version runs.",
        "gauge",
        [((("version", importlib.metadata.version("minzheng")),), 1)],
    )
    yield from _block(
        "minzheng_disk_free_bytes", "Free space of the state folder.", "gauge", [((), disk.free)]
    )
    yield from _block("minzheng_disk_bytes", "Size of that disk.", "gauge", [((), disk.total)])


def _of_database(cursor: Any, figure: Figure) -> list[str]:
    if figure.table:
        cursor.execute("select to_regclass(%s) is not null", [f"public.{figure.table}"])
        if not cursor.fetchone()[0]:
            return []
    cursor.execute(figure.query)
    samples = [(tuple(zip(figure.labels, row[:-1], strict=True)), row[-1]) for row in cursor.fetchall()]
    return list(_block(figure.name, figure.help, figure.kind, samples))


def _of_worker() -> Iterator[str]:
    """What the worker of this machine wrote down of each piece of its work."""
    path = home() / "worker.json"
    state = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name, key, kind, told in (
        ("minzheng_worker_done_timestamp_seconds", "done", "gauge", "When a piece of work was last done."),
        ("minzheng_worker_failures_total", "failures", "counter", "How often a piece of work went wrong."),
    ):
        yield from _block(
            name, told, kind, [((("work", work),), entry[key]) for work, entry in sorted(state.items())]
        )


def _block(
    name: str, told: str, kind: str, samples: list[tuple[tuple[tuple[str, object], ...], object]]
) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        shown = ",".join(f'{label}="{_escaped(said)}"' for label, said in labels)
        yield f"{name}{{{shown}}} {value}" if shown else f"{name} {value}"


def _escaped(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
