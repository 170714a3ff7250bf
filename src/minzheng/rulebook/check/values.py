"""Each value says where it comes from, keeps to the bounds of the wider layer, and fits its neighbours in a band."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from minzheng.rulebook.check.report import Finding, Kind
from minzheng.rulebook.declared import Bound
from minzheng.rules.book import Rulebook
from minzheng.rules.language.declare import Parameter
from minzheng.rules.parameters import Row

MARKS = {
    "seed": "本市公开综述",
    "found": "查到文本",
    "recalled": "凭记忆，待核",
    "recalled-low": "记忆不清，待核",
    "derived": "由其他数值推出",
    "assumed": "假设",
    "unknown": "未取得",
}
"""How a value is known. `assumed` and `recalled-low` are never live: they carry `example: true`."""
INVENTED = ("assumed", "recalled-low")
NOWHERE = ("", "尚未取得")


def check_sources(book: Rulebook) -> Iterator[Finding]:
    for key, rows in book.parameters.rows.items():
        for row in rows:
            for message in _source_faults(row):
                yield Finding(Kind.SOURCE, key, row.at, f"{key}：{message}")


def _source_faults(row: Row) -> Iterator[str]:
    if row.mark not in MARKS:
        yield f"来源标记“{row.mark}”不是 {'、'.join(MARKS)} 之一"
    if row.value is not None and row.document.strip() in NOWHERE:
        yield "有数值而没有写明依据的文件"
    if row.value is not None and row.mark == "unknown":
        yield "有数值而标为未取得"
    if row.value is None and row.example:
        yield "未知的数值不能标为示例"
    if row.mark in INVENTED and row.value is not None and not row.example:
        yield f"{MARKS[row.mark]}的数值须标为示例（example: true）"
    if row.checked is None:
        yield "没有写明核对日期（checked）"
    if row.until is not None and row.until <= row.since:
        yield f"止期 {row.until} 不晚于起期 {row.since}"


def check_bounds(book: Rulebook, bounds: Mapping[str, Bound]) -> Iterator[Finding]:
    for key, bound in bounds.items():
        for row in book.parameters.rows.get(key, []):
            if row.value is None or row.value <= bound.most or row.reason:
                continue
            if row.until is None or row.until > bound.since:
                yield Finding(
                    Kind.BOUND,
                    key,
                    row.at,
                    f"{key}：{row.value} 超过全国上限 {bound.most}（{bound.basis}），须在 reason: 写明依据",
                )


def check_bands(
    book: Rulebook, pairs: tuple[tuple[str, str], ...], first: date, last: date
) -> Iterator[Finding]:
    for low, high in pairs:
        if low not in book.parameters.declared or high not in book.parameters.declared:
            continue
        told: set[tuple[str, str]] = set()
        for county, on in _turning_days(book, (low, high), first, last):
            a, b = (_row(book, book.parameters.declared[key], county, on) for key in (low, high))
            if a is None or b is None or a.value is None or b.value is None or a.value <= b.value:
                continue
            if (a.at, b.at) not in told:
                told.add((a.at, b.at))
                yield Finding(
                    Kind.BAND, low, a.at, f"{low} 的 {a.value} 高于 {high} 的 {b.value}（{b.at}），两档之间有人无处可归"
                )  # fmt: skip


def _turning_days(
    book: Rulebook, keys: tuple[str, str], first: date, last: date
) -> Iterator[tuple[str, date]]:
    starts = {r.since for key in keys for r in book.parameters.rows[key] if first < r.since < last}
    for county in book.counties:
        for on in sorted({first, *starts}):
            yield county, on


def _row(book: Rulebook, parameter: Parameter, county: str, on: date) -> Row | None:
    """The row that holds; of an overlap, which is told elsewhere, the first."""
    return next(iter(book.parameters.live(parameter.key, county, on)), None)
