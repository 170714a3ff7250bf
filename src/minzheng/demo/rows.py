"""The city as the registry's tables, as Arrow, in the order they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from minzheng.demo.rows_aid import choice, coverage, finding, gap, lifeevent, receipt, relief, suppression
from minzheng.demo.rows_living import (
    asset,
    capacity,
    certificate,
    employment,
    enrolment,
    expenditure,
    income,
    parentstate,
    restriction,
    selfcare,
    status,
)
from minzheng.demo.rows_people import death, household, hukou, kinship, membership, person, standing
from minzheng.demo.world import Columns, World, arrow

_MAKERS: tuple[tuple[str, Callable[[World], Columns]], ...] = tuple(
    (make.__name__, make)
    for make in (
        person, household, membership, hukou, kinship, death, standing, income, asset, certificate, status, capacity,
        selfcare, enrolment, employment, restriction, parentstate, expenditure, relief, finding, choice, receipt,
        lifeevent, suppression, coverage, gap,
    )
)  # fmt: skip
TABLE_NAMES = tuple(name for name, _ in _MAKERS)


def tables(world: World) -> Iterator[tuple[str, pa.Table]]:
    """Every table; the larger ones are made only when asked for."""
    for name, make in _MAKERS:
        yield name, arrow(make(world))
