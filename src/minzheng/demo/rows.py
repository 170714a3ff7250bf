"""The city as the registry's tables: one function a table, each giving Arrow columns. Nothing is decided here.

Ids are positions moved up past the fixed households. Extra people (a late spouse, a child in another province, a person
written twice) stand after everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.demo import names
from minzheng.demo.figures import BUSINESS_DATE, COUNTIES, STALE_DEPOSITS, STALE_SINCE, STALE_TRUSTED
from minzheng.demo.identity import numbers, public_ids
from minzheng.demo.kin import DEAD, NO_CONTACT, PRISON, Ties, grandparents
from minzheng.demo.livelihood import ABLE, SENIOR_HIGH, Lives, quota
from minzheng.demo.people import FIRST_HOUSEHOLD, FIRST_PERSON, TODAY, Array, Bools, City, Ints, days
from minzheng.demo.plants import Story
from minzheng.demo.receipts import NOBODY, Programme, month_of, month_start
from minzheng.demo.shapes import Life

Columns = dict[str, Any]
CITY_DIVISION = 1404
ELSEWHERE = (110105, 410105, 610113, 320106, 330106)
COVERAGE_KINDS = range(1, 31)
DEPOSITS = 16
# registry source codes
POLICE, BUREAU, FEDERATION, INSURANCE, TAX, HEALTH, EDUCATION, JUSTICE = 1, 2, 3, 4, 5, 7, 8, 9
ESTATE, TRAFFIC, MARKET, FINANCE, FUNERAL, MARRIAGE, VILLAGE, VISIT, AGRICULTURE, JOBS = (
    10, 11, 12, 13, 14, 15, 16, 18, 21, 22,
)  # fmt: skip
LATE_SPOUSES = 12_000


@dataclass
class World:
    """Everything rows are written from."""

    city: City
    lives: Lives
    ties: Ties
    story: Story
    extra: Extra = field(init=False)
    opened: Ints = field(init=False)

    def __post_init__(self) -> None:
        chance = self.city.chance(41)
        self.opened = month_start(2006, 1) + chance.integers(0, 5_600, self.city.households)
        self.extra = _extra(self, chance)

    @property
    def township(self) -> Ints:
        """By person, the extra ones included."""
        of_home = (self.city.village // 1000)[self.city.home]
        return np.concatenate([of_home, (self.city.village // 1000)[self.extra.home]])

    def chance(self, stage: int) -> np.random.Generator:
        return self.city.chance(stage)


@dataclass
class Extra:
    """People beside the city's own; `home` is the household they belong or belonged to, or their parents'."""

    home: Ints
    kind: Array
    twin: Ints
    male: Bools
    birth: Ints
    died_on: Ints


LATE, OUTSIDE, TWIN = 1, 2, 3


def tables(world: World) -> Iterator[tuple[str, pa.Table]]:
    """Every table in the order it is loaded; the larger ones are made only when asked for."""
    for name, make in _MAKERS:
        yield name, arrow(make(world))


def arrow(columns: Columns) -> pa.Table:
    """Columns as Arrow: scalars repeated, days as dates; where a date may be missing 0 says so."""
    count = next(len(values) for values in columns.values() if hasattr(values, "__len__"))
    return pa.table({key: _column(key, values, count) for key, values in columns.items()})


def _column(key: str, values: Any, count: int) -> pa.Array:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    array = np.broadcast_to(np.asarray(values), (count,))
    if key in _DATES:
        # the first day of 1970 is a birthday like any other: 0 is nothing only where nothing is possible
        missing = array == 0 if key in _OPEN_DATES else None
        return pa.array(array.astype(np.int32), mask=missing).cast(pa.date32())
    if key in _NULLABLE:
        return pa.array(array, mask=array == _NULLABLE[key])
    return pa.array(np.ascontiguousarray(array))


_DATES = {"since", "until", "opened_on", "birth_date", "died_on", "expires_on", "reported_on", "relieved_on", "on_day",
          "lives_here_since", "complete_to", "trusted_until", "offered_on"}  # fmt: skip
_OPEN_DATES = {"until", "expires_on", "reported_on", "relieved_on", "lives_here_since"}
_NULLABLE = {"fen": -1, "term_months": -1, "labour": 0, "level": -1, "mind_level": -1}


# -- people and households -------------------------------------------------------------------------------


def _extra(world: World, chance: np.random.Generator) -> Extra:
    city, hidden = world.city, world.story.hidden
    widowed = quota(chance, city.of("elder"), round(LATE_SPOUSES * city.scale))
    head = city.start[widowed]
    outside, twin = hidden.outside_child, hidden.written_twice
    hosts = chance.choice(city.of("family"), len(twin), replace=False)
    birth = np.concatenate([
        city.birth[head] + chance.integers(-1_500, 1_500, len(head)),
        city.birth[outside] + 25 * 365 + chance.integers(0, 2_500, len(outside)),
        city.birth[twin],
    ])  # fmt: skip
    kinds = np.repeat([LATE, OUTSIDE, TWIN], [len(widowed), len(outside), len(twin)])
    died = np.where(kinds == LATE, TODAY - chance.integers(70, 560, len(kinds)), 0)
    twins = np.concatenate([head, outside, twin])
    male = np.where(
        kinds == LATE,
        ~city.male[twins],
        np.where(kinds == TWIN, city.male[twins], chance.random(len(kinds)) < 0.5),
    )
    return Extra(np.concatenate([widowed, city.home[outside], hosts]), kinds, twins, male, birth, died)


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
    wrong = world.story.hidden.wrong_birth
    written[wrong] += world.chance(43).choice((-31, -10, -1, 1, 10, 31, 365), len(wrong))
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
    return {**_about(world, rows), "died_on": died[rows], "source": FUNERAL}


def standing(world: World) -> Columns:
    city = world.city
    return {
        **_homes(world, np.arange(city.households)),
        "registration": np.where(city.urban, 1, 2),
        "contracted_land": ~city.urban,
        "relocated_to_town": False,
        "cooperates": True,
        "since": world.opened,
        "source": AGRICULTURE,
    }


# -- what they live on -----------------------------------------------------------------------------------


def income(world: World) -> Columns:
    """Steady incomes since long ago, and the raises of this year."""
    lives = world.lives
    kind, rows = np.nonzero(lives.income)
    fen = lives.income[kind, rows]
    began = month_of(month_start(2018, 1) + world.chance(48).integers(0, 1_300, world.city.persons))
    since = began[rows]
    raised = np.flatnonzero(lives.raise_fen)
    died = lives.died_on[np.concatenate([rows, raised])]
    everyone = np.concatenate([rows, raised])
    kinds = np.concatenate([kind, np.ones(len(raised), np.int64)])
    return {
        **_about(world, everyone),
        "kind": kinds,
        "fen": np.concatenate([fen, lives.raise_fen[raised]]),
        "since": np.concatenate([since, lives.raise_since[raised]]),
        "until": np.where(died > 0, month_of(died, 1), 0),
        "source": np.take(
            [0, TAX, TAX, FINANCE, INSURANCE, INSURANCE, INSURANCE, VILLAGE, VILLAGE, TAX, VILLAGE], kinds
        ),
    }


def asset(world: World) -> Columns:
    lives = world.lives
    parts = []
    for kind, held, source in (
        (1, lives.deposit, FINANCE), (2, lives.homes, ESTATE), (3, lives.car, TRAFFIC), (5, lives.business, MARKET),
    ):  # fmt: skip
        rows = np.flatnonzero(held)
        worth = held[rows] if kind == 1 else np.full(len(rows), -1)
        quantity = held[rows] if kind == 2 else np.ones(len(rows), np.int64)
        parts.append((rows, np.full(len(rows), kind), worth, quantity, np.full(len(rows), source)))
    people, kinds, fen, quantity, sources = (np.concatenate(part) for part in zip(*parts, strict=True))
    since = month_start(2017, 1) + world.chance(49).integers(0, 1_700, len(people))
    return {
        **_about(world, people),
        "kind": kinds,
        "fen": fen,
        "quantity": quantity,
        "since": since,
        "source": sources,
    }


def employment(world: World) -> Columns:
    lives = world.lives
    rows = np.flatnonzero(lives.working & (lives.died_on == 0))
    began = month_start(2014, 1) + world.chance(50).integers(0, 2_900, len(rows))
    only_raise = (lives.raise_since[rows] > 0) & (lives.income[1, rows] == 0)
    return {
        **_about(world, rows),
        "since": np.where(only_raise, lives.raise_since[rows], began),
        "source": JOBS,
    }


def expenditure(world: World) -> Columns:
    """Medical bills of the seriously ill and school bills of some families."""
    city, lives = world.city, world.lives
    chance = world.chance(51)
    ill = np.unique(city.home[lives.serious])
    pupils = np.unique(city.home[np.isin(city.life, (Life.STUDENT,))])
    homes = np.concatenate([ill, pupils])
    amount = np.concatenate(
        [chance.integers(10, 400, len(ill)) * 10_000, chance.integers(40, 90, len(pupils)) * 10_000]
    )
    kind = np.repeat([1, 2], [len(ill), len(pupils)])
    since = month_start(2023, 2) + chance.integers(0, 280, len(homes))
    return {
        **_homes(world, homes),
        "kind": kind,
        "fen": amount,
        "since": since,
        "source": np.where(kind == 1, 6, EDUCATION),
    }


# -- health, ability, school -----------------------------------------------------------------------------


def certificate(world: World) -> Columns:
    lives = world.lives
    rows = np.flatnonzero(lives.level)
    parts = ("visual", "hearing", "speech", "limb", "intellectual", "mental")
    issued = TODAY - world.chance(52).integers(400, 3_000, len(rows))
    return {
        **_about(world, rows),
        "level": lives.level[rows],
        **{part: lives.parts[place, rows] for place, part in enumerate(parts)},
        "expires_on": lives.expires[rows],
        "since": np.maximum(issued, world.city.birth[rows] + 200),
        "source": FEDERATION,
    }


def status(world: World) -> Columns:
    city, lives, ties = world.city, world.lives, world.ties
    since = TODAY - world.chance(53).integers(240, 1_500, city.persons)
    orphaned = np.maximum(ties.father_since, ties.mother_since)
    spells = (
        (1, lives.care_since > 0, lives.care_since, FEDERATION),
        (2, lives.dependent, since, HEALTH),
        (3, lives.serious, since, HEALTH),
        (4, lives.ill, since, HEALTH),
        (8, lives.expecting, np.full(city.persons, TODAY - 120), HEALTH),
        (12, ties.in_institution, orphaned, BUREAU),
        (14, ties.recognised_orphan, orphaned, BUREAU),
        (15, ties.father_away, np.full(city.persons, month_start(2022, 2)), VILLAGE),
        (16, ties.mother_away, np.full(city.persons, month_start(2022, 2)), VILLAGE),
    )
    parts = []
    unstated = np.isin(np.arange(city.persons), world.story.hidden.labour_unstated)
    for kind, who, began, source in spells:
        rows = np.flatnonzero(who & ~unstated if kind == 4 else who)
        parts.append((rows, np.full(len(rows), kind), began[rows], np.full(len(rows), source)))
    people, kinds, starts, sources = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        **_about(world, people),
        "kind": kinds,
        "since": np.maximum(starts, city.birth[people]),
        "source": sources,
    }


def capacity(world: World) -> Columns:
    city, lives = world.city, world.lives
    away = (city.life == Life.AWAY) | ((city.life == Life.EARNER) & (city.relation == 3))
    unable = np.isin(city.life, (Life.STUDENT, Life.DISABLED)) & (city.relation == 3)
    stated = (lives.labour > 0) | away | unable
    stated[world.story.hidden.labour_unstated] = False
    rows = np.flatnonzero(stated)
    known = away[rows] | unable[rows]
    return {
        **_about(world, rows),
        "labour": np.where(away[rows], ABLE, lives.labour[rows]),
        "independent": pa.array(away[rows], mask=~known),
        "since": month_start(2022, 1),
        "source": VISIT,
    }


def selfcare(world: World) -> Columns:
    assessed = world.lives.selfcare >= 0
    assessed[world.story.hidden.selfcare_missing] = False
    rows = np.flatnonzero(assessed)
    return {
        **_about(world, rows),
        "fails": world.lives.selfcare[rows],
        "since": world.lives.selfcare_on[rows],
        "source": VISIT,
    }


def enrolment(world: World) -> Columns:
    """The stage of now, and before it the senior high school of orphans who study."""
    city, lives = world.city, world.lives
    rows = np.flatnonzero(lives.stage)
    first_age = np.take([0, 3, 6, 15, 15, 18, 18, 22, 24], lives.stage[rows])
    years = np.minimum(np.maximum(city.age[rows] - first_age, 0), 8)
    since = (np.datetime64("2023-09", "M") - 12 * years).astype("datetime64[D]").astype(np.int64)
    before = np.flatnonzero(
        world.ties.recognised_orphan[rows] & (city.age[rows] >= 18) & (lives.stage[rows] > SENIOR_HIGH)
    )
    earlier = rows[before]
    everyone = np.concatenate([rows, earlier])
    return {
        **_about(world, everyone),
        "stage": np.concatenate([lives.stage[rows], np.full(len(earlier), SENIOR_HIGH)]),
        "full_time": True,
        "since": np.concatenate([since, since[before] - 3 * 365]),
        "until": np.concatenate([np.zeros(len(rows), np.int64), since[before]]),
        "source": EDUCATION,
    }


def restriction(world: World) -> Columns:
    rows = np.flatnonzero(world.lives.prison_since)
    return {
        **_about(world, rows),
        "kind": 1,
        "term_months": 24,
        "since": world.lives.prison_since[rows],
        "source": JUSTICE,
    }


def parentstate(world: World) -> Columns:
    parts = []
    for parent, state, since in (
        (1, world.ties.father_state, world.ties.father_since),
        (2, world.ties.mother_state, world.ties.mother_since),
    ):
        rows = np.flatnonzero(state)
        parts.append((rows, np.full(len(rows), parent), state[rows], since[rows]))
    people, parents, states, began = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        **_about(world, people),
        "parent": parents,
        "state": states,
        "term_months": np.where(states == PRISON, 120, -1),
        "reported_on": np.where(states == NO_CONTACT, began + 20, 0),
        "since": began,
        "source": np.where(states == DEAD, FUNERAL, np.where(states == PRISON, JUSTICE, VILLAGE)),
    }


# -- aid -------------------------------------------------------------------------------------------------


def relief(world: World) -> Columns:
    homes, cause, grade, happened, relieved = world.story.relief
    waiting = world.story.open_relief
    everyone = np.concatenate([homes, waiting])
    none = np.zeros(len(waiting), np.int64)
    return {
        **_homes(world, everyone),
        "cause": np.concatenate([cause, none + 1]),
        "people": world.city.size[everyone],
        "grade": np.concatenate([grade, none + 2]),
        "relieved_on": np.concatenate([relieved, none]),
        "since": np.concatenate([happened, none + TODAY - 6]),
        "until": np.concatenate([relieved + 1, none]),
        "source": VILLAGE,
    }


def finding(world: World) -> Columns:
    """Hardship found, vehicles judged harmless, incomes that rose by a job."""
    hidden, city = world.story.hidden, world.city
    job = city.of("phase_out")
    parts = (
        (world.story.open_relief, 5, TODAY - 5),
        (hidden.vehicle_judged, 2, TODAY - 90),
        (job, 6, world.lives.raise_since[city.start[job]]),
    )
    homes = np.concatenate([part[0] for part in parts])
    return {
        **_homes(world, homes),
        "kind": np.concatenate([np.full(len(part[0]), part[1]) for part in parts]),
        "holds": True,
        "since": np.concatenate([np.broadcast_to(part[2], len(part[0])) for part in parts]),
        "source": VISIT,
    }


def choice(world: World) -> Columns:
    """Guardians of children without parents chose the children's programme."""
    ties = world.ties
    rows = np.flatnonzero((world.city.age <= 18) & (ties.father_state > 0) & (ties.mother_state > 0))
    return {
        **_about(world, rows),
        "kind": 1,
        "value": 1,
        "since": np.maximum(ties.father_since, ties.mother_since)[rows] + 30,
        "source": BUREAU,
    }


def receipt(world: World) -> Columns:
    programme, homes, people, fen, since, until = world.story.receipts.columns()
    return {
        **_homes(world, homes),
        "person_id": pa.array(people + FIRST_PERSON, mask=people == NOBODY),
        "programme": programme,
        "fen": fen,
        "since": since,
        "until": until,
        "source": BUREAU,
    }


def lifeevent(world: World) -> Columns:
    city, lives = world.city, world.lives
    parts = []
    for kind, day, source in (
        (1, np.where(city.age == 0, city.birth, 0), POLICE), (2, lives.died_on, FUNERAL),
        (6, lives.prison_since, JUSTICE), (9, lives.raise_since, JOBS),
    ):  # fmt: skip
        rows = np.flatnonzero(day)
        parts.append((rows, np.full(len(rows), kind), day[rows], np.full(len(rows), source)))
    people, kinds, on_day, sources = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {**_about(world, people), "kind": kinds, "on_day": on_day, "source": sources}


def suppression(world: World) -> Columns:
    homes = world.story.declined
    return {
        **_homes(world, homes), "kind": 1, "programme": int(Programme.DIBAO), "since": month_start(2023, 10),
        "until": month_start(2024, 10), "source": BUREAU,
    }  # fmt: skip


def coverage(_world: World) -> Columns:
    """Every source delivers for the whole city up to the business date; bank deposits only where they still come."""
    today = days(BUSINESS_DATE)
    counties = sorted({county.code for county in COUNTIES})
    rows = [(CITY_DIVISION, kind, today, today + 92) for kind in COVERAGE_KINDS if kind != DEPOSITS]
    for code in counties:
        stale = code in STALE_DEPOSITS
        to, trusted = (days(STALE_SINCE), days(STALE_TRUSTED)) if stale else (today, today + 92)
        rows.append((code, DEPOSITS, to, trusted))
    division, kind, complete, trusted_until = (np.array(column) for column in zip(*rows, strict=True))
    return {
        "division": division, "kind": kind, "since": month_start(2019, 1), "complete_to": complete,
        "trusted_until": trusted_until, "source": BUREAU,
    }  # fmt: skip


def gap(world: World) -> Columns:
    hidden = world.story.hidden
    return {
        **_about(world, hidden.gap_person),
        "kind": hidden.gap_kind,
        "since": month_start(2022, 6),
        "source": BUREAU,
    }


def _about(world: World, people: Ints) -> Columns:
    return {"person_id": people + FIRST_PERSON, "township": world.township[people]}


def _homes(world: World, homes: Ints) -> Columns:
    return {"household_id": homes + FIRST_HOUSEHOLD, "township": (world.city.village // 1000)[homes]}


_MAKERS: tuple[tuple[str, Callable[[World], Columns]], ...] = tuple(
    (make.__name__, make)
    for make in (
        person, household, membership, hukou, kinship, death, standing, income, asset, certificate, status, capacity,
        selfcare, enrolment, employment, restriction, parentstate, expenditure, relief, finding, choice, receipt,
        lifeevent, suppression, coverage, gap,
    )
)  # fmt: skip
TABLE_NAMES = tuple(name for name, _ in _MAKERS)
