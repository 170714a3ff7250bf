"""The HTTP API, for programs of the office: the same session, regions and permissions as the pages, in JSON.

Every answer that fails has one form: `error` with code, message, field and next step, in Chinese and without what was
sent. Nothing here stores anything but the record of who looked.
"""

from __future__ import annotations

import datetime
import json
import logging
import uuid
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import SessionAuth

from minzheng.assessment.decide import decide_by_public_id
from minzheng.assessment.queries import Filter, lead_page
from minzheng.assessment.reforms.asking import desk_state, price_overlay
from minzheng.assessment.types import LEADS, REVIEWS, Kind
from minzheng.base.actions import record
from minzheng.base.middleware import ScopedRequest
from minzheng.base.models import Staff
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.rulebook.worked import read_text
from minzheng.rulebook.worked import run as run_case
from minzheng.rulebook.worked.report import as_json
from minzheng.rulebook.worked.spot import Spot
from minzheng.rules.language.declare import Program, Provision
from minzheng.values.errors import Defect, MinzhengError, Refusal, SourceTrouble
from minzheng.web import api_shapes as shapes
from minzheng.web.book import load

_log = logging.getLogger(__name__)
MOST_CASES = 50
PAGE = 50


class StaffSession(SessionAuth):
    """A member of staff who signed in; what changes or computes needs the CSRF token, as a form does."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Staff | None:
        return request.user if isinstance(request.user, Staff) else None


api = NinjaAPI(
    title="民政业务平台接口",
    version="1",
    description="与工作页面相同的登录、管辖地区和权限。提交内容须带 X-CSRFToken。出错时返回 error：code、message、field、next_step。",
    auth=StaffSession(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)


def _actor(request: HttpRequest) -> Actor:
    return cast(ScopedRequest, request).actor


def _require_one(actor: Actor, *permissions: Permission) -> None:
    if not any(actor.may(permission) for permission in permissions):
        actor.require(permissions[0])


# -- deciding ------------------------------------------------------------------------------------------------------


@api.post(
    "/decide",
    response={200: shapes.Decided, **shapes.ERRORS},
    summary="按给出的事实认定（不保存）",
    tags=["认定"],
)
def decide_facts(request: HttpRequest, body: shapes.Cases, explain: bool = True) -> dict[str, Any]:
    """一个或多个样例，写法与样例文件相同（docs/worked-cases.md）；结果逐项列出结论、金额、欠缺的事实和依据。"""
    _require_one(_actor(request), Permission.SEE_RULEBOOK, Permission.DECIDE)
    if not 0 < len(body.cases) <= MOST_CASES:
        raise Refusal(
            "api.cases", f"一次应提交 1 至 {MOST_CASES} 个样例。", field="cases", next_step="请分批提交。"
        )
    # JSON is read as the YAML of a case file, by the same reader.
    cases = read_text(json.dumps(body.cases, ensure_ascii=False), Spot(file="请求"))
    return {"cases": [as_json(run_case(case), explain=explain) for case in cases]}


@api.get(
    "/households/{public_id}/decision",
    response={200: shapes.HouseholdDecision, **shapes.ERRORS},
    summary="试算登记库中的一户（留痕）",
    tags=["认定"],
)
def decide_household(
    request: HttpRequest, public_id: uuid.UUID, on: datetime.date | None = None, explain: bool = False
) -> dict[str, Any]:
    """管辖地区内的一户，按认定日期（默认业务日期）试算各项待遇。"""
    actor, day = _actor(request), on or business_date()
    found = decide_by_public_id(actor, public_id, on=day, steps=False)
    record(actor, "api_decide", "household", public_id, detail={"on": day.isoformat()})
    return shapes.of_determination(found, str(public_id), day, explain=explain)


# -- the law -------------------------------------------------------------------------------------------------------


@api.get(
    "/programmes", response={200: list[shapes.ProgrammeOut], **shapes.ERRORS}, summary="待遇", tags=["规则"]
)
def programmes(request: HttpRequest) -> list[dict[str, Any]]:
    """按认定次序。"""
    _actor(request).require(Permission.SEE_RULEBOOK)
    return [shapes.of_programme(program) for program in load().programs]


@api.get(
    "/provisions", response={200: list[shapes.ProvisionOut], **shapes.ERRORS}, summary="规则", tags=["规则"]
)
def provisions(request: HttpRequest) -> list[dict[str, Any]]:
    """全部规则，先列被引用的。"""
    _actor(request).require(Permission.SEE_RULEBOOK)
    return [shapes.of_provision(provision) for provision in load().provisions]


@api.get(
    "/provisions/{name}",
    response={200: shapes.ProvisionDetail, **shapes.ERRORS},
    summary="一条规则",
    tags=["规则"],
)
def provision(request: HttpRequest, name: str) -> dict[str, Any]:
    """规则的表述、文本、读取的内容和引用它的规则。"""
    _actor(request).require(Permission.SEE_RULEBOOK)
    book = load()
    if name not in book or isinstance(book[name], Program):
        raise _missing("api.provision", "没有这条规则。", "name")
    rule = book[name]
    assert isinstance(rule, Provision)
    return shapes.of_provision_in_full(book, rule)


@api.get(
    "/parameters",
    response={200: list[shapes.ParameterOut], **shapes.ERRORS},
    summary="参数及某日某地的数值",
    tags=["规则"],
)
def parameters(
    request: HttpRequest, on: datetime.date | None = None, county: str = ""
) -> list[dict[str, Any]]:
    """on 默认业务日期，county 为六位区划代码，默认第一个县（市、区）。"""
    _actor(request).require(Permission.SEE_RULEBOOK)
    book = load()
    place, day = county or book.counties[0], on or business_date()
    if place not in book.counties:
        raise Refusal("api.county", "没有这个县（市、区）。", field="county", next_step="请用六位区划代码。")
    return [shapes.of_parameter(book, book.settings[key], day, place) for key in sorted(book.settings)]


# -- leads ---------------------------------------------------------------------------------------------------------


@api.get(
    "/leads", response={200: shapes.LeadPageOut, **shapes.ERRORS}, summary="线索与复核任务", tags=["线索"]
)
def leads(request: HttpRequest, asked: Query[shapes.LeadsAsked]) -> dict[str, Any]:
    """管辖地区内未了结的，按次序，每页 50 条。"""
    kinds: tuple[Kind, ...] = {"leads": LEADS, "reviews": REVIEWS}.get(asked.family, ())
    which = Filter(programme=asked.programme, division=asked.division, kinds=kinds)
    found = lead_page(_actor(request), which, page=asked.page, size=PAGE)
    return {
        "count": found.count,
        "page": found.page,
        "pages": found.pages,
        "leads": [shapes.of_lead(line) for line in found.lines],
    }


# -- reforms -------------------------------------------------------------------------------------------------------


@api.get(
    "/simulate", response={200: shapes.DeskState, **shapes.ERRORS}, summary="测算服务的状态", tags=["测算"]
)
def simulate_state(request: HttpRequest) -> dict[str, Any]:
    """是否就绪、正在做什么。"""
    return desk_state(_actor(request))


@api.post(
    "/simulate",
    response={200: shapes.Simulated, **shapes.ERRORS},
    summary="测算一项改革（不保存）",
    tags=["测算"],
)
def simulate(request: HttpRequest, body: shapes.OverlayIn) -> dict[str, Any]:
    """改革方案与 `minzheng simulate` 的文件相同：parameters、provisions。金额以分计。"""
    return price_overlay(_actor(request), body.overlay)


# -- errors --------------------------------------------------------------------------------------------------------


class Missing(Refusal):
    """Something named in the address that is not there."""


def _missing(code: str, message: str, field: str) -> Missing:
    return Missing(code, message, field=field, next_step="请核对名称。")


def _told(request: HttpRequest, status: int, error: MinzhengError) -> HttpResponse:
    told = {
        "code": error.code,
        "message": error.message,
        "field": getattr(error, "field", ""),
        "next_step": error.next_step,
    }
    return api.create_response(request, {"error": told}, status=status)


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    if error.code == "permission.denied":
        return _told(request, 403, error)
    if isinstance(error, Missing) or error.code.endswith(".not_found"):
        record(_actor(request), "not_found", "api", request.path[:200])
        return _told(request, 404, error)
    return _told(request, 409 if not error.field else 422, error)


@api.exception_handler(SourceTrouble)
def _source(request: HttpRequest, error: SourceTrouble) -> HttpResponse:
    return _told(request, 503, error)


@api.exception_handler(Defect)
def _defect(request: HttpRequest, error: Defect) -> HttpResponse:
    _log.exception("defect %s", error.code)
    return _broken(request, error)


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """What we did not foresee: logged, rolled back, told without a word of what was inside."""
    _log.error("the API failed at %s", request.path, exc_info=error)
    return _broken(request, Defect("平台出现故障，这一步没有完成。"))


def _broken(request: HttpRequest, error: Defect) -> HttpResponse:
    request.view_failed = True  # type: ignore[attr-defined]
    return _told(request, 500, error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which field, never what was in it."""
    first = error.errors[0] if error.errors else {}
    field = ".".join(str(part) for part in first.get("loc", ())[1:])
    refusal = Refusal(
        "api.invalid", "请求的内容不符合格式。", field=field, next_step="请对照 /api/openapi.json。"
    )
    return _told(request, 422, refusal)


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return _told(request, 401, SIGN_IN)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The kit's own: a body that is no JSON, or a missing CSRF token."""
    if error.status_code == 403:
        refusal = Refusal(
            "api.csrf", "缺少或过期的 CSRF 令牌。", next_step="请从登录后的页面取得令牌并放在 X-CSRFToken。"
        )
    else:
        refusal = Refusal("api.request", "请求无法读取。", next_step="请求体应为 UTF-8 编码的 JSON。")
    return _told(request, error.status_code, refusal)


SIGN_IN = Refusal("api.signed_out", "尚未登录或登录已过期。", next_step="请先登录，再重试。")


def openapi() -> dict[str, Any]:
    """The description of the API, as `docs/openapi.json` keeps it."""
    return cast(dict[str, Any], json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/"))))


__all__ = ["SIGN_IN", "api", "openapi"]
