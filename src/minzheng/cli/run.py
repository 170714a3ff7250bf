"""`minzheng run`: everything up under one supervisor: database, schema, demonstration city, web server."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from minzheng.cli import sandbox
from minzheng.database.lifeline import end_with_parent
from minzheng.values.errors import Refusal

_MOST_WORKERS = 4
"""Unless more are asked for; each holds the rulebook, some 250 MB."""


Start = Callable[[], "subprocess.Popen[bytes] | None"]
"""Starts something beside the server; None: not wanted here, and it has said why."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "run",
        help="启动平台（数据库、演示城市、网页服务）",
        description="准备数据库与演示城市并启动网页服务；再次执行时沿用已建成的内容。按 Ctrl+C 停止。",
    )
    parser.add_argument(
        "--scale", default="", help="演示城市规模，1 为全市约 320 万人；默认沿用已建成的，首次为 0.01"
    )
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("PORT", "8000")), help="端口，默认 8000"
    )
    parser.add_argument("--no-demo", action="store_true", help="不建演示城市（正式环境）")
    parser.add_argument("--no-bank", action="store_true", help="演示时不启动代发银行的替身")
    parser.add_argument("--no-sms", action="store_true", help="演示时不启动短信网关的替身")
    parser.set_defaults(run=run, database=False)


def run(arguments: argparse.Namespace) -> int:
    from minzheng.database import serving

    _refuse_taken_port(arguments.port)
    began = time.monotonic()
    environment = {**os.environ, "MINZHENG_DEMO": "0" if arguments.no_demo else "1"}
    _say("启动数据库")
    with serving():
        _say("更新数据库结构")
        _step(environment, "migrate")
        if arguments.no_demo:
            _say("检查能否安全地对外服务")
            _step(environment, "check", "--production")
        else:
            _say("准备演示城市")
            _step(environment, "demo", "build", "--if-needed", *_scale(arguments.scale))
        _say("整理页面资源")
        _collect_static(environment)
        demo = not arguments.no_demo
        stand_ins: list[Start] = [
            *([sandbox.start] if demo and not arguments.no_bank else []),
            *([sandbox.start_sms] if demo and not arguments.no_sms else []),
        ]
        return _serve(environment, arguments.port, began, sweep=demo, stand_ins=stand_ins)


def _scale(chosen: str) -> list[str]:
    return ["--scale", chosen] if chosen else []


def _step(environment: dict[str, str], *command: str) -> None:
    """A subcommand in a process of its own: each has its own role in the database."""
    done = subprocess.run([sys.executable, "-m", "minzheng.cli", *command], env=environment, check=False)
    if done.returncode != 0:
        raise Refusal(
            "run.step_failed", f"“minzheng {' '.join(command)}”未完成，平台没有启动。", next_step="原因见上。"
        )


def _collect_static(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", "collectstatic", "--no-input", "--clear", "--verbosity", "0"],
        env={**environment, "DJANGO_SETTINGS_MODULE": "minzheng.web.settings"},
        check=True,
    )


def _serve(
    environment: dict[str, str], port: int, began: float, *, sweep: bool, stand_ins: Sequence[Start]
) -> int:
    """gunicorn until it ends or we are told to stop; its exit code.

    Beside it run the reform desk, the worker, and in a demonstration the first sweep and stand-ins of the bank and of the
    gateway of short messages.
    """
    server = _beside(environment, _gunicorn(port))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _forward_to(server))
    _wait_for(port, server)
    beside: list[subprocess.Popen[bytes]] = []
    if server.poll() is None:
        _say(f"已就绪，用时 {time.monotonic() - began:.0f} 秒：http://127.0.0.1:{port}/  （按 Ctrl+C 停止）")
        if sweep:
            _say("第一次全量比对在后台进行，进度见页面；完成后即可看到线索")
            beside.append(_first_sweep(environment))
        beside += [_desk(environment), _worker(environment)]
        beside += [one for start in stand_ins if (one := start()) is not None]
    code = server.wait()
    for process in beside:
        if process.poll() is None:
            process.terminate()
    for process in beside:
        process.wait()
    return 0 if code in (0, -signal.SIGTERM, -signal.SIGINT) else code


def _beside(environment: dict[str, str], command: list[str]) -> subprocess.Popen[bytes]:
    """A process that is told to end when we do, also when we are killed outright."""
    return subprocess.Popen(command, env=environment, preexec_fn=end_with_parent)


def _first_sweep(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Leads for a city that has none yet, in a process of its own that gives way to the pages."""
    return _beside(
        environment, [sys.executable, "-m", "minzheng.cli", "sweep", "--if-needed", "--background"]
    )


def _desk(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """The process that holds the reform desk's city; it waits for a snapshot."""
    return _beside(environment, [sys.executable, "-m", "minzheng.cli", "desk"])


def _worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """The day's jobs, and files to and from the bank."""
    return _beside(environment, [sys.executable, "-m", "minzheng.cli", "worker"])


def _gunicorn(port: int) -> list[str]:
    """A worker a processor, each with threads: one interpreter answers on one processor at a time."""
    workers = os.environ.get("MINZHENG_WORKERS") or str(min(len(os.sched_getaffinity(0)), _MOST_WORKERS))
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "minzheng.web.wsgi:application",
        f"--bind=127.0.0.1:{port}",
        f"--workers={workers}",
        f"--threads={os.environ.get('MINZHENG_THREADS', '8')}",
        "--worker-class=gthread",
        "--timeout=120",
        "--log-level=warning",
        "--logger-class=minzheng.web.server_log.ServerLog",
        "--no-control-socket",
    ]


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as knock:
            knock.settimeout(1)
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def _forward_to(server: subprocess.Popen[bytes]) -> Any:
    def forward(_number: int, _frame: FrameType | None) -> None:
        if server.poll() is None:
            server.terminate()

    return forward


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            raise Refusal(
                "run.port_taken",
                f"端口 {port} 已被占用。",
                next_step="可换一个端口，例如 make run PORT=8001。",
            ) from None


def _say(text: str) -> None:
    sys.stdout.write(f"● {text}\n")
    sys.stdout.flush()
