"""The rulebook's programmes beside the registry's codes of what is received."""

from __future__ import annotations

import functools

from minzheng.registry.codes import Programme

RECEIVED_AS: dict[str, Programme] = {
    "dibao": Programme.DIBAO,
    "single": Programme.SINGLE,
    "tekun": Programme.TEKUN,
    "edge": Programme.EDGE,
    "rigid": Programme.RIGID,
    "relief_emergency": Programme.RELIEF,
    "relief_expenditure": Programme.RELIEF,
    "phase_out": Programme.PHASE_OUT,
    "living_subsidy": Programme.LIVING_SUBSIDY,
    "care_subsidy": Programme.CARE_SUBSIDY,
    "old_age": Programme.OLD_AGE,
    "centenarian": Programme.CENTENARIAN,
    "orphan": Programme.ORPHAN,
    "unattended": Programme.UNATTENDED,
    "study_aid": Programme.STUDY_AID,
    "left_behind": Programme.LEFT_BEHIND,
}
"""How a programme's receipt is coded. A programme of the rulebook without a row here fails a test."""


@functools.cache
def _labels() -> dict[str, str]:
    from minzheng.rulebook import load

    return {program.name: program.label for program in load().programs}


def programme_label(name: str) -> str:
    """As people read it; a programme that is no longer in the rulebook by its recorded name."""
    return _labels().get(name, name)


def programme_labels() -> dict[str, str]:
    """Names and labels in cascade order, for filters."""
    return dict(_labels())
