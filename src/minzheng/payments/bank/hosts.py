"""The banks this installation may speak to: declared in one private file by the operator, never by a user.

`bank.toml` of the state folder (or the file named by `MINZHENG_BANK`), readable and writable by this operating-system
user only. `docs/bank.md` shows one.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from minzheng.database import home
from minzheng.values.errors import Refusal

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_HOST_KEY = re.compile(
    r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|rsa-sha2-(256|512)|ssh-rsa) [A-Za-z0-9+/=]{40,}"
)
_PLACE = re.compile(r"/?[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class BankHost:
    """One bank's SFTP host. Its key is pinned: another key is another host."""

    name: str
    host: str
    port: int
    user: str
    host_key: str
    key_file: Path = field(repr=False)
    incoming: str = "in"
    acknowledged: str = "ack"
    outgoing: str = "out"
    connect_seconds: float = 15
    #: For the whole of one file to travel; a bank that drips a byte a second is cut off.
    transfer_seconds: float = 300
    acknowledge_seconds: float = 30
    look_every_seconds: float = 1
    largest_bytes: int = 256 << 20


def hosts_file() -> Path:
    return Path(os.environ.get("MINZHENG_BANK") or home() / "bank.toml")


def declared_hosts(path: Path | None = None) -> dict[str, BankHost]:
    """The declared banks by name; none when the file does not exist. Anything doubtful in it is refused."""
    path = path or hosts_file()
    if not path.exists():
        return {}
    require_private(path)
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))["bank"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError):
        raise _refusal("无法识别，应为 TOML，每家银行一节 [bank.名称]") from None
    return {name: _host(name, entry, path.parent) for name, entry in declared.items()}


def declared_host(name: str = "", path: Path | None = None) -> BankHost:
    """The bank of that name, or the only one."""
    hosts = declared_hosts(path)
    if not hosts:
        raise Refusal(
            "bank.none_declared",
            "没有登记代发银行，文件没有发送。",
            next_step="请系统管理员按 docs/bank.md 写好 bank.toml；演示环境请执行 minzheng sandbox bank。",
        )
    if name in hosts or (not name and len(hosts) == 1):
        return hosts[name] if name else next(iter(hosts.values()))
    raise Refusal(
        "bank.unknown",
        "没有这家代发银行，或登记了多家而未指明。",
        field="bank",
        next_step="请在登记的银行中选择。",
    )


def require_private(path: Path) -> None:
    """Refuse a file that another user of this machine could have read or written."""
    found = path.stat()
    if found.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(found.st_mode) & 0o077:
        raise Refusal(
            "bank.file_not_private",
            f"{path.name} 可被本机其他用户读写，不予使用。",
            next_step=f"请执行 chmod 600 {path.name}，并确认其属主是运行平台的用户。",
        )


def _host(name: str, entry: Any, folder: Path) -> BankHost:
    if not isinstance(entry, dict):
        raise _refusal(f"[bank.{name}] 应为一节")
    known = {one.name for one in fields(BankHost)} - {"name"}
    if unknown := sorted(set(entry) - known):
        raise _refusal(f"[bank.{name}] 有不认识的项 {unknown[0]}")
    if missing := sorted({"host", "port", "user", "host_key", "key_file"} - set(entry)):
        raise _refusal(f"[bank.{name}] 缺少 {missing[0]}")
    host = BankHost(name=name, **{**entry, "key_file": folder / str(entry["key_file"])})
    _check(host)
    return host


def _check(host: BankHost) -> None:
    where = f"[bank.{host.name}]"
    if not (isinstance(host.host, str) and _HOST.fullmatch(host.host)):
        raise _refusal(f"{where} host 应为主机名或 IPv4 地址")
    if not (isinstance(host.port, int) and 0 < host.port < 65536):
        raise _refusal(f"{where} port 应为端口号")
    if not (isinstance(host.host_key, str) and _HOST_KEY.match(host.host_key)):
        raise _refusal(f"{where} host_key 应为 OpenSSH 格式的主机公钥")
    for place in (host.incoming, host.acknowledged, host.outgoing):
        if not (isinstance(place, str) and _PLACE.fullmatch(place)):
            raise _refusal(f"{where} 目录名只能用字母、数字、下划线和连字符")
    for limit in (
        host.connect_seconds,
        host.transfer_seconds,
        host.acknowledge_seconds,
        host.look_every_seconds,
    ):
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= 3600:
            raise _refusal(f"{where} 各项时限应在 0 至 3600 秒之间")


def _refusal(why: str) -> Refusal:
    return Refusal(
        "bank.bad_declaration",
        f"代发银行的登记文件：{why}。",
        field="bank",
        next_step="写法见 docs/bank.md。",
    )
