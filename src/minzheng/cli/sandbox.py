"""`minzheng sandbox bank`, `minzheng sandbox sms`: stand-ins, in processes of their own that share no code with us."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from minzheng.database.lifeline import end_with_parent
from minzheng.values.errors import Refusal

BANK_PORT, SMS_PORT = 2222, 2280


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "sandbox",
        help="启动外部系统的替身（演练用）",
        description="启动外部系统的替身。目前有：bank，代发银行（SFTP）；sms，短信网关（HTTP）。都只在本机应答。"
        "协议与故障见 docs/bank.md、docs/sms.md。",
    )
    parser.add_argument("what", choices=["bank", "sms"], metavar="bank|sms", help="哪一个：bank 或 sms")
    parser.add_argument("--port", type=int, help="端口，默认 bank 2222、sms 2280")
    parser.add_argument("--delay", type=float, default=2, help="受理到回盘相隔的秒数，默认 2")
    parser.add_argument("--strict", action="store_true", help="只认 bank/accounts.csv 中的账户")
    parser.add_argument("--fault", metavar="名称", help="切换正在运行的替身的故障后返回；none 为恢复正常")
    parser.set_defaults(run=run, database=False)


def run(arguments: argparse.Namespace) -> int:
    """Prepare keys and the declaration, then become the stand-in."""
    if arguments.what == "sms":
        return _sms(arguments.port or SMS_PORT, arguments.fault)
    folder, port = bank_folder(), arguments.port or BANK_PORT
    if arguments.fault is not None:
        return _become(folder, "--fault", arguments.fault)
    if not declare(folder, port):
        sys.stderr.write("已登记真实的代发银行，未改动 bank.toml：平台不会把文件发给替身。\n")
    extra = ["--strict"] if arguments.strict else []
    return _become(
        folder,
        f"--port={port}",
        f"--delay={arguments.delay}",
        f"--client-keys={folder / 'authorized_keys'}",
        *extra,
    )


def _sms(port: int, fault: str | None) -> int:
    """Declare the stand-in, unless a real gateway is declared, then become it."""
    folder = sms_folder()
    words = sms_command(folder)
    if fault is None and not declare_sms(folder, port):
        sys.stderr.write("已登记真实的短信网关，未改动 sms.toml：平台不会把短信发给替身。\n")
    sys.stdout.flush()
    more = [f"--port={port}"] if fault is None else [f"--fault={fault}"]
    os.execve(sys.executable, [*words, *more], environment())  # noqa: S606 - the stand-in takes our place


def declare_sms(folder: Path, port: int) -> bool:
    """The shared secret and the declaration of the stand-in; False: a real gateway is declared and stays so."""
    from minzheng.payments.sms.hosts import sms_file

    secret, declaration = folder / "secret", sms_file()
    if not secret.exists():
        _write_private(secret, secrets.token_hex(32))
    if declaration.exists() and str(secret) not in declaration.read_text(encoding="utf-8"):
        return False
    fresh = declaration.with_name(f"{declaration.name}.new")
    fresh.unlink(missing_ok=True)
    _write_private(
        fresh,
        "# 演练用的短信网关替身；正式环境请换成真实网关的登记，写法见 docs/sms.md。\n"
        f'[sms]\nurl = "http://127.0.0.1:{port}/v1"\naccess_key = "minzheng"\nsecret_file = "{secret}"\n'
        'sign = "民政演示"\n[sms.templates]\naccount = "T-ACCOUNT"\npaid = "T-PAID"\n',
    )
    fresh.replace(declaration)
    return True


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def bank_folder() -> Path:
    from minzheng.database import home

    folder = home() / "bank"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def sms_folder() -> Path:
    from minzheng.database import home

    folder = home() / "sms"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def sms_command(folder: Path) -> list[str]:
    """The own command line of the gateway's stand-in."""
    return [sys.executable, "-m", "sandbox.sms", f"--folder={folder}"]


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


def declare(folder: Path, port: int) -> bool:
    """Our key, the bank's key, and the declaration of the stand-in; False: a real bank is declared and stays so."""
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
        return False
    host_key = " ".join((folder / "host_key.pub").read_text(encoding="ascii").split()[:2])
    text = (
        "# 演练用的银行替身；正式环境请换成代发银行的登记，写法见 docs/bank.md。\n"
        f'[bank.sandbox]\nhost = "127.0.0.1"\nport = {port}\nuser = "minzheng"\n'
        f'host_key = "{host_key}"\nkey_file = "{key}"\nacknowledge_seconds = 10\nlook_every_seconds = 0.2\n'
    )
    fresh_file = declaration.with_name(f"{declaration.name}.new")
    fresh_file.unlink(missing_ok=True)
    _write_private(fresh_file, text)
    fresh_file.replace(declaration)
    return True


def start(port: int = 0) -> subprocess.Popen[bytes] | None:
    """The stand-in beside the platform; None where a real bank is declared or this installation has no stand-in."""
    folder = bank_folder()
    try:
        port = port or _free_port(BANK_PORT)
        if not declare(folder, port):
            return None
        words = (f"--port={port}", f"--client-keys={folder / 'authorized_keys'}")
        return subprocess.Popen(command(folder, *words), env=environment(), preexec_fn=end_with_parent)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return None


def start_sms(port: int = 0) -> subprocess.Popen[bytes] | None:
    """The gateway's stand-in beside the platform; None where a real gateway is declared or there is no stand-in here."""
    folder = sms_folder()
    try:
        port = port or _free_port(SMS_PORT)
        if not declare_sms(folder, port):
            return None
        words = [*sms_command(folder), f"--port={port}"]
        return subprocess.Popen(words, env=environment(), preexec_fn=end_with_parent)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return None


def _free_port(usual: int) -> int:
    """The usual one when nobody has it, else one the system gives."""
    for port in (usual, 0):
        with socket.socket() as door, contextlib.suppress(OSError):
            door.bind(("127.0.0.1", port))
            return int(door.getsockname()[1])
    raise Refusal("sandbox.no_port", "没有可用的端口，替身未启动。")


def _become(folder: Path, *words: str) -> int:
    if importlib.util.find_spec("asyncssh") is None:
        raise Refusal(
            "sandbox.no_sftp", "缺少 asyncssh，替身无法启动。", next_step="请执行 make venv 重新安装依赖。"
        )
    sys.stdout.flush()
    os.execve(sys.executable, command(folder, *words), environment())  # noqa: S606 - the stand-in takes our place
