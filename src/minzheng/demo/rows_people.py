"""Rows of people, households, memberships, hukou and kin: one function a table, nothing is decided here."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.demo import names
from minzheng.demo.identity import numbers, public_ids
from minzheng.demo.kin import grandparents
from minzheng.demo.people import FIRST_HOUSEHOLD, FIRST_PERSON, TODAY, Ints
from minzheng.demo.world import (
    AGRICULTURE,
    FUNERAL,
    LATE,
    MARRIAGE,
    OUTSIDE,
    POLICE,
    TWIN,
    Columns,
    World,
    about,
    homes_of,
)

ELSEWHERE = (110105, 410105, 610113, 320106, 330106)


def person(world: World) -> Columns:
    city, extra = world.city, world.extra
    male = np.concatenate([city.male, extra.male])
    birth = np.concatenate([city.birth, extra.birth])
    surname = np.concatenate([city.surname, city.surname[extra.twin]])
    more = names.draw(world.chance(42), extra.male)
    twin = extra.kind == TWIN
    first, second = (
        np.concatenate([own, np.where(twin, own[extra.twin], new)])
        for own, new in zip(city.given, more, strict=True)
    )
    numbered = numbers(birth, male)
    unnumbered = np.concatenate([np.zeros(city.persons, bool), twin])
    written = birth.copy()
    hidden = world.story.hidden
    written[hidden.wrong_birth] += hidden.birth_shift
    return {
        "id": np.arange(len(male)) + FIRST_PERSON,
        "public_id": public_ids(world.chance(44), len(male)),
        "township": world.township,
        "resident_id": pc.if_else(pa.array(unnumbered), None, numbered),
        "name": names.names(surname, first, second),
        "name_pinyin": names.readings(surname, first, second),
        "sex": np.where(male, 1, 2),
        "birth_date": written,
        "source": POLICE,
    }


def household(world: World) -> Columns:
    city = world.city
    chance = world.chance(45)
    group = chance.integers(1, 13, city.households).astype(str)
    door = chance.integers(1, 180, city.households).astype(str)
    in_town = pa.array(city.urban)
    address = pc.if_else(
        in_town,
        pc.binary_join_element_wise(pa.array(group), "号楼", pa.array(door), "室", ""),
        pc.binary_join_element_wise(pa.array(group), "组", pa.array(door), "号", ""),
    )
    return {
        "id": np.arange(city.households) + FIRST_HOUSEHOLD,
        "public_id": public_ids(world.chance(46), city.households),
        "township": city.village // 1000,
        "village": city.village,
        "address": address,
        "opened_on": world.opened,
        "source": POLICE,
    }


def membership(world: World) -> Columns:
    city, extra = world.city, world.extra
    inside = extra.kind != OUTSIDE
    home = np.concatenate([city.home, extra.home[inside]])
    people = np.concatenate([np.arange(city.persons), city.persons + np.flatnonzero(inside)])
    birth = np.concatenate([city.birth, extra.birth[inside]])
    since = np.maximum(world.opened[home], birth)
    late = extra.kind[inside] == LATE
    own_until = np.zeros(city.persons, np.int64)
    relation = np.concatenate([city.relation, np.where(late, 2, 10)])
    here = np.concatenate([city.here, np.ones(int(inside.sum()), bool)])
    return {
        "household_id": home + FIRST_HOUSEHOLD,
        "township": (city.village // 1000)[home],
        "person_id": people + FIRST_PERSON,
        "person_township": (city.village // 1000)[home],
        "relation": relation,
        "position": np.concatenate([city.place, city.size[extra.home[inside]]]),
        "home": True,
        "lives_here": here,
        "lives_here_since": np.where(here, since, 0),
        "since": since,
        "until": np.concatenate([own_until, np.where(late, extra.died_on[inside] + 1, 0)]),
        "source": POLICE,
    }


def hukou(world: World) -> Columns:
    """A few of those who live alone or as a pair come from elsewhere or still hold a rural hukou.

    Nobody with a certificate does: certificates, and what is paid on them, are had where the hukou is.
    """
    city, extra = world.city, world.extra
    luck = world.chance(47).random(city.households)
    movable = np.isin(
        city.cohort, [n for n, kind in enumerate(city.cohorts) if kind.key in {"alone", "pair"}]
    )
    movable &= ~city.any_of(world.lives.level > 0)
    division = np.where(
        movable & (luck < 0.03), np.take(ELSEWHERE, np.arange(city.households) % len(ELSEWHERE)), city.village
    )
    rural = ~city.urban | (movable & (luck > 0.9))
    from_afar = np.take(ELSEWHERE, np.arange(len(extra.home)) % len(ELSEWHERE))
    return {
        "person_id": np.arange(city.persons + len(extra.home)) + FIRST_PERSON,
        "township": world.township,
        "division": np.concatenate(
            [division[city.home], np.where(extra.kind == OUTSIDE, from_afar, city.village[extra.home])]
        ),
        "rural": np.concatenate([rural[city.home], rural[extra.home]]),
        "since": np.concatenate([city.birth, extra.birth]),
        "source": POLICE,
    }


def kinship(world: World) -> Columns:
    city, extra = world.city, world.extra
    parts: list[tuple[Ints, Ints, int]] = []
    given_up = np.zeros(city.persons, bool)
    given_up[world.story.hidden.outside_child] = True
    for kind, tie_of in ((1, city.father), (2, city.mother)):
        rows = np.flatnonzero(tie_of >= 0)
        rows = rows[~(given_up[tie_of[rows]] & (city.home[tie_of[rows]] != city.home[rows]))]
        parts.append((rows, tie_of[rows], kind))
    couples = np.flatnonzero(city.spouse > np.arange(city.persons))
    parts.append((couples, city.spouse[couples], 3))
    parts.append((*grandparents(city), 5))
    late, outside = (np.flatnonzero(extra.kind == kind) for kind in (LATE, OUTSIDE))
    parts.append((extra.twin[late], late + city.persons, 3))
    for kind, sex in ((1, True), (2, False)):
        of_sex = outside[city.male[extra.twin[outside]] == sex]
        parts.append((of_sex + city.persons, extra.twin[of_sex], kind))
    people = np.concatenate([part[0] for part in parts])
    relatives = np.concatenate([part[1] for part in parts])
    kinds = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    birth = np.concatenate([city.birth, extra.birth])
    wed = np.maximum(birth[people], birth[relatives]) + 22 * 365
    return {
        "person_id": people + FIRST_PERSON,
        "township": world.township[people],
        "relative_id": relatives + FIRST_PERSON,
        "kind": kinds,
        "since": np.where(kinds == 3, np.minimum(wed, TODAY - 60), birth[people]),
        "source": np.where(kinds == 3, MARRIAGE, POLICE),
    }


def death(world: World) -> Columns:
    died = np.concatenate([world.lives.died_on, world.extra.died_on])
    rows = np.flatnonzero(died)
    return {**about(world, rows), "died_on": died[rows], "source": FUNERAL}


def standing(world: World) -> Columns:
    city = world.city
    return {
        **homes_of(world, np.arange(city.households)),
        "registration": np.where(city.urban, 1, 2),
        "contracted_land": ~city.urban,
        "relocated_to_town": False,
        "cooperates": True,
        "since": world.opened,
        "source": AGRICULTURE,
    }
