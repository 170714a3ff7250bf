"""Kinship across households, parents who are not there, and who supports whom.

The poor are tied to the poor and the well-off to the well-off, so that support never brings anybody near a line; the
cohort `rich_child` is the exception on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minzheng.demo.livelihood import Lives, counted, standard_year
from minzheng.demo.people import TODAY, Array, Bools, City, Ints

DEAD, SEVERE_DISABILITY, PRISON, NO_CONTACT = 2, 6, 8, 11
CHILD_AGE, PARENT_AGE = 18, 46


@dataclass
class Ties:
    """By person: what is said of parents, by registry code (0 nothing), and the days it began."""

    father_state: Array
    mother_state: Array
    father_since: Ints
    mother_since: Ints
    father_away: Bools
    mother_away: Bools
    recognised_orphan: Bools
    in_institution: Bools


def tie(city: City, lives: Lives) -> Ties:
    """Set `father` and `mother` across households in `city`, and return the rest."""
    people = city.persons
    ties = Ties(
        np.zeros(people, np.int8), np.zeros(people, np.int8), np.zeros(people, np.int64),
        np.zeros(people, np.int64), np.zeros(people, bool), np.zeros(people, bool), np.zeros(people, bool),
        np.zeros(people, bool),
    )  # fmt: skip
    chance = city.chance(21)
    _single_parents(city, ties, chance)
    _children_of_the_poor(city, chance)
    _children_of_the_rest(city, chance)
    _rich_children(city, lives, chance)
    _parents_gone(city, ties, chance)
    return ties


def generation_gap(parents: Ints, children: Ints, ages: Ints) -> tuple[Ints, Ints]:
    """Pairs (parent, child) whose ages allow it; as many as there can be, nobody twice."""
    parents = parents[np.argsort(ages[parents], kind="stable")]
    children = children[np.argsort(ages[children], kind="stable")]
    found, next_child = [], 0
    parent_age, child_age = ages[parents].tolist(), ages[children].tolist()
    for number, age in enumerate(parent_age):
        while next_child < len(child_age) and child_age[next_child] < age - PARENT_AGE:
            next_child += 1
        if next_child == len(child_age):
            break
        if child_age[next_child] <= age - CHILD_AGE:
            found.append((number, next_child))
            next_child += 1
    pairs = np.array(found, np.int64).reshape(-1, 2)
    return parents[pairs[:, 0]], children[pairs[:, 1]]


def _children_of_the_poor(city: City, chance: np.random.Generator) -> None:
    """An able child elsewhere, as poor, for each poor elder: who would be 特困 without one."""
    pool = np.concatenate([
        city.member(city.tagged("spouse_able"), 1), city.member(city.tagged("head_able"), 0),
        city.member(city.tagged("both_able"), 0), city.member(city.tagged("both_able"), 1),
    ])  # fmt: skip
    pool = chance.permutation(pool[city.age[pool] <= 57])
    _link(city, city.tagged("wants_child"), pool)


def _children_of_the_rest(city: City, chance: np.random.Generator) -> None:
    elders = np.concatenate([city.of("elder"), city.of("elders")])
    elders = elders[chance.random(len(elders)) < 0.84]
    kinds = ("pair", "family", "family_two", "grown_child", "parent")
    homes = np.concatenate([city.of(kind) for kind in kinds])
    pool = np.concatenate([city.member(homes, 0), city.member(homes[city.size[homes] > 2], 1)])
    pool = chance.permutation(pool[(city.father[pool] < 0) & (city.mother[pool] < 0)])
    _link(city, elders, pool[: 2 * len(elders)])


def _link(city: City, elder_homes: Ints, pool: Ints) -> None:
    """Couples take children of whom neither parent is known; then men and women alone take what is free."""
    couples = elder_homes[city.size[elder_homes] == 2]
    wives, children = generation_gap(city.member(couples, 1), pool, city.age)
    husbands = wives - 1
    fits = city.age[husbands] - city.age[children] <= PARENT_AGE + 6
    city.father[children[fits]] = husbands[fits]
    city.mother[children[fits]] = wives[fits]
    alone = city.start[elder_homes[city.size[elder_homes] == 1]]
    for parents, tie_of in ((alone[city.male[alone]], city.father), (alone[~city.male[alone]], city.mother)):
        found, children = generation_gap(parents, pool[tie_of[pool] < 0], city.age)
        tie_of[children] = found


def _rich_children(city: City, lives: Lives, chance: np.random.Generator) -> None:
    homes = city.of("pair")
    rich = city.sum_of(counted(lives))[homes] * 12 > 10 * city.size[homes] * standard_year(city)[homes]
    pool = city.member(homes[rich], 0)
    pool = pool[(city.father[pool] < 0) & (city.mother[pool] < 0)]
    _link(city, city.tagged("wants_rich_child"), chance.permutation(pool))


def _single_parents(city: City, ties: Ties, chance: np.random.Generator) -> None:
    """The other parent: dead, or living alone somewhere else in the city after a divorce."""
    kids = city.member(city.of("parent"), 1)
    heads = kids - 1
    of_father = city.male[heads]
    city.mother[kids[of_father]] = -1
    city.father[kids[of_father]] = heads[of_father]
    divorced = chance.random(len(kids)) < 0.6
    alone = city.start[city.of("alone")]
    for sex, tie_of in ((True, city.father), (False, city.mother)):
        without = kids[divorced & (tie_of[kids] < 0)]
        found, children = generation_gap(
            chance.permutation(alone[city.male[alone] == sex]), without, city.age
        )
        tie_of[children] = found
    everyone = np.concatenate([kids, city.member(city.of("dibao_single_parent"), 1)])
    fatherless, motherless = everyone[city.father[everyone] < 0], everyone[city.mother[everyone] < 0]
    ties.father_state[fatherless] = DEAD
    ties.mother_state[motherless] = DEAD
    for rows, since in ((fatherless, ties.father_since), (motherless, ties.mother_since)):
        since[rows] = np.maximum(city.birth[rows] + 3, TODAY - chance.integers(100, 2_500, len(rows)))


def _parents_gone(city: City, ties: Ties, chance: np.random.Generator) -> None:
    """Orphans, children nobody looks after in fact, children left behind, orphans who study."""
    orphans = city.member(city.of("orphan"), 2)
    _say(ties, city, chance, orphans, DEAD, DEAD)
    ties.recognised_orphan[orphans] = True
    ties.in_institution[orphans] = chance.random(len(orphans)) < 0.16
    city.here[orphans[ties.in_institution[orphans]]] = False
    unattended = city.member(city.of("unattended"), 2)
    luck = chance.random(len(unattended))
    father = np.select([luck < 0.45, luck < 0.8], [DEAD, PRISON], NO_CONTACT)
    _say(ties, city, chance, unattended, father, np.where(luck < 0.8, NO_CONTACT, PRISON))
    with_mother = city.member(city.of("unattended_mother"), 3)
    _say(ties, city, chance, with_mother, DEAD, SEVERE_DISABILITY)
    students = city.member(city.of("orphan_student"), 2)
    _say(ties, city, chance, students, DEAD, DEAD)
    for since in (ties.father_since, ties.mother_since):
        since[students] = city.birth[students] + chance.integers(3 * 365, 16 * 365, len(students))
    ties.recognised_orphan[students] = True
    both = city.member(city.of("left_behind"), 4)
    ties.father_away[both] = ties.mother_away[both] = True
    ties.father_away[city.member(city.of("one_parent_away"), 4)] = True


def _say(
    ties: Ties, city: City, chance: np.random.Generator, rows: Ints, father: object, mother: object
) -> None:
    ties.father_state[rows] = father
    ties.mother_state[rows] = mother
    for since in (ties.father_since, ties.mother_since):
        since[rows] = np.maximum(city.birth[rows] + 40, TODAY - chance.integers(420, 2_200, len(rows)))


def grandparents(city: City) -> tuple[Ints, Ints]:
    """(grandchild, grandparent) where no parent of the child is in the registry."""
    rows = np.flatnonzero((city.relation == 5) & (city.father < 0) & (city.mother < 0))
    head = city.start[city.home[rows]]
    return np.concatenate([rows, rows]), np.concatenate([head, head + 1])
