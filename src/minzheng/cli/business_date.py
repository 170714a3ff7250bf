"""`minzheng business-date`: show or set the day the platform works on."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import Any

from minzheng.values.errors import Refusal


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "business-date",
        help="查看或设定业务日期",
        description="查看或设定业务日期：时限、发放和比对都以这一天为准。",
    )
    parser.add_argument("day", nargs="?", metavar="日期", help="例如 2023-12-31；不给则只查看")
    parser.add_argument("--reason", default="", metavar="事由", help="设定时必填，记入审计")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    from minzheng.base.actions import set_business_date
    from minzheng.base.queries import business_date
    from minzheng.base.scope import scope, system_actor

    if arguments.day:
        with scope(system_actor("cli")) as actor:
            set_business_date(actor=actor, day=_day(arguments.day), reason=arguments.reason)
    sys.stdout.write(f"业务日期：{business_date():%Y-%m-%d}\n")
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("business_date.unreadable", "日期无法识别，应写作 2023-12-31。", field="day") from None
