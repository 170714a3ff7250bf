"""`minzheng simulate`: price a reform over a snapshot of the city, before anybody decides it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "simulate",
        help="测算一项政策改革",
        description="按现行规定和改革方案分别核算全市快照，给出金额、人数、受益与减少、贫困缺口。不改动任何登记或待遇。",
    )
    reform = parser.add_mutually_exclusive_group(required=True)
    reform.add_argument("overlay", type=Path, nargs="?", metavar="方案.yaml", help="改革方案文件")
    reform.add_argument(
        "--files", action="store_true", help="以规则库文件中尚未签署的数值和文本为方案（改了文件以后看影响）"
    )
    parser.add_argument(
        "--snapshot", type=Path, metavar="目录", help="快照目录（默认为数据目录下最新的快照）"
    )
    parser.add_argument("--check", action="store_true", help="先核对快照文件与其清单")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出全部结果")
    parser.add_argument(
        "--who", type=Path, metavar="文件.parquet", help="写出结果有变化的家庭和人员（只含编号）"
    )
    parser.add_argument("--no-cases", action="store_true", help="不核对规则库附带的样例")
    parser.set_defaults(run=run, database=False)


def run(arguments: argparse.Namespace) -> int:
    from minzheng.cli._law import law_and_files

    book, waiting = law_and_files()
    from datetime import UTC, datetime

    from minzheng.assessment.city import load_city
    from minzheng.assessment.reforms.changes import write_changes
    from minzheng.assessment.reforms.report import basis, report
    from minzheng.assessment.reforms.snapshots import latest_snapshot

    priced = _of_files(book, waiting) if arguments.files else _of_overlay(book, arguments.overlay)
    city = load_city(arguments.snapshot or latest_snapshot(), book, check=arguments.check, say=_say)
    found, head, changed = priced(city)
    content = report(found) | head | {"basis": basis(city, city.snapshot_id, book.hash, datetime.now(UTC))}
    if not arguments.no_cases:
        content["cases"] = _told(changed)
    if arguments.who:
        rows = write_changes(found, arguments.who)
        _say(f"有变化的 {rows:,} 项已写到 {arguments.who}")
    if arguments.json:
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        from minzheng.assessment.reforms.text import as_text

        sys.stdout.write(as_text(content))
    return 0


Priced = Callable[[Any], tuple[Any, dict[str, Any], Any]]
"""Over a city: both sides, what heads the report, and the worked cases one by one with how many there are."""


def _of_overlay(book: Any, path: Path) -> Priced:
    from minzheng.assessment.reforms.cases import Cases
    from minzheng.assessment.reforms.overlay import read_overlay
    from minzheng.assessment.reforms.simulate import later_changes, simulate

    overlay = read_overlay(path, book.parameters)

    def priced(city: Any) -> tuple[Any, dict[str, Any], Any]:
        on, cases = city.loaded.manifest.on, Cases(book)
        head = {"name": overlay.name, "later": later_changes(overlay, on)}
        return simulate(city, book, overlay, say=_say), head, (cases.each(overlay, on), len(cases.cases))

    return priced


def _of_files(book: Any, waiting: Any) -> Priced:
    """What the files would change on this installation if they were signed as they stand."""
    from minzheng.assessment.enacting.files import book_of_files, price_files
    from minzheng.assessment.reforms.cases import Cases
    from minzheng.rulebook import load
    from minzheng.rules.written import texts_of
    from minzheng.values.errors import Refusal

    if not waiting and texts_of(book) == texts_of(load()):
        raise Refusal(
            "simulate.nothing_waits",
            "规则库文件与现行的规则文本和数值一致，没有可测算的改动。",
            next_step="请先修改 src/minzheng/rulebook 中的文件，或者给出改革方案文件。",
        )

    def priced(city: Any) -> tuple[Any, dict[str, Any], Any]:
        on, cases = city.loaded.manifest.on, Cases(book)
        files = book_of_files(book, waiting, on)
        later = sorted({row.key for row in waiting if row.since > on})
        head = {"name": "规则库文件中尚未签署的数值和文本", "later": later}
        return price_files(city, book, files, say=_say), head, (cases.each_under(files), len(cases.cases))

    return priced


def _told(changed: Any) -> dict[str, Any]:
    """The shipped worked cases that come out otherwise."""
    from tqdm import tqdm

    each, count = changed
    shown = tqdm(each, desc="样例", unit="个", total=count, disable=not sys.stderr.isatty())
    return {"cases": count, "changed": [one.as_plain() for one in shown if one is not None]}


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
