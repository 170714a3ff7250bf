"""The table of reviews: what already runs is looked at again, and goes on, changes, is phased out or stops.

A review is a case about an award of any programme. To confirm it says that the conditions still hold (the amount may
change); to refuse it says that they do not (phase-out or stop). Nothing here ends an award without one of the two.
"""

from __future__ import annotations

from typing import Any

from minzheng.assistance.tables import REVIEW_CLASS, SELFCARE_FIELDS
from minzheng.assistance.types import OwnAction
from minzheng.awards.types import Ground
from minzheng.base.types import Permission
from minzheng.cases import rows
from minzheng.cases.rows import EVERY_MODE, REQUIREMENTS, anybody, decider, handler, happened, last_opinion
from minzheng.cases.types import Need, Tone, Unit
from minzheng.cases.workflow import SOME_DAY, Action, Clock, Field, Line, Publicity, Requirement, State

OPENED = State("opened", "待复核")
STATES = (
    OPENED,
    rows.INVESTIGATING,
    rows.OPINION,
    rows.PUBLICITY,
    rows.OBJECTION,
    rows.REPORTED,
    State("decided_yes", "继续享受", Tone.GRANTED),
    State("decided_no", "停发或者渐退", Tone.STOPPED),
    rows.VOIDED,
    rows.CLOSED,
)
LOOKED_AT = ("opened", "investigating")

OPINION_FIELD = Field(
    "opinion",
    "复核意见",
    "choice",
    choices=(("confirm", "仍符合条件（金额按认定结果）"), ("refuse", "不再符合条件")),
    clause="DY-4",
)
CHANGE_FIELDS = (
    Field("what", "变化情况", clause="TM-20"),
    Field("happened_on", "发生日期", "date", clause="TM-20"),
)
SANCTION_FIELDS = (
    Field(
        "kind",
        "处理",
        "choice",
        choices=(("refund", "责令退回"), ("fine", "罚款"), ("reprimand", "批评教育")),
        clause="SA-1",
    ),
    Field("months", "未报告的月数", "number", required=False, clause="SA-3"),
    Field("received", "违法获取的金额（元）", "money", required=False, clause="SA-1"),
    Field("fine", "罚款金额（元）", "money", required=False, clause="SA-1"),
)


def _board_not_due(case: Any) -> bool:
    """Only ending support of people in extreme difficulty is publicised beforehand (TM-15)."""
    return case.programme != "tekun" or last_opinion(case) != "refuse"


BOARD_NOT_DUE = Requirement(
    "终止特困供养以外的复核意见不须公示", Need.CUSTOM, clause="TM-15", test=_board_not_due
)
GROUNDS = tuple(
    (one.value, str(one.label))
    for one in (
        Ground.NOT_ENTITLED, Ground.AGE, Ground.CERTIFICATE, Ground.PRISON, Ground.MOVED, Ground.CAPACITY,
        Ground.REFUSED_WORK, Ground.FRAUD, Ground.DECLARED,
    )
)  # fmt: skip
FROM_FIELD = Field(
    "from_month", "自哪个月起不应享受", "month", required=False, clause="SA-1",
    help="只用于虚报、隐瞒、伪造的：该月起的都不应发，已发的登记追回；其他情形自决定的次月起停发",
)  # fmt: skip
GROUND_FIELD = Field(
    "ground", "停发事由", "choice", required=False, choices=GROUNDS, clause="DY-4",
    help="就业增收的自动转入渐退；不选的，为不再符合条件",
)  # fmt: skip


def _may_give_up(case: Any) -> bool:
    """Ending support of people in extreme difficulty is publicised first, of their own will, too (TM-15)."""
    return bool(case.programme != "tekun" or happened(Action.END_PUBLICITY)(case))


MAY_GIVE_UP = Requirement("终止特困供养的公示期已满", Need.CUSTOM, clause="TM-15", test=_may_give_up)
LOOK, DECIDE = Permission.INVESTIGATE, Permission.CONFIRM_CASES

REVIEW = Line(
    name="review",
    code="FH",
    label="在享待遇复核",
    programmes=(),
    subject="household",
    starts="opened",
    states=STATES,
    steps=(
        handler(Action.START_INVESTIGATION, ("opened",), "investigating", LOOK, "DY-1"),
        anybody(OwnAction.REPORT_CHANGE, LOOKED_AT, "", LOOK, "TM-20", fields=CHANGE_FIELDS),
        handler(OwnAction.REPORT_SELFCARE, LOOKED_AT, "", LOOK, "TM-14", fields=CHANGE_FIELDS),
        handler(OwnAction.UPDATE_HOUSEHOLD, LOOKED_AT, "", LOOK, "TM-19", reason=True),
        handler(Action.VISIT, ("investigating", "objection"), "", LOOK, "CK-6"),
        handler(
            Action.RECORD_CHECK, ("investigating", "objection"), "", LOOK, "CK-2", fields=(Field("result", "核对结果"),)
        ),
        handler(OwnAction.REASSESS_SELFCARE, LOOKED_AT, "", LOOK, "TM-14", fields=SELFCARE_FIELDS),
        handler(
            Action.GIVE_OPINION, ("investigating",), "opinion", LOOK, "DY-4", fields=(OPINION_FIELD,), reason=True
        ),
        *rows.publicity(clause="TM-15"),
        handler(
            Action.REPORT, ("publicity",), "reported", LOOK, "TM-15", needs=("publicised", "answered")
        ),
        handler(Action.REPORT, ("opinion",), "reported", LOOK, "DY-4", needs=("board_not_due",)),
        decider(Action.REVIEW_BY_COUNTY, ("reported",), "", Permission.REVIEW_CASES, "DY-4"),
        decider(Action.RETURN_TO_TOWNSHIP, ("reported",), "investigating", Permission.REVIEW_CASES, "DY-4"),
        decider(
            Action.CONFIRM, ("reported",), "decided_yes", DECIDE, "DY-4", modes=EVERY_MODE, fields=(REVIEW_CLASS,)
        ),
        decider(
            Action.REFUSE, ("reported",), "decided_no", DECIDE, "DY-4", modes=EVERY_MODE, fields=(GROUND_FIELD, FROM_FIELD),
            danger=True,
        ),
        decider(OwnAction.REGROUP, LOOKED_AT, "closed", DECIDE, "DY-6"),
        decider(OwnAction.STOP_AT_ONCE, LOOKED_AT, "closed", DECIDE, "TM-19", danger=True),
        decider(
            OwnAction.GIVE_UP, (*LOOKED_AT, "publicity"), "closed", DECIDE, "DY-4", needs=("may_give_up",), danger=True
        ),
        decider(
            OwnAction.SANCTION, ("reported", "decided_yes", "decided_no", "closed"), "", DECIDE, "SA-1",
            fields=SANCTION_FIELDS, danger=True,
        ),
        handler(Action.NOTIFY, ("decided_yes",), "closed", Permission.RECEIVE_CASES, "DY-4"),
        handler(Action.NOTIFY_REFUSAL, ("decided_no",), "closed", Permission.RECEIVE_CASES, "DY-4"),
        handler(Action.CLOSE, ("opened", "investigating", "opinion"), "closed", Permission.RECEIVE_CASES, "DY-3",
                reason=True),
        handler(Action.VOID, ("opened",), "voided", Permission.RECEIVE_CASES, "DY-3", reason=True, danger=True),
        rows.plain(Action.ASSIGN, (*LOOKED_AT, "opinion", "publicity", "objection", "reported"),
                   Permission.RECEIVE_CASES, "GV-4"),
        rows.plain(Action.REGISTER_KINSHIP, (*LOOKED_AT, "opinion", "reported"), Permission.DECLARE_KIN, "GV-2"),
        anybody(Action.APPEAL, ("decided_yes", "decided_no", "closed"), "", Permission.RECEIVE_CASES, "AP-1",
                reason=True),
    ),
    clocks=(
        Clock(
            "death.update", Unit.MONTH, SOME_DAY,
            (OwnAction.UPDATE_HOUSEHOLD, OwnAction.STOP_AT_ONCE, Action.CONFIRM, Action.REFUSE), "TM-19",
        ),
        Clock(
            "sla.tk.reassess", Unit.WORKDAY, OwnAction.REPORT_SELFCARE, (OwnAction.REASSESS_SELFCARE, Action.CLOSE), "TM-14"
        ),
        Clock("sla.publicity", Unit.NATURAL, Action.PUBLICISE, (Action.END_PUBLICITY,), "TM-15"),
        Clock("sla.tk.objection", Unit.WORKDAY, Action.OBJECT, (Action.CONFIRM, Action.REFUSE), "TM-15"),
    ),
    publicity=Publicity("sla.publicity", "TM-15", result=False),
    requirements={**REQUIREMENTS, "board_not_due": BOARD_NOT_DUE, "may_give_up": MAY_GIVE_UP},
)  # fmt: skip
