"""`minzheng check`: what speaks against serving people from this installation, and what to do about it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "check",
        help="检查安装是否可以安全地对外服务",
        description="检查设置、密钥、文件权限、磁盘、时钟、数据库账号与认证、工作日历和审计链，逐项说明怎么办。"
        "正式环境（MINZHENG_DEMO=0）在须先解决的问题解决之前不会启动。",
    )
    parser.add_argument(
        "--production", action="store_true", help="按正式环境的要求检查（演示环境必有未过的项）"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from minzheng.base.safety import Weight, findings

    strict = arguments.production or not settings.DEMO
    found = [one for one in findings() if strict or not one.code.startswith(_EXPECTED_IN_DEMO)]
    if arguments.json:
        rows = [
            {"code": one.code, "weight": one.weight, "message": one.message, "next_step": one.next_step}
            for one in found
        ]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    else:
        for one in sorted(found, key=lambda one: one.weight is Weight.WARN):
            sys.stdout.write(f"● {one.weight.label}：{one.message}\n  {one.next_step}\n")
        sys.stdout.write("检查通过。\n" if not found else f"共 {len(found)} 项。\n")
    return 1 if any(one.weight is Weight.STOP for one in found) else 0


#: What a demonstration is by nature.
_EXPECTED_IN_DEMO = (
    "settings.demo",
    "settings.no_tls",
    "settings.no_host",
    "data.demo",
    "data.business_date",
    "scanner",
)
