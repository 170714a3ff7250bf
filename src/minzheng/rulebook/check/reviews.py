"""How often a clause ends in a review in a sweep; more than one in twenty needs a written reason.

The share is of candidates: holders of a programme who are not plainly refused. Of everybody examined it would always be
small, since most of a city is refused everything at the first condition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from minzheng.rulebook.check.report import Finding, Kind
from minzheng.rulebook.clauses import Disposed
from minzheng.rules.book import Rulebook

LIMIT = Fraction(1, 20)


@dataclass(frozen=True)
class Decided:
    """Of a programme's candidates in a sweep (not plainly refused), how many a provision left to review or unknown."""

    programme: str
    provision: str
    review: int
    unknown: int
    candidates: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.review, self.candidates) if self.candidates else Fraction(0)


def read_rates(raw: Any) -> list[Decided]:
    """From a file: a list of programme, provision, review, unknown, candidates. Raises ValueError when it is not."""
    try:
        return [
            Decided(
                str(one["programme"]),
                str(one["provision"]),
                int(one["review"]),
                int(one["unknown"]),
                int(one["candidates"]),
            )
            for one in raw
        ]
    except (KeyError, TypeError) as missing:
        raise ValueError(
            f"应为列表，各项有 programme、provision、review、unknown、candidates（{missing}）"
        ) from missing


def by_clause(book: Rulebook, decided: Iterable[Decided]) -> list[dict[str, Any]]:
    """The largest share of a clause over programmes, the highest first; a provision of several clauses counts for each."""
    best: dict[str, Decided] = {}
    for one in decided:
        if one.provision not in book:
            continue
        for clause in book[one.provision].citation.clauses:
            if clause not in best or one.share > best[clause].share:
                best[clause] = one
    return [
        {"clause": clause, "provision": one.provision, "programme": one.programme, "review": one.review,
         "candidates": one.candidates, "share": float(round(one.share, 6))}
        for clause, one in sorted(best.items(), key=lambda item: (-item[1].share, item[0]))
        if one.review
    ]  # fmt: skip


def check_reviews(
    book: Rulebook, decided: Iterable[Decided], disposed: Mapping[str, Disposed]
) -> Iterator[Finding]:
    """A provision above the limit without a written reason at any of its clauses is a defect; with one, a note."""
    over: dict[str, list[Decided]] = defaultdict(list)
    for one in decided:
        if one.provision not in book:
            yield Finding(
                Kind.REVIEW_RATE, one.provision, "", f"比对结果中的规则 {one.provision} 不在规则库中", False
            )
        elif one.share > LIMIT:
            over[one.provision].append(one)
    for name, several in over.items():
        worst = max(several, key=lambda one: one.share)
        clauses = book[name].citation.clauses
        reasons = [disposed[c] for c in clauses if c in disposed and disposed[c].review]
        at = next((disposed[c].at for c in clauses if c in disposed), "")
        said = f"{'、'.join(clauses)}：“{book[name].label}”未被直接否定的对象中有 {float(worst.share):.1%} 转人工核定（{worst.programme}）"
        if reasons:
            yield Finding(
                Kind.REVIEW_RATE, clauses[0], reasons[0].at, f"{said}，原因：{reasons[0].review}", False
            )
        else:
            yield Finding(Kind.REVIEW_RATE, clauses[0], at, f"{said}，超过 5%，须在处置中写明原因（review:）")
