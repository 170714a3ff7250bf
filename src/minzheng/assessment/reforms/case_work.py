"""Worked cases decided under reforms in the background of the desk: some seconds each, so nobody waits for them.

Whoever wants an answer asks again until it is there. What nobody has asked for during `FORGOTTEN` seconds is given up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from minzheng.assessment.reforms.cases import Cases
from minzheng.assessment.reforms.overlay import Overlay
from minzheng.values.errors import SourceTrouble

_log = logging.getLogger(__name__)
FORGOTTEN = 20.0
KEPT = 32


@dataclass
class _Job:
    overlay: Overlay
    asked: float
    done: int = 0
    of: int = 0
    found: list[dict[str, Any]] | None = None
    failed: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class _GivenUp(Exception):
    """Nobody waits for it any more."""


class CaseWork:
    """One reform after another, the one asked for first at first."""

    def __init__(self, cases: Cases, aside: Callable[[], None] = lambda: None) -> None:
        self.cases, self.aside = cases, aside
        """aside: called between two cases; returns when nothing more urgent is being answered."""
        self._jobs: OrderedDict[tuple[Overlay, Any], _Job] = OrderedDict()
        self._lock = threading.Lock()
        self._working = False

    def ask(self, overlay: Overlay, on: Any) -> dict[str, Any]:
        """The changed cases where they are known; else how far it is, and the work begins."""
        with self._lock:
            job = self._job(overlay, on)
            if job.found is None and not job.failed and not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True).start()
        if job.failed:
            raise SourceTrouble(
                "desk",
                "核对样例时出现故障，原因已记入日志。",
                retryable=False,
                next_step="请联系系统管理员。",
            )
        if job.found is None:
            return {"state": "running", "done": job.done, "cases": len(self.cases.cases), "changed": []}
        return {"state": "done", "done": job.of, "cases": job.of, "changed": job.found}

    def wait(self, overlay: Overlay, on: Any, patience: float) -> bool:
        """Whether it was over within some seconds."""
        with self._lock:
            job = self._job(overlay, on)
        return job.over.wait(patience)

    def _job(self, overlay: Overlay, on: Any) -> _Job:
        job = self._jobs.setdefault((overlay, on), _Job(overlay, 0.0))
        job.asked = time.monotonic()
        while len(self._jobs) > KEPT:
            self._jobs.popitem(last=False)
        return job

    def _work(self) -> None:
        while True:
            with self._lock:
                waiting = [(key[1], job) for key, job in self._jobs.items() if self._wanted(job)]
                if not waiting:
                    self._working = False
                    return
            on, job = waiting[0]
            self._run(job, on)

    @staticmethod
    def _wanted(job: _Job) -> bool:
        return not job.over.is_set() and not _forgotten(job)

    def _run(self, job: _Job, on: Any) -> None:
        def tell(done: int, of: int) -> None:
            job.done, job.of = done, of
            if _forgotten(job):
                raise _GivenUp
            self.aside()

        try:
            found = [one.as_plain() for one in self.cases.changing(job.overlay, on, tell)]
        except _GivenUp:
            return
        except Exception:
            _log.exception("the worked cases could not be decided under a reform")
            job.failed = True
        else:
            job.found = found
        job.over.set()


def _forgotten(job: _Job) -> bool:
    return time.monotonic() - job.asked > FORGOTTEN
