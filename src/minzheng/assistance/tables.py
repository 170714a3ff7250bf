"""The tables of the lines of assistance that begin with an application: states, rows, clocks, publicity."""

from __future__ import annotations

from minzheng.assistance.reckoned import may_apply_alone, township_may_approve
from minzheng.assistance.types import OwnAction
from minzheng.awards.types import ReviewClass
from minzheng.base.types import Permission
from minzheng.cases import rows
from minzheng.cases.rows import EVERY_MODE, REQUIREMENTS, decider, handler, happened
from minzheng.cases.types import Mode, Need, Unit
from minzheng.cases.workflow import BY_COUNTY, Action, Clock, Field, Line, Publicity, Requirement, Step

REVIEW_FIELD = "review_class"
REVIEW_CLASSES = tuple((one.value, str(one.label)) for one in (ReviewClass.A, ReviewClass.B, ReviewClass.C))
TOWNSHIP = 9
"""What a township may decide itself, whatever mode its county is in: small relief (S649 article 48)."""
ON_THE_BOARD = Publicity("sla.publicity", "TM-4")
DECIDING = (Action.CONFIRM.value, Action.REFUSE.value)
ENDING = (*DECIDING, Action.WITHDRAW.value, Action.TERMINATE.value)


def _start(clause: str = "TM-2") -> Clock:
    return Clock("sla.start_invest", Unit.WORKDAY, Action.ACCEPT, (Action.START_INVESTIGATION,), clause)


START_CHECK = Clock(
    "sla.start_check",
    Unit.WORKDAY,
    Action.START_INVESTIGATION,
    (Action.START_CHECK, Action.RECORD_CHECK),
    "TM-3",
)
"""The township's request goes out with its own investigation; a result that is there says that enquiries began."""
CHECK_REPORT = Clock(
    "sla.check_report", Unit.WORKDAY, Action.START_INVESTIGATION, (Action.RECORD_CHECK,), "CK-2"
)
BOARD = Clock("sla.publicity", Unit.NATURAL, Action.PUBLICISE, (Action.END_PUBLICITY,), "TM-4")
COUNTY_OPINION = Clock(
    "sla.county_opinion", Unit.WORKDAY, Action.REPORT, (*DECIDING, Action.RETURN_TO_TOWNSHIP), "TM-5", BY_COUNTY
)  # fmt: skip
REFUSAL = Clock("sla.refusal_notice", Unit.WORKDAY, Action.REFUSE, (Action.NOTIFY_REFUSAL,), "TM-9")


def _whole(parameter: str, clause: str, modes: tuple[Mode, ...], longest: str) -> Clock:
    return Clock(
        parameter, Unit.WORKDAY, Action.ACCEPT, ENDING, clause, modes, extended_by=longest, whole=True
    )


DIBAO_CLOCKS = (
    _start(),
    START_CHECK,
    CHECK_REPORT,
    BOARD,
    COUNTY_OPINION,
    _whole("sla.dibao.county", "TM-6", BY_COUNTY, "sla.dibao.max"),
    _whole("sla.dibao.delegated", "TM-7", (Mode.DELEGATED,), "sla.dibao.max"),
    REFUSAL,
)

REVIEW_CLASS = Field(
    REVIEW_FIELD, "复核类别", "choice", required=False, choices=REVIEW_CLASSES, clause="DY-2",
    help="不选的，按家庭情况确定：有劳动能力成员且收入不稳定的为 B 类，其他为 A 类",
)  # fmt: skip


def _dibao_steps(*accepting: str) -> tuple[Step, ...]:
    """The table of dibao; `accepting`: what acceptance waits for."""
    return (
        *rows.intake(needs=accepting),
        *rows.investigation(),
        *rows.opinion(),
        *rows.publicity(),
        *rows.reporting(),
        *rows.county(fields=(REVIEW_CLASS,)),
        *rows.township(fields=(REVIEW_CLASS,)),
        *rows.notices(yes="TM-10", result="PB-2"),
        *rows.ways_out(extend="TM-8"),
    )


DIBAO = Line(
    name="dibao",
    code="DB",
    label="最低生活保障（家庭）",
    programmes=("dibao",),
    subject="household",
    states=rows.FULL,
    steps=_dibao_steps(),
    clocks=DIBAO_CLOCKS,
    publicity=ON_THE_BOARD,
    requirements=REQUIREMENTS,
)

ALONE = Requirement(
    "家庭不符合低保条件（符合的应当全家申请，不得只纳入个别成员）",
    Need.CUSTOM,
    clause="HH-6",
    test=may_apply_alone,
)

SINGLE = Line(
    name="single",
    code="SP",
    label="最低生活保障（单人户）",
    programmes=("single",),
    subject="person",
    states=rows.FULL,
    steps=_dibao_steps("alone"),
    clocks=DIBAO_CLOCKS,
    publicity=ON_THE_BOARD,
    requirements={**REQUIREMENTS, "alone": ALONE},
)

EDGE = Line(
    name="edge",
    code="BY",
    label="低保边缘家庭认定",
    programmes=("edge",),
    subject="household",
    states=rows.FULL,
    steps=_dibao_steps(),
    # One application is classified once (S39 part five): the limits of dibao hold, as the place refines them (PB-4).
    clocks=(
        _start(),
        START_CHECK,
        CHECK_REPORT,
        BOARD,
        COUNTY_OPINION,
        _whole("sla.dibao.county", "PB-4", BY_COUNTY, "sla.dibao.max"),
        _whole("sla.dibao.delegated", "PB-4", (Mode.DELEGATED,), "sla.dibao.max"),
        REFUSAL,
    ),
    publicity=ON_THE_BOARD,
    requirements=REQUIREMENTS,
)


# -- 特困 ----------------------------------------------------------------------------------------------------
SELFCARE_FIELDS = tuple(
    Field(name, f"能够{label}", "yesno", clause="TK-A1")
    for name, label in (
        ("eat", "自主吃饭"),
        ("dress", "自主穿衣"),
        ("bed", "自主上下床"),
        ("toilet", "自主如厕"),
        ("walk", "室内自主行走"),
        ("bathe", "自主洗澡"),
    )
)
"""The six indicators of S43 article 21."""
INDICATORS = tuple(field.name for field in SELFCARE_FIELDS)


ASSESSED = Requirement(
    "已评估生活自理能力", Need.CUSTOM, clause="TK-A1", test=happened(OwnAction.ASSESS_SELFCARE)
)

TEKUN = Line(
    name="tekun",
    code="TK",
    label="特困人员救助供养",
    programmes=("tekun",),
    subject="person",
    states=rows.FULL,
    steps=(
        *rows.intake(clause="TM-1"),
        *rows.investigation(clause="TM-11"),
        handler(
            OwnAction.ASSESS_SELFCARE, ("investigating", "opinion", "publicity", "reported"), "",
            Permission.INVESTIGATE, "TK-A1", fields=SELFCARE_FIELDS,
        ),
        *rows.opinion(clause="TM-11"),
        *rows.publicity(clause="TM-12"),
        *rows.reporting(clause="TM-13", modes=EVERY_MODE, again=True),
        *rows.county(review="TM-13", confirm="TM-13", modes=EVERY_MODE, needs=("assessed",)),
        *rows.notices(yes="TK-A3", result="TM-12"),
        *rows.ways_out(),
    ),
    clocks=(
        _start("TM-11"),
        START_CHECK,
        CHECK_REPORT,
        Clock("sla.tk.township", Unit.WORKDAY, Action.ACCEPT, (Action.GIVE_OPINION, *ENDING), "TM-11"),
        Clock("sla.publicity", Unit.NATURAL, Action.PUBLICISE, (Action.END_PUBLICITY,), "TM-12"),
        Clock("sla.tk.objection", Unit.WORKDAY, Action.OBJECT, (Action.GIVE_OPINION, *ENDING), "TM-12"),
        Clock("sla.tk.county", Unit.WORKDAY, Action.REPORT, (*DECIDING, Action.RETURN_TO_TOWNSHIP), "TM-13"),
        REFUSAL,
    ),
    publicity=Publicity("sla.publicity", "TM-12"),
    requirements={**REQUIREMENTS, "assessed": ASSESSED},
)  # fmt: skip

RIGID = Line(
    name="rigid",
    code="GX",
    label="刚性支出困难家庭认定",
    programmes=("rigid",),
    subject="household",
    states=rows.FULL,
    steps=(
        *rows.intake(),
        *rows.investigation(clause="GX-3"),
        *rows.opinion(clause="GX-4"),
        *rows.publicity(clause="TM-4"),
        *rows.reporting(clause="TM-16", modes=EVERY_MODE),
        *rows.county(review="TM-16", confirm="TM-16", modes=EVERY_MODE),
        *rows.notices(yes="GX-4", result="PB-2"),
        *rows.ways_out(extend="TM-16"),
    ),
    clocks=(
        START_CHECK,
        CHECK_REPORT,
        BOARD,
        _whole("sla.gx", "TM-16", EVERY_MODE, "sla.gx.max"),
        REFUSAL,
    ),
    publicity=ON_THE_BOARD,
    requirements=REQUIREMENTS,
)

OLD_AGE = Line(
    name="old_age",
    code="OA",
    label="高龄补贴",
    programmes=("old_age",),
    subject="person",
    states=rows.QUIET,
    steps=(
        *rows.intake(),
        handler(Action.VERIFY_MEMBERS, ("accepted",), "", Permission.INVESTIGATE, "OA-2"),
        handler(
            Action.GIVE_OPINION, ("accepted", "investigating"), "opinion", Permission.INVESTIGATE, "OA-1",
            fields=(rows.OPINION_FIELD,), reason=True,
        ),
        handler(Action.REPORT, ("opinion",), "reported", Permission.INVESTIGATE, "OA-1"),
        *rows.county(review="OA-1", confirm="OA-2", refuse="OA-2", modes=EVERY_MODE, public=False),
        *rows.notices(yes="OA-3", no="OA-2"),
        *rows.ways_out(states=rows.QUIET_AT_WORK),
    ),
    requirements=REQUIREMENTS,
)  # fmt: skip


# -- temporary relief ----------------------------------------------------------------------------------------
RELIEF_FIELDS = (
    Field("holds", "基本生活暂时出现严重困难", "yesno", clause="LS-1"),
    Field("people", "救助人数", "number", clause="LS-6"),
    Field("months", "核定月数", "number", help="在当地规定的幅度内核定，超出的须一事一议", clause="LS-6"),
)


RELIEF_REQUIREMENTS = {
    **REQUIREMENTS,
    "assessed": Requirement(
        "已核实困难程度、核定月数", Need.CUSTOM, clause="LS-6", test=happened(OwnAction.ASSESS_RELIEF)
    ),
    "within_township": Requirement(
        "救助金额不超过委托乡镇审批的额度", Need.CUSTOM, clause="LS-4", test=township_may_approve
    ),
}

RELIEF = Line(
    name="relief",
    code="LZ",
    label="临时救助（支出型）",
    programmes=("relief_expenditure",),
    subject="household",
    states=rows.FULL,
    steps=(
        *rows.intake(clause="LS-2"),
        *rows.investigation(clause="LS-2"),
        handler(
            OwnAction.ASSESS_RELIEF, ("investigating",), "", Permission.INVESTIGATE, "LS-6", fields=RELIEF_FIELDS
        ),
        *rows.opinion(clause="LS-2", needs=("authorised", "visited", "settled", "assessed")),
        *rows.publicity(clause="LS-4"),
        *rows.reporting(clause="LS-4", modes=EVERY_MODE),
        *rows.county(review="LS-4", confirm="LS-4", refuse="LS-4", modes=EVERY_MODE),
        decider(
            Action.CONFIRM, ("publicity",), "decided_yes", Permission.CONFIRM_CASES, "LS-4",
            level=TOWNSHIP,
            needs=("publicised", "answered", "within_township", "visited_by_county"),
        ),
        decider(
            Action.REFUSE, ("publicity", "opinion"), "decided_no", Permission.CONFIRM_CASES, "LS-4",
            level=TOWNSHIP,
            needs=("answered", "within_township", "visited_by_county"), danger=True,
        ),
        *rows.notices(yes="LS-4", no="TM-9"),
        *rows.ways_out(),
    ),
    clocks=(_start("LS-2"), START_CHECK, CHECK_REPORT, BOARD, REFUSAL),
    publicity=Publicity("sla.publicity", "LS-4", result=False),
    requirements=RELIEF_REQUIREMENTS,
)  # fmt: skip

EMERGENCY = Line(
    name="emergency",
    code="LJ",
    label="临时救助（急难型）",
    programmes=("relief_emergency",),
    subject="household",
    states=(
        rows.SUBMITTED,
        rows.RETURNED,
        rows.ACCEPTED,
        rows.REPORTED,
        rows.DECIDED_YES,
        rows.DECIDED_NO,
        *rows.ENDED,
    ),
    steps=(
        *rows.intake(clause="LS-3", consent=("accepted", "decided_yes")),
        handler(OwnAction.ASSESS_RELIEF, ("accepted",), "", Permission.INVESTIGATE, "LS-6", fields=RELIEF_FIELDS),
        decider(
            Action.CONFIRM, ("accepted",), "decided_yes", Permission.CONFIRM_CASES, "LS-4",
            level=TOWNSHIP,
            needs=("assessed", "within_township"),
        ),
        decider(
            Action.REFUSE, ("accepted",), "decided_no", Permission.CONFIRM_CASES, "LS-4", level=TOWNSHIP, danger=True
        ),
        decider(Action.REFUSE, ("reported",), "decided_no", Permission.CONFIRM_CASES, "LS-4", danger=True),
        handler(Action.REPORT, ("accepted",), "reported", Permission.INVESTIGATE, "LS-4", needs=("assessed",)),
        decider(
            Action.CONFIRM, ("reported",), "decided_yes", Permission.CONFIRM_CASES, "LS-4", needs=("assessed",)
        ),
        # What was skipped to help at once is made up for afterwards (LS-4): the visit, the consent, the papers.
        handler(Action.VISIT, ("decided_yes",), "", Permission.INVESTIGATE, "CK-6"),
        handler(
            OwnAction.COMPLETE_PAPERS, ("decided_yes",), "closed", Permission.RECEIVE_CASES, "LS-4",
            needs=("visited",), reason=True,
        ),
        handler(Action.NOTIFY, ("decided_yes",), "", Permission.RECEIVE_CASES, "LS-4"),
        handler(Action.NOTIFY_REFUSAL, ("decided_no",), "closed", Permission.RECEIVE_CASES, "TM-9"),
        *rows.ways_out(states=("accepted", "reported")),
    ),
    clocks=(REFUSAL,),
    requirements=RELIEF_REQUIREMENTS,
)  # fmt: skip

APPLIED_FOR = (DIBAO, SINGLE, TEKUN, EDGE, RIGID, RELIEF, EMERGENCY, OLD_AGE)
