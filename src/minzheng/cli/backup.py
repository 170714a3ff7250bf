"""`minzheng backup`: a whole copy of the installation, without its keys; the keys on request, into another place."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "backup",
        help="备份整个系统（密钥另存）",
        description="把数据库某一时刻的全部内容与材料文件备份到新目录，附各表行数与摘要的清单。备份中没有密钥："
        "没有密钥的人读不出身份证号等敏感内容，丢了密钥谁也读不出。密钥须以 --keys-to 另存到别处，分开保管。",
    )
    parser.add_argument("folder", type=Path, help="目标目录，须不存在或为空")
    parser.add_argument("--keys-to", type=Path, metavar="目录", help="另把密钥存到这里（不得与备份放在一起）")
    parser.set_defaults(run=run, database=True, role="app")


def run(arguments: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from minzheng.cli._copies.making import copy_keys, make_copy, refuse_used
    from minzheng.values.errors import Refusal

    folder, keys = arguments.folder.absolute(), arguments.keys_to and arguments.keys_to.absolute()
    if keys is not None:
        refuse_used(keys)
        if keys in (folder, *folder.parents) or folder in keys.parents:
            raise Refusal(
                "backup.keys_together",
                "密钥不得与备份放在一起，未做任何改动。",
                field="keys",
                next_step="请把密钥存到由另一人保管的介质上。",
            )
    at = timezone.now().isoformat(timespec="seconds")
    digest, manifest = make_copy(folder, at=at, city=settings.CITY, media=Path(settings.MEDIA_ROOT), say=_say)
    rows = sum(entry.rows for entry in manifest.held.values())
    _say(f"备份完成：{len(manifest.tables)} 张表，{rows:,} 行，{len(manifest.files)} 个文件")
    _say(f"请抄存清单摘要（恢复时以 --digest 核对）：{digest}")
    _say(f"请抄存审计链：{manifest.audit['count']}:{manifest.audit['head']}")
    if keys is None:
        _say("密钥没有备份。请确认已另行保管；没有密钥，本备份中的敏感内容无法读出。")
    else:
        _say(f"密钥已另存（{'、'.join(copy_keys(keys))}）。请与备份分开，由不同的人保管。")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"● {text}\n")
    sys.stdout.flush()
