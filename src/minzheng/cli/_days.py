"""Running the days of a move of the business date, one by one; used by the worker and by `minzheng business-date`."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from minzheng.values.errors import MinzhengError

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
LOCK = "days"
Jobs = Callable[[], Iterator[tuple[str, Callable[..., object]]]]

#: What a number that a job returns counts. A job that has more to say returns something with a `sentence`.
_COUNTS = {
    "awards": "待遇变动或终止 {} 项",
    "assistance": "开立复核 {} 件",
    "payments": "收款账户随户迁移 {} 个",
    "retention": "销毁到期材料 {} 件",
}


def said(job: str, done: object) -> str:
    """What a job did, in words."""
    if isinstance(done, bool) or done is None:
        return ""
    if isinstance(done, int):
        return _COUNTS.get(job, "办理 {} 件").format(done) if done else ""
    return str(getattr(done, "sentence", done))


def run_days(stop: threading.Event, jobs: Jobs, after_day: Callable[[date], object]) -> int:
    """Work through the move under way until it is done, held or stopped; how many days were finished.

    Nothing is done when another worker is at it. A job that was begun is finished; `after_day` is called between days.
    """
    finished = 0
    with only_one(LOCK) as mine:
        while mine and not stop.is_set():
            day = _one_day(stop, jobs)
            if day is None:
                break
            finished += 1
            after_day(day)
    return finished


def _one_day(stop: threading.Event, jobs: Jobs) -> date | None:
    """The day that was finished, None when there is none or it had to be left."""
    from minzheng.base import days
    from minzheng.base.scope import scope, system_actor

    actor = system_actor("days")
    with scope(actor):
        run = days.next_day(actor=actor)
    if run is None:
        return None
    names = []
    for name, work in jobs():
        names.append(name)
        if name in days.done_on(run):
            continue
        if _told_to_stop(stop, run.move_id) or not _one_job(stop, run, name, partial(work, on=run.on)):
            return None
    with scope(actor):
        days.finish_day(actor=actor, run=run, jobs=names)
    return run.on


def _told_to_stop(stop: threading.Event, move: int) -> bool:
    from minzheng.base.days import goes_on

    return stop.is_set() or not goes_on(move)


def _one_job(stop: threading.Event, run: Any, name: str, work: Callable[[], object]) -> bool:
    """A job of the day, not beside another worker's run of it; whether the day can go on."""
    from minzheng.base import days
    from minzheng.base.scope import scope, system_actor

    label = days.JOB_LABELS.get(name, name)
    with only_one(f"jobs.{name}", wait=stop) as mine:
        if not mine:
            return False
        try:
            words, ok = said(name, work()), True
        except MinzhengError as trouble:
            words, ok = f"“{label}”未完成：{trouble}", False
        except Exception as trouble:
            # The log has the place; a day whose job is broken is not passed over.
            _log.exception("days: %s", name)
            words, ok = f"“{label}”未完成：程序错误 {type(trouble).__name__}", False
        actor = system_actor("days")
        with scope(actor):
            days.note_job(actor=actor, run=run, job=name, said=words, ok=ok)
        return ok


@contextlib.contextmanager
def only_one(name: str, *, wait: threading.Event | None = None) -> Iterator[bool]:
    """Whether this piece of work is ours; the lock ends with its session, however the process ends.

    With `wait`, until it is ours or the event is set.
    """
    from django.db import connection

    place = connection.get_connection_params()
    place.pop("context", None)
    with contextlib.closing(_connect(place)) as session:
        key = [f"minzheng.worker.{name}"]
        mine = _take(session, key)
        while not mine and wait is not None and not wait.is_set():
            time.sleep(_POLL_SECONDS)
            mine = _take(session, key)
        try:
            yield mine
        finally:
            # A server ends a closed session when it comes to it: the next round may be there before.
            if mine:
                session.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", key)


def _take(session: Any, key: list[str]) -> bool:
    row = session.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", key).fetchone()
    return bool(row and row[0])


def _connect(place: dict[str, Any]) -> Any:
    """A session of its own, with the same way in as Django's (TLS and all)."""
    import psycopg

    no_driver = ("cursor_factory", "client_encoding", "prepare_threshold", "autocommit")
    kept = {key: value for key, value in place.items() if key not in no_driver}
    return psycopg.connect(**kept, autocommit=True)
