"""How the two disability subsidies run: township, review of the certificate, confirmation by the county (S52)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import TextChoices

from minzheng.base.types import Permission
from minzheng.cases import rows
from minzheng.cases.rows import EVERY_MODE, REQUIREMENTS, handler
from minzheng.cases.types import Unit
from minzheng.cases.workflow import Action as Standard
from minzheng.cases.workflow import Clock, Field, Line, Step


class Action(TextChoices):
    """What these lines do beside the standard steps."""

    VERIFY_OTHER_ALLOWANCES = "verify_other_allowances", "核验未领取同类津贴"


OTHERS = (
    Field("injury", "领取工伤生活护理费", "yesno", clause="ST-13"),
    Field("cadre", "享受离休人员护理或者生活类待遇", "yesno", clause="ST-14"),
)


def _steps(law: str, amount: str) -> tuple[Step, ...]:
    look = Permission.INVESTIGATE
    return (
        *rows.intake(clause=law),
        handler(Action.VERIFY_OTHER_ALLOWANCES, ("accepted",), "", look, "ST-13", fields=OTHERS),
        handler(
            Standard.GIVE_OPINION, ("accepted", "investigating"), "opinion", look, law,
            fields=(rows.OPINION_FIELD,), reason=True,
        ),
        handler(Standard.REPORT, ("opinion",), "reported", look, law),
        *rows.county(review=law, confirm=law, refuse=law, modes=EVERY_MODE, public=False),
        *rows.notices(yes=amount, no="AP-1"),
        *rows.ways_out(states=rows.QUIET_AT_WORK),
    )  # fmt: skip


REFUSAL = Clock("sla.refusal_notice", Unit.WORKDAY, Standard.REFUSE, (Standard.NOTIFY_REFUSAL,), "TM-9")


def _line(name: str, code: str, label: str, law: str, amount: str) -> Line:
    return Line(
        name=name,
        code=code,
        label=label,
        programmes=(name,),
        subject="person",
        states=rows.QUIET,
        steps=_steps(law, amount),
        clocks=(REFUSAL,),
        requirements=REQUIREMENTS,
    )


LINES = (
    _line("living_subsidy", "DL", "困难残疾人生活补贴", "DL-2", "TM-18"),
    _line("care_subsidy", "DC", "重度残疾人护理补贴", "DC-1", "TM-18"),
)


def effects_of(_line: str) -> dict[str, Callable[[Any], None]]:
    """A confirmation opens the award, undoing it ends the award from its beginning; asked once the models can be imported."""
    from minzheng.awards.granting import confirmed, voided

    return {"confirm": confirmed, "void": voided}
