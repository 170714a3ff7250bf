"""`minzheng worker`: the work nobody waits for: the day's jobs of each app, files to the bank, answers from it.

Any number may run, on any number of machines: each piece of work is done under an advisory lock of the database (which
ends with the session, also when the process is killed) or a lease, and each may be repeated. What went wrong with one
piece does not hold up the others; it is told, counted and tried again.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from minzheng.cli._days import only_one, run_days, said
from minzheng.cli.bank import booked_file
from minzheng.values.errors import MinzhengError, Refusal, SourceTrouble

#: Apps whose `jobs.run_day(on=…)` is called, in this order: what a job finds was left by those before it.
APPS = (
    "registry",
    "cases",
    "awards",
    "assistance",
    "disability",
    "children",
    "payments",
    "retention",
    "booking",
)
_log = logging.getLogger(__name__)
T = TypeVar("T")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "worker",
        help="后台作业：每日任务、向银行报盘、取回回盘",
        description="运行后台作业：各业务的每日任务，发送待发的银行文件，取回并登记回盘与对账文件。可同时运行多个，可随时终止；"
        "minzheng run 会自动启动一个。",
    )
    parser.add_argument("--once", action="store_true", help="各做一遍后退出")
    parser.add_argument("--every", type=float, default=15, metavar="秒", help="银行收发的间隔，默认 15 秒")
    parser.add_argument(
        "--jobs-every", type=float, default=3600, metavar="秒", help="每日任务的重做间隔，默认一小时"
    )
    parser.set_defaults(run=run, database=True, role="app")


def run(arguments: argparse.Namespace) -> int:
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    worker = Worker(stop)
    _say("后台作业已启动")
    if arguments.once:
        worker.days()
        worker.day()
        worker.bank()
        worker.messages()
        return 1 if worker.failed else 0
    worker.loop(arguments.every, arguments.jobs_every)
    _say("后台作业已停止")
    return 0


@dataclass
class Worker:
    """One process that works; `failed` names the pieces whose last attempt went wrong."""

    stop: threading.Event
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    failed: set[str] = field(default_factory=set)
    #: Digests of the bank's files this process has dealt with, those that are not whole among them.
    read: set[str] = field(default_factory=set)

    def loop(self, every: float, jobs_every: float) -> None:
        """Until told to stop. A piece of work that was begun is finished first."""
        worked_on: date | None = None
        worked_at = float("-inf")
        while not self.stop.is_set():
            self.days()
            on = _today()
            if on != worked_on or time.monotonic() - worked_at >= jobs_every:
                self.day(on)
                worked_on, worked_at = on, time.monotonic()
            self.bank()
            self.messages()
            self.stop.wait(every)

    def day(self, on: date | None = None) -> None:
        """The day's jobs of every app that has some."""
        on = on or _today()
        for app, run_day in jobs_of_the_day():
            self._piece(f"jobs.{app}", partial(run_day, on=on))

    def days(self) -> None:
        """The days of a demonstration whose business date was sent forward; between them the bank is asked as always."""

        def after(day: date) -> None:
            _say(f"业务日期 {day:%Y-%m-%d} 已办完")
            self.bank()

        run_days(self.stop, jobs_of_the_day, after)

    def bank(self) -> None:
        """Files out, answers in; nothing where no bank is declared."""
        from minzheng.payments.bank.hosts import declared_hosts

        if self.stop.is_set() or importlib.util.find_spec("minzheng.payments") is None:
            return
        for name, host in (self._declared("bank", declared_hosts) or {}).items():
            from minzheng.payments.bank.transport import BankDoor

            door = BankDoor(host)
            self._piece(f"bank.send.{name}", partial(_send, door, self.name))
            self._piece(f"bank.fetch.{name}", partial(_fetch, door, self.read))

    def messages(self) -> None:
        """What arrived is told to payees; without a declared gateway the messages wait and are shown."""
        from minzheng.payments.sms.hosts import declared_gateway

        if self.stop.is_set():
            return
        self._piece("sms.write", _write_messages)
        gateway = self._declared("sms", declared_gateway)
        if gateway is not None:
            self._piece("sms.send", partial(_send_messages, gateway))

    def _declared(self, what: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except MinzhengError as refusal:
            self._went_wrong(f"{what}.declaration", refusal)
            return None

    def _piece(self, name: str, work: Callable[[], object]) -> None:
        """One piece of work, by one worker at a time."""
        if self.stop.is_set():
            return
        with only_one(name) as mine:
            if not mine:
                return
            try:
                done = work()
            except MinzhengError as trouble:
                self._went_wrong(name, trouble)
            except Exception as trouble:
                # A defect of one job must not keep the others from their day; the log has where it happened.
                _log.exception("worker: %s", name)
                self._went_wrong(name, trouble)
            else:
                self.failed.discard(name)
                _note(name, ok=True)
                if words := said(name.removeprefix("jobs."), done):
                    _say(f"{name}：{words}")

    def _went_wrong(self, name: str, trouble: Exception) -> None:
        self.failed.add(name)
        _note(name, ok=False)
        words = str(trouble) if isinstance(trouble, MinzhengError) else f"程序错误 {type(trouble).__name__}"
        sys.stderr.write(f"● {name} 未完成：{words}\n")


def jobs_of_the_day() -> Iterator[tuple[str, Callable[..., object]]]:
    """`run_day` of every app that has jobs."""
    for app in APPS:
        if importlib.util.find_spec(f"minzheng.{app}.jobs") is not None:
            yield app, importlib.import_module(f"minzheng.{app}.jobs").run_day


def state_file() -> Path:
    """When each piece was last done on this machine, for the metrics."""
    from minzheng.database import home

    return home() / "worker.json"


def _send(door: Any, worker: str) -> str:
    from minzheng.base.scope import system_actor
    from minzheng.payments.actions import send_files

    sent = send_files(actor=system_actor("bank"), door=door, worker=worker)
    return "；".join(f"批次 {one.number} {one.state.label}{one.text and f'（{one.text}）'}" for one in sent)


def _write_messages() -> str:
    from minzheng.base.scope import system_actor
    from minzheng.payments.actions import write_notices

    written = write_notices(actor=system_actor("sms"))
    return f"到账短信 {written} 条待发" if written else ""


def _send_messages(gateway: Any) -> str:
    from minzheng.base.scope import system_actor
    from minzheng.payments.actions import send_notices
    from minzheng.payments.sms.client import Known, SmsClient

    ended = send_notices(actor=system_actor("sms"), gateway=SmsClient(gateway), templates=gateway.templates)
    if ended[Known.SHUT_OUT]:
        raise SourceTrouble("sms", "短信网关不认本平台的签名，已暂停发送", retryable=True)
    open_ones = ended.total() - ended[Known.ACCEPTED]
    return f"网关受理 {ended[Known.ACCEPTED]} 条，未受理 {open_ones} 条" if ended else ""


def _fetch(door: Any, read: set[str]) -> str:
    """Book what is new at the bank, file by file; then tell what could not be used."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments.queries import files_read

    actor = system_actor("bank")
    with scope(actor):
        booked = {digest for _name, digest in files_read(actor)}
    found = door.fetch(_Seen(booked | read))
    said, troubles = [], [str(trouble) for trouble in found.troubles]
    for file in found.files:
        try:
            with scope(actor):
                said.append(f"{file.name} {booked_file(actor, file)}")
        except Refusal as refusal:
            troubles.append(f"{file.name}：{refusal}")
        read.add(file.sha256)
    if troubles:
        raise SourceTrouble("bank", "；".join([*said, *troubles]), retryable=True)
    return "；".join(said)


class _Seen:
    """Known by digest: the same bytes under another name are nothing new."""

    def __init__(self, digests: set[str]) -> None:
        self._digests = digests

    def __contains__(self, file: object) -> bool:
        return isinstance(file, tuple) and file[1] in self._digests


def _note(name: str, *, ok: bool) -> None:
    """Write down when the piece was last tried and last done."""
    path = state_file()
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        state = {}
    now = int(time.time())
    entry = state.setdefault(name, {"done": 0, "failures": 0})
    entry["tried"] = now
    if ok:
        entry["done"] = now
    else:
        entry["failures"] += 1
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(state, indent=1), encoding="utf-8")
    fresh.replace(path)


def _today() -> date:
    from minzheng.base.queries import business_date

    return business_date()


def _say(text: str) -> None:
    sys.stdout.write(f"● {text}\n")
    sys.stdout.flush()
