"""How the children's lines run. Nothing about a child is ever publicised (PB-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import TextChoices

from minzheng.base.types import Permission
from minzheng.cases import rows
from minzheng.cases.rows import EVERY_MODE, REQUIREMENTS, handler, happened
from minzheng.cases.types import Need, Unit
from minzheng.cases.workflow import Action as Standard
from minzheng.cases.workflow import Clock, Field, Line, Requirement, Step


class Action(TextChoices):
    """What these lines do beside the standard steps."""

    CONFIRM = "confirm", "确认"
    SIGN_LETTER = "sign_letter", "签订委托照护责任确认书"
    KEEP_FILE = "keep_file", "一人一档：记录走访"
    REPORT_TO_POLICE = "report_to_police", "向公安机关强制报告"


LOOK = Permission.INVESTIGATE
DECIDING = (Standard.CONFIRM.value, Standard.REFUSE.value)
REFUSAL = Clock("sla.refusal_notice", Unit.WORKDAY, Standard.REFUSE, (Standard.NOTIFY_REFUSAL,), "TM-9")


def _steps(check: str, confirm: str) -> tuple[Step, ...]:
    """Township check, county confirmation; `check` and `confirm` are the clauses of the two."""
    return (
        *rows.intake(clause=check),
        *rows.investigation(clause=check, looking=("investigating",)),
        *rows.opinion(clause=check, needs=("settled",)),
        handler(Standard.REPORT, ("opinion",), "reported", LOOK, check),
        *rows.county(review=confirm, confirm=confirm, refuse=confirm, modes=EVERY_MODE, public=False),
        *rows.notices(yes=confirm, no="AP-1"),
        *rows.ways_out(states=rows.QUIET_AT_WORK),
    )


def _line(name: str, code: str, label: str, steps: tuple[Step, ...], *clocks: Clock) -> Line:
    return Line(
        name=name,
        code=code,
        label=label,
        programmes=(name,),
        subject="person",
        states=rows.QUIET,
        steps=steps,
        clocks=(*clocks, REFUSAL),
        requirements=REQUIREMENTS,
    )


ORPHAN = _line("orphan", "OR", "孤儿基本生活保障", _steps("OR-4", "OR-4"))
UNATTENDED = _line(
    "unattended",
    "SW",
    "事实无人抚养儿童基本生活补贴",
    _steps("TM-17", "TM-17"),
    Clock(
        "sla.sw.township",
        Unit.WORKDAY,
        Standard.SUBMIT,
        (Standard.REPORT, Standard.WITHDRAW, Standard.TERMINATE, Standard.REJECT),
        "TM-17",
    ),
    Clock(
        "sla.sw.county",
        Unit.WORKDAY,
        Standard.REPORT,
        (*DECIDING, Standard.RETURN_TO_TOWNSHIP, Standard.WITHDRAW),
        "TM-17",
    ),
)
STUDY_AID = _line("study_aid", "ZX", "孤儿助学", _steps("ZX-3", "ZX-1"))


# -- children left behind ----------------------------------------------------------------------------------
LETTER_FIELDS = (
    Field("carer", "被委托人姓名", clause="LB-7"),
    Field("relation", "与儿童的关系", clause="LB-7"),
    Field("capable", "有完全民事行为能力和照护能力，且无法律规定的不得委托情形", "yesno", clause="LB-4"),
    Field("child_heard", "已听取儿童的意见", "yesno", clause="LB-4"),
    Field("since", "委托期间起", "date", clause="LB-7"),
    Field("until", "委托期间止", "date", required=False, clause="LB-7"),
    Field("contact", "紧急联系方式", clause="LB-7"),
    Field("next_visit", "下次走访日期", "date", clause="LB-7"),
    Field("signed", "签字的确认书", "file", required=False, clause="LB-7"),
)
FILE_FIELDS = (
    Field("found", "走访情况", clause="LB-8"),
    Field("contacts", "最近一周父母联系次数", "number", clause="LB-5"),
    Field("cared", "与有完全民事行为能力的成年人共同生活", "yesno", clause="LB-6"),
    Field("unattended", "处于无人看护状态", "yesno", clause="LB-6"),
    Field("special", "因身体、心理原因需要特别照顾", "yesno", clause="LB-6"),
    Field("next_visit", "下次走访日期", "date", required=False, clause="LB-8"),
)


def _nothing_unreported(case: Any) -> bool:
    from minzheng.children.effects import must_be_reported

    return not must_be_reported(case)


POLICE_TOLD = Requirement(
    "走访发现儿童独自居住或者无人看护的，已向公安机关报告",
    Need.CUSTOM,
    clause="LB-6",
    test=_nothing_unreported,
)
SIGNED = Requirement(
    "已签订委托照护责任确认书", Need.CUSTOM, clause="LB-7", test=happened(Action.SIGN_LETTER)
)
FILED = ("accepted", "investigating", "opinion", "reported", "decided_yes", "closed")
LEFT_BEHIND = Line(
    name="left_behind",
    code="LB",
    label="农村留守儿童关爱",
    programmes=("left_behind",),
    subject="person",
    states=rows.QUIET,
    steps=(
        *rows.intake(clause="LB-2"),
        *rows.investigation(clause="LB-8", looking=("investigating",)),
        *rows.opinion(clause="LB-2", needs=("settled",)),
        handler(Standard.REPORT, ("opinion",), "reported", LOOK, "LB-2"),
        *rows.county(review="LB-2", confirm="LB-2", refuse="LB-2", modes=EVERY_MODE, public=False),
        handler(Action.SIGN_LETTER, FILED, "", LOOK, "LB-7", fields=LETTER_FIELDS),
        handler(Action.KEEP_FILE, FILED, "", LOOK, "LB-8", fields=FILE_FIELDS),
        handler(Action.REPORT_TO_POLICE, FILED, "", LOOK, "LB-6", reason=True),
        handler(
            Standard.NOTIFY,
            ("decided_yes",),
            "closed",
            Permission.RECEIVE_CASES,
            "LB-8",
            needs=("signed", "police_told"),
        ),
        handler(Standard.NOTIFY_REFUSAL, ("decided_no",), "closed", Permission.RECEIVE_CASES, "AP-1"),
        *rows.ways_out(states=rows.QUIET_AT_WORK),
    ),
    clocks=(REFUSAL,),
    requirements={**REQUIREMENTS, "signed": SIGNED, "police_told": POLICE_TOLD},
)

LINES = (ORPHAN, UNATTENDED, STUDY_AID, LEFT_BEHIND)


def effects_of(line: str) -> dict[str, Callable[[Any], None]]:
    """A confirmation opens the award, undoing it ends the award from its beginning; asked once the models can be imported."""
    from minzheng.awards.granting import confirmed, voided

    standard: dict[str, Callable[[Any], None]] = {"confirm": confirmed, "void": voided}
    if line != "left_behind":
        return standard
    from minzheng.children.effects import letter_signed

    return {**standard, Action.SIGN_LETTER: letter_signed}
