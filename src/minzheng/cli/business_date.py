"""`minzheng business-date`: show the day the platform works on, set it once, or go forward with all the days between."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from datetime import date
from types import FrameType
from typing import Any

from tqdm import tqdm

from minzheng.cli._arguments import as_day
from minzheng.cli._days import run_days

_POLL_SECONDS = 0.5


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "business-date",
        help="查看或推进业务日期",
        description="查看业务日期，或把它推进到以后的一天：中间每一天的公示期满、时限、渐退、复核等逐日办理，"
        "并说明各日办了什么。可随时按 Ctrl+C 停下，再次执行同一条命令即接着办。只供演示和试用环境；不能后退。",
    )
    parser.add_argument("day", nargs="?", type=as_day, metavar="日期", help="例如 2024-01-31；不给则只查看")
    parser.add_argument("--reason", default="", metavar="事由", help="设定或推进时必填，记入审计")
    parser.add_argument("--leave", action="store_true", help="只提出，由后台作业（minzheng worker）逐日办理")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    from minzheng.base.queries import business_date

    done = True
    if arguments.day:
        done = _go(arguments.day, arguments.reason, leave=arguments.leave)
    sys.stdout.write(f"业务日期：{business_date():%Y-%m-%d}\n")
    return 0 if done else 1


def _go(day: date, reason: str, *, leave: bool) -> bool:
    """Whether the day was reached, or left to the worker as asked."""
    from minzheng.base.actions import set_business_date
    from minzheng.base.days import ask_days, progress, resume_days
    from minzheng.base.queries import business_date_is_set
    from minzheng.base.scope import scope, system_actor

    with scope(system_actor("cli")) as actor:
        if not business_date_is_set():
            set_business_date(actor=actor, day=day, reason=reason)
            return True
        under_way = progress(actor)
        if under_way is not None and under_way.move.until == day:
            move = resume_days(actor=actor, move=under_way.move.pk)
        else:
            move = ask_days(actor=actor, until=day, reason=reason)
    return True if leave else _follow(move.pk)


def _follow(move: int) -> bool:
    """Work on the days here, or watch the worker do it, until the move is done, held or stopped."""
    from minzheng.base.days import days_of, move_of, progress_of
    from minzheng.base.types import MoveState
    from minzheng.cli.worker import jobs_of_the_day

    stop = threading.Event()
    before = {number: signal.signal(number, _ends(stop)) for number in (signal.SIGINT, signal.SIGTERM)}
    total = progress_of(move_of(move)).total
    bar = tqdm(desc="逐日办理", total=total, unit="日", file=sys.stderr, disable=not sys.stderr.isatty())
    last: date | None = None

    def show(_day: date | None = None) -> None:
        nonlocal last
        for one in days_of(move, after=last):
            said = "；".join(line["said"] for line in one.report if line["said"]) or "没有到期的事项"
            with bar.external_write_mode(file=sys.stdout):
                sys.stdout.write(f"{one.on:%Y-%m-%d}  {said}\n")
            last = one.on
            bar.update()

    try:
        while not stop.is_set() and move_of(move).state == MoveState.RUNNING:
            run_days(stop, jobs_of_the_day, show)
            show()
            if move_of(move).state == MoveState.RUNNING:
                time.sleep(_POLL_SECONDS)
    finally:
        bar.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    return _told(move_of(move))


def _told(move: Any) -> bool:
    from minzheng.base.types import MoveState

    if move.state == MoveState.HELD:
        sys.stderr.write(f"停在 {move.trouble}\n处理以后，再次执行同一条命令即接着办。\n")
    elif move.state == MoveState.RUNNING:
        sys.stderr.write("已停下。后台作业在运行的，会接着办；否则再次执行同一条命令。\n")
    elif move.state == MoveState.STOPPED:
        sys.stderr.write("已由管理员暂停。再次执行同一条命令即接着办。\n")
    return bool(move.state == MoveState.DONE)


def _ends(stop: threading.Event) -> Any:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    return end
