"""Values on the command line, read or refused in Chinese."""

from __future__ import annotations

import argparse
from datetime import date, datetime


def as_day(text: str) -> date:
    """A day as 2023-12-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期应写作 2023-12-31，收到 {text}") from None


def as_moment(text: str) -> datetime:
    """A moment as 2023-12-31T17:00:00+08:00."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"时刻应写作 2023-12-31T17:00:00+08:00，收到 {text}") from None
