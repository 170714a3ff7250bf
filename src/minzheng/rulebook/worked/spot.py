"""Where in a file something stands, and the one error of bad input: file, case, field, reason, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from minzheng.values.errors import Refusal


class CaseError(Refusal):
    """A worked case that cannot be read. The message names file, case and field and says what to do."""


@dataclass(frozen=True)
class Spot:
    """A place in a file of cases: the file, the case, its line, and the way down to a field."""

    file: str = ""
    case: str = ""
    line: int = 0
    path: tuple[str, ...] = ()

    def of_case(self, case: str, line: int) -> Spot:
        return replace(self, case=case, line=line)

    def at(self, *names: object) -> Spot:
        return replace(self, path=(*self.path, *(str(n) for n in names)))

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.case:
            parts.append(f"案例“{self.case}”" + (f"（第 {self.line} 行）" if self.line else ""))
        if self.path:
            parts.append(f"“{' → '.join(self.path)}”")
        return "，".join(parts)

    def error(self, reason: str, what_now: str) -> CaseError:
        return CaseError(
            "case.unreadable",
            f"{self}：{reason}。" if str(self) else f"{reason}。",
            field=".".join(self.path),
            next_step=f"{what_now}。",
        )


def nearest(word: str, among: Iterable[str]) -> str:
    """“是否指 …？” with the most similar names, or where to find the list."""
    words = list(dict.fromkeys(among))
    close = difflib.get_close_matches(word, words, n=3, cutoff=0.5)
    close += [w for w in words if word and (word in w or w in word) and w not in close][: 3 - len(close)]
    if close:
        return f"是否指“{'”“'.join(close)}”"
    if 0 < len(words) <= 8:
        return f"可以写“{'”“'.join(words)}”"
    return "可用的名称见 minzheng decide --facts"
