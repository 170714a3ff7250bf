"""`minzheng desk`: the process that holds the city of the reform desk."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import uuid
from datetime import date
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minzheng.rules.book import Rulebook


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "desk",
        help="启动改革台的测算服务",
        description="把最新快照的全市数据载入内存，供改革台页面即时测算；只在本机的套接字上应答。minzheng run 会自动启动。",
    )
    parser.add_argument("--threads", type=int, help="使用的线程数，默认为全部核心")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    from django.db import connection

    from minzheng.assessment.decide import rulebook
    from minzheng.assessment.enacting.pricing import text_beside
    from minzheng.assessment.reforms.service import Desks, serve, socket_path

    stop = threading.Event()

    def law() -> Rulebook:
        """The rulebook in force; between two looks no connection is held."""
        try:
            return rulebook()
        finally:
            connection.close()

    def text(proposal: str, side: str, on: date) -> Rulebook:
        try:
            return text_beside(uuid.UUID(proposal), side, on)
        finally:
            connection.close()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    sys.stderr.write(f"改革台测算服务：{socket_path()}\n")
    serve(Desks(law(), law=law, texts=text, threads=arguments.threads), socket_path(), stop)
    return 0
