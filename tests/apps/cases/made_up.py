"""A made-up line with one small folder: what docs/cases.md shows, and what the tests of the mechanism run on."""

from __future__ import annotations

from dataclasses import replace

from minzheng.base.types import Permission
from minzheng.cases.rows import FINDING
from minzheng.cases.types import Mode, Need, Side, Tone, Unit, Who
from minzheng.cases.workflow import BY_COUNTY, Clock, Field, Line, Publicity, Requirement, State, Step

RECEIVE, LOOK, CONFIRM = Permission.RECEIVE_CASES, Permission.INVESTIGATE, Permission.CONFIRM_CASES
HANDLE, DECIDE = Side.HANDLE, Side.DECIDE
BOTH = (Who.OFFICER, Who.RESIDENT)
WORK = ("accepted", "opinion", "publicity", "objection", "reported")
OPEN = ("submitted", "returned", *WORK)

STATES = (
    State("submitted", "已提交"),
    State("returned", "待补正", Tone.ATTENTION),
    State("accepted", "已受理"),
    State("opinion", "已提出意见"),
    State("publicity", "公示中"),
    State("objection", "异议处理中", Tone.ATTENTION),
    State("reported", "已上报"),
    State("decided_yes", "已确认", Tone.GRANTED),
    State("decided_no", "不予确认", Tone.STOPPED),
    State("closed", "已办结", Tone.QUIET, final=True),
    State("withdrawn", "已撤回", Tone.QUIET, final=True),
    State("terminated", "已终止", Tone.STOPPED, final=True),
    State("voided", "已作废", Tone.STOPPED, final=True),
)
OPINION = Field(
    "opinion", "审核意见", "choice", choices=(("agree", "建议确认"), ("disagree", "建议不予确认"))
)
STEPS = (
    Step("list_missing", "一次性告知补正", ("submitted",), "returned", RECEIVE, "TM-1", side=HANDLE,
         fields=(Field("items", "缺少的材料"),)),
    Step("supply", "补正材料", ("returned",), "submitted", RECEIVE, "TM-1", who=BOTH),
    Step("accept", "受理", ("submitted",), "accepted", RECEIVE, "TM-1", side=HANDLE),
    Step("reject", "不予受理", ("submitted",), "voided", RECEIVE, "TM-1", side=HANDLE, reason=True),
    Step("visit", "入户调查", ("accepted",), "", LOOK, "CK-6", side=HANDLE),
    Step("give_opinion", "提出审核意见", ("accepted",), "opinion", LOOK, "TM-4", side=HANDLE, fields=(OPINION,),
         needs=("settled",)),
    Step("publicise", "公示审核意见", ("opinion",), "publicity", LOOK, "TM-4", side=HANDLE),
    Step("end_publicity", "公示期满", ("publicity", "objection"), "", None, "TM-4", who=(Who.PLATFORM,)),
    Step("object", "提出异议", ("publicity",), "objection", LOOK, "PB-1", who=BOTH, reason=True,
         fields=(Field("source", "异议人", required=False),)),
    Step("answer_objection", "答复异议", ("objection",), "accepted", LOOK, "PB-1", side=HANDLE, reason=True),
    Step("report", "上报县级", ("publicity",), "reported", LOOK, "TM-5", side=HANDLE, needs=("hung",)),
    Step("extend", "延长办理期限", WORK, "", RECEIVE, "TM-8", side=HANDLE, reason=True),
    Step("transfer", "移交", OPEN, "", RECEIVE, "HH-5", side=HANDLE, reason=True),
    Step("confirm", "确认", ("reported",), "decided_yes", CONFIRM, "TM-6", side=DECIDE, needs=("county_visit",)),
    Step("refuse", "不予确认", ("reported",), "decided_no", CONFIRM, "TM-9", side=DECIDE, reason=True, danger=True),
    Step("notify", "送达确认告知书", ("decided_yes",), "closed", RECEIVE, "TM-10", side=HANDLE),
    Step("notify_refusal", "送达不予确认告知书", ("decided_no",), "closed", RECEIVE, "TM-9", side=HANDLE),
    Step("publish_result", "公布确认结果", ("decided_yes", "closed"), "", RECEIVE, "PB-2", side=HANDLE),
    Step("appeal", "申请复议或者提起诉讼", ("decided_no", "closed"), "", RECEIVE, "AP-1", who=BOTH, reason=True,
         fields=(Field("kind", "途径", "choice", choices=(("reconsideration", "行政复议"), ("litigation", "行政诉讼"))),)),
    Step("withdraw", "撤回申请", OPEN, "withdrawn", RECEIVE, "GV-1", who=BOTH, reason=True),
    Step("terminate", "终止办理", WORK, "terminated", RECEIVE, "DY-7", side=HANDLE, reason=True),
    Step("supervise", "监督抽查", (*WORK, "decided_yes", "decided_no", "closed"), "", Permission.SUPERVISE_CASES,
         "GV-4", side=Side.SUPERVISE, reason=True, fields=(replace(FINDING, required=False),)),
)  # fmt: skip
ENDS = ("confirm", "refuse", "withdraw", "terminate")
CLOCKS = (
    Clock("sla.dibao.county", Unit.WORKDAY, "accept", ENDS, "TM-6", BY_COUNTY, "sla.dibao.max"),
    Clock("sla.dibao.delegated", Unit.WORKDAY, "accept", ENDS, "TM-7", (Mode.DELEGATED,), "sla.dibao.max"),
    Clock("sla.publicity", Unit.NATURAL, "publicise", ("end_publicity",), "TM-4"),
    Clock("sla.refusal_notice", Unit.WORKDAY, "refuse", ("notify_refusal",), "TM-9"),
)

MADE_UP = Line(
    name="made_up",
    code="ZZ",
    label="试办业务",
    programmes=("dibao", "single", "tekun", "edge"),
    subject="household",
    states=STATES,
    steps=STEPS,
    clocks=CLOCKS,
    publicity=Publicity("sla.publicity", "TM-4"),
    requirements={
        "settled": Requirement("调查与登记不一致之处已处理", Need.NO_OPEN_CONFLICT, clause="CK-5"),
        "hung": Requirement("公示期已满", Need.NOTICE_ENDED, clause="TM-4"),
        "county_visit": Requirement("单独备案的申请已由县级入户调查", Need.COUNTY_VISIT, clause="GV-2"),
    },
)
