"""Where something leads: a reference that each kind of pages turns into its own address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ref:
    """Where a page leads: kind is rule, parameter, clause or instrument."""

    kind: str
    key: str
    label: str
    note: str = ""
