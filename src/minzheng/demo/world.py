"""Everything the rows of the registry are written from, and what every table's rows share.

Ids are positions moved up past the fixed households. Extra people (a late spouse, a child in another province, a person
written twice) stand after everybody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from minzheng.demo.kin import Ties
from minzheng.demo.livelihood import Lives, quota
from minzheng.demo.people import FIRST_HOUSEHOLD, FIRST_PERSON, TODAY, Array, Bools, City, Ints
from minzheng.demo.planted import Story
from minzheng.demo.receipts import month_start

Columns = dict[str, Any]
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


def about(world: World, people: Ints) -> Columns:
    """The holder of facts of people."""
    return {"person_id": people + FIRST_PERSON, "township": world.township[people]}


def homes_of(world: World, homes: Ints) -> Columns:
    """The holder of facts of households."""
    return {"household_id": homes + FIRST_HOUSEHOLD, "township": (world.city.village // 1000)[homes]}
