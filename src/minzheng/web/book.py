"""The rulebook as pages get it: read when the first page asks, so that the platform starts without waiting for it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from minzheng.rules.book import Rulebook

if TYPE_CHECKING:
    from minzheng.rulebook.content import Contents


def load() -> Rulebook:
    """The rulebook in force: of the files, and what two people signed beside them."""
    from minzheng.assessment.decide import rulebook

    return rulebook()


def contents() -> Contents:
    """What the rulebook's pages show, with the worked cases."""
    return _contents(load())


@lru_cache(maxsize=4)
def _contents(book: Rulebook) -> Contents:
    from minzheng.rulebook.content import Contents, shelf

    return Contents(book, shelf())
