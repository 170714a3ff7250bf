"""Where the households of the city stand and who lives in them: places, ages, sexes, names, ties inside the house.

`City` is a struct of arrays: one entry a household, one entry a person; persons of a household are consecutive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.demo import names
from minzheng.demo.figures import BUSINESS_DATE, COUNTIES, FIGURES, PYRAMID
from minzheng.demo.shapes import Cohort, Level, Life, Member, cohorts
from minzheng.registry.divisions import shipped_divisions

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

#: Ids below these belong to the fixed households (`stories`).
FIRST_HOUSEHOLD = 101
FIRST_PERSON = 1001
TODAY = int(np.datetime64(BUSINESS_DATE, "D").astype(int))
INCOME_KINDS = 11


@dataclass
class City:
    """The invented city. Days are days since 1970-01-01, money is fen per month, -1 is nobody."""

    scale: float
    seed: int
    cohorts: list[Cohort]
    # households
    cohort: Ints
    village: Ints
    urban: Bools
    start: Ints
    size: Ints
    # persons
    home: Ints
    place: Ints
    relation: Ints
    male: Bools
    life: Ints
    age: Ints
    birth: Ints
    here: Bools
    father: Ints
    mother: Ints
    spouse: Ints
    surname: Array
    given: tuple[Array, Array]
    more: dict[str, Array] = field(default_factory=dict)

    @property
    def households(self) -> int:
        return len(self.cohort)

    @property
    def persons(self) -> int:
        return len(self.home)

    def chance(self, stage: int) -> np.random.Generator:
        """A stream of its own for each stage of the generation."""
        return np.random.default_rng([self.seed, stage])

    def of(self, key: str) -> Ints:
        """Households of a cohort."""
        return np.flatnonzero(self.cohort == self._index[key])

    def tagged(self, tag: str) -> Ints:
        """Households whose cohort carries a tag."""
        which = [place for place, cohort in enumerate(self.cohorts) if tag in cohort.tags]
        return np.flatnonzero(np.isin(self.cohort, which))

    def at_level(self, *levels: Level) -> Bools:
        """By household."""
        return np.array([cohort.level in levels for cohort in self.cohorts])[self.cohort]

    def member(self, households: Ints, place: int) -> Ints:
        """Persons at a place of each household."""
        return self.start[households] + place

    def sum_of(self, by_person: Array) -> Array:
        """Sums by household."""
        return np.add.reduceat(by_person, self.start)

    def any_of(self, by_person: Bools) -> Bools:
        """By household: whether it is so of somebody."""
        return np.asarray(np.logical_or.reduceat(by_person, self.start))

    @property
    def _index(self) -> dict[str, int]:
        return {cohort.key: place for place, cohort in enumerate(self.cohorts)}


def settle(scale: float, seed: int) -> City:
    """Place every household and fill it."""
    chance = np.random.default_rng([seed, 1])
    kinds = cohorts(FIGURES["population"].at(scale), scale)
    cohort = np.repeat(np.arange(len(kinds)), [count for _, count in kinds])
    village, urban = _places(chance, [kind for kind, _ in kinds], cohort)
    order = np.lexsort((chance.random(len(cohort)), village))
    cohort, village, urban = cohort[order], village[order], urban[order]
    size = np.array([len(kind.members) for kind, _ in kinds])[cohort]
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    city = _empty(scale, seed, [kind for kind, _ in kinds], cohort, village, urban, start, size)
    for number, kind in enumerate(city.cohorts):
        _fill(city, chance, np.flatnonzero(cohort == number), kind)
    city.birth = birth_days(chance, city.age)
    _name(city, np.random.default_rng([seed, 2]))
    return city


def days(day: date) -> int:
    return int(np.datetime64(day, "D").astype(int))


def birth_days(chance: np.random.Generator, age: Ints) -> Ints:
    """A day in the year that makes the age on the business date; never its last days."""
    new_year = (
        ((BUSINESS_DATE.year - age - 1970).astype("datetime64[Y]")).astype("datetime64[D]").astype(np.int64)
    )
    return np.asarray(new_year + chance.integers(0, 355, len(age)))


def _empty(
    scale: float,
    seed: int,
    kinds: list[Cohort],
    cohort: Ints,
    village: Ints,
    urban: Bools,
    start: Ints,
    size: Ints,
) -> City:
    people = int(size.sum())
    nobody = np.full(people, -1)
    zero = np.zeros(people, np.int64)
    return City(
        scale, seed, kinds, cohort, village, urban, start, size,
        np.repeat(np.arange(len(size)), size), np.arange(people) - np.repeat(start, size),
        zero.copy(), np.zeros(people, bool), zero.copy(), zero.copy(), zero.copy(), np.ones(people, bool),
        nobody.copy(), nobody.copy(), nobody.copy(), zero.astype(np.int16), (zero.astype(np.int16),) * 2,
    )  # fmt: skip


# -- places ----------------------------------------------------------------------------------------------


def _places(chance: np.random.Generator, kinds: list[Cohort], cohort: Ints) -> tuple[Ints, Bools]:
    """A village or community for each household, by the weights of its kind; and whether it is urban."""
    share = np.array([np.nan if kind.urban is None else kind.urban for kind in kinds])[cohort]
    poor = np.array([kind.level is not Level.PLENTY for kind in kinds])[cohort]
    villages = _villages()
    average = villages.rich[villages.urban].sum() / villages.rich.sum()
    urban = chance.random(len(cohort)) < np.where(np.isnan(share), average, share)
    chosen = np.empty(len(cohort), np.int64)
    for in_town in (True, False):
        for is_poor in (True, False):
            here = np.flatnonzero((urban == in_town) & (poor == is_poor))
            of_kind = villages.urban == in_town
            weight = (villages.poor if is_poor else villages.rich)[of_kind]
            chosen[here] = chance.choice(villages.code[of_kind], len(here), p=weight / weight.sum())
    return chosen, urban


@dataclass(frozen=True)
class _Villages:
    code: Ints
    urban: Bools
    rich: npt.NDArray[np.float64]
    poor: npt.NDArray[np.float64]


def _villages() -> _Villages:
    rows = sorted(_real_villages())
    code = np.array([code for code, _ in rows])
    urban = np.array([in_town for _, in_town in rows])
    weight = np.zeros(len(rows))
    poverty = np.ones(len(rows))
    size = 0.4 + (code * 2_654_435_761 % 1_000) / 800
    for county in COUNTIES:
        for in_town, share in ((True, county.urban), (False, 1 - county.urban)):
            here = (code // 1_000_000 == county.code) & (urban == in_town)
            weight[here] = county.thousands * share * size[here] / size[here].sum()
            poverty[here] = county.poverty
    return _Villages(code, urban, weight, weight * poverty)


def _real_villages() -> Iterator[tuple[int, bool]]:
    """Villages and communities of the 128 townships, with whether they are communities."""
    divisions = shipped_divisions()
    townships = {row.code for row in divisions if row.level == 9 and not row.pseudo and row.valid_to is None}
    for row in divisions:
        if row.level == 12 and not row.pseudo and row.valid_to is None and row.code // 1000 in townships:
            yield row.code, "社区" in row.name or "居委会" in row.name


# -- members ---------------------------------------------------------------------------------------------


def _fill(city: City, chance: np.random.Generator, households: Ints, kind: Cohort) -> None:
    for place, member in enumerate(kind.members):
        rows = city.member(households, place)
        city.relation[rows] = member.relation
        city.life[rows] = member.life
        city.here[rows] = member.here
        city.male[rows] = (
            chance.random(len(rows)) < _MEN.get(member.life, 0.5) if member.sex == "x" else member.sex == "m"
        )
        city.age[rows] = _ages(city, chance, households, member)
        for tie in ("father", "mother", "spouse"):
            other = getattr(member, tie)
            if other is not None:
                getattr(city, tie)[rows] = city.member(households, other)
    if "parent_of_head" in kind.tags:
        _tie_parent(city, households, 0, len(kind.members) - 1)
    for place, member in enumerate(kind.members):
        if member.relation == 6 and "parent_of_head" not in kind.tags:
            _tie_parent(city, households, 0, place)


def _tie_parent(city: City, households: Ints, child: int, parent: int) -> None:
    children, parents = city.member(households, child), city.member(households, parent)
    is_father = city.male[parents]
    city.father[children[is_father]] = parents[is_father]
    city.mother[children[~is_father]] = parents[~is_father]


def _ages(city: City, chance: np.random.Generator, households: Ints, member: Member) -> Ints:
    """By the pyramid where nobody else's age says more, else evenly over what that age allows."""
    count = len(households)
    if member.of is None:
        return _pyramid_ages(chance, count, member.least, member.most)
    base = city.age[city.member(households, member.of)]
    low = np.clip(base + member.older[0], member.least, member.most)
    high = np.clip(base + member.older[1], member.least, member.most)
    return np.asarray(low + (chance.random(count) * (high - low + 1)).astype(np.int64))


def _pyramid_ages(chance: np.random.Generator, count: int, least: int, most: int) -> Ints:
    years = np.arange(least, most + 1)
    weight = np.take(PYRAMID, np.minimum(years // 5, len(PYRAMID) - 1))
    return np.asarray(chance.choice(years, count, p=weight / weight.sum()))


#: How often one of either sex is a man: boys are more, and it is widows and bachelors who live alone.
_MEN = {Life.CHILD: 0.53, Life.ELDER: 0.44, Life.EARNER: 0.56}


def _name(city: City, chance: np.random.Generator) -> None:
    """Children have their father's surname, else their mother's."""
    weight = 1 / (np.arange(names.surname_count()) + 4.0)
    city.surname = chance.choice(names.surname_count(), city.persons, p=weight / weight.sum()).astype(
        np.int16
    )
    for _generation in range(2):
        from_whom = np.where(city.father >= 0, city.father, city.mother)
        city.surname = np.where(from_whom >= 0, city.surname[from_whom], city.surname)
    grandchild = (city.relation == 5) & (city.father < 0) & (city.mother < 0)
    city.surname = np.where(grandchild, city.surname[city.start[city.home]], city.surname)
    city.given = names.draw(chance, city.male)
