"""Whether two people are related by blood as a marriage must not be: direct line, or collaterals within three degrees.

Both ends are walked upwards together, one query a generation, and met at common ancestors. That no recorded edge joins
them settles nothing by itself: it does only where every parent is on record that an unrecorded tie could pass through.
The registry tells no adoptive parent from one by blood: both are recorded as parents and both count here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from minzheng.base.scope import scope, system_actor
from minzheng.registry import codes
from minzheng.registry.blood import Degree
from minzheng.registry.models import Kinship, Person

#: Nobody alive has a recorded ancestor further up.
_GENERATIONS = 6
#: Parents and grandparents: whoever joins two people within three degrees of kin is one of them.
_SHARED = 2
_UP = {codes.Kin.FATHER: 1, codes.Kin.MOTHER: 1, codes.Kin.GRANDPARENT: 2}
_BOTH = {codes.Kin.FATHER, codes.Kin.MOTHER}


class Edge(NamedTuple):
    person: int
    relative: int
    kind: int


@dataclass(frozen=True)
class Between:
    """The nearest degree from the first person to the second; without one, `settled` says whether there is none.

    Neither related nor settled is unknown. Nothing else comes back: not who stands between, nor where they live.
    """

    degree: Degree | None
    settled: bool

    @property
    def related(self) -> bool | None:
        if self.degree is not None:
            return True
        return False if self.settled else None


UNKNOWN = Between(None, settled=False)


def between_indexes(first: bytes, second: bytes, *, on: date) -> Between:
    """The relation of two people by the blind indexes of their numbers, wherever in the city they are registered.

    Somebody whom the registry does not know reads as somebody whose parents are not on record.
    """
    with scope(system_actor("kinship")):
        found = Person.objects.filter(number_index__in=[first, second]).values_list("number_index", "id")
        people = {bytes(index): person for index, person in found if index is not None}
        if first not in people or second not in people:
            return UNKNOWN
        return between(people[first], people[second], edges=_recorded(on), births=_births)


def _recorded(on: date) -> Callable[[Iterable[int]], list[Edge]]:
    """Edges up from people, and to their brothers and sisters. Blood does not end, so neither does an edge."""
    rows = Kinship.objects.filter(superseded_at=None, since__lte=on)

    def edges(people: Iterable[int]) -> list[Edge]:
        here = list(people)
        wanted = Q(person_id__in=here, kind__in=[*_UP, codes.Kin.SIBLING]) | Q(
            relative_id__in=here, kind=codes.Kin.SIBLING
        )
        return [Edge(*row) for row in rows.filter(wanted).values_list("person_id", "relative_id", "kind")]

    return edges


def _births(people: Iterable[int]) -> dict[int, date]:
    return dict(Person.objects.filter(id__in=list(people)).values_list("id", "birth_date"))


def between(
    first: int,
    second: int,
    *,
    edges: Callable[[Iterable[int]], list[Edge]],
    births: Callable[[Iterable[int]], Mapping[int, date]],
) -> Between:
    """The relation of two different people over edges asked for generation by generation."""
    graph = _walk([first, second], edges)
    mine, theirs = _heights(first, graph), _heights(second, graph)
    degree = _nearest(mine, theirs, graph)
    if degree is not None:
        return Between(degree, settled=True)
    born = births({first, second, *mine, *theirs})
    open_somewhere = _open(second, mine, graph, born) or _open(first, theirs, graph, born)
    return Between(None, settled=not open_somewhere)


def _walk(people: list[int], edges: Callable[[Iterable[int]], list[Edge]]) -> set[Edge]:
    found: set[Edge] = set()
    seen, here = set(people), set(people)
    for _ in range(_GENERATIONS):
        if not here:
            break
        reached = edges(here)
        found.update(reached)
        here = {edge.relative for edge in reached if edge.kind in _UP} - seen
        seen |= here
    return found


def _heights(person: int, graph: set[Edge]) -> dict[int, int]:
    """The person at 0 and each recorded ancestor at the fewest generations up."""
    heights = {person: 0}
    for height in range(_GENERATIONS):
        level = {one for one, at in heights.items() if at == height}
        for edge in graph:
            if edge.person in level and edge.kind in _UP:
                up = height + _UP[codes.Kin(edge.kind)]
                heights[edge.relative] = min(up, heights.get(edge.relative, up))
    return heights


def _nearest(mine: Mapping[int, int], theirs: Mapping[int, int], graph: set[Edge]) -> Degree | None:
    degrees = [Degree(mine[one], theirs[one]) for one in mine.keys() & theirs.keys()]
    for edge in graph:
        if edge.kind == codes.Kin.SIBLING:
            for one, other in ((edge.person, edge.relative), (edge.relative, edge.person)):
                if one in mine and other in theirs:
                    degrees.append(Degree(mine[one] + 1, theirs[other] + 1))
    barred = [degree for degree in degrees if degree.within_three]
    return min(barred, key=lambda degree: (not degree.direct, sum(degree), degree.up), default=None)


def _open(other: int, heights: Mapping[int, int], graph: set[Edge], born: Mapping[int, date]) -> bool:
    """Whether an unrecorded parent could join them: one shared, or the other person further up a direct line.

    Above the grandparents only a direct line is left, and a child is born after its ancestors.
    """
    parents: dict[int, set[int]] = {}
    for edge in graph:
        parents.setdefault(edge.person, set()).add(edge.kind)
    for one, height in heights.items():
        recorded = height < _GENERATIONS and parents.get(one, set()) >= _BOTH
        if not recorded and (height < _SHARED or born[other] < born[one]):
            return True
    return False
