"""The one gateway of short messages this installation may speak to: declared by the operator in a private file.

`sms.toml` of the state folder (or the file named by `MINZHENG_SMS`); `docs/sms.md` shows one.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from minzheng.database import home
from minzheng.payments.bank.hosts import require_private
from minzheng.payments.types import NoticeKind
from minzheng.values.errors import Refusal

_KEY = re.compile(r"[A-Za-z0-9_-]{4,64}")
_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LOCAL = ("127.0.0.1", "localhost")
_REQUIRED = ("url", "access_key", "secret_file", "sign", "templates")


@dataclass(frozen=True)
class SmsGateway:
    """Where messages go, as whom, and by which templates of the gateway."""

    host: str
    port: int
    path: str
    encrypted: bool
    access_key: str
    secret: bytes = field(repr=False)
    sign: str
    templates: dict[NoticeKind, str]
    seconds: float = 10


def sms_file() -> Path:
    return Path(os.environ.get("MINZHENG_SMS") or home() / "sms.toml")


def declared_gateway(path: Path | None = None) -> SmsGateway | None:
    """The declared gateway, None when there is none. Anything doubtful in the file is refused."""
    path = path or sms_file()
    if not path.exists():
        return None
    require_private(path)
    try:
        declared = tomllib.loads(path.read_text(encoding="utf-8"))["sms"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError):
        raise _refusal("无法识别，应为 TOML，有 [sms] 一节") from None
    if not isinstance(declared, dict):
        raise _refusal("[sms] 应为一节")
    if missing := [name for name in _REQUIRED if name not in declared]:
        raise _refusal(f"缺少 {missing[0]}")
    if unknown := sorted(set(declared) - {*_REQUIRED, "seconds"}):
        raise _refusal(f"有不认识的项 {unknown[0]}")
    return _gateway(declared, path.parent)


def _gateway(declared: dict[str, Any], folder: Path) -> SmsGateway:
    address = urlsplit(str(declared["url"]))
    if address.hostname is None or address.query or address.fragment or address.username:
        raise _refusal("url 应为网关的地址")
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOCAL):
        raise _refusal("url 应以 https:// 开头，只有本机可以不加密")
    if not _KEY.fullmatch(str(declared["access_key"])):
        raise _refusal("access_key 只能用字母、数字、下划线和连字符")
    sign, seconds = declared["sign"], declared.get("seconds", 10)
    if not isinstance(sign, str) or not 0 < len(sign) <= 20:
        raise _refusal("sign 应为短信签名，不超过 20 字")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 60:
        raise _refusal("seconds 应在 0 至 60 秒之间")
    encrypted = address.scheme == "https"
    return SmsGateway(
        address.hostname, address.port or (443 if encrypted else 80), address.path.rstrip("/"), encrypted,
        str(declared["access_key"]), _secret(folder / str(declared["secret_file"])), sign,
        _templates(declared["templates"]), float(seconds),
    )  # fmt: skip


def _secret(path: Path) -> bytes:
    if not path.exists():
        raise _refusal("secret_file 所指的文件不存在")
    require_private(path)
    secret = path.read_bytes().strip()
    if len(secret) < 16:
        raise _refusal("密钥过短，应不少于 16 个字符")
    return secret


def _templates(given: Any) -> dict[NoticeKind, str]:
    found = given if isinstance(given, dict) else {}
    for kind in NoticeKind:
        if not _TEMPLATE.fullmatch(str(found.get(kind.value, ""))):
            raise _refusal(f"templates 缺少 {kind.value}（{kind.label}）的模板编号")
    return {kind: str(found[kind.value]) for kind in NoticeKind}


def _refusal(why: str) -> Refusal:
    return Refusal(
        "sms.bad_declaration", f"短信网关的登记文件：{why}。", field="sms", next_step="写法见 docs/sms.md。"
    )
