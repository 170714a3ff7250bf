"""What a file says of those it does not name: for which kinds of fact its silence means none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from minzheng.registry import codes
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.imports.fields import FIELDS, Mapping
from minzheng.values.errors import Refusal


@dataclass(frozen=True)
class Vouched:
    """The file is complete for a kind of fact in a division, from a day to a day; its silence is trusted until."""

    division: int
    kind: codes.Coverage
    complete_to: date
    trusted_until: date


def parse_vouched(text: str) -> list[Vouched]:
    """`区划:类别、类别:完整至[:可信至]`, as in `140403:工资、养老金:2023-12-31`."""
    parts = text.replace("：", ":").split(":")
    if len(parts) not in {3, 4}:
        raise _wrong("应写作“区划:类别、类别:完整至[:可信至]”。")
    division, kinds, *days = parts
    try:
        complete_to, trusted_until = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    except ValueError:
        raise _wrong("日期应写作 2023-12-31。") from None
    if trusted_until < complete_to:
        raise _wrong("可信至不能早于完整至。")
    if not division.isdecimal() or int(division) not in {row.code for row in shipped_divisions()}:
        raise _wrong("区划代码不存在。")
    by_label = {kind.label: kind for kind in codes.Coverage}
    named = [name.strip() for name in kinds.replace("，", "、").replace(",", "、").split("、")]
    unknown = [name for name in named if name not in by_label]
    if unknown:
        raise _wrong(f"没有“{'、'.join(unknown)}”这类事实。")
    return [Vouched(int(division), by_label[name], complete_to, trusted_until) for name in named]


def check_vouched(vouched: Sequence[Vouched], mapping: Mapping) -> None:
    """A file vouches only for what all its columns of that kind would say."""
    present = {name for _header, name in mapping.fields}
    for kind in dict.fromkeys(one.kind for one in vouched):
        needed = [field for field in FIELDS if field.coverage is kind]
        missing = [field.label for field in needed if field.name not in present]
        if missing or not needed:
            what = f"文件中缺少：{'、'.join(missing)}" if missing else "本导入没有该类事实的栏目"
            raise _wrong(f"不能声明覆盖“{kind.label}”：{what}。")


def coverage_rows(vouched: Sequence[Vouched], since: date, source: codes.Source) -> pa.Table:
    """As rows of the coverage table."""
    return pa.table(
        {
            "division": pa.array([one.division for one in vouched], pa.int64()),
            "kind": pa.array([int(one.kind) for one in vouched], pa.int16()),
            "since": pa.array([since] * len(vouched), pa.date32()),
            "complete_to": pa.array([one.complete_to for one in vouched], pa.date32()),
            "trusted_until": pa.array([one.trusted_until for one in vouched], pa.date32()),
            "source": pa.array([int(source)] * len(vouched), pa.int16()),
        }
    )


def _wrong(message: str) -> Refusal:
    return Refusal("import.coverage", f"覆盖范围：{message}", next_step="请核对 --coverage。")
