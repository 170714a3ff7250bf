"""`minzheng import`: a file of residents into the registry, all or nothing, with a list of the rows to mend."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from minzheng.cli._arguments import as_day

if TYPE_CHECKING:
    from minzheng.registry.codes import Source
    from minzheng.registry.imports.loading import ImportReport

_BAR = (
    "{desc}：{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} 行 [已用 {elapsed}，剩余 {remaining}，{rate_fmt}]"
)


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "import",
        help="导入居民文件（CSV、Excel、Parquet）",
        description=(
            "每行一人。逐行校验，有一行不合格即全部不载入，并列出行号、栏目、问题和改法。\n"
            "同一文件重复导入不会重复登记；中途终止不留下任何数据。"
        ),
    )
    parser.add_argument("file", type=Path, help="CSV、TXT、XLSX 或 Parquet 文件")
    parser.add_argument("--mapping", type=Path, metavar="对照表", help="YAML 或 JSON，每行“表头: 字段”")
    parser.add_argument("--dry-run", action="store_true", help="只检查，不载入")
    parser.add_argument("--report", type=Path, metavar="文件", help="逐行问题清单（.csv 或 .xlsx）")
    parser.add_argument(
        "--source", default="批量导入", metavar="来源", help="数据来源，如 公安户籍（默认 批量导入）"
    )
    parser.add_argument(
        "--coverage",
        action="append",
        default=[],
        metavar="区划:类别:完整至[:可信至]",
        help="该文件对某区划某类事实是完整的：没有记录即为没有。可重复",
    )
    parser.add_argument(
        "--facts-since",
        type=as_day,
        metavar="日期",
        help="月度金额从哪个月起（每月一日，默认为一年前）",
    )
    parser.add_argument("--rows", type=int, metavar="行数", help="来文方声明的行数，不符即不载入")
    parser.add_argument("--good-only", action="store_true", help="有问题的户退回，其余的户照常载入")
    parser.add_argument("--unterminated", action="store_true", help="接受最后一行没有换行符的文本")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出结果")
    parser.set_defaults(run=run, database=True, role="owner")


def run(arguments: argparse.Namespace) -> int:
    from minzheng.base.queries import business_date
    from minzheng.base.scope import system_actor
    from minzheng.registry.imports.fields import read_mapping
    from minzheng.registry.imports.loading import import_file
    from minzheng.registry.imports.vouching import parse_vouched

    with _Progress() as shown:
        report = import_file(
            arguments.file,
            actor=system_actor("import"),
            on=business_date(),
            mapping=read_mapping(arguments.mapping) if arguments.mapping else None,
            facts_since=arguments.facts_since,
            source=_source(arguments.source),
            coverage=tuple(one for text in arguments.coverage for one in parse_vouched(text)),
            load_good=arguments.good_only,
            dry_run=arguments.dry_run,
            expected_rows=arguments.rows,
            unterminated=arguments.unterminated,
            errors_file=arguments.report,
            progress=shown.rows,
            say=shown.step,
        )
    _print(report, as_json=arguments.json)
    done = report.loaded or report.already_loaded or (report.dry_run and report.clean)
    return 0 if done else 1


class _Progress:
    """Two bars: the rows that are read, then the steps of the publication."""

    def __enter__(self) -> _Progress:
        self.bar: tqdm[Any] | None = None
        self.steps: tqdm[Any] | None = None
        return self

    def __exit__(self, *_error: object) -> None:
        for bar in (self.bar, self.steps):
            if bar is not None:
                bar.close()

    def rows(self, read: int, about: int | None) -> None:
        if self.bar is None:
            self.bar = tqdm(desc="读取与校验", total=about, unit="行", unit_scale=True, bar_format=_BAR)
        self.bar.update(read - self.bar.n)

    def step(self, _what: str, of: int) -> None:
        if self.steps is None:
            self.steps = tqdm(
                desc="写入与建立索引", total=of, unit="步", bar_format=_BAR.replace(" 行", " 步")
            )
        self.steps.update()


def _source(text: str) -> Source:
    from minzheng.registry.codes import Source
    from minzheng.values.errors import Refusal

    for source in Source:
        if text in {source.label, source.name, source.name.lower(), str(int(source))}:
            return source
    raise Refusal(
        "import.source",
        f"没有名为“{text}”的数据来源。",
        next_step="可选：" + "、".join(source.label for source in Source) + "。",
    )


def _print(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(report), ensure_ascii=False, default=str, indent=1) + "\n")
        return
    sys.stdout.write("\n".join(report.lines()) + "\n")
