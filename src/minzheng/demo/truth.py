"""Who is entitled to what in the invented city: an own reading of the clauses, in plain arithmetic over arrays.

Written from the policy texts alone and kept from the rulebook on purpose, so that one can be measured with the other.
Everything is known here; what the platform may not know is planted elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minzheng.demo.kin import DEAD, NO_CONTACT, PRISON, SEVERE_DISABILITY, Ties, grandparents
from minzheng.demo.livelihood import (
    INTELLECTUAL,
    LIMB,
    MENTAL,
    STANDARD_YEAR,
    VISUAL,
    WAGES,
    YUAN,
    Lives,
    counted,
    job_cost,
    standard_year,
)
from minzheng.demo.people import TODAY, Array, Bools, City, Ints

#: EXAMPLE values of the policy catalogue.
DEPOSIT_MONTHS_DIBAO, DEPOSIT_MONTHS_EDGE = 24, 36
DISPOSABLE_YEAR = (40_000 * YUAN, 20_000 * YUAN)
CARE_OF_TEKUN = (188 * YUAN, 470 * YUAN, 940 * YUAN)
IMPUTED_WAGE = 1_880 * YUAN
CARE_DAYS = 184
ORPHAN_AT_HOME, ORPHAN_IN_INSTITUTION = 1_170 * YUAN, 1_755 * YUAN
LIVING, CARE, OLD_AGE = 80 * YUAN, 80 * YUAN, 70 * YUAN


@dataclass
class Entitled:
    """By household: dibao, edge. By person: the rest. Amounts are fen a month."""

    dibao: Bools
    edge: Bools
    single: Bools
    tekun: Bools
    living: Bools
    care: Bools
    old_age: Bools
    orphan: Bools
    unattended: Bools
    study_aid: Bools
    left_behind: Bools
    dibao_fen: Ints
    single_fen: Ints
    tekun_fen: Ints
    child_fen: Ints
    members: Ints
    doubtful: Bools
    margin: Array


def judge(city: City, lives: Lives, ties: Ties) -> Entitled:
    """Everybody's entitlements on the business date."""
    alive = (lives.died_on == 0) & (lives.prison_since == 0)
    orphan = alive & (city.age < 18) & (ties.father_state == DEAD) & (ties.mother_state == DEAD)
    counts = _counts(city, lives, alive, orphan)
    members = city.sum_of(counts.astype(np.int64))
    now, average = _own(city, lives, alive, current=True), _own(city, lives, alive, current=False)
    due = _support_due(city, now, counts)
    tekun = _tekun(city, lives, alive, now, due)
    income, income_average = (city.sum_of(np.where(counts, own + due, 0)) for own in (now, average))
    dibao, edge = _by_income(city, lives, counts, members, income, tekun)
    dibao_average, edge_average = _by_income(city, lives, counts, members, income_average, tekun)
    single = _single(city, lives, alive, now + due, dibao, edge, tekun)
    year = standard_year(city)
    valid = (lives.level > 0) & (lives.expires >= TODAY) & alive
    unattended = _unattended(city, ties, alive) & ~orphan
    poor = dibao[city.home] | single
    return Entitled(
        dibao, edge, single, tekun,
        living=valid & poor & ~tekun & ~orphan & ~unattended,
        care=valid & (lives.level <= 2) & (lives.care_since > 0) & (lives.care_since < TODAY - CARE_DAYS) & ~tekun,
        old_age=alive & poor & (city.age >= 80) & (city.age <= 99),
        orphan=orphan,
        unattended=unattended,
        study_aid=alive & ties.recognised_orphan & (city.age >= 18) & (lives.stage >= 4) & (lives.stage <= 7),
        left_behind=_left_behind(city, ties, alive),
        dibao_fen=to_yuan(members * year - 12 * income),
        single_fen=to_yuan(year[city.home] - 12 * now),
        tekun_fen=_tekun_fen(city, lives),
        child_fen=np.where(ties.in_institution, ORPHAN_IN_INSTITUTION, ORPHAN_AT_HOME),
        members=members,
        doubtful=(dibao != dibao_average) | (edge != edge_average),
        margin=_margin(income, members, year),
    )  # fmt: skip


def to_yuan(twelve_times_fen: Ints) -> Ints:
    """Half up to whole yuan of a twelfth, never below nothing."""
    return np.maximum((twelve_times_fen + 6 * YUAN) // (12 * YUAN) * YUAN, 0)


# -- household and income --------------------------------------------------------------------------------


def _counts(city: City, lives: Lives, alive: Bools, orphan: Bools) -> Bools:
    """HH-1 to HH-3: who lives together, and students away up to a first degree; not prisoners, not orphans taken in."""
    studies = (lives.stage >= 3) & (lives.stage <= 6)
    return np.asarray(alive & (city.here | studies) & ~orphan)


def _own(city: City, lives: Lives, alive: Bools, *, current: bool) -> Ints:
    """IN-2 to IN-6, IN-8, JC-2: countable income a month by person; of this month or over the twelve before it."""
    months = 12 if current else np.clip((_month(TODAY) - _month(lives.raise_since)), 0, 12)
    more = np.where(lives.raise_since > 0, lives.raise_fen * months // 12, 0)
    wages = lives.income[WAGES]
    net = counted(lives) - lives.income[9] + more - (job_cost(wages + more) - job_cost(wages))
    idle = (lives.labour == 1) & ~lives.expecting & (city.age >= 16) & (city.age < 60)
    return np.asarray(np.where(alive, net + np.where(idle, IMPUTED_WAGE, 0), 0))


def _month(day: Ints | int) -> Ints:
    return np.asarray(day).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _support_due(city: City, own: Ints, counts: Bools) -> Ints:
    """IN-9: half of what an obligor's household has above one and a half standards, shared among those it supports."""
    year = standard_year(city)
    total = city.sum_of(np.where(counts, own, 0))
    spare = np.maximum(12 * total - city.sum_of(counts.astype(np.int64)) * year * 3 // 2, 0) // 24
    due = np.zeros(city.persons, np.int64)
    supported = np.zeros(city.households, np.int64)
    edges = []
    for tie_of in (city.father, city.mother):
        child = np.flatnonzero((tie_of >= 0) & (city.home[tie_of] != city.home) & counts)
        child = child[city.age[child] >= 18]
        edges.append((child, tie_of[child]))
        np.add.at(supported, city.home[child], 1)
    for child, parent in edges:
        np.add.at(due, parent, spare[city.home[child]] // np.maximum(supported[city.home[child]], 1))
    return due


def _by_income(
    city: City, lives: Lives, counts: Bools, members: Ints, income: Ints, tekun: Bools
) -> tuple[Bools, Bools]:
    """DB-1, DB-2, DB-5; BY-1 to BY-3."""
    year = standard_year(city)
    deposit = city.sum_of(np.where(counts, lives.deposit, 0))
    sound = members > 0
    below = 12 * income < members * year
    below_edge = 24 * income < 3 * members * year
    within = 12 * deposit <= DEPOSIT_MONTHS_DIBAO * members * year
    within_edge = 12 * deposit <= DEPOSIT_MONTHS_EDGE * members * year
    dibao = sound & below & within & ~city.any_of(tekun)
    edge = sound & below_edge & within_edge & ~dibao & ~city.any_of(tekun)
    return dibao, edge


def _margin(income: Ints, members: Ints, year: Ints) -> Array:
    """How far income stands from the nearest line, as a share of the standard."""
    share = income * 12 / np.maximum(members * year, 1)
    return np.asarray(np.minimum(np.abs(share - 1), np.abs(share - 1.5)))


# -- persons ---------------------------------------------------------------------------------------------


def _single(
    city: City, lives: Lives, alive: Bools, own: Ints, dibao: Bools, edge: Bools, tekun: Bools
) -> Bools:
    """SP-1, SP-2, SP-5."""
    valid = (lives.level > 0) & (lives.expires >= TODAY)
    severe = valid & (lives.level <= 2)
    mind = valid & ((lives.parts[INTELLECTUAL] == 3) | (lives.parts[MENTAL] == 3))
    in_edge = edge[city.home] & (severe | mind | lives.serious)
    grown = severe & (city.age >= 18) & ~lives.working
    year = standard_year(city)[city.home]
    needy = (12 * own < year) & (12 * lives.deposit <= DEPOSIT_MONTHS_DIBAO * year)
    return np.asarray(alive & (in_edge | grown) & needy & ~dibao[city.home] & ~tekun)


def _tekun(city: City, lives: Lives, alive: Bools, own: Ints, due: Ints) -> Bools:
    """TK-1 to TK-4 for adults; children here take the children's programmes or have parents.

    Support reckoned for obligors of whom none is capable does not count, so that here no support does.
    """
    year = standard_year(city)[city.home]
    unable = (city.age >= 60) | ((lives.level > 0) & (lives.expires >= TODAY) & _takes_capacity(lives))
    needy = (12 * own < year) & (12 * lives.deposit <= DEPOSIT_MONTHS_DIBAO * year)
    found = np.zeros(city.persons, bool)
    for _round in range(2):
        capable = ~_incapable(city, lives, alive, own + due, found)
        found = alive & unable & needy & (city.age >= 18) & (_obligors(city, alive, capable) == 0)
    return found


def _takes_capacity(lives: Lives) -> Bools:
    mind = np.maximum(lives.parts[INTELLECTUAL], lives.parts[MENTAL])
    mind_counts = ((lives.parts[INTELLECTUAL] % 4 > 0) | (lives.parts[MENTAL] % 4 > 0)) & (mind > 0)
    limb = (lives.parts[LIMB] > 0) & (lives.parts[LIMB] <= 2)
    return np.asarray(mind_counts | limb | (lives.parts[VISUAL] == 1))


def _incapable(city: City, lives: Lives, alive: Bools, own: Ints, tekun: Bools) -> Bools:
    """TK-3, items 1, 3, 4 and 5. Item 2 (dibao from 60) needs no test here: no obligor of the city is one."""
    year = np.where(city.urban[city.home], *DISPOSABLE_YEAR)
    little = 12 * own < year
    weak = (lives.level > 0) & (
        (lives.level <= 2) | (lives.parts[INTELLECTUAL] == 3) | (lives.parts[MENTAL] == 3)
    )
    return np.asarray(~alive | tekun | (little & ((city.age >= 70) | weak)))


def _obligors(city: City, alive: Bools, capable: Bools) -> Ints:
    """Capable spouses, grown children, parents and, without parents, grandparents; by person."""
    count = np.zeros(city.persons, np.int64)
    rows = np.flatnonzero(city.spouse >= 0)
    count[rows] += capable[city.spouse[rows]]
    for tie_of in (city.father, city.mother):
        child = np.flatnonzero(tie_of >= 0)
        count[child] += capable[tie_of[child]]
        grown = child[(city.age[child] >= 18) & capable[child] & alive[child]]
        np.add.at(count, tie_of[grown], 1)
    child, elder = grandparents(city)
    np.add.at(count, child, capable[elder].astype(np.int64))
    return count


def _tekun_fen(city: City, lives: Lives) -> Ints:
    """TK-A1: 1.3 standards and the care tier, half up to the fen."""
    year = standard_year(city)[city.home]
    basic = (13 * year + 60) // 120
    tier = np.select(
        [lives.selfcare >= 4, lives.selfcare >= 1], [CARE_OF_TEKUN[2], CARE_OF_TEKUN[1]], CARE_OF_TEKUN[0]
    )
    return np.asarray(basic + tier)


def _unattended(city: City, ties: Ties, alive: Bools) -> Bools:
    """SW-2, SW-3: each parent dead or out of reach, not both dead. The spells here all last longer than six months."""
    out = (SEVERE_DISABILITY, PRISON, NO_CONTACT)
    father, mother = ties.father_state, ties.mother_state
    each = (np.isin(father, out) | (father == DEAD)) & (np.isin(mother, out) | (mother == DEAD))
    return np.asarray(alive & (city.age < 18) & each)


def _left_behind(city: City, ties: Ties, alive: Bools) -> Bools:
    """LB-1 to LB-3, for both parents away."""
    rural = ~city.urban[city.home]
    return np.asarray(alive & rural & (city.age < 16) & ties.father_away & ties.mother_away)


def standard_of(urban: bool) -> int:
    """A year's standard in fen."""
    return STANDARD_YEAR[0] if urban else STANDARD_YEAR[1]
