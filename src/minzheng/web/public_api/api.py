"""The addresses of version 1. Every answer that fails is `{code, message, field, next_step}`, and repeats nothing sent."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import File, Form, Header, NinjaAPI, Status
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile

from minzheng.base import documents
from minzheng.base.api_keys import Scope
from minzheng.base.queries import business_date
from minzheng.cases import actions
from minzheng.cases.workflow import Action
from minzheng.values.errors import Defect, MinzhengError, Refusal, SourceTrouble
from minzheng.web.public_api import handing_in, reading, shapes
from minzheng.web.public_api.door import WINDOW_SECONDS, Nobody, SystemKey, TooMany, called, client_in

_log = logging.getLogger(__name__)
Key = Annotated[uuid.UUID, Header(alias="Idempotency-Key", description="同一请求重发时不变；换内容须换")]
MATERIAL = {
    "identity": "身份证明",
    "income": "收入材料",
    "medical": "病情和医疗费用",
    "disability": "残疾证",
    "relation": "亲属、监护关系",
    "other": "其他材料",
}

api = NinjaAPI(
    title="民政业务平台公共接口",
    version="1",
    description="供其他系统提交申请、查询进度和决定。每个系统一个密钥，限用途、区划和来源主机。",
    auth=SystemKey(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="public",
)


@api.post(
    "/applications",
    response={201: shapes.ApplicationOut, **shapes.ERRORS},
    summary="提交申请",
    tags=["申请"],
)
def submit(request: HttpRequest, body: shapes.ApplicationIn, idempotency_key: Key) -> Any:
    """同一 Idempotency-Key、同一内容再次提交，返回第一次的结果；内容不同的拒绝。"""
    with called(request, Scope.INTAKE) as actor:
        client = client_in(request)
        row = handing_in.hand_in(client, actor, body, idempotency_key)
        return Status(201, reading.application(client, actor, row))


@api.get(
    "/applications/{application}",
    response={200: shapes.ApplicationOut, **shapes.ERRORS},
    summary="一份申请及其办件",
    tags=["申请"],
)
def application(request: HttpRequest, application: uuid.UUID) -> dict[str, Any]:
    """管辖区域内的一份申请。"""
    with called(request, Scope.STATUS) as actor:
        row = reading.application_of(actor, application)
        return reading.application(client_in(request), actor, row)


@api.get("/cases/{case}", response={200: shapes.CaseOut, **shapes.ERRORS}, summary="办理进度", tags=["办件"])
def case(request: HttpRequest, case: uuid.UUID) -> dict[str, Any]:
    """状态、期限及其条款、须补充的材料、接下来的环节、文书。"""
    with called(request, Scope.STATUS) as actor:
        return reading.case(actor, reading.case_of(client_in(request), actor, case))


@api.get(
    "/cases/{case}/decision",
    response={200: shapes.DecisionOut, **shapes.ERRORS},
    summary="决定",
    tags=["办件"],
)
def decision(request: HttpRequest, case: uuid.UUID) -> dict[str, Any]:
    """作出时保存的决定：结果、金额、条款、各项条件。"""
    with called(request, Scope.DECISIONS) as actor:
        return reading.decision(actor, reading.case_of(client_in(request), actor, case))


@api.get(
    "/cases/{case}/letters/{letter}",
    response=shapes.ERRORS,
    summary="文书（PDF）",
    tags=["办件"],
    openapi_extra={
        "responses": {
            200: {
                "description": "PDF",
                "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    },
)
def letter(request: HttpRequest, case: uuid.UUID, letter: uuid.UUID) -> HttpResponse:
    """告知书、通知书的 PDF。"""
    with called(request, Scope.DECISIONS) as actor:
        row = reading.case_of(client_in(request), actor, case)
        return HttpResponse(reading.paper(actor, row, letter), content_type="application/pdf")


@api.post(
    "/cases/{case}/material",
    response={201: shapes.MaterialOut, **shapes.ERRORS},
    summary="补充材料",
    tags=["办件"],
)
def material(
    request: HttpRequest,
    case: uuid.UUID,
    kind: Annotated[Literal["identity", "income", "medical", "disability", "relation", "other"], Form(...)],
    file: Annotated[UploadedFile, File(...)],
) -> Any:
    """照片或 PDF；检查、清理后存入办件，同一文件只存一次。"""
    with called(request, Scope.INTAKE) as actor:
        row = reading.case_of(client_in(request), actor, case)
        kept = documents.store_upload(
            actor=actor,
            content=file.read(),
            name=file.name or "",
            kind=documents.Kind.EVIDENCE,
            division=row.division,
            household=row.household_id,
            title=MATERIAL[kind],
        )
        filed = actions.attach(
            actor=actor, case=row.public_id, document=kept.public_id, kind=kind, on=business_date()
        )
        return Status(201, {"id": filed.public_id, "kind": filed.kind})


@api.post(
    "/cases/{case}/withdraw",
    response={200: shapes.CaseBrief, **shapes.ERRORS},
    summary="撤回申请",
    tags=["办件"],
)
def withdraw(
    request: HttpRequest, case: uuid.UUID, body: shapes.WithdrawIn, idempotency_key: Key
) -> dict[str, Any]:
    """作出决定以前，按申请人的意愿撤回。"""
    with called(request, Scope.INTAKE) as actor:
        client = client_in(request)
        row = reading.case_of(client, actor, case)
        moved = actions.take_step(
            actor=actor,
            case=row.public_id,
            action=Action.WITHDRAW,
            version=row.version,
            reason=body.reason,
            client_key=uuid.uuid5(uuid.UUID(actor.key.removeprefix("api:")), str(idempotency_key)),
        )
        return reading.brief(actor, moved)


# -- errors --------------------------------------------------------------------------------------------------------


def _told(request: HttpRequest, status: int, error: MinzhengError) -> HttpResponse:
    told = {
        "code": error.code,
        "message": error.message,
        "field": getattr(error, "field", ""),
        "next_step": error.next_step,
    }
    return api.create_response(request, told, status=status)


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    """Who may not: 403. What is not there, or not for this key: 404. What the call itself says wrongly: 422. Else 409."""
    if error.code in {"permission.denied", "api.scope"}:
        return _told(request, 403, error)
    if error.code.endswith(".not_found"):
        return _told(request, 404, error)
    return _told(request, 422 if error.field else 409, error)


@api.exception_handler(Nobody)
def _nobody(request: HttpRequest, error: Nobody) -> HttpResponse:
    answer = _told(request, 401, error)
    answer["WWW-Authenticate"] = "Minzheng"
    return answer


@api.exception_handler(TooMany)
def _too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    answer = _told(request, 429, error)
    answer["Retry-After"] = str(WINDOW_SECONDS)
    return answer


@api.exception_handler(SourceTrouble)
def _source(request: HttpRequest, error: SourceTrouble) -> HttpResponse:
    return _told(request, 503, error)


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """What we did not foresee: everything was rolled back; logged, and told without a word of what was inside."""
    _log.error("the public API failed at %s", getattr(request.resolver_match, "route", ""), exc_info=error)
    return _told(request, 500, Defect("平台出现故障，这一步没有完成。"))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which field, never what was in it."""
    first = error.errors[0] if error.errors else {}
    field = ".".join(str(part) for part in first.get("loc", ())[1:])
    refusal = Refusal(
        "api.invalid", "请求的内容不符合格式。", field=field, next_step="请对照 /api/v1/openapi.json。"
    )
    return _told(request, 422, refusal)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    refusal = Refusal("api.request", "请求无法读取。", next_step="请求体应为 UTF-8 编码的 JSON。")
    return _told(request, error.status_code, refusal)


def openapi() -> dict[str, Any]:
    """The description, as `docs/openapi-public.json` keeps it."""
    return cast(dict[str, Any], json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"))))


def _opened() -> Any:
    """The addresses, open to who has not signed in: the key is asked by each; the description is for everybody."""
    found = api.urls
    for pattern in found[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = login_not_required(cast(Callable[..., HttpResponse], pattern.callback))
    return found


urls = _opened()

__all__ = ["api", "openapi", "urls"]
