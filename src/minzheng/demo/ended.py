"""Facts changed of those who are planted as receiving and no longer entitled."""

from __future__ import annotations

import numpy as np

from minzheng.demo.figures import ENDED
from minzheng.demo.kin import Ties
from minzheng.demo.livelihood import SENIOR_HIGH, Lives, certify, counted, money, quota, standard_year
from minzheng.demo.people import TODAY, Bools, City, Ints, birth_days
from minzheng.demo.receipts import month_start
from minzheng.demo.shapes import Level


def end(city: City, lives: Lives, ties: Ties, chance: np.random.Generator) -> dict[str, Ints]:
    """Changed facts; what comes back are households for household programmes, else persons."""
    n = {key: max(1, round(count * city.scale)) for key, count in ENDED.items()}
    tied = _tied(city)
    certified = city.any_of((lives.level > 0) | (city.age >= 80))
    ended: dict[str, Ints] = {}
    plain = ~tied & ~certified

    working = np.concatenate([city.of("dibao_single_parent"), city.of("dibao_ill")])
    ended["dibao_income"] = quota(chance, working[plain[working]], n["dibao_income"])
    earner = city.start[ended["dibao_income"]] + np.isin(ended["dibao_income"], city.of("dibao_ill"))
    _raise(city, lives, earner, chance)
    rich = np.setdiff1d(city.of("dibao_elder"), np.flatnonzero(certified))
    ended["dibao_property"] = quota(chance, rich, n["dibao_property"])
    head = city.start[ended["dibao_property"]]
    lives.deposit[head] = money(chance, len(head), 260_000, 0.2, 120_000)
    alone = np.concatenate([city.of("dibao_elder"), city.of("dibao_elder_80"), city.of("dibao_ill_alone")])
    alone = np.setdiff1d(alone, ended["dibao_property"])
    ended["alone_dead"] = quota(chance, alone, n["alone_dead"])
    _die(lives, chance, city.start[ended["alone_dead"]])
    both = city.of("edge_family")
    ended["edge_income"] = quota(chance, both[plain[both]], n["edge_income"])
    _raise(city, lives, city.start[ended["edge_income"]], chance)

    ended |= _end_tekun(city, lives, chance, n)
    ended |= _end_subsidies(city, lives, chance, n, ended["alone_dead"])
    ended |= _end_children(city, lives, ties, chance, n)
    return ended


def _end_tekun(city: City, lives: Lives, chance: np.random.Generator, n: dict[str, int]) -> dict[str, Ints]:
    people = chance.permutation(city.start[city.of("tekun_elder")])
    dead, prison, double = np.split(
        people[: n["tekun_dead"] + n["tekun_prison"] + n["tekun_double"]],
        [n["tekun_dead"], n["tekun_dead"] + n["tekun_prison"]],
    )
    _die(lives, chance, dead)
    lives.prison_since[prison] = TODAY - chance.integers(60, 200, len(prison))
    certify(lives, chance, double, severe=True)
    lives.care_since[double] = TODAY - chance.integers(400, 2_000, len(double))
    return {"tekun_dead": dead, "tekun_prison": prison, "tekun_double": double}


def _end_subsidies(
    city: City, lives: Lives, chance: np.random.Generator, n: dict[str, int], dead_alone: Ints
) -> dict[str, Ints]:
    own = counted(lives) * 12
    couples = city.of("elders")
    wife = city.start[couples] + 1
    able = own[city.start[couples]] > 2 * standard_year(city)[couples]
    drawing = (lives.care_since > 0) & (lives.level > 0) & (lives.level <= 2)
    dead = quota(chance, wife[able & drawing[wife]], n["care_dead"])
    _die(lives, chance, dead)
    general = city.at_level(Level.PLENTY)[city.home] & drawing & (lives.died_on == 0)
    expired = quota(chance, np.flatnonzero(general), n["care_expired"])
    light = city.at_level(Level.DIBAO)[city.home] & (lives.level >= 3) & (city.size[city.home] > 1)
    light &= ~np.isin(city.home, dead_alone)
    living = quota(chance, np.flatnonzero(light), n["living_expired"])
    for rows in (expired, living):
        lives.expires[rows] = TODAY - chance.integers(75, 330, len(rows))
    old = np.setdiff1d(city.of("dibao_elder_80"), dead_alone)
    over = city.start[quota(chance, old, n["old_age_over"])]
    city.age[over] = 100
    city.birth[over] = np.minimum(birth_days(chance, city.age[over]), days_in_year(2023 - 100, 300))
    single = quota(chance, city.member(city.of("near_disabled"), 2), n["single_dead"])
    _die(lives, chance, single)
    return {
        "care_dead": dead, "care_expired": expired, "living_expired": living, "old_age_over": over,
        "single_dead": single,
    }  # fmt: skip


def _end_children(
    city: City, lives: Lives, ties: Ties, chance: np.random.Generator, n: dict[str, int]
) -> dict[str, Ints]:
    orphans = city.member(city.of("orphan"), 2)
    grown = quota(chance, orphans[~ties.in_institution[orphans]], n["orphan_grown"])
    left = quota(chance, city.member(city.of("unattended"), 2), n["unattended_grown"])
    for rows in (grown, left):
        city.age[rows] = 18
        city.birth[rows] = days_in_year(2005, 40) + chance.integers(0, 240, len(rows))
        lives.stage[rows] = SENIOR_HIGH
    back = quota(chance, city.of("left_behind"), n["left_behind_returned"])
    children = city.member(back, 4)
    ties.father_away[children] = ties.mother_away[children] = False
    city.here[city.member(back, 2)] = city.here[city.member(back, 3)] = True
    return {"orphan_grown": grown, "unattended_grown": left, "left_behind_returned": children}


def days_in_year(year: int, day: int) -> int:
    return month_start(year, 1) + day


def _tied(city: City) -> Bools:
    """Households of which somebody is the child or parent of somebody elsewhere."""
    tied = np.zeros(city.households, bool)
    for tie_of in (city.father, city.mother):
        child = np.flatnonzero(tie_of >= 0)
        child = child[city.home[tie_of[child]] != city.home[child]]
        tied[city.home[child]] = tied[city.home[tie_of[child]]] = True
    return tied


def _raise(city: City, lives: Lives, rows: Ints, chance: np.random.Generator) -> None:
    """A job since the beginning of the year that lifts the household far above, over the twelve months as well."""
    home = city.home[rows]
    month = standard_year(city)[home] * city.size[home] // 12
    lives.raise_fen[rows] = (
        (month * (2.6 + 0.6 * chance.random(len(rows)))).astype(np.int64) // 10_000 * 10_000
    )
    lives.raise_since[rows] = month_start(2023, 1)


def _die(lives: Lives, chance: np.random.Generator, rows: Ints) -> None:
    lives.died_on[rows] = TODAY - chance.integers(62, 210, len(rows))
