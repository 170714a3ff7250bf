"""The divisions an officer may choose from, one level or two below the regions in charge, grouped for a form."""

from __future__ import annotations

import functools

from django.conf import settings

from minzheng.base.types import Actor
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.queries import division_name

Group = tuple[str, list[tuple[str, str]]]


def groups(actor: Actor) -> list[Group]:
    """For a city: every county with its townships. For a county: every township with its villages. For a township: its villages."""
    found: list[Group] = []
    for region in actor.regions:
        if len(region) >= 9:
            found.append(
                (division_name(region), [(region, "全部"), *_below(region)] if len(region) == 9 else [])
            )
            continue
        found += [
            (name, [(code, f"{name}（全部）"), *_below(code)])
            for code, name in _below(region)
            if _below(code)
        ]
    return [group for group in found if group[1]]


def holds(actor: Actor, digits: str) -> bool:
    """Whether a code is a division inside the regions in charge, or holds one of them."""
    return digits in _current() and any(
        digits.startswith(region) or region.startswith(digits) for region in actor.regions
    )


def counties() -> list[str]:
    """The counties of the city this installation serves, by code."""
    return [code for code, _name in _below(settings.CITY)]


def _below(code: str) -> list[tuple[str, str]]:
    return _children().get(code, [])


@functools.cache
def _children() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in shipped_divisions():
        if row.valid_to is None and not row.pseudo and row.parent is not None:
            found.setdefault(str(row.parent), []).append((str(row.code), row.name))
    return found


@functools.cache
def _current() -> frozenset[str]:
    return frozenset(str(row.code) for row in shipped_divisions() if row.valid_to is None)


def in_city(digits: str) -> bool:
    """Whether a division lies in the city this installation serves."""
    return digits.startswith(settings.CITY)
