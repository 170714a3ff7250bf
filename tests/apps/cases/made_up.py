"""A made-up line with one small folder: what docs/cases.md shows, and what the tests of the mechanism run on."""

from __future__ import annotations

from minzheng.base.types import Permission
from minzheng.cases.types import Mode, Side, Tone, Unit, Who
from minzheng.cases.workflow import ALL_MODES, BY_COUNTY, Clock, Field, Line, Publicity, State, Step

OPEN = ("submitted", "returned", "accepted", "opinion", "publicity", "reported")

STATES = (
    State("submitted", "已提交"),
    State("returned", "待补正", Tone.ATTENTION),
    State("accepted", "已受理"),
    State("opinion", "已提出意见"),
    State("publicity", "公示中"),
    State("reported", "已上报"),
    State("decided_yes", "已确认", Tone.GRANTED, final=True),
    State("decided_no", "不予确认", Tone.STOPPED, final=True),
    State("withdrawn", "已撤回", Tone.QUIET, final=True),
)
STEPS = (
    Step("list_missing", "一次性告知补正", ("submitted",), "returned", Permission.RECEIVE_CASES, "TM-1", side=Side.HANDLE),
    Step("supply", "补正材料", ("returned",), "submitted", Permission.RECEIVE_CASES, "TM-1", who=(Who.OFFICER, Who.RESIDENT)),
    Step("accept", "受理", ("submitted",), "accepted", Permission.RECEIVE_CASES, "TM-1", side=Side.HANDLE),
    Step("give_opinion", "提出审核意见", ("accepted",), "opinion", Permission.INVESTIGATE, "TM-4", side=Side.HANDLE,
         fields=(Field("opinion", "审核意见", "choice", choices=(("agree", "建议确认"), ("disagree", "建议不予确认"))),)),
    Step("publicise", "公示审核意见", ("opinion",), "publicity", Permission.INVESTIGATE, "TM-4", side=Side.HANDLE),
    Step("end_publicity", "公示期满", ("publicity",), "reported", None, "TM-4", who=(Who.PLATFORM,)),
    Step("extend", "延长办理期限", ("accepted", "opinion", "publicity", "reported"), "", Permission.RECEIVE_CASES, "TM-8", reason=True),
    Step("confirm", "确认", ("reported",), "decided_yes", Permission.CONFIRM_CASES, "TM-6", side=Side.DECIDE),
    Step("refuse", "不予确认", ("reported",), "decided_no", Permission.CONFIRM_CASES, "TM-9", side=Side.DECIDE, reason=True, danger=True),
    Step("withdraw", "撤回申请", OPEN, "withdrawn", Permission.RECEIVE_CASES, "GV-1", who=(Who.OFFICER, Who.RESIDENT), reason=True),
)  # fmt: skip
CLOCKS = (
    Clock("sla.dibao.county", Unit.WORKDAY, "accept", ("confirm", "refuse"), "TM-6", BY_COUNTY, "sla.dibao.max", whole=True),
    Clock("sla.dibao.delegated", Unit.WORKDAY, "accept", ("confirm", "refuse"), "TM-7", (Mode.DELEGATED,), "sla.dibao.max", whole=True),
)  # fmt: skip

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
)
assert ALL_MODES
