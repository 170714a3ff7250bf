"""What the API takes and gives, and how it is made of what the layers below say. Money is whole fen."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from ninja import Field, Schema

from minzheng.assessment.payment import payable_of
from minzheng.assessment.queries import LeadLine
from minzheng.rules.book import Rulebook, leaf_name, reads
from minzheng.rules.explain.determine import Determination
from minzheng.rules.explain.sentences import Line, Narrator, needs_words, shown, words
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.kinds import Household
from minzheng.web.explained import Brief


class Told(Schema):
    code: str
    message: str = Field(description="中文：发生了什么")
    field: str = Field(description="哪一项")
    next_step: str = Field(description="下一步")


class ErrorOut(Schema):
    error: Told


ERRORS: dict[int, Any] = dict.fromkeys((401, 403, 404, 409, 422, 500, 503), ErrorOut)


# -- asked ---------------------------------------------------------------------------------------------------------


class Cases(Schema):
    cases: list[dict[str, Any]] = Field(description="样例，写法与样例文件相同")


class OverlayIn(Schema):
    overlay: dict[str, Any] = Field(description="改革方案：name、parameters、provisions")


class LeadsAsked(Schema):
    programme: str = Field("", description="待遇名称，如 dibao", max_length=64)
    division: str = Field(
        "", description="4、6、9 或 12 位区划代码", pattern=r"^([0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$"
    )
    family: Literal["", "leads", "reviews"] = Field("", description="leads 线索，reviews 复核任务；默认全部")
    page: int = Field(1, ge=1, le=1_000_000)


# -- given ---------------------------------------------------------------------------------------------------------


class Decided(Schema):
    cases: list[dict[str, Any]]


class ClauseOut(Schema):
    provision: str
    label: str
    outcome: str = Field(description="yes、no、unknown、review")


class OutcomeOut(Schema):
    programme: str
    label: str
    holder: str = Field(description="household 或 person")
    position: int | None = Field(description="人员在家庭中的序号，从 0 起；按户的为空")
    person: str = Field(description="人员姓名；按户的为空")
    outcome: str = Field(description="yes、no、unknown、review")
    fen: int | None = Field(description="每月应发，分；不发钱或尚不能确定的为空")
    deciding: str = Field(description="起决定作用的规则")
    conditions: list[ClauseOut]
    missing: list[str] = Field(description="还需要查清的事项")
    rests_on_example_values: bool
    explanation: dict[str, Any] | None = None


class HouseholdDecision(Schema):
    household: str
    on: datetime.date
    outcomes: list[OutcomeOut]


def of_determination(
    found: Determination, household: str, on: datetime.date, *, explain: bool
) -> dict[str, Any]:
    """Every outcome of a household."""
    # Without the explanations each rule is told once for the household and not once for every programme.
    narrator = Narrator(found) if explain else Brief(found)
    outcomes = []
    for one in found.outcomes:
        line = narrator.outcome(one)
        outcomes.append(
            {
                "programme": one.program.name,
                "label": one.program.label,
                "holder": "household" if one.program.of is Household else "person",
                "position": one.who,
                "person": "" if one.who is None else found.facts.name(one.who),
                "outcome": one.status.key,
                "fen": payable_of(found, one) if one.status.key == "yes" else None,
                "deciding": "" if one.deciding is None else one.deciding.name,
                "conditions": [
                    {"provision": p.name, "label": p.label, "outcome": s.key} for p, s in one.conditions
                ],
                "missing": needs_words(found, one.needs),
                "rests_on_example_values": line.example,
                "explanation": of_line(line) if explain else None,
            }
        )
    return {"household": household, "on": on, "outcomes": outcomes}


def of_line(line: Line) -> dict[str, Any]:
    """An explanation line with those under it."""
    found: dict[str, Any] = {"text": line.text, "role": line.role}
    for name in ("status", "name", "who", "citation", "sentence", "gap", "margin"):
        if getattr(line, name):
            found[name] = getattr(line, name)
    if line.clauses:
        found["clauses"] = list(line.clauses)
    if line.example:
        found["example"] = True
    if line.children:
        found["children"] = [of_line(child) for child in line.children]
    return found


class ProgrammeOut(Schema):
    name: str
    label: str
    holder: str
    cadence: str = Field(description="monthly 按月，yearly 按年，once 一次，status 资格认定")
    citation: str
    clauses: list[str]
    requires: list[str]
    amount: str | None


def of_programme(program: Program) -> dict[str, Any]:
    return {
        "name": program.name,
        "label": program.label,
        "holder": "household" if program.of is Household else "person",
        "cadence": program.cadence,
        "citation": str(program.citation),
        "clauses": list(program.citation.clauses),
        "requires": [p.name for p in program.requires],
        "amount": None if program.amount is None else program.amount.name,
    }


class ProvisionOut(Schema):
    name: str
    label: str
    holder: str
    sentence: str
    citation: str
    clauses: list[str]


class TextOut(Schema):
    jurisdiction: str = Field(description="区划代码前缀；空为全国")
    since: datetime.date | None
    until: datetime.date | None
    sentence: str
    citation: str
    words: str = Field(description="规则的计算，用文字表述")
    textual_gap: str


class ProvisionDetail(ProvisionOut):
    texts: list[TextOut]
    reads: list[str]
    read_by: list[str]


def of_provision(provision: Provision) -> dict[str, Any]:
    return {
        "name": provision.name,
        "label": provision.label,
        "holder": "household" if provision.of is Household else "person",
        "sentence": provision.sentence,
        "citation": str(provision.citation),
        "clauses": list(provision.citation.clauses),
    }


def of_provision_in_full(book: Rulebook, provision: Provision) -> dict[str, Any]:
    return {
        **of_provision(provision),
        "texts": [
            {
                "jurisdiction": v.jurisdiction,
                "since": v.since,
                "until": v.until,
                "sentence": v.sentence,
                "citation": str(v.citation),
                "words": "" if v.expr is None else words(v.expr),
                "textual_gap": v.textual_gap,
            }
            for v in provision.versions
        ],
        "reads": sorted({name for leaf in reads(provision) if (name := leaf_name(leaf))}),
        "read_by": [rule.name for rule in book.dependents(provision.name)],
    }


class ParameterOut(Schema):
    key: str
    label: str
    unit: str
    value: str = Field(description="该日该地的数值，用文字；未知的为“未知”")
    known: bool
    example: bool = Field(description="示例值，未经本市确认")
    since: datetime.date | None
    document: str


def of_parameter(book: Rulebook, parameter: Parameter, on: datetime.date, county: str) -> dict[str, Any]:
    found = book.parameters.resolve(parameter, county, on)
    return {
        "key": parameter.key,
        "label": parameter.label,
        "unit": parameter.per_unit,
        "value": shown(found.value, parameter.kind) if found.known else "未知",
        "known": found.known,
        "example": found.example,
        "since": None if found.row is None else found.row.since,
        "document": "" if found.row is None else found.row.document,
    }


class LeadOut(Schema):
    id: str
    kind: str
    programme: str
    label: str
    state: str
    outcome: str = Field(description="yes、no、unknown、review")
    division: str = Field(description="乡镇（街道）区划代码")
    village: int
    household: str | None
    person: str = Field(description="姓名；按户的为户主")
    gap_fen: int | None
    questions: int
    clauses: list[str]
    sentence: str
    first_found: datetime.date | datetime.datetime


class LeadPageOut(Schema):
    count: int
    page: int
    pages: int
    leads: list[LeadOut]


def of_lead(line: LeadLine) -> dict[str, Any]:
    from minzheng.rules.status import Status

    lead = line.lead
    head = "" if line.household is None else line.household.head
    return {
        "id": str(lead.public_id),
        "kind": line.kind.label,
        "programme": lead.programme,
        "label": line.programme_label,
        "state": line.state.label,
        "outcome": Status(lead.outcome).key,
        "division": lead.division,
        "village": lead.village,
        "household": None if line.household is None else str(line.household.public_id),
        "person": line.person.name if line.person is not None else head,
        "gap_fen": lead.gap_fen,
        "questions": lead.questions,
        "clauses": lead.clauses,
        "sentence": lead.sentence,
        "first_found": lead.first_found,
    }


class DeskState(Schema):
    state: str = Field(
        description="ready 就绪，preparing 准备中，waiting 等待快照，failed 失败，absent 未启动"
    )
    what: str
    step: int
    steps: int
    seconds: int
    basis: dict[str, Any]


class Simulated(Schema):
    report: dict[str, Any] = Field(description="见 docs/reform.md；成对的数为[现行, 改革]")
    basis: dict[str, Any] = Field(description="快照、规则、方法和局限")
    milliseconds: int
    later: list[str] = Field(description="起始日期晚于认定日期、按已生效计算的参数")
