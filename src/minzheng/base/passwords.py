"""The length a password must have. Django's own check of it has no Chinese translation in 5.2."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError


class LongEnough(MinimumLengthValidator):
    """At least so many characters; no rules of composition, no forced change."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(
                f"口令太短：至少 {self.min_length} 个字符，现为 {len(password)} 个。",
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return f"口令至少 {self.min_length} 个字符，可以是一句话。"
