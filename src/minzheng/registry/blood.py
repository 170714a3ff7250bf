"""Who is related to whom by blood: the direct line, and collaterals within three generations (Civil Code art. 1048).

The registry knows edges to parents, and beyond them brothers, sisters and grandparents where the parent between is not
registered. A kinship that no edge shows is unknown, never absent: `Family.unrecorded` says which edges are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Q

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.models import Kinship, Person
from minzheng.registry.where import in_scope
from minzheng.values.errors import Refusal

#: Nobody alive has a recorded ancestor further up.
_GENERATIONS = 6
_PARENT = (codes.Kin.FATHER, codes.Kin.MOTHER)


class Degree(NamedTuple):
    """Generations up to the common ancestor, and down from there to the relative."""

    up: int
    down: int

    @property
    def direct(self) -> bool:
        """直系."""
        return self.up == 0 or self.down == 0

    @property
    def within_three(self) -> bool:
        """直系, or 三代以内旁系: not further from the common ancestor than grandchildren are."""
        return self.direct or max(self) <= 2

    @property
    def label(self) -> str:
        known = _LABELS.get(self)
        if known:
            return known
        return "曾祖辈以上直系长辈" if self.down == 0 else "曾孙辈以下直系晚辈"


_LABELS = {
    (1, 0): "父母", (2, 0): "祖父母、外祖父母", (0, 1): "子女", (0, 2): "孙子女、外孙子女", (1, 1): "兄弟姐妹",
    (2, 1): "父母的兄弟姐妹", (1, 2): "兄弟姐妹的子女", (2, 2): "堂、表兄弟姐妹",
}  # fmt: skip


@dataclass(frozen=True)
class Family:
    """The blood relatives of a person by id, the nearest degree each; and whose parents are not on record."""

    person: int
    degrees: dict[int, Degree]
    #: Of the person and of their parents: those of whom not both parents are registered.
    unrecorded: tuple[int, ...]

    def relation_to(self, other: int) -> Degree | None:
        """The degree to somebody; None where no recorded edge shows one."""
        return self.degrees.get(other)


def family_of(actor: Actor, person: int, *, on: date, known_at: datetime | None = None) -> Family:
    """Blood relatives as recorded on a day and as known at a moment, wherever in the city they are registered.

    The actor must see the person; of relatives elsewhere the ids come back and nothing else. Refuses an unknown person.
    """
    actor.require(Permission.SEE_HOUSEHOLDS)
    if not Person.objects.filter(in_scope(actor, Person), id=person).exists():
        raise Refusal(
            "person.not_found", "没有找到该人员，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    with scope(system_actor("kinship")):
        return _Search(_edges(on, known_at)).family(person)


_Edges = Callable[[Iterable[int], Iterable[int], bool], set[int]]


def _edges(on: date, known_at: datetime | None) -> _Edges:
    """Steps along recorded edges. Blood does not end: an edge that was ever in force by the day counts."""
    known = Q(superseded_at=None)
    if known_at is not None:
        known = Q(recorded_at__lte=known_at) & (Q(superseded_at=None) | Q(superseded_at__gt=known_at))
    rows = Kinship.objects.filter(known, since__lte=on)

    def step(people: Iterable[int], kinds: Iterable[int], forwards: bool) -> set[int]:
        here, there = ("person_id", "relative_id") if forwards else ("relative_id", "person_id")
        found = rows.filter(**{f"{here}__in": list(people)}, kind__in=list(kinds))
        return set(found.values_list(there, flat=True))

    return step


class _Search:
    """Generation by generation, a few queries each."""

    def __init__(self, step: _Edges) -> None:
        self.step = step

    def parents(self, people: Iterable[int]) -> set[int]:
        return self.step(people, _PARENT, True)

    def children(self, people: Iterable[int]) -> set[int]:
        return self.step(people, _PARENT, False)

    def grandparents(self, people: Iterable[int]) -> set[int]:
        """Those recorded as such, without the parent between."""
        return self.step(people, [codes.Kin.GRANDPARENT], True)

    def grandchildren(self, people: Iterable[int]) -> set[int]:
        return self.step(people, [codes.Kin.GRANDPARENT], False)

    def siblings(self, people: Iterable[int]) -> set[int]:
        sibling = [codes.Kin.SIBLING]
        return self.step(people, sibling, True) | self.step(people, sibling, False)

    def family(self, person: int) -> Family:
        degrees: dict[int, Degree] = {}

        def note(people: set[int], up: int, down: int) -> set[int]:
            for one in people - {person}:
                degrees.setdefault(one, Degree(up, down))
            return people

        above = self._line(person, self.parents, self.grandparents)
        below = self._line(person, self.children, self.grandchildren)
        for generation in range(1, _GENERATIONS + 1):
            note(above[generation], generation, 0)
            note(below[generation], 0, generation)
        siblings = note(self.children(above[1]) | self.siblings([person]), 1, 1)
        uncles = note(self.children(above[2]) | self.siblings(above[1]), 2, 1)
        note(self.children(siblings) | self.grandchildren(above[1]), 1, 2)
        note(self.children(uncles) | self.grandchildren(above[2]), 2, 2)
        return Family(person, degrees, self._unrecorded([person, *sorted(above[1])]))

    @staticmethod
    def _line(
        person: int, near: Callable[[Iterable[int]], set[int]], far: Callable[[Iterable[int]], set[int]]
    ) -> list[set[int]]:
        """Generations of the direct line: each from the one before, and over a gap from the one before that."""
        line = [{person}, near([person])]
        while len(line) <= _GENERATIONS:
            line.append(near(line[-1]) | far(line[-2]))
        return line

    def _unrecorded(self, people: list[int]) -> tuple[int, ...]:
        return tuple(one for one in people if len(self.parents([one])) < len(_PARENT))
