"""The server's own log: what breaks outside Django is told by type and place, a request by its path only."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

from minzheng.base.logs import NoPersonalData, PlaceOfError, tell_places_only


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's log without what was typed: it quotes the address of a request, and of a broken one the line itself."""

    def setup(self, cfg: Any) -> None:
        tell_places_only()
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(PlaceOfError(self.error_fmt, self.datefmt))
            handler.addFilter(NoPersonalData())
        self.error_log.addFilter(_bare)


def _bare(record: logging.LogRecord) -> bool:
    """One line: the text without what is quoted behind it, addresses without their query."""
    text = record.msg if isinstance(record.msg, str) else type(record.msg).__qualname__
    if text.startswith("Invalid request"):
        text = text.split(": ", 1)[0]
    lines = text.split("\n", 1)
    arguments = record.args if isinstance(record.args, tuple) else ()
    record.msg = lines[0]
    record.args = tuple(map(_path, arguments[: lines[0].count("%")]))
    return True


def _path(value: Any) -> Any:
    return value.split("?", 1)[0] if isinstance(value, str) else value
