"""What the platform is not told, or told wrongly: open questions, missing judgements, mistakes in data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minzheng.demo.figures import HIDDEN, STALE_DEPOSITS
from minzheng.demo.kin import Ties
from minzheng.demo.livelihood import Lives, quota
from minzheng.demo.people import Bools, City, Ints
from minzheng.demo.shapes import Level
from minzheng.demo.truth import Entitled

WAGES_KIND, PENSION_KIND, DEPOSIT_KIND = 10, 13, 16


@dataclass
class Hidden:
    """What the platform is not told, and where it is told something wrong."""

    gap_person: Ints
    gap_kind: Ints
    vehicle: Ints
    vehicle_judged: Ints
    business: Ints
    selfcare_missing: Ints
    outside_child: Ints
    labour_unstated: Ints
    wrong_birth: Ints
    written_twice: Ints
    unsettled: Bools


def hide(
    city: City,
    lives: Lives,
    ties: Ties,
    entitled: Entitled,
    ended: dict[str, Ints],
    chance: np.random.Generator,
) -> Hidden:
    n = {key: max(1, round(count * city.scale)) for key, count in HIDDEN.items()}
    planted = np.zeros(city.households, bool)
    for key, rows in ended.items():
        planted[
            rows
            if key in {"dibao_income", "dibao_property", "alone_dead", "edge_income"}
            else city.home[rows]
        ] = True
    free = ~planted
    poor = np.flatnonzero(
        free & (entitled.dibao | entitled.edge | city.any_of(entitled.tekun | entitled.single))
    )
    plenty = np.flatnonzero(free & city.at_level(Level.PLENTY))
    gap_poor, gap_rich = quota(chance, poor, n["gap_poor"]), quota(chance, plenty, n["gap_rich"])
    kind = chance.choice((WAGES_KIND, PENSION_KIND, DEPOSIT_KIND), len(gap_poor))
    drawing = chance.permutation(np.setdiff1d(np.flatnonzero(free & entitled.dibao), gap_poor))
    car, judged, business = np.split(
        drawing[: n["vehicle_unjudged"] + n["vehicle_judged"] + n["business_unjudged"]],
        [n["vehicle_unjudged"], n["vehicle_unjudged"] + n["vehicle_judged"]],
    )
    lives.car[city.start[np.concatenate([car, judged])]] = True
    lives.business[city.start[business]] = True
    ill = np.setdiff1d(
        city.of("dibao_ill_alone"), np.concatenate([np.flatnonzero(planted), car, judged, business])
    )
    unstated = quota(chance, ill, n["labour_unstated"])
    elders = np.setdiff1d(city.of("dibao_elder"), np.flatnonzero(planted))
    outside = quota(chance, elders, n["obligor_outside"])
    unsettled = np.isin(city.village // 1_000_000, STALE_DEPOSITS)
    unsettled[np.concatenate([gap_poor, gap_rich, car, business, unstated, outside])] = True
    _spread(city, unsettled, np.concatenate([gap_poor[kind != DEPOSIT_KIND], unstated]))
    tekun = city.start[np.flatnonzero(free & city.at_level(Level.TEKUN))]
    grown = np.flatnonzero(
        (city.age > 30) & (city.age < 50) & city.at_level(Level.PLENTY)[city.home] & (lives.level == 0)
    )
    wrong, twice = np.split(
        chance.permutation(grown)[: n["wrong_birth_date"] + n["written_twice"]], [n["wrong_birth_date"]]
    )
    return Hidden(
        np.concatenate([city.start[gap_poor], city.start[gap_rich]]),
        np.concatenate([kind, np.full(len(gap_rich), WAGES_KIND)]),
        car, judged, business, quota(chance, tekun, n["selfcare_missing"]), city.start[outside],
        city.start[unstated], wrong, twice, unsettled,
    )  # fmt: skip


def _spread(city: City, unsettled: Bools, unknown_income: Ints) -> None:
    """Who is supported by somebody of unknown income has one of unknown size."""
    unknown = np.zeros(city.households, bool)
    unknown[unknown_income] = True
    for tie_of in (city.father, city.mother):
        child = np.flatnonzero(tie_of >= 0)
        child = child[unknown[city.home[child]]]
        unsettled[city.home[tie_of[child]]] = True
