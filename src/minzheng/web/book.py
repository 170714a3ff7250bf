"""The rulebook as pages get it: read when the first page asks, so that the platform starts without waiting for it, and
asked which edition is in force once a request, however many parts of a page read it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

from minzheng.rules.book import Rulebook

if TYPE_CHECKING:
    from minzheng.rulebook.content import Contents


_asked: ContextVar[list[Rulebook] | None] = ContextVar("the edition of this request", default=None)


def one_edition(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a request reads one edition from its first question to its last."""

    def answered(request: HttpRequest) -> HttpResponse:
        token = _asked.set([])
        try:
            return respond(request)
        finally:
            _asked.reset(token)

    return answered


def load() -> Rulebook:
    """The rulebook in force: what was signed; within a request the one it asked for first."""
    from minzheng.assessment.decide import rulebook

    asked = _asked.get()
    if asked is None:
        return rulebook()
    if not asked:
        asked.append(rulebook())
    return asked[0]


def contents() -> Contents:
    """What the rulebook's pages show, with the worked cases."""
    return _contents(load())


@lru_cache(maxsize=4)
def _contents(book: Rulebook) -> Contents:
    from minzheng.rulebook.content import Contents, shelf

    return Contents(book, shelf())
