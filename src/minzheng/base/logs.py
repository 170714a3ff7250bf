"""What every log line passes: numbers that look like a person's are masked, errors are told by type and place only.

Also where no log is: what ends a process or a thread, and what fails in writing the log itself, goes to the standard error
with its full text unless somebody stands in the way (`tell_places_only`, `Console`).
"""

from __future__ import annotations

import contextlib
import copy
import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, TextIO

from minzheng.values.errors import MinzhengError

#: Runs of 11 digits and more (phones, cards, identity numbers with or without X).
_LONG_NUMBER = re.compile(r"(?<![0-9a-fA-F-])[0-9]{11,19}[Xx]?(?![0-9a-fA-F])")


class NoPersonalData(logging.Filter):
    """A second line of defence: our own messages carry ids only."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.args = _errors_by_type(record.args)
        message = record.getMessage()
        masked = _LONG_NUMBER.sub(lambda found: f"{found[0][:3]}***", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


def _errors_by_type(arguments: Any) -> Any:
    """Errors among the arguments of a message, as libraries write them, without what they say."""
    if isinstance(arguments, dict):
        return {name: _by_type(value) for name, value in arguments.items()}
    return tuple(_by_type(value) for value in arguments) if isinstance(arguments, tuple) else arguments


def _by_type(value: Any) -> Any:
    foreign = isinstance(value, BaseException) and not isinstance(value, MinzhengError)
    return type(value).__qualname__ if foreign else value


class PlaceOfError(logging.Formatter):
    """A traceback without what the error says: a database quotes the row, a parser the text somebody typed.

    Our own errors are shown with their message, which never carries a name or a number.
    """

    def format(self, record: logging.LogRecord) -> str:
        # Another handler may have kept the full text of the error on the record.
        own = copy.copy(record)
        own.exc_text = None
        if own.name == "asyncio":
            # It writes the task or the callback into the message, and with it what the error says.
            own.msg, own.args = " ".join(own.getMessage().split()[:3]), ()
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


class Console(logging.Handler):
    """To the standard error as it is at the moment. A line that cannot be written is told without what it says.

    The handler of the library keeps the stream it was made with; once that is closed it prints the line, its arguments
    and the error being handled to wherever the standard error goes by then.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _stderr().write(self.format(record) + "\n")
            _stderr().flush()
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        trouble = type(sys.exc_info()[1]).__qualname__
        with contextlib.suppress(OSError, ValueError, AttributeError):
            _stderr().write(f"a line of {record.name} could not be logged: {trouble}\n")


def _stderr() -> TextIO:
    return sys.stderr


def tell_places_only() -> None:
    """For a process of ours, before anything else: errors nobody catches are told by type and place as well."""
    place = PlaceOfError().formatException

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(f"{place((kind, error, trace))}\n")

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def unraisable(args: Any) -> None:
        if args.exc_value is not None:
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PlaceOfError())
        logging.lastResort.addFilter(NoPersonalData())
