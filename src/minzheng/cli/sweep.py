"""`minzheng sweep`: compare everybody with every programme; open, change and settle leads and reviews."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from minzheng.assessment.models import Sweep

_STEPS = {
    "snapshot": "快照", "snapshot_and_compile": "快照与编译", "engines": "装入规则", "load": "读取快照", "first_stage": "核算义务人",
    "kernel": "逐户判定", "compare": "与在享比较", "sample": "抽查复算", "asks": "查找待查清事项", "rank": "排序", "write": "写入",
}  # fmt: skip
_BAR = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {rate_fmt} 余 {remaining}"


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "sweep",
        help="全量比对：查出应享未享和应退未退",
        description="把全市家庭与人员逐户比对全部待遇，写出线索与复核任务。只开任务，不发放、不停发任何待遇；同一快照比对两次，"
        "第二次不改动任何内容。按 Ctrl+C 在写完当前县（市、区）后停止，--resume 继续。",
    )
    parser.add_argument("--snapshot", type=Path, metavar="目录", help="比对已有的快照（默认先生成当月快照）")
    parser.add_argument("--month", help="待遇月份，如 2023-12（默认为业务日期所在月）")
    parser.add_argument(
        "--county", action="append", default=[], metavar="代码", help="只写入这个县（市、区），可重复"
    )
    parser.add_argument("--resume", action="store_true", help="继续上次没有完成的比对")
    parser.add_argument("--plain", action="store_true", help="不编译规则（慢，只宜小规模）")
    parser.add_argument("--sample", type=int, default=200, metavar="户数", help="抽查复算的户数（默认 200）")
    parser.add_argument("--seed", type=int, help="抽查的种子（默认由快照得出）")
    parser.add_argument(
        "--to", type=Path, metavar="文件", help="只把线索写成 Parquet 文件，不写入平台（须给 --snapshot）"
    )
    parser.add_argument("--history", action="store_true", help="列出以往的比对")
    parser.add_argument("--stop", action="store_true", help="请正在进行的比对停止")
    parser.add_argument("--if-needed", action="store_true", help="当月已按现行规则和参数比对过的，不再比对")
    parser.add_argument("--background", action="store_true", help="后台运行：不显示进度，让出处理器")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出结果")
    parser.set_defaults(run=run, database=True, role="app")


def run(arguments: argparse.Namespace) -> int:
    if arguments.history:
        return _history(as_json=arguments.json)
    if arguments.stop:
        return _stop()
    if arguments.to is not None:
        return _to_file(arguments)
    if arguments.if_needed and _done_already():
        return 0
    return _sweep(arguments)


def _done_already() -> bool:
    """Whether the month was swept with the rulebook and the values in force."""
    from minzheng.assessment.decide import rulebook
    from minzheng.assessment.owed import parameters_digest
    from minzheng.assessment.queries import last_sweep
    from minzheng.base.queries import business_date
    from minzheng.values.month import Month

    row, book = last_sweep(), rulebook()
    month = str(Month.of(business_date()))
    return row is not None and (row.month, row.rulebook, row.parameters) == (
        month, book.hash, parameters_digest(book),
    )  # fmt: skip


def _sweep(arguments: argparse.Namespace) -> int:
    from minzheng.assessment.sweep import run_sweep
    from minzheng.assessment.types import SweepState
    from minzheng.base.scope import system_actor
    from minzheng.values.month import Month

    if arguments.background:
        os.nice(10)
    with _Bars() as bars, _Interruptible() as asked:
        row = run_sweep(
            actor=system_actor("sweep"),
            folder=arguments.snapshot,
            month=Month.parse(arguments.month) if arguments.month else None,
            counties=tuple(arguments.county),
            resume=arguments.resume,
            plain=arguments.plain,
            sample_size=arguments.sample,
            sample_seed=arguments.seed,
            stopping=asked,
            say=None if arguments.background else bars,
        )
    sys.stdout.write(
        json.dumps(as_dict(row), ensure_ascii=False, indent=1) + "\n" if arguments.json else told(row)
    )
    return 0 if row.state == SweepState.FINISHED else 1


def _to_file(arguments: argparse.Namespace) -> int:
    from minzheng.assessment.computing import leads_to_file, make_engines
    from minzheng.assessment.decide import rulebook
    from minzheng.registry.snapshot import read_manifest
    from minzheng.values.errors import Refusal

    if arguments.snapshot is None:
        raise Refusal("sweep.no_snapshot", "写成文件时须用 --snapshot 指明快照目录。")
    read_manifest(arguments.snapshot)
    with _Bars() as bars:
        swept = leads_to_file(
            arguments.snapshot, arguments.to, make_engines(compiled=not arguments.plain).under(rulebook()),
            sample_size=arguments.sample, sample_seed=arguments.seed, progress=bars,
        )  # fmt: skip
    sys.stdout.write(
        f"已写出 {swept.table.num_rows:,} 条到 {arguments.to}，抽查 {swept.compared:,} 项结果一致。\n"
    )
    return 0


def _stop() -> int:
    from minzheng.assessment.sweep import stop_sweep
    from minzheng.base.scope import system_actor

    asked = stop_sweep(actor=system_actor("sweep"))
    sys.stdout.write("已请求停止。\n" if asked else "没有正在进行的比对。\n")
    return 0


def _history(*, as_json: bool) -> int:
    from minzheng.assessment.queries import sweep_history

    rows = sweep_history()
    if as_json:
        sys.stdout.write(json.dumps([as_dict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")
        return 0
    for row in rows:
        sys.stdout.write(told(row))
    return 0


def as_dict(row: Sweep) -> dict[str, Any]:
    """A sweep for machines."""
    return {
        "id": str(row.pk), "state": row.state, "month": row.month, "on": row.on.isoformat(),
        "known_at": row.known_at.isoformat() if row.known_at else None, "snapshot": row.snapshot,
        "snapshot_digest": row.snapshot_digest, "rulebook": row.rulebook, "parameters": row.parameters,
        "households": row.households, "persons": row.persons, "sample_size": row.sample_size,
        "sample_seed": row.sample_seed, "counties_done": row.counties_done, "problem": row.problem, **row.report,
    }  # fmt: skip


def told(row: Sweep) -> str:
    """What a sweep did, in words."""
    from minzheng.assessment.types import Kind, SweepState
    from minzheng.assessment.writing import HELD_WORDS

    lines = [
        f"{row.month} 全量比对：{SweepState(row.state).label}，{row.households:,} 户、{row.persons:,} 人次，规则 {row.rulebook}"
    ]
    if row.problem:
        lines.append(f"  {row.problem}")
    written = row.report.get("written", {})
    opened = {Kind(int(kind)).label: count for kind, count in written.get("opened", {}).items()}
    if written:
        new = "、".join(f"{label} {count:,}" for label, count in opened.items()) or "无"
        lines.append(
            f"  新开：{new}；结果有变 {written['changed']:,}；了结 {written['settled']:,}；仍然成立 {written['kept']:,}"
        )
        held = "、".join(f"{HELD_WORDS[reason]} {count:,}" for reason, count in written["held"].items())
        if held:
            lines.append(f"  没有开出：{held}")
        lines.append(
            f"  抽查 {row.sample_size} 户（种子 {row.sample_seed}），{row.report['compared']:,} 项结果与逐条推算一致；"
            "没有改动任何待遇和资金。"
        )
        seconds = row.report.get("seconds", {})
        lines.append(
            "  用时（秒）："
            + "，".join(f"{label} {seconds[k]:.1f}" for k, label in _STEPS.items() if k in seconds)
        )
    return "\n".join(lines) + "\n"


class _Bars:
    """One bar after the other, with rate and time left; a step without a known length is a line."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None
        self.what = ""

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *_error: object) -> None:
        self._close()

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self.what:
            self._close()
            self.what = what
            if total:
                self.bar = tqdm(desc=what, total=total, bar_format=_BAR, unit="", unit_scale=True)
            else:
                sys.stderr.write(f"{what}\n")
        if self.bar is not None:
            self.bar.update(done - self.bar.n)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


class _Interruptible:
    """While it holds, an interruption asks the sweep to stop after the county it is writing; a second one breaks off."""

    def __enter__(self) -> Any:
        self.asked = False
        self.before = {n: signal.signal(n, self._ask) for n in (signal.SIGINT, signal.SIGTERM)}
        return lambda: self.asked

    def __exit__(self, *_error: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        sys.stderr.write("\n正在停止：写完当前县（市、区）后结束。再按一次立即中断。\n")
