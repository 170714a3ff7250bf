"""`minzheng simulate`: price a reform over a snapshot of the city, before anybody decides it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "simulate",
        help="测算一项政策改革",
        description="按现行规定和改革方案分别核算全市快照，给出金额、人数、受益与减少、贫困缺口。不改动任何登记或待遇。",
    )
    parser.add_argument("overlay", type=Path, metavar="方案.yaml", help="改革方案文件")
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
    from minzheng.cli._law import law_in_force

    book = law_in_force()
    from datetime import UTC, datetime

    from minzheng.assessment.city import load_city
    from minzheng.assessment.reforms.changes import write_changes
    from minzheng.assessment.reforms.overlay import read_overlay
    from minzheng.assessment.reforms.report import basis, report
    from minzheng.assessment.reforms.simulate import later_changes, simulate
    from minzheng.assessment.reforms.snapshots import latest_snapshot

    overlay = read_overlay(arguments.overlay, book.parameters)
    city = load_city(arguments.snapshot or latest_snapshot(), book, check=arguments.check, say=_say)
    found = simulate(city, book, overlay, say=_say)
    content = report(found) | {
        "name": overlay.name,
        "later": later_changes(overlay, city.loaded.manifest.on),
        "basis": basis(city, city.snapshot_id, book.hash, datetime.now(UTC)),
    }
    if not arguments.no_cases:
        content["cases"] = _cases(book, overlay, city.loaded.manifest.on)
    if arguments.who:
        rows = write_changes(found, arguments.who)
        _say(f"有变化的 {rows:,} 项已写到 {arguments.who}")
    if arguments.json:
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        from minzheng.assessment.reforms.text import as_text

        sys.stdout.write(as_text(content))
    return 0


def _cases(book: Any, overlay: Any, on: Any) -> dict[str, Any]:
    """The shipped worked cases that come out otherwise."""
    from tqdm import tqdm

    from minzheng.assessment.reforms.cases import Cases

    cases = Cases(book)
    with tqdm(desc="样例", unit="个", total=len(cases.cases), disable=not sys.stderr.isatty()) as bar:

        def tell(done: int, _of: int) -> None:
            bar.update(done - bar.n)

        found = cases.changed(overlay, on, tell)
    return {"cases": len(cases.cases), "changed": [one.as_plain() for one in found]}


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
