"""The rulebook as pages get it: read when the first page asks, so that the platform starts without waiting for it."""

from __future__ import annotations

from minzheng.rules.book import Rulebook


def load() -> Rulebook:
    from minzheng.rulebook import load as read

    return read()
