"""`minzheng bank`: send what is due to the bank, fetch and book what it answers. The same as the worker does by itself."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from typing import Any

from minzheng.values.errors import Refusal


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "bank",
        help="向银行送出文件，取回并登记回盘",
        description="送出已发放而待送的银行文件，或取回银行的回盘与对账文件并登记。与后台作业做的相同，可反复执行："
        "同一文件只送一次、只登记一次；结果不明的文件按原样再送或等待银行答复，绝不另行付款。",
    )
    parser.set_defaults(run=lambda _arguments: parser.error("请选择 send 或 fetch"))
    steps = parser.add_subparsers(title="步骤", metavar="步骤", parser_class=type(parser))
    send = steps.add_parser("send", help="送出待送的银行文件")
    fetch = steps.add_parser("fetch", help="取回并登记回盘、对账文件")
    for one in (send, fetch):
        one.add_argument("--bank", default="", metavar="名称", help="bank.toml 中的银行（只有一家时可省略）")
    send.set_defaults(run=_send, database=True, role="app")
    fetch.set_defaults(run=_fetch, database=True, role="app")


def _send(arguments: argparse.Namespace) -> int:
    from minzheng.base.scope import system_actor
    from minzheng.payments.actions import send_files
    from minzheng.payments.types import FileState

    door = _door(arguments)
    sent = send_files(actor=system_actor("bank"), door=door, worker=f"{socket.gethostname()}:{os.getpid()}")
    for one in sent:
        sys.stdout.write(f"批次 {one.number}：{one.state.label}{one.text and f'（{one.text}）'}\n")
    sys.stdout.write(f"共 {len(sent)} 份。\n" if sent else "没有待送的银行文件。\n")
    return 0 if all(one.state in (FileState.SENT, FileState.ANSWERED) for one in sent) else 1


def _fetch(arguments: argparse.Namespace) -> int:
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments.queries import files_read

    actor = system_actor("bank")
    with scope(actor):
        seen = files_read(actor)
    found = _door(arguments).fetch(seen)
    refused = 0
    for file in found.files:
        with scope(actor):
            try:
                told = booked_file(actor, file)
            except Refusal as refusal:
                refused += 1
                told = f"未登记：{refusal}"
        sys.stdout.write(f"{file.name}：{told}\n")
    for trouble in found.troubles:
        sys.stderr.write(f"{trouble}\n")
    if not found.files:
        sys.stdout.write("没有新的回盘或对账文件。\n")
    return 1 if refused or found.troubles else 0


def booked_file(actor: Any, file: Any) -> str:
    """Book a fetched file and say what came of it; a statement that is not whole raises `Refusal`."""
    from minzheng.payments.actions import read_return_file, read_statement_file
    from minzheng.payments.bank.types import Kind, Verdict
    from minzheng.payments.types import ReadState

    if file.kind is not Kind.RETURN:
        row = read_statement_file(actor=actor, content=file.content)
        return f"对账单 {row.number}，{row.since} 至 {row.until}，已登记"
    returned = read_return_file(actor=actor, name=file.name, content=file.content)
    if returned.state == ReadState.REFUSED:
        return f"退回核对：{returned.problem}"
    return (
        f"{Verdict(returned.verdict).label}；登记 {returned.booked:,} 笔，已登记过 {returned.repeated:,} 笔，"
        f"不能登记 {returned.faults:,} 行，未答复 {returned.unanswered:,} 笔"
    )


def _door(arguments: argparse.Namespace) -> Any:
    from minzheng.payments.bank.hosts import declared_host
    from minzheng.payments.bank.transport import BankDoor

    return BankDoor(declared_host(arguments.bank))
