"""What the platform is not told, or told wrongly: open questions, missing judgements, mistakes in data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minzheng.demo.figures import HIDDEN, MISDATED, STALE_DEPOSITS
from minzheng.demo.livelihood import Lives, quota
from minzheng.demo.people import Bools, City, Ints
from minzheng.demo.shapes import Level, Life
from minzheng.demo.truth import Entitled

WAGES_KIND, PENSION_KIND, DEPOSIT_KIND = 10, 13, 16
#: Kinds of ended cases that are rows of households and not of people.
OF_HOUSEHOLDS = {"dibao_income", "dibao_property", "alone_dead", "edge_income"}


@dataclass
class Hidden:
    """What the platform is not told, and where it is told something wrong.

    birth_shift: by how many days the recorded birth of `wrong_birth` is off.
    """

    gap_person: Ints
    gap_kind: Ints
    vehicle: Ints
    vehicle_judged: Ints
    business: Ints
    selfcare_missing: Ints
    outside_child: Ints
    labour_unstated: Ints
    wrong_birth: Ints
    birth_shift: Ints
    written_twice: Ints
    unsettled: Bools


def hide(
    city: City, lives: Lives, entitled: Entitled, ended: dict[str, Ints], chance: np.random.Generator
) -> Hidden:
    """Choose them among those of whom nothing else is planted."""
    n = {key: max(1, round(count * city.scale)) for key, count in HIDDEN.items()}
    free = ~_planted(city, ended)
    gap_poor, gap_rich, kind = _gaps(city, entitled, free, n, chance)
    belongings = chance.permutation(np.setdiff1d(np.flatnonzero(free & entitled.dibao), gap_poor))
    sizes = (n["vehicle_unjudged"], n["vehicle_judged"], n["business_unjudged"])
    car, judged, business = _parts(belongings, sizes)
    lives.car[city.start[np.concatenate([car, judged])]] = True
    lives.business[city.start[business]] = True
    ill = np.setdiff1d(city.of("dibao_ill_alone"), np.concatenate([car, judged, business]))
    unstated = quota(chance, ill[free[ill]], n["labour_unstated"])
    elders = city.of("dibao_elder")
    outside = quota(chance, elders[free[elders]], n["obligor_outside"])
    unsettled = np.isin(city.village // 1_000_000, STALE_DEPOSITS)
    unsettled[np.concatenate([gap_poor, gap_rich, car, business, unstated, outside])] = True
    _spread(city, unsettled, np.concatenate([gap_poor[kind != DEPOSIT_KIND], unstated]))
    tekun = city.start[np.flatnonzero(free & city.at_level(Level.TEKUN))]
    selfcare_missing = quota(chance, tekun, n["selfcare_missing"])
    wrong, shift, twice = _mistakes(city, lives, entitled, free & ~unsettled, n, chance)
    return Hidden(
        np.concatenate([city.start[gap_poor], city.start[gap_rich]]),
        np.concatenate([kind, np.full(len(gap_rich), WAGES_KIND)]),
        car, judged, business, selfcare_missing, city.start[outside], city.start[unstated], wrong, shift, twice,
        unsettled,
    )  # fmt: skip


def _planted(city: City, ended: dict[str, Ints]) -> Bools:
    """Households of which something is planted already."""
    planted = np.zeros(city.households, bool)
    for key, rows in ended.items():
        planted[rows if key in OF_HOUSEHOLDS else city.home[rows]] = True
    return planted


def _gaps(
    city: City, entitled: Entitled, free: Bools, n: dict[str, int], chance: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Households with an open question: of little, of plenty; and what is asked of the former."""
    poor = free & (entitled.dibao | entitled.edge | city.any_of(entitled.tekun | entitled.single))
    gap_poor = quota(chance, np.flatnonzero(poor), n["gap_poor"])
    gap_rich = quota(chance, np.flatnonzero(free & city.at_level(Level.PLENTY)), n["gap_rich"])
    return gap_poor, gap_rich, chance.choice((WAGES_KIND, PENSION_KIND, DEPOSIT_KIND), len(gap_poor))


def _mistakes(
    city: City, lives: Lives, entitled: Entitled, free: Bools, n: dict[str, int], chance: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Whose birth is recorded wrongly, by how many days; and who is written twice.

    Most mistakes harm nobody. Some make an elder in dibao older or younger than 80: a sweep that believes the record
    must err there, which is why the share of the wrong is told.
    """
    plenty = city.at_level(Level.PLENTY)[city.home] & (lives.level == 0)
    grown = chance.permutation(np.flatnonzero((city.age > 30) & (city.age < 50) & plenty))
    harmless, twice = _parts(grown, (n["wrong_birth_date"], n["written_twice"]))
    elder = (free & entitled.dibao)[city.home] & (city.life == Life.ELDER)
    parts = [harmless]
    shifts = [chance.choice((-31, -10, -1, 1, 10, 31, 365), len(harmless))]
    for key, low, high, years in (("made_older", 76, 78, -4), ("made_younger", 81, 84, 6)):
        of_age = np.flatnonzero(elder & (city.age >= low) & (city.age <= high))
        chosen = quota(chance, of_age, round(MISDATED[key] * city.scale))
        parts.append(chosen)
        shifts.append(np.full(len(chosen), years * 1_461 // 4))
    return np.concatenate(parts), np.concatenate(shifts), twice


def _parts(rows: Ints, sizes: tuple[int, ...]) -> list[Ints]:
    """So many each from the front."""
    return np.split(rows[: sum(sizes)], np.cumsum(sizes)[:-1])


def _spread(city: City, unsettled: Bools, unknown_income: Ints) -> None:
    """Who is supported by somebody of unknown income has one of unknown size."""
    unknown = np.zeros(city.households, bool)
    unknown[unknown_income] = True
    for tie_of in (city.father, city.mother):
        child = np.flatnonzero(tie_of >= 0)
        child = child[unknown[city.home[child]]]
        unsettled[city.home[tie_of[child]]] = True
