"""`minzheng demo`: build the demonstration city, show its figures, measure a sweep against the planted truth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minzheng.cli._arguments import as_day
from minzheng.values.errors import Refusal

if TYPE_CHECKING:
    from minzheng.demo.measure import Lead as FoundLead


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
    measure = commands.add_parser("measure", help="用预设答案检验全量比对的查全率与查准率")
    measure.add_argument(
        "--check",
        type=Path,
        metavar="文件",
        help="线索清单（Parquet、CSV 或 JSON）；不给则读平台中的线索与复核任务",
    )
    measure.add_argument("--json", action="store_true", help="以 JSON 输出")
    measure.set_defaults(run=measure_leads, database=True, role="owner")


def _add_build(commands: Any) -> None:
    build = commands.add_parser("build", help="建立演示城市（可重复执行）")
    build.add_argument("--scale", type=float, help="规模，1 为全市约 318 万人；默认 0.01")
    build.add_argument("--seed", type=int, help="随机种子，默认 7；同一规模与种子总是同一座城市")
    build.add_argument("--replace", action="store_true", help="替换已有的演示城市")
    build.add_argument("--if-needed", action="store_true", help="已有时沿用；指明了别的规模则替换")
    build.add_argument(
        "--day",
        type=as_day,
        metavar="日期",
        help="从哪一天办起（2023 年内），默认 2023-12-31；业务日期以后只能向前",
    )
    build.set_defaults(run=build_city, database=True, role="owner")


def build_city(arguments: argparse.Namespace) -> int:
    from minzheng.cli._initial_text import record_once
    from minzheng.demo.build import build
    from minzheng.demo.money import bring_money, is_brought

    built, fresh = build(
        arguments.scale,
        arguments.seed,
        replace=arguments.replace,
        if_needed=arguments.if_needed,
        day=arguments.day,
    )
    record_once()
    if not is_brought():  # newly built, or cut short after the city stood
        brought = bring_money()
        _say(
            f"接管在享待遇 {brought.awards:,} 项，收款账户 {brought.accounts:,} 个，留待核对 {brought.left:,} 项"
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
    _say(f"口令均为 {PASSWORD}；动态口令显示在登录页上")
    return 0


def measure_leads(arguments: argparse.Namespace) -> int:
    from minzheng.demo import measure

    leads = measure.leads_of_file(arguments.check) if arguments.check else _leads_of_platform()
    report = measure.measure(leads, measure.stored_truth(), measure.stored_mistakes())
    _say(report.as_json() if arguments.json else report.as_text())
    return 0


def _leads_of_platform() -> list[FoundLead]:
    """What the last finished sweep left on the platform, in the words of the measure."""
    from minzheng.assessment.models import Lead, Sweep
    from minzheng.assessment.programmes import RECEIVED_AS
    from minzheng.assessment.table import WORDS
    from minzheng.assessment.types import Kind, SweepState
    from minzheng.assessment.workflow import State
    from minzheng.base.scope import scope, system_actor
    from minzheng.demo.measure import Lead as FoundLead
    from minzheng.demo.receipts import Programme

    with scope(system_actor("demo")):
        if not Sweep.objects.filter(state=SweepState.FINISHED).exists():
            raise Refusal(
                "demo.no_sweep",
                "平台还没有完成过全量比对。",
                next_step="请先运行 minzheng sweep，或用 --check 指明线索清单。",
            )
        rows = Lead.objects.exclude(state__in=(State.EXPIRED, State.SETTLED))
        return [
            FoundLead(Programme(RECEIVED_AS[programme]), household, person, WORDS[Kind(kind)])
            for programme, household, person, kind in rows.values_list(
                "programme", "household_id", "person_id", "kind"
            )
        ]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
