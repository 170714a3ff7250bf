"""What the people of the city do and live on: school, work, health, certificates, incomes, property.

Incomes are laid into the bands of `shapes`, clear of every line of the law under either reading of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.demo.people import TODAY, Array, Bools, City, Ints
from minzheng.demo.shapes import BANDS, PLENTY_FROM, Level, Life

WAGES, BUSINESS, PROPERTY, EMPLOYEE_PENSION, BASE_PENSION, LOCAL_PENSION, TRANSFERS = 1, 2, 3, 4, 5, 6, 7
SUPPORT_RECEIVED, SUPPORT_PAID, EXEMPT = 8, 9, 10
COUNTED = (WAGES, BUSINESS, PROPERTY, EMPLOYEE_PENSION, LOCAL_PENSION, TRANSFERS, SUPPORT_RECEIVED)
YUAN = 100
#: The standards of dibao a year, in fen (urban, rural): the city's own print for 2023.
STANDARD_YEAR = (12 * 682 * YUAN, 6_637 * YUAN)
#: EXAMPLE of the policy catalogue: what going to work costs, at most half of the urban standard.
JOB_COST_SHARE = 5
JOB_COST_CAP = 341 * YUAN
CENTRAL_PENSION = 103 * YUAN
VISUAL, HEARING, SPEECH, LIMB, INTELLECTUAL, MENTAL = range(6)
KINDERGARTEN, COMPULSORY, SENIOR_HIGH, VOCATIONAL, COLLEGE, UNDERGRADUATE, MASTER = 1, 2, 3, 4, 5, 6, 7
ABLE, PARTLY, UNABLE = 1, 2, 3


@dataclass
class Lives:
    """By person, parallel to the city. Zero is none; days since 1970."""

    income: Ints
    working: Bools
    labour: Array
    stage: Array
    level: Array
    parts: Array
    expires: Ints
    care_since: Ints
    dependent: Bools
    serious: Bools
    ill: Bools
    expecting: Bools
    deposit: Ints
    homes: Array
    car: Bools
    business: Bools
    died_on: Ints
    prison_since: Ints
    raise_fen: Ints
    raise_since: Ints
    selfcare: Array
    selfcare_on: Ints


def live(city: City) -> Lives:
    """Everything above for everybody, before anything is planted."""
    lives = _nothing(city.persons)
    _school(city, lives, city.chance(11))
    _health(city, lives, city.chance(12))
    _work(city, lives, city.chance(13))
    _plenty(city, lives, city.chance(14))
    _care_in_plenty(city, lives, city.chance(15))
    _enough(city, lives)
    _scarce(city, lives, city.chance(16))
    _phase_out(city, lives, city.chance(18))
    _property(city, lives, city.chance(17))
    return lives


def standard_year(city: City) -> Ints:
    """By household."""
    return np.where(city.urban, STANDARD_YEAR[0], STANDARD_YEAR[1])


def job_cost(wages: Ints) -> Ints:
    return np.minimum(wages // JOB_COST_SHARE, JOB_COST_CAP)


def counted(lives: Lives, kinds: tuple[int, ...] = COUNTED) -> Ints:
    """Countable income a month by person: without the central pension and aid, less the cost of going to work."""
    total = sum(lives.income[kind] for kind in kinds)
    return np.asarray(total - job_cost(lives.income[WAGES]))


def wages_for(net: Ints) -> Ints:
    """The wage whose countable part is about so much, in whole yuan."""
    small = net * JOB_COST_SHARE // (JOB_COST_SHARE - 1)
    return np.where(small // JOB_COST_SHARE < JOB_COST_CAP, small, net + JOB_COST_CAP) // YUAN * YUAN


def quota(chance: np.random.Generator, among: Ints, count: int) -> Ints:
    """So many of them, drawn without repetition; all when there are fewer."""
    return np.sort(chance.permutation(among)[:count])


def _nothing(people: int) -> Lives:
    def zeros(kind: type[np.generic] = np.int64) -> npt.NDArray[Any]:
        return np.zeros(people, kind)

    return Lives(
        np.zeros((11, people), np.int64), zeros(np.bool_), zeros(np.int8), zeros(np.int8), zeros(np.int8),
        np.zeros((6, people), np.int8), zeros(), zeros(), zeros(np.bool_), zeros(np.bool_), zeros(np.bool_),
        zeros(np.bool_), zeros(), zeros(np.int8), zeros(np.bool_), zeros(np.bool_), zeros(), zeros(),
        zeros(), zeros(), np.full(people, -1, np.int8), zeros(),
    )  # fmt: skip


def _school(city: City, lives: Lives, chance: np.random.Generator) -> None:
    child = city.life == Life.CHILD
    luck = chance.random(city.persons)
    age = city.age
    lives.stage[child & (age >= 3) & (age < 6) & (luck < 0.86)] = KINDERGARTEN
    lives.stage[child & (age >= 6) & (age < 15)] = COMPULSORY
    lives.stage[child & (age >= 15)] = np.where(luck < 0.62, SENIOR_HIGH, VOCATIONAL)[child & (age >= 15)]
    student = city.life == Life.STUDENT
    older = np.where(
        age >= 22, np.where(luck < 0.5, MASTER, UNDERGRADUATE), np.where(luck < 0.45, COLLEGE, UNDERGRADUATE)
    )
    lives.stage[student] = older[student]


# -- health ----------------------------------------------------------------------------------------------


def _health(city: City, lives: Lives, chance: np.random.Generator) -> None:
    ill = city.life == Life.ILL
    lives.ill[ill] = True
    everybody_serious = np.isin(city.home, city.of("edge_ill"))
    lives.serious[ill] = (chance.random(city.persons) < np.where(everybody_serious, 2.0, 0.7))[ill]
    disabled = np.flatnonzero(city.life == Life.DISABLED)
    certify(lives, chance, disabled, severe=True)
    bedridden = disabled[chance.random(len(disabled)) < 0.97]
    in_dibao = np.isin(city.home[bedridden], city.of("dibao_disabled"))
    needs_care = bedridden[in_dibao | (chance.random(len(bedridden)) < 0.26)]
    lives.care_since[needs_care] = TODAY - chance.integers(400, 3_000, len(needs_care))
    lives.dependent[needs_care] = chance.random(len(needs_care)) < 0.3
    _light_certificates(city, lives, chance)
    _selfcare(city, lives, chance)


def _selfcare(city: City, lives: Lives, chance: np.random.Generator) -> None:
    """How many of the six things a person in 特困 cannot do alone, and since when that is known."""
    rows = np.flatnonzero(city.at_level(Level.TEKUN)[city.home])
    lives.selfcare[rows] = chance.choice(7, len(rows), p=(0.62, 0.1, 0.07, 0.06, 0.05, 0.05, 0.05))
    lives.selfcare_on[rows] = TODAY - chance.integers(330, 900, len(rows))


def certify(lives: Lives, chance: np.random.Generator, rows: Ints, *, severe: bool) -> None:
    """Certificates for those people: levels 1-2 of a kind that takes the ability to work away, or light ones."""
    luck = chance.random(len(rows))
    level = chance.integers(1, 3, len(rows)) if severe else chance.integers(3, 5, len(rows))
    if severe:
        part = np.select([luck < 0.5, luck < 0.72, luck < 0.9], [LIMB, MENTAL, INTELLECTUAL], VISUAL)
        level = np.where(part == VISUAL, 1, level)
    else:
        part = np.select([luck < 0.6, luck < 0.8], [LIMB, HEARING], VISUAL)
    lives.level[rows] = level
    lives.parts[part, rows] = level
    lives.expires[rows] = TODAY + chance.integers(120, 3_000, len(rows))


def _light_certificates(city: City, lives: Lives, chance: np.random.Generator) -> None:
    """People in dibao with levels 3-4, who draw the living subsidy; and some in plenty, who draw nothing."""
    dibao = city.at_level(Level.DIBAO)[city.home] & np.isin(city.life, (Life.ELDER, Life.ILL))
    wanted = dibao & ~np.isin(city.home, np.concatenate([city.of("rich_child"), city.of("property_over")]))
    certify(lives, chance, quota(chance, np.flatnonzero(wanted), round(17_600 * city.scale)), severe=False)
    plenty = city.at_level(Level.PLENTY)[city.home] & np.isin(city.life, (Life.ELDER, Life.EARNER))
    plenty &= ~np.isin(city.home, city.of("phase_out"))
    certify(lives, chance, quota(chance, np.flatnonzero(plenty), round(30_000 * city.scale)), severe=False)


def _care_in_plenty(city: City, lives: Lives, chance: np.random.Generator) -> None:
    """Severely disabled people with means of their own: they draw the care subsidy and nothing else."""
    general = city.cohort >= next(n for n, kind in enumerate(city.cohorts) if kind.key == "elder")
    free = general[city.home] & (lives.level == 0) & city.here
    elders = quota(chance, np.flatnonzero(free & (city.life == Life.ELDER)), round(30_000 * city.scale))
    children = quota(
        chance, np.flatnonzero(free & (city.life == Life.CHILD) & (city.age > 2)), round(2_500 * city.scale)
    )
    # whose parent or only supporter is severely disabled may himself be 特困: that is planted elsewhere, not here
    with_dependents = np.isin(
        city.home, np.concatenate([city.of(kind) for kind in ("three", "three_two", "five", "parent")])
    )
    adults = free & (city.life == Life.EARNER) & (city.place == 0) & ~with_dependents
    grown = quota(chance, np.flatnonzero(adults), round(13_000 * city.scale))
    rows = np.concatenate([elders, children, grown])
    certify(lives, chance, rows, severe=True)
    lives.care_since[rows] = TODAY - chance.integers(400, 3_000, len(rows))
    lives.dependent[rows] = chance.random(len(rows)) < 0.25
    with_pension = np.concatenate([elders, grown[chance.random(len(grown)) < 0.5]])
    lives.income[EMPLOYEE_PENSION, with_pension] = money(chance, len(with_pension), 2_300, 0.25, 1_300)
    lives.income[BASE_PENSION, with_pension] = lives.income[LOCAL_PENSION, with_pension] = 0
    retired = with_pension[np.isin(with_pension, grown)]
    lives.income[WAGES, retired] = lives.income[BUSINESS, retired] = lives.income[SUPPORT_PAID, retired] = 0
    lives.working[retired] = False
    lives.labour[retired] = UNABLE
    at_work = grown[lives.working[grown]]
    lives.income[WAGES, at_work] = np.maximum(lives.income[WAGES, at_work], 1_500 * YUAN)


# -- work and plenty -------------------------------------------------------------------------------------


def _work(city: City, lives: Lives, chance: np.random.Generator) -> None:
    plenty = city.at_level(Level.PLENTY)[city.home]
    wives = plenty & (city.life == Life.EARNER) & (city.relation == 2)
    housewife = wives & (chance.random(city.persons) < 0.14) & (city.age < 60)
    city.life[housewife] = Life.HOME
    lives.working[np.isin(city.life, (Life.EARNER, Life.AWAY))] = True
    lives.expecting = (
        np.isin(city.home, city.of("expecting")) & (city.life == Life.HOME) & (city.relation == 2)
    )
    idle = ~lives.working & (city.age >= 16) & (city.age < 65) & (lives.stage == 0)
    lives.labour[idle] = np.where(city.life == Life.HOME, ABLE, UNABLE)[idle]


def money(chance: np.random.Generator, count: int, middle: float, spread: float, least: float) -> Ints:
    """Amounts in fen around a middle given in yuan, in whole tens of yuan."""
    drawn = middle * np.exp(chance.normal(0, spread, count))
    return (np.maximum(drawn, least) // 10).astype(np.int64) * 10 * YUAN


def _plenty(city: City, lives: Lives, chance: np.random.Generator) -> None:
    plenty = city.at_level(Level.PLENTY)[city.home]
    urban = city.urban[city.home]
    n = city.persons
    wage = np.where(urban, money(chance, n, 4_300, 0.42, 1_300), money(chance, n, 3_100, 0.40, 1_100))
    farm = plenty & ~urban & (city.life == Life.EARNER) & (chance.random(n) < 0.4)
    worker = plenty & (city.life == Life.EARNER) & ~farm
    lives.income[WAGES, worker] = wage[worker]
    lives.income[BUSINESS, farm] = (wage // 2 + 600 * YUAN)[farm] // 1000 * 1000
    away = city.life == Life.AWAY
    lives.income[WAGES, away] = money(chance, int(away.sum()), 5_000, 0.25, 3_000)
    insured = (worker | away) & (chance.random(n) < 0.5)
    lives.income[SUPPORT_PAID, insured] = (lives.income[WAGES] * 8 // 100 // 100 * 100)[insured]
    elder = plenty & (city.life == Life.ELDER)
    retired = elder & (chance.random(n) < np.where(urban, 0.8, 0.35))
    lives.income[EMPLOYEE_PENSION, retired] = money(chance, int(retired.sum()), 2_900, 0.3, 1_300)
    resident = elder & ~retired
    _resident_pension(lives, chance, np.flatnonzero(resident))
    by_children = resident & (chance.random(n) < 0.5)
    lives.income[SUPPORT_RECEIVED, by_children] = money(chance, int(by_children.sum()), 1_300, 0.2, 1_050)
    by_land = resident & ~by_children
    lives.income[BUSINESS, by_land] = money(chance, int(by_land.sum()), 1_400, 0.25, 1_050)
    dependent = resident & (city.relation == 6)
    lives.income[SUPPORT_RECEIVED, dependent] = lives.income[BUSINESS, dependent] = 0


def _resident_pension(lives: Lives, chance: np.random.Generator, rows: Ints) -> None:
    lives.income[BASE_PENSION, rows] = CENTRAL_PENSION
    lives.income[LOCAL_PENSION, rows] = chance.integers(30, 76, len(rows)) * YUAN


def _enough(city: City, lives: Lives) -> None:
    """Raise the head's income where a household in plenty would come near a line, with or without its absent."""
    plenty = city.at_level(Level.PLENTY)
    year = standard_year(city)
    net = counted(lives) - lives.income[SUPPORT_PAID]
    for present in (np.ones(city.persons, bool), city.here):
        have = city.sum_of(np.where(present, net, 0))
        heads = city.sum_of(present.astype(np.int64))
        need = (heads * year * PLENTY_FROM / 12 - have).astype(np.int64)
        short = np.flatnonzero(plenty & (need > 0))
        head = city.start[short]
        kind = np.where(lives.income[EMPLOYEE_PENSION, head] > 0, EMPLOYEE_PENSION, BUSINESS)
        lives.income[kind, head] += need[short] // 1000 * 1000 + 1000
        net = counted(lives) - lives.income[SUPPORT_PAID]


# -- little ----------------------------------------------------------------------------------------------


def _scarce(city: City, lives: Lives, chance: np.random.Generator) -> None:
    """Incomes of the other levels: pensions first, then what brings the household into its band."""
    year = standard_year(city)
    scarce = ~city.at_level(Level.PLENTY)
    pensioner = np.flatnonzero(scarce[city.home] & (city.age >= 60))
    _resident_pension(lives, chance, pensioner)
    low = np.array([BANDS[kind.level][0] if kind.level in BANDS else 0 for kind in city.cohorts])[city.cohort]
    high = np.array([BANDS[kind.level][1] if kind.level in BANDS else 0 for kind in city.cohorts])[
        city.cohort
    ]
    high = np.where(
        np.isin(city.cohort, [n for n, k in enumerate(city.cohorts) if k.key == "rich_child"]), 0.6, high
    )
    share = low + (high - low) * chance.random(city.households)
    total = (share * city.size * year / 12).astype(np.int64)
    rest = np.maximum(total - city.sum_of(lives.income[LOCAL_PENSION]), 0)
    earner = (city.life == Life.EARNER) & scarce[city.home]
    earners = city.sum_of(earner.astype(np.int64))
    each = rest // np.maximum(earners, 1)
    lives.income[WAGES, earner] = wages_for(each[city.home[earner]])
    without = np.flatnonzero(scarce & (earners == 0))
    _split_among_elders(city, lives, chance, without, rest)


def _split_among_elders(
    city: City, lives: Lives, chance: np.random.Generator, households: Ints, rest: Ints
) -> None:
    """Equal parts for a couple, so that neither stands on the other side of a line than both together."""
    kind = np.where(chance.random(city.households) < 0.5, PROPERTY, TRANSFERS)
    couple = households[city.size[households] == 2]
    alone = households[city.size[households] != 2]
    amount = rest // YUAN * YUAN
    lives.income[kind[alone], city.start[alone]] += amount[alone]
    for place in (0, 1):
        lives.income[kind[couple], city.start[couple] + place] += amount[couple] // 2


def _phase_out(city: City, lives: Lives, chance: np.random.Generator) -> None:
    """Families a new job took out of dibao this year: little before, plenty since."""
    homes = city.of("phase_out")
    first, second = city.member(homes, 0), city.member(homes, 1)
    for rows in (first, second):
        lives.income[1:, rows] = 0
        lives.working[rows] = True
        lives.labour[rows] = 0
        city.life[rows] = Life.EARNER
    base = (0.5 * 3 * standard_year(city)[homes] / 12).astype(np.int64)
    lives.income[WAGES, second] = wages_for(base)
    lives.raise_fen[first] = money(chance, len(homes), 5_600, 0.03, 5_300)
    month = chance.integers(2, 11, len(homes))
    lives.raise_since[first] = (
        (np.datetime64("2022-12", "M") + month).astype("datetime64[D]").astype(np.int64)
    )


def _property(city: City, lives: Lives, chance: np.random.Generator) -> None:
    # who leaves dibao by a job has a wage and not yet property
    plenty = city.at_level(Level.PLENTY) & ~np.isin(np.arange(city.households), city.of("phase_out"))
    head = city.start
    h = city.households
    luck = chance.random((4, h))
    year = standard_year(city)
    little = (chance.random(h) * 0.45 * 2 * year * city.size).astype(np.int64) // 10_000 * 10_000
    much = money(chance, h, 42_000, 0.9, 1_000)
    lives.deposit[head] = np.where(
        plenty, np.where(luck[0] < 0.6, much, 0), np.where(luck[0] < 0.4, little, 0)
    )
    lives.deposit[head[city.of("edge_ill")]] = 0
    over = city.of("property_over")
    lives.deposit[head[over]] = money(chance, len(over), 400_000, 0.2, 250_000)
    lives.homes[head] = np.where(luck[1] < 0.88, 1, 0) + (plenty & (luck[1] < 0.09))
    lives.car[head] = plenty & (luck[2] < 0.42)
    lives.business[head] = plenty & (luck[3] < 0.06)
