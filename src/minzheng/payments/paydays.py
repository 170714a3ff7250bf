"""The county's arrangement of paydays: written down as it is decided, never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.funds import FUNDS
from minzheng.payments.models import PayDay
from minzheng.payments.types import Rest
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

LAST_OF_MONTH = 31


@transaction.atomic
def set_paydays(
    *,
    actor: Actor,
    county: str,
    programmes: Sequence[str],
    since: Month,
    day: int,
    rest: Rest,
    document: str,
    on: date | None = None,
) -> int:
    """From `since` on the programmes are paid on this day. Returns how many arrangements are new: what holds already
    is not written twice. Refuses months that are past: what was promised of them stays.
    """
    actor.require(Permission.PREPARE_PAYROLL)
    on = on or business_date()
    _check(actor, county, programmes, since, day, document, on)
    # One after another for a county: the second of two clicks finds the first's rows.
    sql.run("select pg_advisory_xact_lock(hashtext('payday' || %s))", [county])
    new = [one for one in dict.fromkeys(programmes) if not _holds(county, one, since, day, rest, document)]
    for programme in new:
        before = PayDay.objects.filter(county=county, programme=programme, since=since.first_day).count()
        PayDay.objects.create(
            county=county, programme=programme, since=since.first_day, number=before + 1, day=day, rest=rest,
            document=document.strip(), actor=actor.key,
        )  # fmt: skip
    if new:
        record(
            actor, "set_paydays", "payments.payday", f"{county} {since}", division=county, reason=document,
            detail={"programmes": new, "day": day, "rest": rest},
        )  # fmt: skip
    return len(new)


def _check(
    actor: Actor, county: str, programmes: Sequence[str], since: Month, day: int, document: str, on: date
) -> None:
    if len(county) != 6 or not actor.covers(county):
        raise Refusal("payday.elsewhere", "该县（市、区）不在您的管辖区域内。", field="county")
    if not programmes or not set(programmes) <= set(FUNDS):
        raise Refusal("payday.programme", "请选择发放资金的待遇。", field="programme")
    if not 1 <= day <= LAST_OF_MONTH:
        raise Refusal("payday.day", "发放日应为 1 至 31 日，31 日即每月最后一日。", field="day")
    if since < Month.of(on):
        raise Refusal(
            "payday.past",
            "发放日只能自本月或者以后的月份起变更。",
            field="since",
            next_step="请另选起始月份。",
        )
    if not document.strip():
        raise Refusal("payday.no_document", "请写明依据的文件或者会议。", field="document")


def _holds(county: str, programme: str, since: Month, day: int, rest: Rest, document: str) -> bool:
    last = (
        PayDay.objects.filter(county=county, programme=programme, since=since.first_day)
        .order_by("-number")
        .first()
    )
    return last is not None and (last.day, last.rest, last.document) == (day, rest, document.strip())
