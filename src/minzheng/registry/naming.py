"""Divisions by name: what a code is called, what lies below it, what it stands for today."""

from __future__ import annotations

import functools

from minzheng.base.types import Actor
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.models import Division


@functools.cache
def _shipped_names() -> dict[int, str]:
    return {row.code: row.name for row in shipped_divisions()}


def division_name(code: int | str) -> str:
    """The name of a division, from the data that ship with the program, else from the table."""
    number = int(code)
    name = _shipped_names().get(number)
    if name is None:
        row = Division.objects.filter(code=number).first()
        name = row.name if row else str(code)
    return name


def division_path(code: int | str, *, below: int = 4) -> str:
    """`潞州区东街街道…`: names from below the level of `below` digits down to the division."""
    digits = str(code)
    levels = [n for n in (2, 4, 6, 9, 12) if below < n <= len(digits)]
    return "".join(division_name(digits[:n]) for n in levels)


def divisions_in(actor: Actor, parent: int | str, *, pseudo: bool = False) -> list[Division]:
    """Current divisions right below `parent` that lie in or above the actor's regions."""
    rows = Division.objects.filter(parent=int(parent), valid_to=None).order_by("code")
    if not pseudo:
        rows = rows.filter(pseudo=False)
    return [row for row in rows if _near(actor, str(row.code))]


def _near(actor: Actor, code: str) -> bool:
    return any(code.startswith(region) or region.startswith(code) for region in actor.regions)


def current_division(code: int) -> int:
    """The division that a code stands for today: the code itself, or what succeeded it."""
    for row in shipped_divisions():
        if row.successor is not None and str(code).startswith(str(row.code)):
            return row.successor
    return code
