"""Who may owe support to whom across households: edges of kin, from the rows of a snapshot.

Which of them the law obliges, and for how much, is the rulebook's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from minzheng.registry import codes
from minzheng.registry.extraction.arrays import add_years, locate
from minzheng.registry.extraction.columns import Extract
from minzheng.registry.reading import NEVER

Array = npt.NDArray[Any]


class Obligor(IntEnum):
    """What the obligor is to the person."""

    SPOUSE = 1
    PARENT = 2
    CHILD = 3
    SIBLING = 4
    GRANDPARENT = 5
    GRANDCHILD = 6

    @property
    def label(self) -> str:
        return {1: "配偶", 2: "父母", 3: "子女", 4: "兄弟姐妹", 5: "祖父母", 6: "孙子女"}[self.value]


@dataclass
class Edges:
    """Edges of living kin in other households, sorted by tie. Rows count the ties of the county's file.

    `obligor_row` is the row of the obligor's own household in the file of `obligor_county`, -1 for somebody in no
    household of the registry: about them nothing is known.
    """

    tie: Array
    obligor: Array
    kind: Array
    obligor_tie: Array
    tie_county: Array
    county_start: dict[int, int]
    offsets: Array
    person_id: Array
    tie_person: Array

    def of_units(self, first: int, end: int) -> pa.Table:
        """The edges of the people of a county's households."""
        start, stop = int(self.offsets[first]), int(self.offsets[end])
        low, high = np.searchsorted(self.tie, [start, stop])
        tie, obligor_tie = self.tie[low:high], self.obligor_tie[low:high]
        placed = obligor_tie >= 0
        county = np.where(placed, self.tie_county[obligor_tie], 0)
        starts = np.array([self.county_start.get(code, 0) for code in np.unique(county).tolist()], np.int64)
        own_start = starts[np.searchsorted(np.unique(county), county)] if len(county) else starts
        return pa.table(
            {
                "tie_row": (tie - start).astype(np.int64),
                "person_id": self.tie_person[tie],
                "obligor_id": self.obligor[low:high],
                "kind": self.kind[low:high].astype(np.int8),
                "obligor_county": county.astype(np.int32),
                "obligor_row": np.where(placed, obligor_tie - own_start, -1).astype(np.int64),
            }
        )


def obligor_edges(found: Extract) -> Edges:
    """Parents, children, spouses, brothers and sisters, grandparents and grandchildren who live and are elsewhere.

    Somebody whose kin no source vouches for may have a child that nobody recorded: an edge to nobody says so.
    """
    person, relative, kind = _both_ways(found)
    people = len(found.person_id)
    alive = found.person_died == NEVER
    order = np.argsort(found.tie_row, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(found.tie_row, minlength=people))])
    home = np.full(people, -1, np.int64)
    home[found.tie_row[::-1]] = np.arange(len(found.tie_row))[::-1]
    inside = alive[person] & alive[relative]
    person, relative, kind = person[inside], relative[inside], kind[inside]
    low = starts[person]
    repeat = starts[person + 1] - low
    tie = order[np.repeat(low, repeat) + _ranges(repeat)]
    relative, kind = np.repeat(relative, repeat), np.repeat(kind, repeat)
    unit_of_tie = np.repeat(np.arange(len(found.unit_id)), np.diff(found.offsets))
    obligor_tie = home[relative]
    elsewhere = (obligor_tie < 0) | (unit_of_tie[np.maximum(obligor_tie, 0)] != unit_of_tie[tie])
    tie, relative, kind, obligor_tie = (a[elsewhere] for a in (tie, relative, kind, obligor_tie))
    tie, relative, kind, obligor_tie = _with_doubt(found, alive, tie, relative, kind, obligor_tie)
    sort = np.lexsort([kind, relative, tie])
    county = (found.unit_township // 1000)[unit_of_tie]
    distinct, first = np.unique(county, return_index=True)
    return Edges(
        tie[sort],
        np.where(relative[sort] >= 0, found.person_id[relative[sort]], 0),
        kind[sort],
        obligor_tie[sort],
        county,
        dict(zip(distinct.tolist(), first.tolist(), strict=True)),
        found.offsets,
        found.person_id,
        found.tie_person,
    )


def _with_doubt(
    found: Extract, alive: Array, tie: Array, relative: Array, kind: Array, obligor_tie: Array
) -> tuple[Array, Array, Array, Array]:
    """The edges, and one to nobody in particular for each living tie whose kin are not vouched for."""
    assert found.kin_vouched is not None
    open_question = np.flatnonzero((alive & ~found.kin_vouched)[found.tie_row])
    nobody = np.full(len(open_question), -1, np.int64)
    return (
        np.concatenate([tie, open_question]),
        np.concatenate([relative, nobody]),
        np.concatenate([kind, np.full(len(open_question), Obligor.CHILD)]),
        np.concatenate([obligor_tie, nobody]),
    )


def _both_ways(found: Extract) -> tuple[Array, Array, Array]:
    """Recorded edges read from both ends, and the brothers and sisters of orphaned minors from common parents."""
    kin = found.kin
    person, relative = locate(found.person_id, kin["person_id"]), locate(found.person_id, kin["relative_id"])
    known = (person >= 0) & (relative >= 0)
    person, relative, kind = person[known], relative[known], kin["kind"][known]
    there, back = np.zeros(6, np.int64), np.zeros(6, np.int64)
    for code, forward, reverse in (
        (codes.Kin.FATHER, Obligor.PARENT, Obligor.CHILD),
        (codes.Kin.MOTHER, Obligor.PARENT, Obligor.CHILD),
        (codes.Kin.SPOUSE, Obligor.SPOUSE, Obligor.SPOUSE),
        (codes.Kin.SIBLING, Obligor.SIBLING, Obligor.SIBLING),
        (codes.Kin.GRANDPARENT, Obligor.GRANDPARENT, Obligor.GRANDCHILD),
    ):
        there[code], back[code] = forward, reverse
    orphans, siblings = _siblings_of_orphans(found, person, relative, kind)
    return (
        np.concatenate([person, relative, orphans]),
        np.concatenate([relative, person, siblings]),
        np.concatenate([there[kind], back[kind], np.full(len(orphans), Obligor.SIBLING)]),
    )


def _siblings_of_orphans(found: Extract, person: Array, relative: Array, kind: Array) -> tuple[Array, Array]:
    """Of minors none of whose registered parents lives: the other children of those parents."""
    parental = (kind == codes.Kin.FATHER) | (kind == codes.Kin.MOTHER)
    child, parent = person[parental], relative[parental]
    alive = found.person_died == NEVER
    minor = add_years(found.person_born, 18) > found.moment.day
    cared = np.zeros(len(found.person_id), bool)
    cared[child[alive[parent]]] = True
    orphaned = minor[child] & ~cared[child]
    by_parent = np.argsort(parent, kind="stable")
    sorted_parent, sorted_child = parent[by_parent], child[by_parent]
    low = np.searchsorted(sorted_parent, parent[orphaned], "left")
    high = np.searchsorted(sorted_parent, parent[orphaned], "right")
    ones = np.repeat(child[orphaned], high - low)
    others = sorted_child[np.repeat(low, high - low) + _ranges(high - low)]
    pairs = np.unique(np.stack([ones, others])[:, ones != others], axis=1)
    return pairs[0], pairs[1]


def _ranges(lengths: Array) -> Array:
    """0..n-1 for each length, one after the other."""
    if not len(lengths):
        return np.zeros(0, np.int64)
    ends = np.cumsum(lengths)
    ranges: Array = np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
    return ranges
