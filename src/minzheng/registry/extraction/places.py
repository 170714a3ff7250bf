"""Where households and people were: rows as read say where they are today, their versions where they were before.

A version tells the place until a day of law, and what the register said until a moment. Of the versions that end after
the day asked for, or were still believed at the moment of knowledge, the first is the one that held.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from minzheng.registry.extraction.arrays import Array, locate
from minzheng.registry.reading import NOTHING, Reader, Rows

_NOT_YET_KNOWN = "superseded_at > coalesce(%(known)s::timestamptz, 'infinity')"
_HOUSEHOLDS = f"""
    select household_id, was_village, closed_on - date '1970-01-01', {_NOT_YET_KNOWN}
    from registry_householdversion
    where ({_NOT_YET_KNOWN} or until > %(on)s)
      and (%(held)s::bigint[] is null or household_id = any(%(held)s))
    order by household_id, superseded_at
"""
_PERSONS = f"""
    select distinct on (person_id) person_id, was_township from registry_personversion
    where was_township is not null and ({_NOT_YET_KNOWN} or until > %(on)s)
      and (%(held)s::bigint[] is null or person_id = any(%(held)s))
    order by person_id, superseded_at
"""


def as_they_stood(reader: Reader, households: Rows) -> None:
    """Put each household where it was on the day and as known, and open those whose closing was not known yet."""
    seen: set[int] = set()
    closing: set[int] = set()
    for household, at, village, closed, not_yet_known in _with_place(
        reader, _HOUSEHOLDS, reader.holders.households, households["id"]
    ):
        if household not in seen:
            seen.add(household)
            households["village"][at], households["township"][at] = village, village // 1000
        if not_yet_known and household not in closing:
            closing.add(household)
            households["closed_on"][at] = NOTHING if closed is None else closed


def where_they_were(reader: Reader, persons: Rows) -> None:
    """Put each person into the township they were registered in on the day and as known."""
    for _person, at, township in _with_place(reader, _PERSONS, reader.holders.persons, persons["id"]):
        persons["township"][at] = township


def _with_place(reader: Reader, query: str, held: Array | None, ids: Array) -> Iterable[tuple[Any, ...]]:
    """Rows of versions with the position of their holder among the rows read."""
    moment = reader.moment
    told = reader.connection.execute(
        query, {"known": moment.known_at, "on": moment.on, "held": None if held is None else held.tolist()}
    ).fetchall()
    if not told:
        return
    order = np.argsort(ids, kind="stable")
    found = locate(ids[order], np.array([row[0] for row in told], np.int64))
    for (holder, *rest), place in zip(told, found, strict=True):
        if place >= 0:
            yield holder, order[place], *rest
