"""`minzheng staff`: open the first accounts of an installation; later ones are opened in the office."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from minzheng.values.errors import Refusal


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "staff", help="开设工作人员账号", description="开设工作人员账号，口令从终端或标准输入读取。"
    )
    parser.add_argument("username", metavar="账号")
    parser.add_argument("--name", required=True, metavar="姓名", help="姓名")
    parser.add_argument(
        "--role",
        action="append",
        required=True,
        metavar="岗位",
        help="岗位，可重复，例如 township_officer 或 乡镇经办",
    )
    parser.add_argument(
        "--region", action="append", required=True, metavar="区划代码", help="管辖区划，可重复"
    )
    parser.add_argument("--unit", default="", metavar="单位", help="单位")
    parser.set_defaults(run=run, database=True)


def run(arguments: argparse.Namespace) -> int:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from minzheng.base.actions import open_account
    from minzheng.base.models import Staff
    from minzheng.base.scope import scope, system_actor

    roles = _roles(arguments.role)
    password = _password()
    try:
        validate_password(password, Staff(username=arguments.username, name=arguments.name))
        with scope(system_actor("cli")) as actor:
            staff = open_account(
                actor=actor,
                username=arguments.username,
                name=arguments.name,
                roles=roles,
                regions=arguments.region,
                since=timezone.localdate(),
                password=password,
                unit=arguments.unit,
            )
    except ValidationError as error:
        raise Refusal("staff.invalid", " ".join(error.messages), next_step="请修改后重试。") from None
    sys.stdout.write(f"已开设账号 {staff.username}。\n")
    return 0


def _roles(written: list[str]) -> list[Any]:
    """Roles by their value or their Chinese label."""
    from minzheng.base.types import Role

    by_word = {word: role for role in Role for word in (role.value, str(role.label))}
    unknown = [word for word in written if word not in by_word]
    if unknown:
        known = "、".join(f"{role.label}（{role.value}）" for role in Role)
        raise Refusal(
            "staff.unknown_role", f"没有这个岗位：{'、'.join(unknown)}。", next_step=f"可选：{known}。"
        )
    return [by_word[word] for word in written]


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first, again = getpass.getpass("口令："), getpass.getpass("再输一遍：")
    if first != again:
        raise Refusal("staff.password_differs", "两次输入的口令不一致。", next_step="请重试。")
    return first
