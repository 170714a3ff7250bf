"""`minzheng snapshot`: the registry as Parquet files, a set for each county, for sweeps and reforms."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from minzheng.cli._arguments import as_day, as_moment

_BAR = "{desc}：{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} 步 [已用 {elapsed}，剩余 {remaining}，{rate_fmt}]{postfix}"


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "snapshot",
        help="生成登记库快照",
        description="把登记库按县写成 Parquet 快照（附清单），供全量比对和政策模拟读取。",
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, help="写到哪个目录（默认为数据目录下的 snapshots/月份）"
    )
    parser.add_argument("--month", help="待遇月份，如 2023-12（默认为业务日期所在月）")
    parser.add_argument("--on", type=as_day, help="认定日期（默认为该月最后一日）")
    parser.add_argument("--known-at", type=as_moment, help="按该时刻已知的情况（默认为现在）")
    parser.add_argument("--window", type=int, default=12, help="收入核算的整月数（默认 12）")
    parser.add_argument("--check", action="store_true", help="只核对已有快照与其清单")
    parser.add_argument(
        "--obligors",
        action="store_true",
        help="并核算非共同生活义务人应付的赡养费，结果与快照放在一起，比对时不再核算",
    )
    parser.set_defaults(run=run, database=True, role="app")


def run(arguments: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from minzheng.base.queries import business_date
    from minzheng.registry.snapshot import announced_steps, check_snapshot, read_manifest, write_snapshot
    from minzheng.values.month import Month

    month = Month.parse(arguments.month) if arguments.month else Month.of(business_date())
    folder = arguments.folder or settings.DATA_FOLDER / "snapshots" / str(month)
    if arguments.check:
        check_snapshot(read_manifest(folder))
        sys.stdout.write("快照文件与清单一致。\n")
        return 0
    known_at = arguments.known_at
    if known_at is not None and known_at.tzinfo is None:
        known_at = timezone.make_aware(known_at)
    with tqdm(total=announced_steps(), desc="生成快照", unit="步", bar_format=_BAR) as bar:

        def step(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        manifest = write_snapshot(
            folder, month=month, on=arguments.on, known_at=known_at, window=arguments.window, progress=step
        )
    if arguments.obligors:
        _keep_obligors(folder)
    sys.stdout.write(
        f"快照已生成：{manifest.month}，{manifest.households} 户、{manifest.ties} 人次，"
        f"{len(manifest.counties)} 个县（市、区）。\n目录：{folder}\n"
    )
    return 0


def _keep_obligors(folder: Path) -> None:
    from minzheng.assessment.city import FirstStage, load_city
    from minzheng.assessment.decide import rulebook
    from minzheng.assessment.owed import write_owed

    book = rulebook()
    written = write_owed(load_city(folder, book), FirstStage(book))
    sys.stdout.write(f"已核算义务人应付的赡养费，{len(written)} 个县（市、区）。\n")
