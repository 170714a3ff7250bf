"""`minzheng migrate`: bring the schema up to date, as its owner."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "migrate",
        help="建立或升级数据库结构",
        description="建立或升级数据库结构，可重复执行；首次执行时登记系统建立时的规则文本和数值。",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="列出每一步")
    parser.set_defaults(run=run, database=True, role="owner")


def run(arguments: argparse.Namespace) -> int:
    from minzheng.base.installation import migrate
    from minzheng.cli._initial_text import record_once
    from minzheng.database import Role, address

    report = migrate(address(Role.APP).user)
    record_once()
    if arguments.verbose:
        sys.stdout.write(report)
    return 0
