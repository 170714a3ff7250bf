"""`minzheng restore`: a copy back into an empty place, proved before anything of it is served."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "restore",
        help="从备份恢复到空的位置",
        description="把 minzheng backup 写成的备份恢复到空的状态目录与空的数据库。先核对备份，恢复后逐表核对行数与摘要、"
        "核验审计链；没有全部相符，平台不会启动。中途被终止的，重新执行即可。",
    )
    parser.add_argument("folder", type=Path, help="备份目录")
    parser.add_argument("--keys", type=Path, metavar="目录", help="另行保管的密钥目录")
    parser.add_argument("--digest", default="", metavar="摘要", help="备份时抄存的清单摘要")
    parser.set_defaults(run=run, database=True, role="app")


def run(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from minzheng.cli._copies.restoring import bring_up_to_date, restore_copy

    manifest = restore_copy(
        arguments.folder.absolute(),
        keys_from=arguments.keys and arguments.keys.absolute(),
        expected=arguments.digest,
        media=Path(settings.MEDIA_ROOT),
        say=_say,
    )
    _say("升级数据库结构并装入范围凭证密钥")
    bring_up_to_date()
    _say("核验审计链")
    _check_audit(manifest.audit)
    rows = sum(entry.rows for entry in manifest.held.values())
    _say(
        f"恢复完成：{len(manifest.tables)} 张表，{rows:,} 行，与 {manifest.made_at} 备份时相同。所有人须重新登录。"
    )
    return 0


def _check_audit(said: dict[str, Any]) -> None:
    from minzheng.base.queries import audit_chain
    from minzheng.base.scope import scope, system_actor
    from minzheng.values.errors import Defect

    with scope(system_actor("restore")) as actor:
        state = audit_chain(actor, anchor=(said["count"], said["head"]))
    if not state.holds:
        raise Defect(f"恢复后的审计链在第 {state.broken_at} 条起不符。请停止使用并报告。")


def _say(text: str) -> None:
    sys.stdout.write(f"● {text}\n")
    sys.stdout.flush()
