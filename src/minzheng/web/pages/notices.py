"""告知: what has still to be told to families in writing, the letter on paper, the day it reached them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.programmes import programme_label
from minzheng.awards import notices
from minzheng.base.queries import business_date
from minzheng.base.types import Permission
from minzheng.cases.notices import WAYS
from minzheng.registry import queries as registry
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

PAGE_ROWS = 50


@page(Permission.SEE_CASES)
def listed(request: OfficeRequest) -> HttpResponse:
    """What waits for its letter or for its delivery in my regions, the longest waiting first."""
    return _show(request)


def _show(
    request: OfficeRequest, refusal: Refusal | None = None, about: uuid.UUID | None = None
) -> HttpResponse:
    today = business_date()
    found = notices.to_tell(request.actor)
    rows = notices.waiting(request.actor, found[: PAGE_ROWS + 1])
    people = registry.person_lines(
        request.actor, [one.award.person_id for one in rows if one.award.person_id]
    )
    homes = {
        one.id: one
        for one in registry.household_lines(
            request.actor, [one.award.household_id for one in rows if not one.award.person_id], on=today
        )
    }
    context = {
        "trail": [(reverse("cases"), "办件"), ("", "待送达的告知")],
        "rows": [
            {
                "one": one,
                "programme": programme_label(one.award.programme),
                "who": _name(one, people, homes),
                "refusal": refusal if one.task.public_id == about else None,
            }
            for one in rows[:PAGE_ROWS]
        ],
        "count": found.count(),
        "more": len(rows) > PAGE_ROWS,
        "may_tell": request.actor.may(Permission.RECEIVE_CASES),
        "ways": WAYS,
        "on": today,
        "refusal": refusal,
    }  # fmt: skip
    return render(request, "office/notices.html", context, status=409 if refusal else 200)


def _name(
    one: notices.Waiting, people: dict[int, registry.PersonLine], homes: dict[int, registry.HouseholdLine]
) -> str:
    if one.award.person_id is not None:
        return people[one.award.person_id].name if one.award.person_id in people else "登记在其他地区"
    home = homes.get(one.award.household_id)
    return f"{home.head} 户" if home and home.head else "家庭"


@page(Permission.RECEIVE_CASES, methods=("POST",))
def write(request: OfficeRequest, task: uuid.UUID) -> HttpResponse:
    """Write the letter; the family reads it from then on."""
    return _done(
        request,
        task,
        "告知书已经出具。请打印送达，送达以后登记日期。",
        lambda: notices.tell(actor=request.actor, task=task, on=business_date()),
    )


@page(Permission.RECEIVE_CASES, methods=("POST",))
def deliver(request: OfficeRequest, task: uuid.UUID) -> HttpResponse:
    """The letter reached the family."""

    def work() -> None:
        try:
            day = date.fromisoformat(request.POST.get("delivered_on", ""))
        except ValueError:
            raise Refusal("letter.day", "请填写送达日期。", field="delivered_on") from None
        notices.delivered(
            actor=request.actor,
            task=task,
            how=request.POST.get("how", ""),
            delivered_on=day,
            on=business_date(),
        )

    return _done(request, task, "已登记送达。", work)


def _done(request: OfficeRequest, task: uuid.UUID, said: str, work: Callable[[], object]) -> HttpResponse:
    try:
        work()
    except Refusal as refusal:
        if refusal.code in ("award.not_found", "letter.not_found"):
            raise NotFound("notice", task) from None
        if refusal.code == "permission.denied":
            raise
        return _show(request, refusal, task)
    messages.success(request, said)
    return redirect("notices")
