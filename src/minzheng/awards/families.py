"""Which programmes exclude each other for one person in one month: one table, read from the rulebook's matrix ST-*.

A family is a set of programmes of which a person has one at a time. The database holds it (`awards_cover`): its copy of
this table is filled by a migration, and a test compares. What an authority may choose by a dated parameter is decided by
the law when a decision is made and is in no family; `JUDGED` says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Span(StrEnum):
    """For how long an award occupies its family: its own months, or the school years they lie in."""

    MONTHS = "months"
    SCHOOL_YEAR = "school_year"


@dataclass(frozen=True)
class Family:
    """Programmes of which nobody has two in one month, with the clauses that say so."""

    name: str
    label: str
    programmes: tuple[str, ...]
    clauses: tuple[str, ...]
    span: Span = Span.MONTHS


FAMILIES: tuple[Family, ...] = (
    Family(
        "livelihood",
        "基本生活身份",
        ("tekun", "dibao", "phase_out", "single", "edge", "rigid"),
        ("ST-1", "ST-2", "ST-3", "DB-5", "HH-7", "GX-1"),
    ),
    Family("child", "儿童基本生活保障", ("tekun", "orphan", "unattended"), ("ST-4", "ST-7")),
    Family("living", "残疾人生活补贴", ("tekun", "orphan", "living_subsidy"), ("ST-5", "ST-8")),
    Family("care", "残疾人护理补贴", ("tekun", "care_subsidy"), ("ST-5",)),
    Family("age", "高龄补贴", ("tekun", "old_age"), ("ST-6",)),
    Family("hundred", "高龄与百岁补贴", ("old_age", "centenarian"), ("OA-5",)),
    Family("study", "孤儿助学", ("study_aid",), ("ZX-1",), Span.SCHOOL_YEAR),
    Family("left_behind", "留守儿童", ("left_behind",), ("LB-1",)),
)


JUDGED: dict[str, str] = {
    "ST-9": "sw.mode",
    "ST-10": "sw.mode",
    "ST-11": "hh.orphan_in_unit",
    "ST-12": "",
    "ST-13": "",
    "ST-14": "dl.cadre_mode",
    "ST-15": "oa.disability_mode",
    "ST-16": "",
    "ST-17": "ls.repeat_months",
    "ST-18": "",
    "ST-19": "",
    "ST-20": "",
}
"""Clauses of the matrix that no constraint holds: the parameter by which they may change, or nothing where they let
two things stand beside each other or speak of what this platform does not pay."""


def families_of(programme: str) -> tuple[Family, ...]:
    """The families a programme belongs to; none for relief, which stands beside everything."""
    return tuple(family for family in FAMILIES if programme in family.programmes)


def exclude_each_other(one: str, other: str) -> bool:
    """Whether nobody has both in one month. A programme excludes a second award of itself, relief does not."""
    return any(one in family.programmes and other in family.programmes for family in FAMILIES)
