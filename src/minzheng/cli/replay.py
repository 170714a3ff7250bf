"""`minzheng replay`: kept decisions decided again; the same bytes, or what is another one now."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from minzheng.values.errors import Refusal

if TYPE_CHECKING:
    from minzheng.assessment.models import Decision
    from minzheng.assessment.replay import Replay

NOT_THE_SAME = 1
_BAR = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {rate_fmt} 余 {remaining}"
_KINDS = {"provision": "条款规则", "parameter": "参数", "engine": "推算程序"}


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "replay",
        help="重放已保存的试算记录",
        description="只用记录中保存的事实、日期和参数重新推算。与原记录相同（版本号不计）则通过，否则列出哪些条款规则或参数已经改变、旧文与新文、"
        "哪些结果因此不同。退出码：0 全部相同；1 有不同。",
    )
    parser.add_argument("id", nargs="?", help="试算记录编号")
    parser.add_argument("--all", action="store_true", help="重放全部记录")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    if bool(arguments.id) == arguments.all:
        raise Refusal("replay.which", "请给出一个试算记录编号，或用 --all 重放全部。")
    from minzheng.assessment.replay import decisions
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("replay")) as actor:
        rows = decisions(actor).select_related("rulebook")
        if arguments.id:
            rows = rows.filter(pk=_id(arguments.id))
            if not rows:
                raise Refusal("decision.not_found", "没有这个编号的试算记录。", next_step="请核对编号。")
        found = list(_replayed(rows, quiet=arguments.json or not arguments.all))
    different = [(row, one) for row, one in found if not one.same]
    if arguments.json:
        sys.stdout.write(json.dumps([as_dict(*pair) for pair in found], ensure_ascii=False, indent=1) + "\n")
    else:
        for row, one in different:
            sys.stdout.write(told(row, one))
        sys.stdout.write(f"重放 {len(found):,} 条，{len(found) - len(different):,} 条与原记录相同。\n")
        moved = sum(one.same and bool(one.moved) for _row, one in found)
        if moved:
            sys.stdout.write(f"其中 {moved:,} 条按本版本程序所载的规则文本会有不同结果。\n")
    return NOT_THE_SAME if different else 0


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal("decision.not_found", "没有这个编号的试算记录。", next_step="请核对编号。") from None


def _replayed(rows: Any, *, quiet: bool) -> Iterator[tuple[Decision, Replay]]:
    from minzheng.assessment.replay import replay_kept

    for row in tqdm(rows.iterator(), desc="重放", total=rows.count(), bar_format=_BAR, disable=quiet):
        yield row, replay_kept(row)


def as_dict(row: Decision, one: Replay) -> dict[str, Any]:
    """One replay for machines."""
    return {
        "id": str(row.pk),
        "same": one.same,
        "digest": row.digest,
        "changes": [vars(change) for change in one.changes],
        "moved": [vars(moved) for moved in one.moved],
    }


def told(row: Decision, one: Replay) -> str:
    """What is different, in words."""
    lines = [f"{row.pk}（{row.on}）与原记录不同："]
    for change in one.changes:
        lines.append(f"  {_KINDS[change.kind]} {change.name}")
        lines.append(f"    旧：{change.before or '（无）'}")
        lines.append(f"    新：{change.now or '（无）'}")
    for moved in one.moved:
        who = "全家" if moved.person is None else f"成员 {moved.person + 1}"
        lines.append(f"  结果 {moved.programme}（{who}）：{moved.before} → {moved.now}")
    if not one.moved:
        lines.append("  各项结果不变")
    return "\n".join(lines) + "\n"
