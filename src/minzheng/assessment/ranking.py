"""In which order findings are looked at. Points are practice of the house, not law, and are shown with the list."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from minzheng.assessment.findings import Found
from minzheng.assessment.types import Attention, Kind
from minzheng.registry.snapshot import Loaded
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import Columns
from minzheng.rules.status import YES

Array = npt.NDArray[Any]

BASE = {Kind.ENTITLED: 1000, Kind.ENDED: 800, Kind.UNSETTLED: 300, Kind.AMOUNT: 200, Kind.CLARIFY: 0}
A_YUAN = 1
MOST_FOR_MONEY = 2000
AN_ATTENTION = 400
A_QUESTION = -150
A_MONTH_UNDISCOVERED = 20
MOST_MONTHS = 24
AGED_FROM, CHILD_UNTIL = 70, 18

RANKING = (
    f"基础分：应享未享 {BASE[Kind.ENTITLED]}、应退未退 {BASE[Kind.ENDED]}、在享待核 {BASE[Kind.UNSETTLED]}、"
    f"金额不符 {BASE[Kind.AMOUNT]}、待查清 {BASE[Kind.CLARIFY]}；每月每相差 1 元加 {A_YUAN} 分（最多 {MOST_FOR_MONEY}）；"
    f"每项优先情形加 {AN_ATTENTION} 分；每须查清一项减 {-A_QUESTION} 分；查出后每满一月未办加 {A_MONTH_UNDISCOVERED} 分"
    f"（最多 {MOST_MONTHS} 个月）。"
)
"""How the score is made, as the list says it."""


def base_score(found: Found, attention: Array) -> Array:
    """The score without the time since discovery, which only the platform knows."""
    score = np.zeros(len(found), np.int64)
    for kind, points in BASE.items():
        score[found.kind == kind] = points
    score += np.minimum(found.gap // 100, MOST_FOR_MONEY) * A_YUAN
    flags = np.zeros(len(found), np.int64)
    for flag in Attention:
        flags += (attention & int(flag)) != 0
    score += flags * AN_ATTENTION
    questions = np.zeros(len(found), np.int64)
    for at, asks in found.asks.items():
        questions[at] = len(asks)
    unpaid = found.kind == Kind.CLARIFY
    result: Array = (score + np.where(unpaid, questions * A_QUESTION, 0)).astype(np.int32)
    return result


def attention_of(found: Found, loaded: Loaded, columns: Columns) -> Array:
    """Flags of each finding: the person's own, or those of everybody alive in the household."""
    rows = people_attention(loaded, columns)
    starts = columns.offsets[:-1]
    whole = np.zeros(columns.units, np.int16)
    filled = np.diff(columns.offsets) > 0
    if len(rows):
        whole[filled] = np.bitwise_or.reduceat(rows, starts[filled])
    result: Array = np.where(
        found.tie >= 0, rows[np.maximum(found.tie, 0)] if len(rows) else 0, whole[found.unit]
    )
    return result.astype(np.int16)


def people_attention(loaded: Loaded, columns: Columns) -> Array:
    """The flags of every person row. What is unknown raises no flag."""
    rows = columns.rows
    flags = np.zeros(rows, np.int16)
    people = columns.people
    on = loaded.manifest.on
    aged = people["born"] <= day_number(on.replace(year=on.year - AGED_FROM, day=min(on.day, 28)))
    child = people["born"] > day_number(on.replace(year=on.year - CHILD_UNTIL, day=min(on.day, 28)))
    known = people["born"] > np.iinfo(people["born"].dtype).min
    alone = np.repeat(np.diff(columns.offsets) == 1, np.diff(columns.offsets))
    flags[known & aged & alone] |= Attention.AGED_ALONE
    if "father_state" in people and "mother_state" in people:
        caring = _code("father_state", "CARING")
        lost = [(people[name] >= 0) & (people[name] != caring) for name in ("father_state", "mother_state")]
        flags[known & child & lost[0] & lost[1]] |= Attention.CHILD_ALONE
    level = people["disability_level"]
    flags[(level >= 1) & (level <= 2) & (people["certificate_valid"] == YES)] |= Attention.SEVERELY_DISABLED
    for name, flag in (
        ("serious_disease", Attention.SERIOUSLY_ILL),
        ("totally_dependent", Attention.DEPENDENT),
    ):
        if name in people:
            flags[people[name] == YES] |= flag
    flags[people["died"] == YES] = 0
    return flags


def _code(column: str, member: str) -> int:
    from minzheng.rulebook import vocabulary

    domain = getattr(vocabulary, column).kind.domain
    return int(domain[member].bit).bit_length() - 1
