"""`minzheng audit`: recompute the audit chain and say where it was broken."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from minzheng.values.errors import Refusal


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "audit",
        help="核验审计链",
        description="逐条重算审计链。把输出的“条数:链首值”抄存到另一处，下次以 --anchor 给出，才能发现尾部被改写。",
    )
    parser.add_argument("--anchor", metavar="条数:链首值", default="", help="以前抄存的值")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    from minzheng.base.queries import audit_chain
    from minzheng.base.scope import scope, system_actor

    anchor = _anchor(arguments.anchor)
    with scope(system_actor("audit")) as actor:
        state = audit_chain(actor, anchor=anchor)
    found = {
        "holds": state.holds,
        "count": state.count,
        "head": state.head,
        "broken_at": state.broken_at,
        "unlinked": state.unlinked,
    }
    if arguments.json:
        sys.stdout.write(json.dumps(found) + "\n")
    elif state.holds:
        sys.stdout.write(f"审计链完好：{state.count} 条。请抄存：{state.count}:{state.head}\n")
    else:
        where = f"第 {state.broken_at} 条起不符" if state.broken_at else f"{state.unlinked} 条未入链"
        sys.stdout.write(f"审计链被改动：{where}。请立即报告审计监督人员，并停止对数据库的一切维护操作。\n")
    return 0 if state.holds else 1


def _anchor(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    count, _, head = text.partition(":")
    if not (count.isdecimal() and len(head) == 64):
        raise Refusal("audit.unreadable_anchor", "抄存的值无法识别，应为“条数:链首值”。", field="anchor")
    return int(count), head
