"""The one root of errors and its three families; what each looks like to the person who meets it."""

from __future__ import annotations


class MinzhengError(Exception):
    """Root of every error of ours.

    `message` is Chinese and says what happened and why; `next_step` says what now, or whom to ask.
    Neither ever carries an identity number or a name.
    """

    def __init__(self, message: str, *, code: str = "", next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class Refusal(MinzhengError):
    """Expected and shown: the law, the form or the permission says no."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str = "",
        next_step: str = "",
        article: str = "",
    ) -> None:
        super().__init__(message, code=code, next_step=next_step)
        self.field = field
        self.article = article


class SourceTrouble(MinzhengError):
    """Another agency, a bank or a file did not answer properly. Never to be read as "no record"."""

    def __init__(self, source: str, message: str, *, retryable: bool, next_step: str = "") -> None:
        super().__init__(message, code=f"source.{source}", next_step=next_step)
        self.source = source
        self.retryable = retryable


class Defect(MinzhengError):
    """Ours to repair: an invariant did not hold. Logged, raises the alarm, stops the work."""

    def __init__(self, message: str, *, code: str = "defect") -> None:
        super().__init__(message, code=code, next_step="请将编号与时间告知系统管理员。")
