"""`minzheng payroll`: build the payrolls of a month, county by county; say where each stands. Nothing here pays."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import product
from typing import Any

from tqdm import tqdm

_BAR = "{desc} {n_fmt}/{total_fmt} 份 {elapsed}"


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "payroll",
        help="编制发放表，查看进展",
        description="按县（市、区）和待遇编制当月发放表，或列出发放表的进展。编制只列名单、算金额并锁定摘要，不付款："
        "付款须经办、复核、审批三人在平台上签署。已编制的不重复编制，随时可以中断后再次执行。",
    )
    parser.set_defaults(run=lambda _arguments: parser.error("请选择 build 或 status"))
    steps = parser.add_subparsers(title="步骤", metavar="步骤", parser_class=type(parser))
    build = steps.add_parser("build", help="编制一个月的发放表")
    status = steps.add_parser("status", help="列出发放表的进展")
    for one in (build, status):
        one.add_argument("--month", help="发放月份，如 2023-12（默认为业务日期所在月）")
        one.add_argument(
            "--county", action="append", default=[], metavar="代码", help="只这个县（市、区），可重复"
        )
        one.add_argument(
            "--programme", action="append", default=[], metavar="名称", help="只这项待遇，可重复"
        )
        one.add_argument("--json", action="store_true", help="以 JSON 输出")
    build.set_defaults(run=_build, database=True, role="app")
    status.set_defaults(run=_status, database=True, role="app")


def _build(arguments: argparse.Namespace) -> int:
    """Each payroll in a transaction of its own: what is done when this breaks off stays done."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments.actions import build_payroll
    from minzheng.values.errors import Refusal

    month, told = _month(arguments), []
    asked = list(product(arguments.county or _counties(), arguments.programme or _programmes()))
    for county, programme in tqdm(asked, desc="编制", bar_format=_BAR, disable=not sys.stderr.isatty()):
        with scope(system_actor("payroll")) as actor:
            try:
                row = build_payroll(actor=actor, county=county, programme=programme, month=month)
            except Refusal as refusal:
                if refusal.code != "payroll.nothing":
                    raise
                continue
            told.append(as_dict(row))
    _tell(told, as_json=arguments.json, nothing="没有需要编制的发放表：应发的均已列入。")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments.queries import payrolls

    with scope(system_actor("payroll")) as actor:
        found = payrolls(actor, month=_month(arguments))
        if arguments.county:
            found = found.filter(county__in=arguments.county)
        if arguments.programme:
            found = found.filter(programme__in=arguments.programme)
        told = [as_dict(row) for row in found]
    _tell(told, as_json=arguments.json, nothing="该月没有发放表。")
    return 0


def as_dict(row: Any) -> dict[str, Any]:
    """A payroll for machines: ids, counts and fen, nobody's name."""
    return {
        "id": str(row.id), "county": row.county, "programme": row.programme, "month": f"{row.month:%Y-%m}",
        "run": row.run, "state": row.state, "lines": row.lines, "fen": row.fen, "withheld": row.withheld,
        "zeros": row.zeros, "digest": row.digest,
    }  # fmt: skip


def _tell(told: list[dict[str, Any]], *, as_json: bool, nothing: str) -> None:
    from minzheng.assessment.programmes import programme_label
    from minzheng.payments.types import PayrollState
    from minzheng.registry.queries import division_name
    from minzheng.values.money import format_yuan

    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        return
    for one in told:
        run = f"第 {one['run']} 补批，" if one["run"] else ""
        sys.stdout.write(
            f"{division_name(one['county'])} {programme_label(one['programme'])} {one['month']}：{run}"
            f"{PayrollState(one['state']).label}，{one['lines']:,} 笔 {format_yuan(one['fen'])}，暂缓 {one['withheld']:,} 笔\n"
        )
    if told:
        total = sum(one["fen"] for one in told)
        sys.stdout.write(f"共 {len(told):,} 份，{format_yuan(total)}\n")
    else:
        sys.stdout.write(f"{nothing}\n")


def _month(arguments: argparse.Namespace) -> Any:
    from minzheng.base.queries import business_date
    from minzheng.values.month import Month

    return Month.parse(arguments.month) if arguments.month else Month.of(business_date())


def _counties() -> list[str]:
    """Counties where somebody receives something."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.payments.queries import counties_with_awards

    with scope(system_actor("payroll")) as actor:
        return counties_with_awards(actor)


def _programmes() -> list[str]:
    from minzheng.payments.funds import FUNDS

    return list(FUNDS)
