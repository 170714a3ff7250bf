"""What the machine says: who can read our files, how much disk is left, whether the clock is set."""

from __future__ import annotations

import ctypes
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from minzheng.base.safety.finding import Finding, Weight
from minzheng.database import home, is_external, socket_folder

_LEAST_BYTES = 1 << 30
_LEAST_SHARE = 0.1
_TIME_ERROR = 5


def look() -> Iterator[Finding]:
    yield from _private()
    yield from _disk({home(), Path(settings.MEDIA_ROOT), Path(settings.DATA_FOLDER)})
    if not _clock_is_set():
        yield Finding(
            "machine.clock",
            "本机时钟没有与时间服务器同步，时限与审计的时间不可信。",
            "请启用 chrony 或 systemd-timesyncd。",
            Weight.WARN,
        )


def _private() -> Iterator[Finding]:
    base = home()
    for path in _kept_private(base):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
            kind = "目录" if path.is_dir() else "文件"
            yield Finding(
                "machine.readable",
                f"{kind} {path.relative_to(base) if path.is_relative_to(base) else path.name} 可被本机其他用户读写。",
                f"请执行 chmod {'700' if path.is_dir() else '600'}；若是密钥，视为已泄露并更换。",
            )
        elif found.st_uid not in (os.geteuid(), 0):
            yield Finding("machine.owner", f"{path.name} 属于本机的另一个用户。", "请改回运行平台的用户。")


def _kept_private(base: Path) -> Iterator[Path]:
    """Secrets, sockets, and what was uploaded. The embedded server's folder belongs to its own user."""
    secrets = base / "secrets"
    if secrets.exists():
        yield secrets
        yield from sorted(secrets.iterdir())
    for name in ("bank.toml", "desk.sock", "files", "bank"):
        if (base / name).exists():
            yield base / name
    if not is_external() and (sockets := socket_folder(base)).exists() and os.geteuid() != 0:
        yield sockets


def _disk(places: Iterable[Path]) -> Iterator[Finding]:
    seen: set[int] = set()
    for place in places:
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        if (device := there.stat().st_dev) in seen:
            continue
        seen.add(device)
        free, total = shutil.disk_usage(there).free, shutil.disk_usage(there).total
        if free < _LEAST_BYTES:
            yield Finding(
                "machine.disk_full",
                f"磁盘只剩 {free >> 20} MiB：写满时数据库会停止，且无法启动。",
                "请先清理或扩大磁盘，再启动。",
            )
        elif free < total * _LEAST_SHARE:
            yield Finding(
                "machine.disk_low",
                f"磁盘剩余 {free * 100 // total}%。",
                "请安排清理或扩大磁盘。",
                Weight.WARN,
            )


def _clock_is_set() -> bool:
    """The kernel's own word on whether something disciplines its clock."""
    buffer = ctypes.create_string_buffer(512)
    return ctypes.CDLL(None).adjtimex(buffer) not in (-1, _TIME_ERROR)
