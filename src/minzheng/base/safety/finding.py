"""One doubt about the installation, in an operator's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """STOP: production does not start. WARN: told, and to be put right."""

    STOP = "stop"
    WARN = "warn"

    @property
    def label(self) -> str:
        return "须先解决" if self is Weight.STOP else "提醒"


@dataclass(frozen=True)
class Finding:
    """What was found (`message`) and what to do (`next_step`), both Chinese; never a secret, a name or a number."""

    code: str
    message: str
    next_step: str
    weight: Weight = Weight.STOP

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}"
