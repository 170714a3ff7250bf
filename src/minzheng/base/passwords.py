"""Rules for passwords, by profile: `asvs` (length and blocklists, no forced change) or `dengbao` (等级保护 8.1.4.1).

The two standards contradict each other: the installation names one (`MINZHENG_PASSWORDS`).
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from minzheng.base.models import Staff
from minzheng.values.errors import Refusal

DENGBAO_AGE = timedelta(days=90)
_KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_CONTEXT = re.compile(r"min ?zheng|changzhi|civil ?affairs|民政|长治", re.IGNORECASE)
_CONTEXT_LEFT = 8


class LongEnough(MinimumLengthValidator):
    """At least so many characters; Django's own check of it has no Chinese translation."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(
                f"口令太短：至少 {self.min_length} 个字符，现为 {len(password)} 个。",
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return f"口令至少 {self.min_length} 个字符，可以是一句话。"


class NotOfThePlace:
    """Words everybody here would try first do not make a password: what is left without them must be long enough."""

    def validate(self, password: str, user: object = None) -> None:
        left = _CONTEXT.sub("", password)
        if username := getattr(user, "username", ""):
            left = re.sub(re.escape(username), "", left, flags=re.IGNORECASE)
        if left != password and len(left) < _CONTEXT_LEFT:
            raise ValidationError("口令不能以单位、地名、账号为主。", code="password_of_the_place")

    def get_help_text(self) -> str:
        return "不要用单位名、地名、账号拼成口令。"


class SeveralKinds:
    """Under `dengbao`: three of lower case, upper case, digits, other signs. No rule under `asvs`."""

    def validate(self, password: str, user: object = None) -> None:
        if settings.PASSWORD_PROFILE == "dengbao" and sum(bool(re.search(k, password)) for k in _KINDS) < 3:  # noqa: S105
            raise ValidationError("口令须含大写字母、小写字母、数字、符号中的三种。", code="password_kinds")

    def get_help_text(self) -> str:
        return "含大小写字母、数字、符号中的三种。" if settings.PASSWORD_PROFILE == "dengbao" else ""  # noqa: S105


def require_good(password: str, staff: Staff) -> None:
    """Raise `Refusal` with every rule the password breaks; the one in use is no new one."""
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Refusal("password.weak", " ".join(error.messages), field="password") from None
    if staff.has_usable_password() and staff.check_password(password):
        raise Refusal("password.same", "新口令不能与现在的口令相同。", field="password")


def is_too_old(staff: Staff) -> bool:
    """Whether the profile asks for a new one now."""
    return settings.PASSWORD_PROFILE == "dengbao" and timezone.now() - staff.password_at > DENGBAO_AGE  # noqa: S105
