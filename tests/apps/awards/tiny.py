"""A line whose only steps are to confirm and to refuse, so that an award in a test has a decided case behind it."""

from __future__ import annotations

from minzheng.base.types import Permission
from minzheng.cases.types import Side, Tone
from minzheng.cases.workflow import Line, State, Step
from minzheng.rulebook.programs import PROGRAMS

TINY = Line(
    name="tiny",
    code="TY",
    label="试办业务",
    programmes=tuple(program.name for program in PROGRAMS),
    subject="household",
    states=(
        State("submitted", "已提交"),
        State("decided_yes", "已确认", Tone.GRANTED, final=True),
        State("decided_no", "不予确认", Tone.STOPPED, final=True),
    ),
    steps=(
        Step("confirm", "确认", ("submitted",), "decided_yes", Permission.CONFIRM_CASES, "TM-6", side=Side.DECIDE),
        Step("refuse", "不予确认", ("submitted",), "decided_no", Permission.CONFIRM_CASES, "TM-9", side=Side.DECIDE,
             reason=True, danger=True),
    ),
    clocks=(),
    publicity=None,
)  # fmt: skip
