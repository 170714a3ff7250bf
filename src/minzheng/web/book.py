"""The rulebook as pages get it: read when the first page asks, so that the platform starts without waiting for it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from minzheng.rules.book import Rulebook

if TYPE_CHECKING:
    from minzheng.rulebook.content import Contents


def load() -> Rulebook:
    from minzheng.rulebook import load as read

    return read()


@cache
def contents() -> Contents:
    """What the rulebook's pages show, with the worked cases."""
    from minzheng.rulebook.content import Contents, shelf

    return Contents(load(), shelf())
