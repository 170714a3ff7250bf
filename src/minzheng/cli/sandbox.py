"""`minzheng sandbox bank`: the stand-in for the paying bank, in a process of its own that shares no code with us."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from minzheng.values.errors import Refusal


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "sandbox",
        help="启动外部系统的替身（演练用）",
        description="启动外部系统的替身。目前有：bank，代发银行（SFTP，只在本机应答）。协议与故障见 docs/bank.md。",
    )
    parser.add_argument("what", choices=["bank"], metavar="bank", help="哪一个：bank")
    parser.add_argument("--port", type=int, default=2222, help="端口，默认 2222")
    parser.add_argument("--delay", type=float, default=2, help="受理到回盘相隔的秒数，默认 2")
    parser.add_argument("--strict", action="store_true", help="只认 bank/accounts.csv 中的账户")
    parser.add_argument("--fault", metavar="名称", help="切换正在运行的替身的故障后返回；none 为恢复正常")
    parser.set_defaults(run=run, database=False)


def run(arguments: argparse.Namespace) -> int:
    """Prepare keys and the declaration, then become the stand-in."""
    folder = bank_folder()
    if arguments.fault is not None:
        return _become(folder, "--fault", arguments.fault)
    declare(folder, arguments.port)
    extra = ["--strict"] if arguments.strict else []
    return _become(
        folder,
        f"--port={arguments.port}",
        f"--delay={arguments.delay}",
        f"--client-keys={folder / 'authorized_keys'}",
        *extra,
    )


def bank_folder() -> Path:
    from minzheng.database import home

    folder = home() / "bank"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def command(folder: Path, *words: str) -> list[str]:
    """The stand-in's own command line."""
    return [sys.executable, "-m", "sandbox.bank", f"--folder={folder}", *words]


def environment() -> dict[str, str]:
    """Where the stand-in's package is found: the checkout, where it lies beside `src`."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "sandbox" / "bank").is_dir():
        raise Refusal(
            "sandbox.not_here",
            "本安装没有附带外部系统的替身。",
            next_step="替身只在源码目录中提供，供演示与测试。",
        )
    return {**os.environ, "PYTHONPATH": str(root)}


def declare(folder: Path, port: int) -> None:
    """Our key, the bank's key, and the declaration of the stand-in; a declared real bank is never touched."""
    import subprocess

    from minzheng.payments.bank.hosts import hosts_file

    subprocess.run(command(folder, "--prepare"), env=environment(), check=True)
    key = folder / "client_key"
    if not key.exists():
        import asyncssh

        fresh = asyncssh.generate_private_key("ssh-ed25519")
        fresh.write_private_key(str(key))
        key.chmod(0o600)
        fresh.write_public_key(str(folder / "authorized_keys"))
    declaration = hosts_file()
    if declaration.exists() and "[bank.sandbox]" not in declaration.read_text(encoding="utf-8"):
        return
    host_key = " ".join((folder / "host_key.pub").read_text(encoding="ascii").split()[:2])
    text = (
        "# 演练用的银行替身；正式环境请换成代发银行的登记，写法见 docs/bank.md。\n"
        f'[bank.sandbox]\nhost = "127.0.0.1"\nport = {port}\nuser = "minzheng"\n'
        f'host_key = "{host_key}"\nkey_file = "{key}"\nacknowledge_seconds = 10\nlook_every_seconds = 0.2\n'
    )
    fresh_file = declaration.with_name(f"{declaration.name}.new")
    fresh_file.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh_file.replace(declaration)


def _become(folder: Path, *words: str) -> int:
    if importlib.util.find_spec("asyncssh") is None:
        raise Refusal(
            "sandbox.no_sftp", "缺少 asyncssh，替身无法启动。", next_step="请执行 make venv 重新安装依赖。"
        )
    sys.stdout.flush()
    os.execve(sys.executable, command(folder, *words), environment())  # noqa: S606 - the stand-in takes our place
