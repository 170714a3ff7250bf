"""What staff change about their own account: password and second factor. Their sessions elsewhere end with it."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from minzheng.base import factors, passwords
from minzheng.base.actions import record
from minzheng.base.attempts import spend, succeeded
from minzheng.base.models import Staff
from minzheng.base.queries import actor_of
from minzheng.values.errors import Defect, Refusal


def change_password(request: HttpRequest, *, now: str, new: str) -> None:
    """Choose another password, knowing the present one. Must run inside the scope of the request."""
    staff = _own(request)
    attempt = spend(request, "password", str(staff.pk))
    if not staff.check_password(now):
        raise Refusal("password.wrong", "现在的口令不正确。", field="now")
    succeeded(attempt.id)
    passwords.require_good(new, staff)
    staff.set_password(new)
    staff.save(update_fields=["password"])
    staff.refresh_from_db()
    update_session_auth_hash(request, staff)
    record(actor_of(staff), "choose_password", "staff", staff.pk)


def bind_factor(request: HttpRequest, code: str) -> bool:
    """Whether the code proved the new factor, which then replaces the one in use."""
    staff = _own(request)
    attempt = spend(request, "factor", str(staff.pk))
    bound = factors.confirm(staff, code)
    if bound:
        succeeded(attempt.id)
    return bound


def _own(request: HttpRequest) -> Staff:
    if not isinstance(request.user, Staff):
        raise Defect("没有登录的账号。", code="own_account.nobody")
    return request.user
