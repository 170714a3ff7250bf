"""What the settings and keys say: demonstration, debugging, hosts, TLS in front, keys that are no keys."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.conf import settings

from minzheng.base.keys import secret, text_secret
from minzheng.base.safety.finding import Finding, Weight

_KEYS = ("field", "index", "scope", "django")
#: A random key of 32 bytes has about 30 different ones; a made-up one repeats itself.
_FEWEST_DIFFERENT_BYTES = 16


def look() -> Iterator[Finding]:
    yield from _demonstration()
    yield from _front()
    yield from _keys()
    if not settings.DOCUMENT_SCANNER:
        yield Finding(
            "scanner.none",
            "没有设置查毒服务，群众和工作人员上传的材料一律不收。",
            "请安装 clamd 并设 MINZHENG_SCANNER（docs/operations.md）。",
            Weight.WARN,
        )


def _demonstration() -> Iterator[Finding]:
    if settings.DEMO:
        yield Finding(
            "settings.demo", "处于演示模式：登录页列出演示账号与口令。", "正式环境请设 MINZHENG_DEMO=0。"
        )
    if settings.DEBUG:
        yield Finding(
            "settings.debug",
            "处于调试模式：出错时会向浏览器显示程序内部内容。",
            "请去掉 MINZHENG_DEBUG 后重新启动。",
        )


def _front() -> Iterator[Finding]:
    if not settings.HTTPS:
        yield Finding(
            "settings.no_tls",
            "前面没有 HTTPS：口令和个人信息会明文经过网络。",
            "请按 docs/production.md 设好反向代理与证书，并设 MINZHENG_HTTPS=1。",
        )
    hosts = [host for host in settings.ALLOWED_HOSTS if host]
    if "*" in hosts:
        yield Finding(
            "settings.any_host", "接受任何主机名，链接可被伪造。", "请以 MINZHENG_HOSTS 列出本系统的域名。"
        )
    elif not set(hosts) - {"127.0.0.1", "localhost", "[::1]", "testserver"}:
        yield Finding(
            "settings.no_host",
            "没有设置本系统的域名，别的电脑无法访问。",
            "请以 MINZHENG_HOSTS 列出本系统的域名。",
            Weight.WARN,
        )


def _keys() -> Iterator[Finding]:
    values = {name: secret(name) for name in _KEYS}
    for name, value in values.items():
        if len(set(value)) < _FEWEST_DIFFERENT_BYTES:
            yield Finding(
                "keys.weak",
                f"密钥 {name} 不是随机生成的。",
                f"请用 openssl rand -hex 32 重新生成（MINZHENG_KEY_{name.upper()} 或 secrets/{name}.key）；"
                "已有数据时先按 docs/production.md 更换。",
            )
    if len(set(values.values())) < len(values):
        yield Finding("keys.same", "有两把密钥相同，一把泄露等于全部泄露。", "请为每个用途各生成一把密钥。")
    if text_secret("django") != settings.SECRET_KEY:
        yield Finding(
            "keys.django",
            "会话签名密钥不是本系统保管的那一把。",
            "请以 MINZHENG_KEY_DJANGO 或 secrets/django.key 提供。",
        )
    for name in _KEYS:
        if os.environ.get(f"MINZHENG_KEY_{name.upper()}") == "":
            yield Finding("keys.empty", f"MINZHENG_KEY_{name.upper()} 是空的。", "请填入密钥或去掉这个变量。")
