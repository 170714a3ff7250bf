"""The stacking matrix as section 4 of the policy catalogue states it, written down here a second time and by pairs.

`families.py` says it by sets; the tests hold one against the other.
"""

from __future__ import annotations

from minzheng.rulebook.programs import PROGRAMS

PROGRAMMES = tuple(program.name for program in PROGRAMS)
WHOLE = frozenset({"dibao", "phase_out", "edge", "rigid", "relief_emergency", "relief_expenditure"})

_STATUSES = ("tekun", "dibao", "phase_out", "single", "edge", "rigid")
EXCLUDED: frozenset[frozenset[str]] = frozenset(
    frozenset(pair)
    for pair in (
        # One basic status a person: ST-1, ST-2, ST-3 (the person taken in alone is no longer of the edge recognition).
        *((a, b) for a in _STATUSES for b in _STATUSES if a < b),
        ("tekun", "orphan"),
        ("tekun", "unattended"),
        ("tekun", "living_subsidy"),
        ("tekun", "care_subsidy"),
        ("tekun", "old_age"),
        ("orphan", "unattended"),
        ("orphan", "living_subsidy"),
        ("old_age", "centenarian"),
        # Nobody draws the same twice in a month; relief may come again for another cause.
        *((one, one) for one in PROGRAMMES if not one.startswith("relief")),
    )
)


def excluded(one: str, other: str) -> bool:
    return frozenset({one, other}) in EXCLUDED
