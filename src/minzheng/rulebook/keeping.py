"""How long papers are kept after everything that rests on them is over, and by what rule.

Only kinds with a time are ever listed for removal. Books and bank files have none here: accounting records are kept by
the rules for accounting records (《会计档案管理办法》: thirty years, statements and reconciliations ten) and never removed by
this platform; decisions, ledgers and the audit stay as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Keeping:
    """The time a kind of paper is kept, in full years after the last thing that rested on it ended."""

    kind: str
    years: int
    source: str
    example: bool

    def until(self, ended: date) -> date:
        """The last day it has to be kept; of 29 February the 28th."""
        year = ended.year + self.years
        day = 28 if (ended.month, ended.day) == (2, 29) and not _leap(year) else ended.day
        return date(year, ended.month, day)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


_NOT_FOUND = "本市社会救助档案的保管期限文本未取得，示例值"
KEEPING: dict[str, Keeping] = {
    one.kind: one
    for one in (
        Keeping("evidence", 10, _NOT_FOUND, example=True),
        Keeping("photo", 5, _NOT_FOUND, example=True),
        Keeping("signature", 10, _NOT_FOUND, example=True),
        Keeping("letter", 10, _NOT_FOUND, example=True),
    )
}
"""By the kind of a document (`base.documents.Kind`)."""
