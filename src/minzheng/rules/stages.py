"""Facts that come from other people's households: the obligors who live elsewhere.

Stage 1 computes the provision each gathered fact names, in the other person's own household; here the results
are brought over the edges between people; stage 2 reads only its own rows. Somebody whose household is not at
hand makes the fact unknown, never smaller.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Array, physical_type, unknown_code
from minzheng.rules.facts import unknown_value
from minzheng.rules.kernel.results import Amounts, Results
from minzheng.rules.language.declare import Fact
from minzheng.rules.language.errors import RuleError
from minzheng.rules.status import NO, YES, Options, Span


@dataclass(frozen=True)
class Edges:
    """Pairs of people rows: `other` owes something to, or stands in some relation to, `person`.

    other is -1 where that person is outside these columns.
    """

    person: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]


def stage_rules(book: Rulebook) -> list[str]:
    """Names of the provisions stage 1 has to compute."""
    return list(dict.fromkeys(f.gathered.value.name for f in book.gathered if f.gathered is not None))


def gathered_value(fact: Fact, values: Iterable[Any]) -> int | Fraction | Span | Options:
    """One gathered fact from the values of the others (None: that person is not at hand)."""
    assert fact.gathered is not None
    total: int | Fraction = 0
    for value in values:
        if fact.gathered.how == "count":
            if value not in (YES, NO):
                return unknown_value(fact)
            total += value == YES
        else:
            if value is None or isinstance(value, Span):
                return unknown_value(fact)
            total += value
    assert fact.bounds is not None
    return total if fact.bounds[0] <= total <= fact.bounds[1] else unknown_value(fact)


def gather(fact: Fact, results: Results, edges: Edges, rows: int) -> Array:
    """The column of a gathered fact for all people rows, from the results of stage 1."""
    assert fact.gathered is not None
    assert fact.bounds is not None
    name = fact.gathered.value.name
    amounts, known = (
        _counts(results, name) if fact.gathered.how == "count" else _sums(results, name, fact.scale)
    )
    inside = edges.other >= 0
    other = np.where(inside, edges.other, 0)
    total = np.zeros(rows, np.int64)
    np.add.at(total, edges.person, np.where(inside, amounts[other], 0))
    low, high = fact.bounds[0] * fact.scale, fact.bounds[1] * fact.scale
    doubtful = np.flatnonzero((total < low) | (total > high))
    total[doubtful] = unknown_code(fact)
    total[edges.person[~(inside & known[other])]] = unknown_code(fact)
    column: Array = total.astype(physical_type(fact))
    return column


def _counts(results: Results, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    status = results.values[name]
    if not isinstance(status, np.ndarray):
        raise RuleError(f"{name} is not a yes or no")
    return (status == YES).astype(np.int64), (status == YES) | (status == NO)


def _sums(results: Results, name: str, scale: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    found = results.values[name]
    if not isinstance(found, Amounts) or found.den is not None or scale % found.scale:
        raise RuleError(f"{name} has no common denominator")
    known = np.ones(len(found.num), bool)
    known[found.open.rows] = False
    return np.where(known, found.num, 0) * (scale // found.scale), known
