"""What every log line passes: numbers that look like a person's are masked, errors are told by type and place only."""

from __future__ import annotations

import copy
import logging
import re
import traceback
from types import TracebackType

from minzheng.values.errors import MinzhengError

#: Runs of 11 digits and more (phones, cards, identity numbers with or without X).
_LONG_NUMBER = re.compile(r"(?<![0-9a-fA-F-])[0-9]{11,19}[Xx]?(?![0-9a-fA-F])")


class NoPersonalData(logging.Filter):
    """A second line of defence: our own messages carry ids only."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = _LONG_NUMBER.sub(lambda found: f"{found[0][:3]}***", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


class PlaceOfError(logging.Formatter):
    """A traceback without what the error says: a database quotes the row, a parser the text somebody typed.

    Our own errors are shown with their message, which never carries a name or a number.
    """

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have kept the full text of the error on the record.
        own = copy.copy(record)
        own.exc_text = None
        return super().format(own)

    def formatException(  # noqa: N802 - the name is logging's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            said = f"：{error}" if isinstance(error, MinzhengError) else ""
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}{said}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return stack_info
