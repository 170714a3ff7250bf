"""A sweep from the registry to leads in the platform: snapshot, both stages, the re-decided sample, county by county.

Progress stands in the `Sweep` row. It can be stopped between two counties and taken up again; it awards and pays nothing.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection as django_connection

from minzheng.assessment import compiling
from minzheng.assessment.computing import Engines, Swept, make_engines, snapshot_digest, sweep_folder
from minzheng.assessment.decide import rulebook
from minzheng.assessment.models import Sweep
from minzheng.assessment.owed import parameters_digest
from minzheng.assessment.queries import last_sweep
from minzheng.assessment.types import SweepState
from minzheng.assessment.writing import CountyWriter, When, Written
from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.database import Role, address
from minzheng.registry.bulk import open_ticket
from minzheng.registry.snapshot import Manifest, read_manifest, write_snapshot
from minzheng.rules.book import Rulebook
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

Say = Callable[[str, int, int], None]
LOCK = "select pg_try_advisory_lock(hashtext('minzheng.sweep'))"
_REPORT_EVERY_SECONDS = 0.5


class Stopped(Exception):
    """The sweep was asked to stop; what is written stays."""


def run_sweep(
    *,
    actor: Actor,
    folder: Path | None = None,
    month: Month | None = None,
    known_at: datetime | None = None,
    counties: Sequence[str] = (),
    resume: bool = False,
    plain: bool = False,
    engines: Engines | None = None,
    sample_size: int = 200,
    sample_seed: int | None = None,
    stopping: Callable[[], bool] | None = None,
    say: Say | None = None,
) -> Sweep:
    """Sweep the city (or write only some counties) and open, change and settle leads and reviews.

    folder: a snapshot that exists; without one the registry is written to `snapshots/<month>` first. resume: go on
    with the last sweep that did not finish. plain: do not compile. stopping: asked again and again; True stops.
    Raises `Refusal` while another sweep runs, `Defect` when the sample is decided otherwise (nothing is written).
    """
    actor.require(Permission.RUN_SWEEP)
    with _alone():
        row = _begin(actor, resume=resume)
        progress = _Progress(row.pk, say, stopping)
        try:
            compiler = None if plain or engines is not None else compiling.start()
            began = time.perf_counter()
            folder = _snapshot(row, folder, month, known_at, progress)
            taken = {"snapshot": round(time.perf_counter() - began, 3)}
            if compiler is not None:
                progress("编译规则", 0, 0)
                compiling.wait(compiler)
            engines = (engines or make_engines(compiled=not plain)).under(rulebook())
            taken["snapshot_and_compile"] = round(time.perf_counter() - began, 3)
            _identify(row, folder, engines.book, counties)
            swept = sweep_folder(
                folder,
                engines,
                sample_size=sample_size,
                sample_seed=sample_seed,
                check=True,
                progress=progress,
            )
            swept.seconds = taken | swept.seconds
            written = _write(row, swept, counties, progress)
            _finish(row, swept, written, progress, partial=bool(counties))
        except (Stopped, KeyboardInterrupt):
            _close(row, SweepState.STOPPED, "按要求停止。已写入的县（市、区）有效，可用 --resume 继续。")
        except BaseException as error:
            _close(row, SweepState.FAILED, str(error)[:2000])
            raise
        row.refresh_from_db()
        return row


def stop_sweep(*, actor: Actor) -> bool:
    """Ask the running sweep to stop after the county it is writing; False where none runs."""
    actor.require(Permission.RUN_SWEEP)
    with scope(actor):
        found = Sweep.objects.filter(state=SweepState.RUNNING).update(state=SweepState.STOPPED)
        if found:
            record(actor, "stop_sweep", "assessment.sweep", "")
    return bool(found)


# -- one at a time -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the sweep's lock for the block, on a connection of its own; a killed process lets it go."""
    with _connection(autocommit=True) as holding:
        locked = holding.execute(LOCK).fetchone()
        if locked != (True,):
            raise Refusal("sweep.running", "已有一次全量比对正在进行。", next_step="请等它完成，或先停止它。")
        yield


@contextlib.contextmanager
def _connection(*, autocommit: bool = False) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The application's role, as the web has it: the sweep needs no more."""
    place = address(Role.APP, name=django_connection.settings_dict["NAME"])
    connection = place.connect(autocommit=autocommit)
    try:
        yield connection
    finally:
        connection.close()


def _begin(actor: Actor, *, resume: bool) -> Sweep:
    with scope(_myself()):
        left = Sweep.objects.filter(state=SweepState.RUNNING)
        left.update(state=SweepState.FAILED, problem="进程中断。", finished_at=datetime.now(UTC))
        if resume:
            row = Sweep.objects.exclude(state=SweepState.FINISHED).order_by("-started_at").first()
            if row is None or not row.snapshot:
                raise Refusal(
                    "sweep.nothing_to_resume", "没有可以继续的比对。", next_step="请重新开始一次比对。"
                )
            row.state, row.problem, row.finished_at = SweepState.RUNNING, "", None
            row.save()
            return row
        on = business_date()
        row = Sweep.objects.create(started_by=actor.key, month=str(Month.of(on)), on=on, stage="准备")
        record(_myself(), "start_sweep", "assessment.sweep", row.pk, detail={"by": actor.key})
        return row


def _myself() -> Actor:
    return system_actor("sweep")


def _snapshot(
    row: Sweep, folder: Path | None, month: Month | None, known_at: datetime | None, progress: _Progress
) -> Path:
    if row.snapshot:
        folder = Path(row.snapshot)
        if snapshot_digest(folder) != row.snapshot_digest:
            raise Refusal(
                "sweep.snapshot_changed", "原来的快照已被替换，不能继续。", next_step="请重新开始一次比对。"
            )
        return folder
    if folder is not None:
        return folder
    month = month or Month.of(business_date())
    folder = Path(settings.DATA_FOLDER) / "snapshots" / str(month)
    folder.parent.mkdir(parents=True, exist_ok=True)
    on = business_date() if month == Month.of(business_date()) else month.last_day
    write_snapshot(
        folder,
        month=month,
        on=on,
        known_at=known_at,
        progress=lambda what: progress(f"生成快照：{what}", 0, 0),
    )
    return folder


def _identify(row: Sweep, folder: Path, book: Rulebook, counties: Sequence[str]) -> None:
    """Say in the row what is being swept with which law. Refuses what is older than what the leads stand on."""
    manifest = read_manifest(folder)
    _refuse_older(manifest, snapshot_digest(folder))
    strange = sorted(set(counties) - set(manifest.counties))
    if strange:
        raise Refusal(
            "sweep.unknown_county",
            f"快照中没有代码为 {'、'.join(strange)} 的县（市、区）。",
            field="county",
            next_step=f"可选：{'、'.join(manifest.counties)}。",
        )
    with scope(_myself()):
        Sweep.objects.filter(pk=row.pk).update(
            snapshot=str(folder),
            snapshot_digest=snapshot_digest(folder),
            rulebook=book.hash,
            parameters=parameters_digest(book),
            month=str(manifest.month),
            on=manifest.on,
            known_at=manifest.known_at,
            households=manifest.households,
            persons=manifest.ties,
        )
    row.refresh_from_db()


def _refuse_older(manifest: Manifest, digest: str) -> None:
    last = last_sweep()
    if last is None or last.known_at is None or digest == last.snapshot_digest:
        return
    if (manifest.on, manifest.known_at) < (last.on, last.known_at):
        raise Refusal(
            "sweep.older",
            f"这份快照（{manifest.on}）比最近一次比对（{last.on}）所依据的更早，写入会把线索改回旧情况。",
            next_step="请使用新的快照；只想查看旧情况的，用 --to 写成文件。",
        )


# -- writing -------------------------------------------------------------------------------------------------------


def _write(row: Sweep, swept: Swept, counties: Sequence[str], progress: _Progress) -> Written:
    wanted = [c for c in swept.city.loaded.manifest.counties if not counties or c in counties]
    todo = [c for c in wanted if c not in row.counties_done]
    manifest = swept.city.loaded.manifest
    when = When(manifest.on, manifest.known_at, manifest.month.first_day, business_date())
    whole, began = Written(), time.perf_counter()
    place = pc.cast(swept.table["division"], "string")
    with _connection() as connection:
        for done, county in enumerate(todo):
            progress("写入线索", done, len(todo), force=True)
            mine = swept.table.filter(pc.starts_with(place, county))
            with connection.transaction():
                open_ticket(connection, _myself())
                whole.add(CountyWriter(connection, row.pk, county, when).write(mine, swept.totals))
    swept.seconds["write"] = round(time.perf_counter() - began, 3)
    progress("写入线索", len(todo), len(todo), force=True)
    return whole


def _finish(row: Sweep, swept: Swept, written: Written, progress: _Progress, *, partial: bool) -> None:
    progress("收尾", 0, 0)
    expired = 0 if partial else expire_leads(actor=_myself())
    report = {
        "expired": expired,
        "seconds": swept.seconds,
        "written": asdict(written),
        "left_out": swept.left_out,
        "compared": swept.compared,
        "full_units": swept.full_units,
        "unplaced_receipts": swept.unplaced_receipts,
        "findings": swept.table.num_rows,
        "partial": partial,
    }
    with scope(_myself()):
        Sweep.objects.filter(pk=row.pk).update(
            state=SweepState.FINISHED, stage="", finished_at=datetime.now(UTC), report=report,
            sample_size=swept.sample.size, sample_seed=swept.sample.seed, done=1, total=1,
        )  # fmt: skip
        opened = {str(kind): count for kind, count in written.opened.items()}
        record(_myself(), "finish_sweep", "assessment.sweep", row.pk, detail={"opened": opened})


def _close(row: Sweep, state: SweepState, problem: str) -> None:
    with contextlib.suppress(psycopg.Error), scope(_myself()):
        Sweep.objects.filter(pk=row.pk).update(state=state, problem=problem, finished_at=datetime.now(UTC))


class _Progress:
    """Tells the caller each time, the platform twice a second; raises `Stopped` when somebody asked for it.

    A thread of the kernel or of a reader only passes through: it would open a database connection of its own.
    """

    def __init__(self, sweep: uuid.UUID, say: Say | None, stopping: Callable[[], bool] | None) -> None:
        self.sweep, self.say, self.stopping = sweep, say, stopping
        self._last, self._stage = 0.0, ""
        self._thread = threading.get_ident()

    def __call__(self, what: str, done: int, total: int, *, force: bool = False) -> None:
        if threading.get_ident() != self._thread:
            return
        if self.say is not None:
            self.say(what, done, total)
        if self.stopping is not None and self.stopping():
            raise Stopped
        now = time.monotonic()
        if not force and what == self._stage and now - self._last < _REPORT_EVERY_SECONDS:
            return
        self._last, self._stage = now, what
        with scope(_myself()):
            mine = Sweep.objects.filter(pk=self.sweep)
            if not mine.filter(state=SweepState.RUNNING).update(stage=what[:80], done=done, total=total):
                raise Stopped


def expire_leads(*, actor: Actor, on: date | None = None) -> int:
    """Close live leads that no sweep has confirmed for so long that they are past their day; returns how many."""
    from django.db.models import F

    from minzheng.assessment.models import Lead
    from minzheng.assessment.workflow import LIVE, State

    actor.require(Permission.RUN_SWEEP)
    with scope(_myself()):
        return Lead.objects.filter(
            state__in=[s.value for s in LIVE], expires_on__lt=on or business_date()
        ).update(state=State.EXPIRED, reason="有效期内没有新的比对确认", version=F("version") + 1)
