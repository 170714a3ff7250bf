"""Verbs of the children's lines: each is one step of a case, with the line's own conditions behind it."""

from __future__ import annotations

import uuid
from typing import Any

from minzheng.base.types import Actor
from minzheng.cases.actions import decide_case, take_step
from minzheng.cases.models import Case
from minzheng.children.workflow import Action


def confirm(**decision: Any) -> Case:
    """`cases.actions.decide_case` with `confirm=True`; the effect opens the award in the same transaction."""
    return decide_case(confirm=True, **decision)


def sign_letter(*, actor: Actor, case: uuid.UUID, version: int, **how: Any) -> Case:
    """The letter by which a parent entrusts a child to a fit carer (LB-7); `fields` as the form asks."""
    return take_step(actor=actor, case=case, action=Action.SIGN_LETTER, version=version, **how)


def keep_file(*, actor: Actor, case: uuid.UUID, version: int, **how: Any) -> Case:
    """A visit goes into the child's own file (LB-8)."""
    return take_step(actor=actor, case=case, action=Action.KEEP_FILE, version=version, **how)


def report_to_police(*, actor: Actor, case: uuid.UUID, version: int, reason: str, **how: Any) -> Case:
    """A child found alone or unattended is reported (LB-6)."""
    return take_step(
        actor=actor, case=case, action=Action.REPORT_TO_POLICE, version=version, reason=reason, **how
    )
