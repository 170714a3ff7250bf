"""Other editions of the rulebook beside the desk's own, compiled in the background: it takes a minute, and nobody waits so long.

Whoever asks too early is told to ask again.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from minzheng.assessment.owed import parameters_digest
from minzheng.assessment.reforms.desk import Desk
from minzheng.assessment.reforms.simulate import Side
from minzheng.rulebook import open_to_reform
from minzheng.rules.book import Rulebook
from minzheng.values.errors import SourceTrouble

_log = logging.getLogger(__name__)
PATIENCE = 40.0
"""Seconds an answer waits for the compilation; the page's own patience is longer."""
KEPT = 4


@dataclass
class _Job:
    over: threading.Event = field(default_factory=threading.Event)
    side: Side | None = None


def edition_key(book: Rulebook) -> str:
    """Identifies the rules and the values of a rulebook."""
    return f"{book.hash}:{parameters_digest(book)}"


class Sides:
    """The latest few texts that were asked for, each compiled once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, book: Rulebook) -> Side:
        """An edition ready to run; of equal texts only the values are others. Raises `SourceTrouble` while it is compiled, or when that failed."""
        with self._lock:
            job = self._jobs.get(book.hash)
            if job is None:
                job = self._jobs[book.hash] = _Job()
                threading.Thread(target=self._compile, args=(job, book), daemon=True).start()
            self._jobs.move_to_end(book.hash)
            while len(self._jobs) > KEPT:
                self._jobs.popitem(last=False)
        if not job.over.wait(PATIENCE):
            raise SourceTrouble(
                "desk", "新的规则文本正在编译。", retryable=True, next_step="请一两分钟后再试。"
            )
        if job.side is None:
            self._forget(book)
            raise SourceTrouble(
                "desk",
                "新的规则文本没有编译成功，原因已记入日志。",
                retryable=False,
                next_step="请联系系统管理员。",
            )
        return job.side.with_values(open_to_reform(book).parameters)

    def _forget(self, book: Rulebook) -> None:
        with self._lock:
            self._jobs.pop(book.hash, None)

    def _compile(self, job: _Job, book: Rulebook) -> None:
        try:
            job.side = self.desk.side_of(book)
        except Exception:
            _log.exception("another text of the rulebook could not be compiled")
        job.over.set()
