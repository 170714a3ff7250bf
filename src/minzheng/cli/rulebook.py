"""`minzheng rulebook`: check the law as code (`check`), and write it as pages (`book`)."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import pkgutil
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minzheng.cli._arguments import as_day
from minzheng.cli._beside import signed_beside_files
from minzheng.values.errors import Refusal

if TYPE_CHECKING:
    from minzheng.assessment.enacting.beside import Beside
    from minzheng.rulebook.check import Days, Report
    from minzheng.rulebook.check.reviews import Decided


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "rulebook", help="检查政策规则、生成规则书", description="政策规则的检查与成书。"
    )
    commands = parser.add_subparsers(title="命令", metavar="命令", required=True, dest="rulebook_command")
    _add_check(commands)
    _add_book(commands)


def _add_check(commands: Any) -> None:
    parser = commands.add_parser(
        "check",
        help="检查规则库",
        description="检查每个条款都有处置、规则和参数的日期没有缺口和重叠、数值都有来源；有问题时退出码为 1。",
    )
    parser.add_argument("--first", type=as_day, help="从哪一天查起（默认 2021-07-01）")
    parser.add_argument("--last", type=as_day, help="查到哪一天，不含（默认后年元旦）")
    parser.add_argument("--on", type=as_day, help="按哪一天的数值细查（默认数值最全的最近一天）")
    sweep = parser.add_mutually_exclusive_group()
    sweep.add_argument(
        "--sweep", type=Path, metavar="文件", help="比对结果（JSON）；不给出时读数据库中最近一次"
    )
    sweep.add_argument(
        "--no-sweep", action="store_true", help="只查文件，不读数据库中的比对结果和签署生效的数值"
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    parser.set_defaults(run=check)


def _add_book(commands: Any) -> None:
    parser = commands.add_parser(
        "book",
        help="生成规则书",
        description="把条款、规则、参数和样例写成静态网页，不用脚本即可阅读。",
    )
    parser.add_argument("folder", type=Path, help="写到哪个目录")
    parser.add_argument("--on", type=as_day, help="参数按哪一天列示（默认数值最全的最近一天）")
    parser.add_argument("--county", default="140403", help="参数按哪个县（市、区）列示（默认 140403）")
    parser.set_defaults(run=book)


# -- check -------------------------------------------------------------------------------------------------------
def check(arguments: argparse.Namespace) -> int:
    from minzheng.rules.language.errors import RuleError

    try:
        report, days = _report(arguments)
    except RuleError as wrong:
        return _not_loaded(str(wrong), arguments.json)
    beside = None if arguments.no_sweep else signed_beside_files()
    if arguments.json:
        signed = {} if beside is None else {"signed": beside.as_json()}
        sys.stdout.write(json.dumps(report.as_json() | signed, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(_as_text(report, days) + _beside_words(beside))
    return 1 if report.defects else 0


def _report(arguments: argparse.Namespace) -> tuple[Report, Days]:
    from minzheng.rulebook import load
    from minzheng.rulebook.check import Days, inspect
    from minzheng.rulebook.check.run import FIRST_DAY, fullest_day

    rulebook = load()
    last = arguments.last or date(date.today().year + 2, 1, 1)  # noqa: DTZ011 - the calendar of the office
    first = arguments.first or FIRST_DAY
    days = Days(first, last, arguments.on or fullest_day(rulebook, first, last))
    sweep = [] if arguments.no_sweep else _sweep(arguments.sweep)
    return inspect(rulebook, days, steps=workflow_steps(), sweep=sweep), days


def _not_loaded(message: str, as_json: bool) -> int:
    """A rulebook that does not hold together is one defect: the engine has named provision, file and line."""
    from minzheng.rulebook.check.report import Finding, Kind, Report

    report = Report((Finding(Kind.LOAD, "", "", message),))
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(f"规则库不能载入：{message}\n")
    return 1


def workflow_steps() -> Mapping[str, frozenset[str]]:
    """The actions of every workflow table that exists, by app: the values of `Action` in `minzheng.<app>.workflow`."""
    import django

    import minzheng

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    django.setup()
    found: dict[str, frozenset[str]] = {}
    for package in pkgutil.iter_modules(minzheng.__path__):
        name = f"minzheng.{package.name}.workflow"
        if package.ispkg and importlib.util.find_spec(name) is not None:
            found[package.name] = frozenset(str(one.value) for one in importlib.import_module(name).Action)
    return found


def _sweep(path: Path | None) -> list[Decided]:
    from minzheng.rulebook.check.reviews import read_rates

    if path is None:
        return _newest_sweep()
    try:
        return read_rates(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Refusal("rulebook.no_sweep", f"没有文件 {path}。") from None
    except ValueError as wrong:
        raise Refusal("rulebook.sweep_unreadable", f"{path} 不是比对结果：{wrong}。") from None


def _newest_sweep() -> list[Decided]:
    """From the platform's database when there is one; the rulebook is checked without one as well."""
    from minzheng.database import home, serving
    from minzheng.database.place import cluster_folder, is_external

    if not is_external() and not cluster_folder(home()).exists():
        return []
    with serving():
        return sweep_in_database()


def sweep_in_database() -> list[Decided]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    django.setup()
    from django.db.utils import ProgrammingError

    from minzheng.assessment.queries import clause_rates
    from minzheng.base.scope import scope, system_actor
    from minzheng.rulebook.check.reviews import Decided

    try:
        with scope(system_actor("rulebook-check")):
            rates = clause_rates()
    except ProgrammingError:
        raise Refusal(
            "rulebook.database_not_ready",
            "数据库结构尚未建立或者不是最新，读不到比对结果。",
            next_step="请先执行 minzheng migrate，或者加 --no-sweep。",
        ) from None
    return [Decided(r.programme, r.provision, r.review, r.unknown, r.candidates) for r in rates]


# -- what is printed ---------------------------------------------------------------------------------------------
def _as_text(report: Report, days: Days) -> str:
    lines = [*_heading(report, days), *_shares(report), *_rates(report)]
    for title, findings in (("问题", report.defects), ("提示", report.notes)):
        if findings:
            lines.append(f"{title} {len(findings)} 项：")
            lines += [f"  {one.kind.label}　{one.place or one.subject}　{one.message}" for one in findings]
    if not report.defects:
        lines.append("没有发现问题。")
    return "\n".join(lines) + "\n"


def _beside_words(beside: Beside | None) -> str:
    """What was signed on the platform and the files do not say; nothing without a database."""
    if beside is None:
        return ""
    lines = [f"平台签署生效的数值 {len(beside.values)} 项，与文件不同的 {len(beside.differing)} 项。"]
    lines += [f"  {one}" for one in beside.differing]
    if beside.rules:
        lines.append(
            f"文件中有 {len(beside.rules)} 条规则与签署生效的文本不同，办理不按文件：{'、'.join(beside.rules)}。"
        )
    if beside.rows:
        lines.append(f"文件中有 {len(beside.rows)} 项数值尚未签署，办理不按文件（样例按文件认定）：")
        lines += [f"  {one}" for one in beside.rows]
    if beside.gone:
        lines.append(f"文件中已无、仍然有效的数值 {len(beside.gone)} 项（要改变的，另加一行）：")
        lines += [f"  {one}" for one in beside.gone]
    return "\n".join(lines) + "\n"


def _heading(report: Report, days: Days) -> list[str]:
    n = report.counts
    what = (
        f"规则库：{n['programmes']} 项待遇，{n['provisions']} 条规则（{n['texts']} 个文本），"
        f"{n['parameters']} 个参数（{n['parameter_rows']} 行数值）。"
    )
    when = (
        f"检查 {days.first} 至 {days.last}（不含）的每个县（市、区）和每一天；"
        f"{days.on} 的数值中示例值 {n['example_values']} 个，未知 {n['unknown_values']} 个。"
    )
    return [what, when]


def _shares(report: Report) -> list[str]:
    from minzheng.rulebook.clauses import LABELS, Disposition

    whole = report.counts["clauses"]
    parts = [
        f"{LABELS[Disposition(kind)]} {count}（{count / whole:.1%}）" for kind, count in report.shares.items()
    ]
    return [f"条款 {whole} 个：{'，'.join(parts)}。"]


def _rates(report: Report) -> list[str]:
    if not report.rates:
        return ["没有比对结果可供计算人工核定比例。"]
    lines = ["人工核定占未被直接否定的对象的比例（最近一次比对，按条款，前十项）："]
    lines += [
        f"  {rate['clause']}　{rate['share']:.2%}　{rate['review']} / {rate['candidates']}　{rate['provision']}（{rate['programme']}）"
        for rate in report.rates[:10]
    ]
    if len(report.rates) > 10:
        lines.append(f"  另有 {len(report.rates) - 10} 个条款，见 --json。")
    return lines


# -- book --------------------------------------------------------------------------------------------------------
def book(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from minzheng.cli._book import write_book
    from minzheng.rulebook import COUNTIES, load
    from minzheng.rulebook.check.run import FIRST_DAY, fullest_day

    rulebook = load()
    if arguments.county not in COUNTIES:
        raise Refusal(
            "rulebook.no_county",
            f"没有县（市、区）{arguments.county}。",
            next_step=f"可选：{'、'.join(COUNTIES)}。",
        )
    on = arguments.on or fullest_day(rulebook, FIRST_DAY, date(date.today().year + 2, 1, 1))  # noqa: DTZ011
    beside = _beside_of_book()
    with tqdm(desc="规则书", unit="页", disable=not sys.stderr.isatty()) as bar:
        pages = write_book(
            rulebook, arguments.folder, on=on, county=arguments.county, beside=beside, progress=_moved(bar)
        )
    sys.stdout.write(_beside_words(beside))
    sys.stdout.write(f"规则书已生成：{pages} 页，从 {arguments.folder / 'index.html'} 看起。\n")
    return 0


def _beside_of_book() -> Beside | None:
    """The book is of the files and is written without a database as well; that nothing could be compared is said."""
    try:
        return signed_beside_files()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.message}规则书只按文件生成。\n")
        return None


def _moved(bar: Any) -> Callable[[int, int], None]:
    def move(done: int, whole: int) -> None:
        bar.total = whole
        bar.update(done - bar.n)

    return move
