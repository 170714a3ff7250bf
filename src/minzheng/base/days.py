"""The business date sent forward, day by day: who may ask, where it stands, and the one way it moves.

Only a demonstration or a trial has a business date of its own; in production it is the calendar's. It never goes back:
what was done on a day stays done. Who runs the days between is the worker (`minzheng.cli`); each day is a row that is
begun, filled job by job, and finished, so that a worker that dies goes on in the middle of the day it was in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from django.db import transaction
from django.utils import timezone

from minzheng.base.actions import BACK_ONLY_BY_REBUILDING, record, require_movable_day
from minzheng.base.models import BusinessDate, DayMove, DayRun
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, MoveState, Permission
from minzheng.values.errors import Refusal

FARTHEST = timedelta(days=3700)
"""A year typed wrongly must not set ten thousand days going."""

JOB_LABELS = {
    "registry": "登记",
    "cases": "办件",
    "awards": "待遇",
    "assistance": "社会救助",
    "disability": "残疾人福利",
    "children": "儿童福利",
    "payments": "发放",
    "retention": "材料保管",
    "booking": "预约",
}
"""What people read for a job of the day."""


@dataclass(frozen=True)
class Progress:
    """Where a move stands; `seconds_left` from the days it has done, None before the first."""

    move: DayMove
    done: int
    total: int
    seconds_left: float | None

    @property
    def goes_on(self) -> bool:
        return self.move.state == MoveState.RUNNING

    @property
    def minutes_left(self) -> int | None:
        return None if self.seconds_left is None else ceil(self.seconds_left / 60)


@transaction.atomic
def ask_days(*, actor: Actor, until: date, reason: str) -> DayMove:
    """Have the business date go forward to `until`, every day between with all that it brings."""
    actor.require(Permission.SET_BUSINESS_DATE)
    require_movable_day()
    if not reason.strip():
        raise Refusal("business_date.no_reason", "推进业务日期须填写事由。", field="reason")
    # Two who ask at once: the second sees the move of the first, or the constraint refuses it.
    BusinessDate.objects.select_for_update().filter(id=1).first()
    today = business_date()
    if until <= today:
        raise Refusal(
            "business_date.backwards",
            f"业务日期已是 {today:%Y-%m-%d}，只能向后推进。",
            field="until",
            next_step=BACK_ONLY_BY_REBUILDING,
        )
    if until - today > FARTHEST:
        raise Refusal("business_date.too_far", "一次最多推进十年，请核对年份。", field="until")
    if DayMove.objects.exclude(state=MoveState.DONE).exists():
        raise Refusal("business_date.under_way", "已有一次推进没有完成。", next_step="请先让它完成。")
    move = DayMove.objects.create(since=today, until=until, reason=reason.strip()[:200])
    record(
        actor, "ask_days", "business_date", until, reason=reason, detail={"since": today.isoformat()}
    )  # fmt: skip
    move.refresh_from_db()
    return move


def stop_days(*, actor: Actor, move: int) -> DayMove:
    """Pause after the job that is at work; the day it stands in is finished when it goes on."""
    return _turn(actor, move, MoveState.STOPPED, "stop_days")


def resume_days(*, actor: Actor, move: int) -> DayMove:
    """Go on after a pause, or after what held it was put right."""
    return _turn(actor, move, MoveState.RUNNING, "resume_days")


@transaction.atomic
def _turn(actor: Actor, pk: int, state: MoveState, verb: str) -> DayMove:
    actor.require(Permission.SET_BUSINESS_DATE)
    require_movable_day()
    move = DayMove.objects.select_for_update().filter(pk=pk).first()
    if move is None or move.state == MoveState.DONE:
        raise Refusal("business_date.done", "这次推进已经完成，或者没有这次推进。")
    if move.state != state:
        move.state, move.trouble = state, ""
        move.save(update_fields=["state", "trouble"])
        record(actor, verb, "business_date", move.until)
    return move


# -- what the worker does ------------------------------------------------------------------------------------


@transaction.atomic
def next_day(*, actor: Actor) -> DayRun | None:
    """The day to work on: one that was begun, else the next one, which is the business date from now on.

    None when nothing is under way. Call it in the scope of a job, by one worker at a time.
    """
    move = DayMove.objects.select_for_update().filter(state=MoveState.RUNNING).first()
    if move is None:
        return None
    begun = move.days.filter(finished_at=None).first()
    if begun is not None:
        return begun
    today = BusinessDate.objects.select_for_update().filter(id=1).first()
    day = (today.day if today else move.since) + timedelta(days=1)
    if day > move.until:
        _finish(move)
        return None
    BusinessDate.objects.update_or_create(id=1, defaults={"day": day})
    record(actor, "set_business_date", "business_date", day, reason=move.reason)
    return DayRun.objects.create(move=move, on=day)


def goes_on(move: int) -> bool:
    """Whether nobody stopped it and nothing holds it."""
    return DayMove.objects.filter(pk=move, state=MoveState.RUNNING).exists()


def done_on(run: DayRun) -> frozenset[str]:
    """The jobs that were done on a day before whoever worked on it was stopped."""
    return frozenset(line["job"] for line in run.report if line["ok"])


@transaction.atomic
def note_job(*, actor: Actor, run: DayRun, job: str, said: str, ok: bool) -> None:
    """What a job did on the day, or why it could not; then the move is held, and the day stays open."""
    row = DayRun.objects.select_for_update().get(pk=run.pk)
    row.report = [line for line in row.report if line["job"] != job] + [{"job": job, "said": said, "ok": ok}]
    row.save(update_fields=["report"])
    if not ok:
        DayMove.objects.filter(pk=row.move_id, state=MoveState.RUNNING).update(
            state=MoveState.HELD, trouble=f"{row.on:%Y-%m-%d} {said}"[:500]
        )


@transaction.atomic
def finish_day(*, actor: Actor, run: DayRun, jobs: Iterable[str]) -> None:
    """Close a day every job of which is done; with the last day the move is done."""
    row = DayRun.objects.select_for_update().get(pk=run.pk)
    missing = set(jobs) - done_on(row)
    assert not missing, missing
    row.finished_at = timezone.now()
    row.save(update_fields=["finished_at"])
    move = DayMove.objects.select_for_update().get(pk=row.move_id)
    if row.on >= move.until and move.state == MoveState.RUNNING:
        _finish(move)


def _finish(move: DayMove) -> None:
    move.state, move.ended_at = MoveState.DONE, timezone.now()
    move.save(update_fields=["state", "ended_at"])


# -- reading ---------------------------------------------------------------------------------------------------


def progress(actor: Actor) -> Progress | None:
    """The move under way."""
    actor.require(Permission.SET_BUSINESS_DATE)
    move = DayMove.objects.exclude(state=MoveState.DONE).first()
    return None if move is None else progress_of(move)


def move_of(pk: int) -> DayMove:
    """As it stands now."""
    return DayMove.objects.get(pk=pk)


def days_of(move: int, *, after: date | None) -> list[DayRun]:
    """The finished days of a move in order, those after a day only."""
    rows = DayRun.objects.filter(move=move).exclude(finished_at=None).order_by("on")
    return list(rows.filter(on__gt=after) if after else rows)


def progress_of(move: DayMove) -> Progress:
    """How far it came, and at the pace of its last days how long it still takes."""
    total = (move.until - move.since).days
    done = move.days.exclude(finished_at=None).count()
    last = move.days.exclude(finished_at=None).order_by("-on")[:20]
    took = [(run.finished_at - run.started_at).total_seconds() for run in last if run.finished_at]
    left = (total - done) * sum(took) / len(took) if took else None
    return Progress(move, done, total, left)


def days_done(actor: Actor, *, most: int, before: date | None = None) -> list[DayRun]:
    """The days that were run, the last first, at most so many from before a day on."""
    actor.require(Permission.SET_BUSINESS_DATE)
    rows = DayRun.objects.order_by("-on")
    return list((rows.filter(on__lt=before) if before else rows)[:most])
