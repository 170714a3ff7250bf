"""`minzheng desk`: the process that holds the city of the reform desk."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "desk",
        help="启动改革台的测算服务",
        description="把最新快照的全市数据载入内存，供改革台页面即时测算；只在本机的套接字上应答。minzheng run 会自动启动。",
    )
    parser.add_argument("--threads", type=int, help="使用的线程数，默认为全部核心")
    parser.set_defaults(run=run, database=False)


def run(arguments: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    django.setup()
    from minzheng.assessment.reforms.service import Desks, serve, socket_path
    from minzheng.rulebook import load

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    sys.stderr.write(f"改革台测算服务：{socket_path()}\n")
    serve(Desks(load(), threads=arguments.threads), socket_path(), stop)
    return 0
