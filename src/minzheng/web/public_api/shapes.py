"""What other systems send and get. Money is whole fen, days are dates, nobody is named: people are public ids."""

from __future__ import annotations

import datetime
import uuid
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

#: No control character reaches a table or a log.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=500)]
Said = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$", max_length=500)]  # fmt: skip
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Whole = Annotated[int, Field(ge=-(2**31), le=2**53 - 1)]


class Strict(Schema):
    """Nothing that is not understood is passed over."""

    model_config = ConfigDict(extra="forbid")


class ErrorOut(Schema):
    code: str = Field(description="稳定的代码，供程序判断")
    message: str = Field(description="中文：发生了什么")
    field: str = Field(description="哪一项；不针对某一项的为空")
    next_step: str = Field(description="下一步")


ERRORS: dict[int, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 500, 503), ErrorOut)


# -- sent ----------------------------------------------------------------------------------------------------------


class ApplicantIn(Strict):
    """By identity number and name together, or by the public id of a member of the household given."""

    identity_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9Xx]$")] | None = Field(
        None, description="居民身份证号码；与 name 一并提供"
    )
    name: Said | None = Field(None, description="姓名；与 identity_number 一并提供")
    person: uuid.UUID | None = Field(None, description="人员公开编号；与 household 一并提供")


class ProgrammeIn(Strict):
    programme: Name = Field(description="待遇名称，如 dibao")
    person: uuid.UUID | None = Field(None, description="按人的待遇：人员公开编号；按户的为空")


class StatementIn(Strict):
    table: Name = Field(description="申报事项，如 income")
    person: uuid.UUID | None = Field(None, description="人员公开编号；关于整个家庭的为空")
    values: dict[Name, bool | Whole | datetime.date | None] = Field(description="各项的值；金额以分计")


class ApplicationIn(Strict):
    applicant: ApplicantIn
    household: uuid.UUID | None = Field(None, description="家庭公开编号")
    programmes: list[ProgrammeIn] = Field([], max_length=20, description="坚持申请、须书面答复的待遇")
    statements: list[StatementIn] = Field([], max_length=100, description="申报的情况")


class WithdrawIn(Strict):
    reason: Said = Field(description="撤回的理由")


# -- given ---------------------------------------------------------------------------------------------------------


class CaseBrief(Schema):
    id: uuid.UUID
    number: str
    programme: str
    label: str
    person: uuid.UUID | None = Field(description="按人的待遇：人员公开编号；已不在该家庭的为空")
    state: str
    state_label: str


class ApplicationOut(Schema):
    id: uuid.UUID
    number: str
    received_on: datetime.date
    household: uuid.UUID
    cases: list[CaseBrief]
    complete: bool = Field(description="false：密钥没有“儿童事项”的用途，如有此类办件则不在其中")


class LimitOut(Schema):
    clause: str
    due_on: datetime.date | None = Field(description="届满；不能推算的为空")
    problem: str = Field(description="不能推算的原因")
    met_on: datetime.date | None


class StageOut(Schema):
    label: str
    state: str = Field(description="done 已办、now 正在办、ahead 将办")
    on: datetime.date | None
    limit: datetime.date | None
    clause: str


class LetterOut(Schema):
    id: uuid.UUID
    number: str
    kind: str
    issued_on: datetime.date
    delivered_on: datetime.date | None


class CaseOut(CaseBrief):
    application: uuid.UUID | None
    received_on: datetime.date
    accepted_on: datetime.date | None
    closed_on: datetime.date | None
    outcome: str = Field(description="yes、no、withdrawn、terminated、voided、done、rejected；在办为空")
    limits: list[LimitOut]
    missing: list[str] = Field(description="须补充的材料")
    stages: list[StageOut]
    next: list[str] = Field(description="接下来的环节，第一项正在办理")
    letters: list[LetterOut]


class ExplainedOut(Schema):
    provision: str
    text: str
    outcome: str = Field(description="yes、no、unknown、review")
    citation: str


class DecisionOut(Schema):
    outcome: str = Field(description="yes 确认、no 不予确认")
    decided_on: datetime.date
    amount_fen: int | None = Field(description="应发金额，分；不发钱的为空")
    clauses: list[str] = Field(description="决定所依据的条款")
    citation: str
    explanation: list[ExplainedOut]
    letters: list[str] = Field(description="文书文号")


class MaterialOut(Schema):
    id: uuid.UUID
    kind: str
