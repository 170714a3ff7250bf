"""A fresh second factor before what cannot be taken back: money, confirming, exports, full identity numbers.

A page calls `require(request)` first. When the second factor is older than five minutes it raises `StepUpNeeded`; the
page is then asked again with the code in the field `step_up_code`, and everything else that was typed kept.
"""

from __future__ import annotations

import time

from django.http import HttpRequest

from minzheng.base import factors
from minzheng.base.actions import record
from minzheng.base.attempts import spend, succeeded
from minzheng.base.models import Staff
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.sessions import FACTOR_AT
from minzheng.values.errors import Refusal

FRESH_SECONDS = 300
FIELD = "step_up_code"


class StepUpNeeded(Refusal):
    """The second factor must be shown again; the page asks for it and goes on."""

    def __init__(self, message: str = "这一步需要再次验证动态口令。") -> None:
        super().__init__("step_up.needed", message, field=FIELD, next_step="请输入手机上当前显示的六位数字。")


def is_fresh(request: HttpRequest) -> bool:
    shown: int = request.session.get(FACTOR_AT, 0)
    return 0 <= time.time() - shown <= FRESH_SECONDS


def require(request: HttpRequest) -> None:
    """Go on when the second factor is fresh or comes with this very request; else raise `StepUpNeeded`."""
    code = request.POST.get(FIELD, "")
    if code:
        show(request, code)
    elif not is_fresh(request):
        raise StepUpNeeded


def show(request: HttpRequest, code: str) -> None:
    """Check the code and note the moment; `StepUpNeeded` when it is wrong."""
    staff = request.user
    if not isinstance(staff, Staff):
        raise StepUpNeeded
    attempt = spend(request, "factor", str(staff.pk))
    with scope(system_actor("sign_in")):
        right = factors.check(staff, code)
    if not right:
        raise StepUpNeeded("动态口令不正确或者已经用过。")
    succeeded(attempt.id)
    request.session[FACTOR_AT] = int(time.time())
    actor = actor_of(staff)
    with scope(actor):
        record(actor, "step_up", "staff", staff.pk)
