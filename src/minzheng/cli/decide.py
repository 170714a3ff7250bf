"""`minzheng decide`: worked cases from YAML, or a registered household, decided and explained; what an overlay changes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minzheng.cli._household import add_options, decide_household, refuse_without_household

if TYPE_CHECKING:
    from minzheng.rulebook.worked import Case, CaseError, Result

NOT_AS_EXPECTED = 1
BAD_INPUT = 2
MANY = 50
"""From how many cases on a bar is shown."""

EXAMPLES = """\
例：
  minzheng decide tests/provisions                       运行目录下的全部案例
  minzheng decide 我的案例.yaml --explain                 显示逐条的认定依据
  minzheng decide 我的案例.yaml --json                    供程序读取
  minzheng decide tests/provisions --compare 新标准.yaml   哪些案例的结论随参数改变
  minzheng decide --household 编号 --explain                试算登记库中的一户
  minzheng decide --facts                                列出可用的事实、待遇和参数名称

案例写法见 docs/worked-cases.md。退出码：0 全部相符；1 有案例与预期不符；2 案例无法读取。
"""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "decide",
        help="按案例认定待遇",
        description="读取案例（YAML），按政策规则认定各项待遇，说明理由，并与案例写明的预期核对。",
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="文件", help="案例文件或者目录；- 表示标准输入"
    )
    parser.add_argument("--case", action="append", metavar="编号", help="只运行编号以此开头的案例（可多次）")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--explain", action="store_true", help="显示逐条的认定依据")
    parser.add_argument("--all", action="store_true", help="不符合的待遇也列出")
    parser.add_argument("--quiet", action="store_true", help="只显示与预期不符的案例")
    parser.add_argument("--compare", type=Path, metavar="参数文件", help="换上这些参数，列出结论改变的案例")
    parser.add_argument("--facts", action="store_true", help="列出事实、待遇、规定和参数的名称")
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.household is not None:
        return decide_household(arguments)
    refuse_without_household(arguments)
    from minzheng.rulebook.worked import CaseError

    try:
        if arguments.facts:
            return _list_names(as_json=arguments.json)
        cases = _chosen(_read(arguments.files), arguments.case)
        if arguments.compare is not None:
            return _compare(cases, arguments.compare, as_json=arguments.json)
        return _decide(cases, arguments)
    except CaseError as wrong:
        if arguments.json:
            _write_json({"error": _error(wrong)})
        else:
            sys.stderr.write(f"{wrong}\n")
        return BAD_INPUT


def _read(files: list[Path]) -> list[Case]:
    from minzheng.rulebook.worked import read_files, read_text
    from minzheng.rulebook.worked.spot import Spot

    if not files:
        raise Spot().error("没有写案例文件", "用法见 minzheng decide -h")
    if files == [Path("-")]:
        return read_text(sys.stdin.read(), Spot(file="标准输入"))
    return read_files(files)


def _progress(cases: list[Case]) -> Iterable[Case]:
    """The cases, with a bar where somebody watches and there are many."""
    from tqdm import tqdm

    quiet = len(cases) < MANY or not sys.stderr.isatty()
    return tqdm(cases, desc="案例", unit="个", disable=quiet, leave=False)


def _chosen(cases: list[Case], wanted: list[str] | None) -> list[Case]:
    from minzheng.rulebook.worked.spot import Spot, nearest

    if not wanted:
        return cases
    found = [c for c in cases if any(c.id == w or c.id.startswith(f"{w}-") for w in wanted)]
    if not found:
        raise Spot().error(
            f"没有编号为“{'、'.join(wanted)}”的案例", nearest(wanted[0], (c.id for c in cases))
        )
    return found


def _decide(cases: list[Case], arguments: argparse.Namespace) -> int:
    from minzheng.rulebook.worked import run as run_case

    write = _write_as_json if arguments.json else _write_as_text
    return write((run_case(case) for case in _progress(cases)), arguments)


def _write_as_text(results: Iterable[Result], arguments: argparse.Namespace) -> int:
    from minzheng.rulebook.worked.report import Tally, text

    tally = Tally()
    for result in results:
        tally.add(result)
        if arguments.quiet and result.ok:
            continue
        for line in text(result, explain=arguments.explain, everything=arguments.all):
            sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{tally}\n")
    return 0 if tally.met else NOT_AS_EXPECTED


def _write_as_json(results: Iterable[Result], arguments: argparse.Namespace) -> int:
    """One document, written case by case: a result is large and is let go once it is written."""
    from minzheng.rulebook.worked import CaseError
    from minzheng.rulebook.worked.report import Tally, as_json

    tally, code = Tally(), 0
    tail: dict[str, Any] = {}
    sys.stdout.write('{\n"cases": [')
    try:
        for result in results:
            sys.stdout.write(",\n" if tally.cases else "\n")
            tally.add(result)
            sys.stdout.write(_json(as_json(result, explain=arguments.explain)))
    except CaseError as wrong:
        # some facts are found out of bounds only when they are used: the document still ends well
        tail, code = {"error": _error(wrong)}, BAD_INPUT
    tail = {"met": tally.met and not code, **tail}
    sys.stdout.write(f"\n],\n{_json(tail).removeprefix('{').lstrip()}\n")
    return code or (0 if tally.met else NOT_AS_EXPECTED)


def _error(wrong: CaseError) -> dict[str, str | None]:
    return {"message": wrong.message, "field": wrong.field, "next_step": wrong.next_step}


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1)


def _compare(cases: list[Case], overlay: Path, *, as_json: bool) -> int:
    """Exit code 0 however many change: a change is the answer, not a failure."""
    from minzheng.rulebook.worked.compare import changes, overlaid, read_overlay

    parameters = read_overlay(overlay)
    changed = [
        (case, found) for case in _progress(cases) if (found := changes(case, overlaid(case, parameters)))
    ]
    if as_json:
        _write_json(
            {
                "cases": len(cases),
                "changed": [
                    {"file": c.file, "id": c.id, "changes": [x.as_json() for x in found]}
                    for c, found in changed
                ],
            }
        )
        return 0
    for case, found in changed:
        sys.stdout.write(f"{case.id} {case.title}".rstrip() + "\n")
        for change in found:
            sys.stdout.write(f"    {change}\n")
    sys.stdout.write(f"{len(cases)} 个案例中，{len(changed)} 个的结论或者金额改变。\n")
    return 0


def _list_names(*, as_json: bool) -> int:
    from minzheng.rulebook.worked.names import groups

    if as_json:
        _write_json({title: [entry.as_json() for entry in entries] for title, entries in groups()})
        return 0
    for title, entries in groups():
        sys.stdout.write(f"\n{title}\n")
        for entry in entries:
            sys.stdout.write(f"  {entry}\n")
    return 0


def _write_json(content: Any) -> None:
    sys.stdout.write(_json(content) + "\n")
