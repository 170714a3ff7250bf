"""What people decide beside a case's steps: statements against the record, judgements, appeals; kin; supervision; lists."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.base import step_up
from minzheng.base.colleagues import colleagues
from minzheng.base.models import Staff
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases import actions, queries
from minzheng.cases.forms import fen_of
from minzheng.cases.kin import RELATIONS
from minzheng.cases.models import Case, KinDeclaration
from minzheng.cases.types import Stated
from minzheng.registry import codes
from minzheng.registry import queries as registry
from minzheng.registry.tables import BY_NAME
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.files import table_file
from minzheng.web.pages.case_papers import _done

PAGE_ROWS = 50
JUDGED_FOR_DAYS = 183
"""What the form offers as the end of a judgement; the officer writes the day."""
TABLES = {
    "income": "收入", "asset": "财产", "expenditure": "支出", "standing": "家庭登记情况", "status": "个人情形",
    "capacity": "劳动与独立生活能力", "certificate": "残疾证", "enrolment": "在读", "employment": "就业",
    "restriction": "人身自由受限", "parentstate": "父母状况", "relief": "急难事件", "choice": "选择",
}  # fmt: skip
COLUMNS = {
    "fen": "金额", "kind": "类别", "quantity": "数量", "since": "自", "until": "至", "labour": "劳动能力",
    "independent": "成年后能够独立生活", "registration": "户籍登记地类型", "contracted_land": "承包土地或者集体收益分配",
    "cooperates": "配合调查", "level": "等级", "people": "人数", "grade": "核定月数", "cause": "事由", "state": "状况",
    "parent": "父母", "stage": "学段", "full_time": "全日制", "term_months": "期限（月）", "value": "选择",
    "relocated_to_town": "易地搬迁至城镇", "lives_here": "长期共同居住",
}  # fmt: skip
_CODES = {
    ("income", "kind"): codes.Income, ("asset", "kind"): codes.Asset, ("expenditure", "kind"): codes.Expenditure,
    ("status", "kind"): codes.Status, ("capacity", "labour"): codes.Labour, ("relief", "cause"): codes.Cause,
    ("standing", "registration"): codes.Registration, ("parentstate", "state"): codes.ParentState,
    ("parentstate", "parent"): codes.Parent, ("enrolment", "stage"): codes.Stage,
}  # fmt: skip


# -- shown on the case's page --------------------------------------------------------------------------------------
def decisions_of_people(request: OfficeRequest, row: Case) -> dict[str, Any]:
    """Statements that wait, judgements made, appeals: what `office/_case_people.html` shows."""
    stated = queries.statements_of(row)
    people = registry.person_lines(request.actor, {one.holder for one in stated if _of_person(one.table)})
    papers = queries.papers_of(row)
    actor = request.actor
    return {
        "stated": [_stated(one, people) for one in stated],
        "waiting": [_stated(one, people) for one in stated if one.state == Stated.CONTRADICTED],
        "judgements": papers.judgements,
        "appeals": papers.appeals,
        "attachments": papers.attachments,
        "may_judge": (actor.may(Permission.CONFIRM_CASES) or actor.may(Permission.REVIEW_CASES))
        and not row.outcome,
        "may_resolve": actor.may(Permission.RECORD_FACTS) and row.closed_on is None,
        "may_receive": actor.may(Permission.RECEIVE_CASES),
        "may_declare": actor.may(Permission.DECLARE_KIN),
        "judged_until": business_date() + timedelta(days=JUDGED_FOR_DAYS),
    }


def _of_person(table: str) -> bool:
    return BY_NAME[table].holder.value == "person"


def _stated(one: Any, people: dict[int, Any]) -> dict[str, Any]:
    person = people.get(one.holder) if _of_person(one.table) else None
    said = one.against["said"] if one.against else {}
    return {
        "row": one,
        "about": f"{person.name if person else '家庭'}：{TABLES.get(one.table, one.table)}",
        "values": [
            (COLUMNS.get(n, n), _word(one.table, n, v)) for n, v in one.values.items() if v is not None
        ],
        "against": [(COLUMNS.get(n, n), _word(one.table, n, v)) for n, v in said.items()],
        "source": codes.Source(one.against["source"]).label if one.against else "",
    }


def _word(table: str, name: str, value: Any) -> str:
    """A value as people read it: yuan, the word of a code, yes or no."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "fen":
        return f"{int(value) // 100:,}.{int(value) % 100:02d} 元"
    words = _CODES.get((table, name))
    return words(value).label if words is not None else str(value)


# -- doing ---------------------------------------------------------------------------------------------------------
@page(Permission.RECORD_FACTS, methods=("POST",))
def statement(request: OfficeRequest, public_id: uuid.UUID, statement: uuid.UUID) -> HttpResponse:
    """Of a statement and the record take one, with a reason."""
    take = request.POST.get("take") == "1"
    reason = request.POST.get("reason", "")

    def work(row: Case) -> None:
        actions.resolve_statement(
            actor=request.actor, case=row.public_id, statement=statement, take=take, reason=reason
        )

    return _done(request, public_id, "已按申报更正登记。" if take else "已按原登记处理。", work)


@page(Permission.REVIEW_CASES, Permission.CONFIRM_CASES, methods=("POST",))
def judgement(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """A person judges what the rules leave open."""
    step_up.require(request)
    post = request.POST

    def work(row: Case) -> None:
        filed = {str(one.document): one.document for one in row.attachments.all()}
        actions.judge(
            actor=request.actor,
            case=row.public_id,
            verdict=post.get("verdict") == "1",
            reason=post.get("reason", ""),
            evidence=[filed[one] for one in post.getlist("evidence") if one in filed],
            expires_on=_day(post.get("expires_on", "")),
            fen=fen_of(post["fen"], "核定金额") if post.get("fen", "").strip() else None,
        )

    return _done(request, public_id, "已登记判断。作出决定时引用。", work)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("judgement.no_end", "请填写判断的有效期。", field="expires_on") from None


@page(Permission.RECEIVE_CASES, methods=("POST",))
def appeal(request: OfficeRequest, public_id: uuid.UUID, appeal: uuid.UUID) -> HttpResponse:
    """What the organ of reconsideration or the court said."""

    def work(row: Case) -> None:
        actions.decide_appeal(
            actor=request.actor,
            appeal=appeal,
            upheld=request.POST.get("upheld") == "1",
            result=request.POST.get("result", ""),
        )

    return _done(request, public_id, "已登记复议、诉讼结果。", work)


# -- kin -----------------------------------------------------------------------------------------------------------
@page(Permission.DECLARE_KIN, methods=("GET", "POST"))
def kin(request: OfficeRequest) -> HttpResponse:
    """The register of near kin of staff and village committees; somebody to be registered is named by the address."""
    refusal = None
    if request.method == "POST":
        try:
            _change_kin(request)
            return redirect("kin")
        except Refusal as refused:
            if refused.code == "permission.denied":
                raise
            refusal = refused
    person = _person(request)
    rows = list(queries.kin_declarations(request.actor)[: PAGE_ROWS + 1])
    context = {
        "trail": [(reverse("cases"), "办件"), ("", "近亲属备案")],
        "rows": _kin_rows(request, rows[:PAGE_ROWS]),
        "more": len(rows) > PAGE_ROWS,
        "person": person,
        "staff": [] if person is None else _staff_there(request, person.pk),
        "relations": RELATIONS,
        "refusal": refusal,
    }
    return render(request, "office/kin.html", context, status=409 if refusal else 200)


def _staff_there(request: OfficeRequest, person: int) -> list[Staff]:
    """Everybody who works where the person lives, down to the village."""
    on = business_date()
    homes = registry.household_lines(request.actor, registry.homes_of(request.actor, person, on=on), on=on)
    place = str(homes[0].village) if homes else ""
    return colleagues(request.actor, place, Permission.SEE_CASES, on=on) if place else []


def _person(request: OfficeRequest) -> Any:
    text = request.GET.get("person", "") or request.POST.get("person", "")
    if not text:
        return None
    try:
        return registry.person_of(request.actor, uuid.UUID(text))
    except (ValueError, Refusal):
        raise NotFound("person", text) from None


def _change_kin(request: OfficeRequest) -> None:
    post = request.POST
    if post.get("withdraw"):
        actions.withdraw_kin(
            actor=request.actor, declaration=uuid.UUID(post["withdraw"]), reason=post.get("reason", "")
        )
        messages.success(request, "已撤销备案。")
        return
    person = _person(request)
    if person is None or not post.get("staff", "").isdecimal():
        raise Refusal("kin.staff", "请选择工作人员。", field="staff")
    actions.declare_kin(
        actor=request.actor,
        staff=int(post["staff"]),
        person=person.pk,
        relation=post.get("relation", ""),
        reason=post.get("reason", ""),
    )
    messages.success(request, "已备案。本户在办的办件已单独登记，县级须入户调查。")


def _kin_rows(request: OfficeRequest, rows: list[KinDeclaration]) -> list[dict[str, Any]]:
    people = registry.person_lines(request.actor, {one.person_id for one in rows})
    names: dict[uuid.UUID, str] = {}
    for one in Staff.objects.filter(natural_person__in={row.natural_person for row in rows}).order_by("-pk"):
        names[one.natural_person] = f"{one.name}（{one.unit}）" if one.unit else one.name
    mine = request.actor.natural_person
    return [
        {
            "row": row,
            "person": people.get(row.person_id),
            "staff": names.get(row.natural_person, ""),
            "own": str(row.natural_person) == mine,
        }
        for row in rows
    ]


# -- lists ---------------------------------------------------------------------------------------------------------
@page(Permission.EXPORT, methods=("POST",))
def export(request: OfficeRequest) -> HttpResponse:
    """The queue as a file: the same rows in the same order, for a purpose that is recorded."""
    from minzheng.web.pages.cases import Asked

    step_up.require(request)
    asked = Asked.of(request, request.POST.dict())
    rows = actions.export_cases(
        actor=request.actor,
        which=asked.which(request, business_date()),
        purpose=request.POST.get("purpose", ""),
    )
    return table_file(rows, request.POST.get("format", ""), name=f"办件-{business_date():%Y%m%d}")
