"""Making a copy: one moment of the database, the files it names, the manifest last. The folder appears whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from minzheng.base.keys import secret
from minzheng.cli._copies.manifest import (
    NEEDED_KEYS,
    WITHOUT,
    Manifest,
    database_folder,
    files_folder,
    fingerprint,
    write_manifest,
)
from minzheng.database import Role, address, copies, home, secret_folder
from minzheng.values.errors import Refusal


def make_copy(
    folder: Path, *, at: str, city: str, media: Path, say: Callable[[str], None]
) -> tuple[str, Manifest]:
    """Write a copy to `folder`, which must not exist or be empty; returns the manifest's digest and the manifest."""
    refuse_used(folder)
    place = address(Role.BACKUP)
    _refuse_full(folder, copies.size(place) + _size_of(media))
    fresh = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    with copies.moment(place) as (session, snapshot):
        say("导出数据库")
        copies.dump(place, database_folder(fresh), snapshot=snapshot, without=WITHOUT)
        say("核算各表的行数与摘要")
        manifest = _manifest(session, at, city)
    say("复制材料文件")
    _copy_files(media, files_folder(fresh))
    say("写清单")
    _make_private(fresh)
    digest = write_manifest(fresh, manifest)
    if folder.exists():
        folder.rmdir()
    fresh.rename(folder)
    _sync(folder.parent)
    return digest, manifest


def copy_keys(folder: Path) -> list[str]:
    """The keys, into a folder of their own: whoever has both this and a copy can read everything."""
    refuse_used(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    names = []
    for path in sorted(secret_folder().glob("*.key")):
        _write_private(folder / path.name, path.read_bytes())
        names.append(path.name)
    # Keys given by the environment lie in no file; the key service that gives them keeps them.
    return names


def refuse_used(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(
            "backup.not_empty",
            "目标已存在且不是空目录，未做任何改动。",
            field="folder",
            next_step="请指定一个新目录，例如以日期命名。",
        )
    if home() in (folder, *folder.parents):
        raise Refusal(
            "backup.inside_state",
            "备份不能放在平台自己的状态目录里：同一块磁盘损坏时会一起丢失。",
            field="folder",
            next_step="请指定另一块磁盘或另一台机器上的目录。",
        )


def _manifest(session: Any, at: str, city: str) -> Manifest:
    owner, app = copies.roles(address(Role.BACKUP))
    held = copies.held(session, without=WITHOUT)
    for key in NEEDED_KEYS:
        secret(key)
    return Manifest(
        made_at=at,
        city=city,
        server=_one(session, "show server_version"),
        owner=owner,
        app=list(app),
        migrations=[
            f"{app}.{name}"
            for app, name in session.execute(
                "select app, name from public.django_migrations order by app, name"
            )
        ],
        keys={key: fingerprint(key) for key in NEEDED_KEYS},
        audit=audit_head(session),
        ledger=ledger(session),
        tables={name: asdict(entry) for name, entry in held.items()},
    )


def audit_head(session: Any) -> dict[str, Any]:
    row = session.execute(
        "select number, digest from public.base_auditlink order by number desc limit 1"
    ).fetchone()
    return {"count": row[0] if row else 0, "head": row[1] if row else "0" * 64}


def ledger(session: Any) -> dict[str, Any]:
    """How many rows of each phase the payments' ledger holds, and their sum in fen."""
    if _one(session, "select to_regclass('public.payments_transfer') is null"):
        return {}
    rows = session.execute(
        "select phase, count(*), sum(fen)::bigint from public.payments_transfer group by phase order by phase"
    )
    return {phase: {"rows": count, "fen": fen} for phase, count, fen in rows}


def _one(session: Any, statement: str) -> Any:
    row = session.execute(statement).fetchone()
    return row[0] if row else None


def _copy_files(source: Path, target: Path) -> None:
    """The stored files; they are never changed once written, so those of the moment are among them."""
    target.mkdir()
    if source.exists():
        shutil.copytree(source, target, dirs_exist_ok=True, symlinks=False)


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0


def _refuse_full(folder: Path, needed: int) -> None:
    place = next(parent for parent in folder.absolute().parents if parent.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise Refusal(
            "backup.disk_full",
            f"目标磁盘剩余 {free >> 20} MiB，最多可能需要 {needed >> 20} MiB，未开始备份。",
            field="folder",
            next_step="请清理磁盘或换一个目标。",
        )


def _make_private(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
