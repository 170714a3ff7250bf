"""The words in which a service line declares how its cases run: states, steps, clocks, publicity. Pure; no database.

`lines.register` checks a declaration when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import TextChoices

from minzheng.base.types import Permission
from minzheng.cases.types import Mode, Need, Side, Tone, Unit, Who

ALL_MODES: tuple[Mode, ...] = (Mode.COUNTY, Mode.DELEGATED, Mode.SEPARATED)
BY_COUNTY: tuple[Mode, ...] = (Mode.COUNTY, Mode.SEPARATED)


class Action(TextChoices):
    """Standard steps. A line uses some of them and may add its own; these names are what pages and indicators know."""

    SUBMIT = "submit", "提交申请"
    LIST_MISSING = "list_missing", "一次性告知补正"
    SUPPLY = "supply", "补正材料"
    ACCEPT = "accept", "受理"
    REJECT = "reject", "不予受理"
    AUTHORISE = "authorise", "签署核对授权"
    START_INVESTIGATION = "start_investigation", "启动调查核对"
    START_CHECK = "start_check", "启动信息核对"
    VISIT = "visit", "入户调查"
    RECORD_CHECK = "record_check", "登记核对结果"
    OBJECT_TO_CHECK = "object_to_check", "对核对结果提出异议"
    GIVE_OPINION = "give_opinion", "提出审核意见"
    PUBLICISE = "publicise", "公示审核意见"
    END_PUBLICITY = "end_publicity", "公示期满"
    OBJECT = "object", "提出异议"
    EVALUATE = "evaluate", "民主评议"
    ANSWER_OBJECTION = "answer_objection", "答复异议"
    REPORT = "report", "上报县级"
    REVIEW_BY_COUNTY = "review_by_county", "县级审核"
    RETURN_TO_TOWNSHIP = "return_to_township", "退回乡镇"
    CONFIRM = "confirm", "确认"
    REFUSE = "refuse", "不予确认"
    NOTIFY_REFUSAL = "notify_refusal", "送达不予确认告知书"
    NOTIFY = "notify", "送达确认告知书"
    PUBLISH_RESULT = "publish_result", "公布确认结果"
    WITHDRAW = "withdraw", "撤回申请"
    TERMINATE = "terminate", "终止办理"
    EXTEND = "extend", "延长办理期限"
    TRANSFER = "transfer", "移交"
    ASSIGN = "assign", "分派"
    REGISTER_KINSHIP = "register_kinship", "近亲属备案"
    VERIFY_MEMBERS = "verify_members", "核实家庭成员"
    SUPERVISE = "supervise", "监督抽查"
    APPEAL = "appeal", "申请行政复议或者提起诉讼"
    VOID = "void", "作废"
    CLOSE = "close", "办结"
    SET_DEADLINE = "set_deadline", "确定办理时限"
    FILE = "file", "本人提出申请"


DECISIONS = frozenset({Action.CONFIRM.value, Action.REFUSE.value})
"""Taken by `decide_case` only, never by a bare step; the database wants side DECIDE for them."""

APART = frozenset({Action.VISIT.value, Action.ASSIGN.value, Action.TRANSFER.value})
"""Steps that carry more than a form, and have an action of their own: `record_visit`, `assign`, `transfer`."""

Effect = Callable[[Any], None]
"""Called with a `moving.Taken` inside the transaction of the step, after the case has moved."""


@dataclass(frozen=True)
class State:
    """Where a case can be. `final`: nothing is left to do, the case is closed."""

    name: str
    label: str
    tone: Tone = Tone.PROGRESS
    final: bool = False


@dataclass(frozen=True)
class Field:
    """One thing a step's form asks."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    clause: str = ""

    KINDS = ("text", "date", "money", "choice", "yesno", "number", "file", "person", "month")


@dataclass(frozen=True)
class Requirement:
    """What must be there before a step. `of` names the attachment's kind or the consent's scope; `test` is the line's
    own question about the case, for `Need.CUSTOM`."""

    label: str
    need: Need
    of: str = ""
    clause: str = ""
    test: Callable[[Any], bool] | None = None


SOME_DAY = "some_day"
"""Of a clock that no action starts: it runs from a day the law names, before or after the case began (`actions.count_from`)."""


@dataclass(frozen=True)
class Clock:
    """A limit of law: from one action (or `SOME_DAY`) to another, its length the value of a rulebook parameter."""

    parameter: str
    unit: Unit
    since: str
    until: tuple[str, ...]
    clause: str
    modes: tuple[Mode, ...] = ALL_MODES
    extended_by: str = ""
    whole: bool = False

    @property
    def label(self) -> str:
        return self.parameter


@dataclass(frozen=True)
class Step:
    """One row of the table: from these states by this action to that one, by whom, resting on which clause.

    after "": the state stays. by None: no permission of staff is asked (residents, the platform).
    level: how wide the officer's region has to be at least (6 county, 9 township, 0 any).
    """

    action: str
    label: str
    before: tuple[str, ...]
    after: str
    by: Permission | None
    clause: str
    who: tuple[Who, ...] = (Who.OFFICER,)
    side: Side | None = None
    needs: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ALL_MODES
    fields: tuple[Field, ...] = ()
    reason: bool = False
    danger: bool = False
    level: int = 0

    def level_in(self, mode: str) -> int:
        """The county decides what was reported to it, and everything where it has delegated nothing (GV-3)."""
        by_county = "reported" in self.before or mode in BY_COUNTY
        return self.level or (6 if self.side is Side.DECIDE and by_county else 0)

    def to(self, state: str) -> str:
        return self.after or state


@dataclass(frozen=True)
class Publicity:
    """The line's public notice. What it shows is closed: the applicant's name, how many members, the amount."""

    parameter: str
    clause: str
    result: bool = True


@dataclass(frozen=True)
class Line:
    """A service line: what it decides and how its cases run. `effects` are the line's own consequences of an action."""

    name: str
    code: str
    label: str
    programmes: tuple[str, ...]
    subject: str
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    clocks: tuple[Clock, ...] = ()
    publicity: Publicity | None = None
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    effects: Mapping[str, Effect] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    starts: str = "submitted"

    def state(self, name: str) -> State:
        return next(one for one in self.states if one.name == name)

    def has_state(self, name: str) -> bool:
        return any(one.name == name for one in self.states)

    def steps_from(self, state: str, mode: str = "") -> tuple[Step, ...]:
        """The rows that leave a state, in the order declared; before acceptance no mode is settled yet."""
        return tuple(s for s in self.steps if state in s.before and (not mode or Mode(mode) in s.modes))

    def step(self, action: str, state: str, mode: str = "") -> Step | None:
        return next((s for s in self.steps_from(state, mode) if s.action == action), None)

    def with_effects(self, effects: Mapping[str, Effect]) -> Line:
        return replace(self, effects={**self.effects, **effects})
