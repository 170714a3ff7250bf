"""Worked cases decided under reforms in the background of the desk: some seconds each, so nobody waits for them.

Whoever wants an answer asks again until it is there. What nobody has asked for during `FORGOTTEN` seconds is laid aside;
who asks again later finds it where it stopped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from minzheng.assessment.reforms.cases import Cases, ChangedCase
from minzheng.assessment.reforms.overlay import Overlay
from minzheng.assessment.reforms.texts import edition_key
from minzheng.rules.book import Rulebook
from minzheng.values.errors import SourceTrouble

_log = logging.getLogger(__name__)
FORGOTTEN = 20.0
KEPT = 32
Key = tuple[Overlay, Any] | str
"""A reform and the day of law, or the key of another edition of the rulebook."""
Each = Callable[[], Iterator[ChangedCase | None]]


@dataclass
class _Job:
    asked: float
    each: Iterator[ChangedCase | None]
    done: int = 0
    found: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class CaseWork:
    """One reform after another, the one asked for first at first."""

    def __init__(self, cases: Cases, aside: Callable[[], None] = lambda: None) -> None:
        self.cases, self.aside = cases, aside
        """aside: called between two cases; returns when nothing more urgent is being answered."""
        self._jobs: OrderedDict[Key, _Job] = OrderedDict()
        self._lock = threading.Lock()
        self._working = False

    def ask(self, overlay: Overlay, on: Any) -> dict[str, Any]:
        """The changed cases where they are known; else how far it is, and the work begins."""
        return self._ask((overlay, on), lambda: self.cases.each(overlay, on))

    def ask_under(self, book: Rulebook) -> dict[str, Any]:
        """The same for another text of the rulebook."""
        return self._ask(edition_key(book), lambda: self.cases.each_under(book))

    def _ask(self, key: Key, each: Each) -> dict[str, Any]:
        with self._lock:
            job = self._job(key, each)
            if not job.over.is_set() and not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True).start()
        if job.failed:
            raise SourceTrouble(
                "desk",
                "核对样例时出现故障，原因已记入日志。",
                retryable=False,
                next_step="请联系系统管理员。",
            )
        told = {"done": job.done, "cases": len(self.cases.cases)}
        if not job.over.is_set():
            return {"state": "running", "changed": [], **told}
        return {"state": "done", "changed": job.found, **told}

    def wait(self, overlay: Overlay, on: Any, patience: float) -> bool:
        """Whether it was over within some seconds."""
        with self._lock:
            job = self._job((overlay, on), lambda: self.cases.each(overlay, on))
        return job.over.wait(patience)

    def _job(self, key: Key, each: Each) -> _Job:
        job = self._jobs.get(key)
        if job is None:
            job = self._jobs[key] = _Job(0.0, each())
        job.asked = time.monotonic()
        while len(self._jobs) > KEPT:
            self._jobs.popitem(last=False)
        return job

    def _work(self) -> None:
        while True:
            with self._lock:
                job = next((one for one in self._jobs.values() if self._wanted(one)), None)
                if job is None:
                    self._working = False
                    return
            self._run(job)

    @staticmethod
    def _wanted(job: _Job) -> bool:
        return not job.over.is_set() and not _forgotten(job)

    def _run(self, job: _Job) -> None:
        try:
            for one in job.each:
                job.done += 1
                if one is not None:
                    job.found.append(one.as_plain())
                if _forgotten(job):
                    return
                self.aside()
        except Exception:
            _log.exception("the worked cases could not be decided under a reform")
            job.failed = True
        job.over.set()


def _forgotten(job: _Job) -> bool:
    return time.monotonic() - job.asked > FORGOTTEN
