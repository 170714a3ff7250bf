"""Bringing a copy back into an empty place: checked before, one transaction, compared row by row after, then opened."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from minzheng.cli._copies.making import audit_head, ledger
from minzheng.cli._copies.manifest import (
    WITHOUT,
    Manifest,
    database_folder,
    files_folder,
    fingerprint,
    read_manifest,
)
from minzheng.database import Role, address, copies, secret_folder
from minzheng.values.errors import Defect, Refusal


def restore_copy(
    folder: Path, *, keys_from: Path | None, expected: str, media: Path, say: Callable[[str], None]
) -> Manifest:
    """Restore, or leave the place as it was. Killed on the way, nothing of it is served and it can be run again."""
    say("核对备份的清单与每个文件")
    manifest = read_manifest(folder, expected=expected)
    owner = address(Role.OWNER)
    address(Role.BACKUP)  # refuses early where no role can prove the result
    _refuse_other_roles(manifest)
    _empty(media, say)
    _place_keys(manifest, keys_from)
    copies.mark_unfinished(owner, unfinished=True)
    say("导入数据库")
    copies.restore(owner, database_folder(folder))
    say("逐表核对行数与摘要")
    _compare(manifest)
    say("放回材料文件")
    _place_files(files_folder(folder), media)
    copies.mark_unfinished(owner, unfinished=False)
    return manifest


def bring_up_to_date() -> None:
    """Newer migrations and the ticket's key, each by the command that knows how, in its own role."""
    done = subprocess.run([sys.executable, "-m", "minzheng.cli", "migrate"], check=False)
    if done.returncode != 0:
        raise Refusal(
            "restore.not_migrated",
            "数据已恢复并核对无误，但升级数据库结构没有完成。",
            next_step="请查明上面的原因后执行 minzheng migrate。",
        )


def _refuse_other_roles(manifest: Manifest) -> None:
    """Rights in the dump name roles: those must be there, or the application would lack them."""
    wanted = {manifest.owner, *manifest.app}
    with address(Role.OWNER).connect() as session:
        found = {name for (name,) in session.execute("select rolname::text from pg_roles")}
    if missing := sorted(wanted - found):
        raise Refusal(
            "restore.roles_missing",
            f"数据库中没有账号 {missing[0]}，未做任何改动。",
            next_step="请数据库管理员先建立与原系统同名的账号（docs/production.md）。",
        )


def _empty(media: Path, say: Callable[[str], None]) -> None:
    """Nothing is here, or only what an unfinished restore left: it began in an empty place, so all of it is its own."""
    owner = address(Role.OWNER)
    if copies.is_unfinished(owner):
        say("清除上次没有完成的恢复")
        copies.clear(owner)
        shutil.rmtree(media, ignore_errors=True)
    elif not copies.is_empty(owner) or (media.exists() and any(media.iterdir())):
        raise Refusal(
            "restore.not_empty",
            "这里的数据库或材料文件不是空的，未做任何改动。",
            next_step="恢复只在空的位置进行：请换一个状态目录（MINZHENG_HOME）或空的数据库。",
        )


def _place_keys(manifest: Manifest, keys_from: Path | None) -> None:
    """The keys that belong to the copy: given, or here already. Others would make every sealed value unreadable."""
    if keys_from is not None:
        for path in sorted(keys_from.glob("*.key")):
            target = secret_folder() / path.name
            if not target.exists():
                shutil.copyfile(path, target)
                target.chmod(0o600)
    for name, wanted in manifest.keys.items():
        # Asking for a key that is not there would make a new one.
        here = (secret_folder() / f"{name}.key").exists() or f"MINZHENG_KEY_{name.upper()}" in os.environ
        if not here or fingerprint(name) != wanted:
            raise Refusal(
                "restore.other_keys",
                f"这里没有备份时所用的密钥 {name}，身份证号等将无法解密，未导入数据。",
                field="keys",
                next_step="请以 --keys 指明另行保管的密钥目录；若已生成了新密钥，请换一个空的状态目录再恢复。",
            )


def _compare(manifest: Manifest) -> None:
    with copies.moment(address(Role.BACKUP)) as (session, _):
        found = copies.held(session, without=WITHOUT)
        differing = sorted(
            name for name in {*found, *manifest.held} if found.get(name) != manifest.held.get(name)
        )
        if audit_head(session) != manifest.audit or ledger(session) != manifest.ledger:
            differing.append("审计链或账本合计")
    if differing:
        raise Defect(f"恢复后的内容与清单不符：{'、'.join(differing[:5])}。平台不会以此启动。")


def _place_files(source: Path, target: Path) -> None:
    """Beside its place first: the folder appears whole."""
    fresh = target.with_name(f"{target.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh)
    if target.exists():
        target.rmdir()
    fresh.rename(target)
