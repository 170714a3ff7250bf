"""`minzheng demo`: build the demonstration city, show its figures, measure a sweep against the planted truth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "demo", help="演示城市：建立、说明、检验", description="演示城市中的人与家庭均为虚构。"
    )
    commands = parser.add_subparsers(title="子命令", metavar="子命令", required=True, dest="demo_command")
    _add_build(commands)
    figures = commands.add_parser("figures", help="列出全市规模数字及其来源")
    figures.set_defaults(run=show_figures)
    told = commands.add_parser("stories", help="列出固定的故事家庭")
    told.set_defaults(run=show_stories)
    people = commands.add_parser("accounts", help="列出演示账号")
    people.set_defaults(run=show_accounts, database=True)
    truth = commands.add_parser("truth", help="用预设答案检验全量比对的查全率与查准率")
    truth.add_argument(
        "--check",
        type=Path,
        metavar="文件",
        help="线索清单（Parquet、CSV 或 JSON）；不给则读平台中的线索与复核任务",
    )
    truth.add_argument("--json", action="store_true", help="以 JSON 输出")
    truth.set_defaults(run=check_truth, database=True, role="owner")


def _add_build(commands: Any) -> None:
    build = commands.add_parser("build", help="建立演示城市（可重复执行）")
    build.add_argument("--scale", type=float, help="规模，1 为全市约 318 万人；默认 0.01")
    build.add_argument("--seed", type=int, help="随机种子，默认 7；同一规模与种子总是同一座城市")
    build.add_argument("--replace", action="store_true", help="替换已有的演示城市")
    build.add_argument("--if-needed", action="store_true", help="已有时沿用；指明了别的规模则替换")
    build.set_defaults(run=build_city, database=True, role="owner")


def build_city(arguments: argparse.Namespace) -> int:
    from minzheng.demo.build import build

    built, fresh = build(
        arguments.scale, arguments.seed, replace=arguments.replace, if_needed=arguments.if_needed
    )
    what = f"演示城市 规模 {built.scale:g} 种子 {built.seed}：{built.persons:,} 人，{built.households:,} 户"
    _say(f"{what}，用时 {built.seconds:.0f} 秒" if fresh else f"{what}，已建成，沿用")
    return 0


def show_figures(_arguments: argparse.Namespace) -> int:
    from minzheng.demo.figures import FIGURES

    for figure in FIGURES.values():
        note = f"，{figure.note}" if figure.note else ""
        _say(f"{figure.label}\t{figure.value:,} {figure.unit}\t{figure.origin}{note}")
    return 0


def show_stories(_arguments: argparse.Namespace) -> int:
    from minzheng.demo.stories import STORIES

    for story in STORIES:
        _say(f"{story.id}\t{story.title}\n\t{story.look_at}\n\t/households/{story.public_id}/")
    return 0


def show_accounts(_arguments: argparse.Namespace) -> int:
    from minzheng.base.demo_staff import PASSWORD, shown_accounts

    for account in shown_accounts():
        _say(f"{account.username}\t{account.name}\t{account.unit}")
    _say(f"口令均为 {PASSWORD}")
    return 0


def check_truth(arguments: argparse.Namespace) -> int:
    from minzheng.demo import measure

    leads = measure.leads_of_file(arguments.check) if arguments.check else measure.leads_of_platform()
    report = measure.measure(leads, measure.stored_truth())
    _say(report.as_json() if arguments.json else report.as_text())
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
