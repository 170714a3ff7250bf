"""Named places where a killed process must lose nothing and pay nothing twice. In service they do nothing.

A test walks `POINTS`: it breaks off at each, starts again, and requires the same end as of a run that was not broken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

POINTS = (
    "build.begun", "build.claimed", "build.listed", "build.pinned",
    "sign.signed", "sign.stepped",
    "release.gated", "release.booked", "release.filed", "release.released",
    "send.taken", "send.written", "send.sent", "send.noted",
    "return.staged", "return.booked", "return.noted", "return.closed",
)  # fmt: skip
#: The same of short messages: nothing lost, nothing told twice.
NOTICE_POINTS = ("notice.taken", "notice.offered", "notice.settled")

_watching: list[Callable[[str], None]] = []


def reach(point: str) -> None:
    """A step is done and its transaction, where it has one, still open."""
    for watch in _watching:
        watch(point)


@contextlib.contextmanager
def watched(watch: Callable[[str], None]) -> Iterator[None]:
    """Call `watch` with each point that is reached; what it raises breaks the work off there."""
    _watching.append(watch)
    try:
        yield
    finally:
        _watching.remove(watch)
