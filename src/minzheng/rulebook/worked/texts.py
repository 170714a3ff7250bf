"""YAML as it is written: numbers keep their digits, `on:` is a word, a key given twice is an error.

Single values are read here too: money, dates, months, yes and no. What is not readable raises CaseError.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import yaml

from minzheng.values.errors import Refusal
from minzheng.values.month import Month, months_between

from .spot import CaseError, Spot

MOST_DIGITS = 30
YEARS = (1880, 2100)
"""Dates and months of a case lie between these years."""
MOST_MONTHS = 600


class Unknown:
    """A fact whose value nobody knows, said so in the file."""

    def __repr__(self) -> str:
        return "未知"


UNKNOWN = Unknown()
UNKNOWN_WORDS = frozenset({"unknown", "未知", "不详", "?", "？"})
YES_WORDS = frozenset({"yes", "true", "是", "有", "符合", "y"})
NO_WORDS = frozenset({"no", "false", "否", "无", "没有", "不符合", "n"})


class Mapped(dict[str, Any]):
    """A mapping of the file that knows its line."""

    line: int = 0


class _Loader(yaml.SafeLoader):
    """YAML 1.2's idea of a yes or no, exact numbers, no key twice."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag not in ("tag:yaml.org,2002:bool",)]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Mapped:
    seen: set[str] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        name = _key(loader.construct_object(key_node, deep=True))
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"“{name}”写了两次", key_node.start_mark)
        seen.add(name)
    loader.flatten_mapping(node)
    result = Mapped()
    result.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        result[_key(loader.construct_object(key_node, deep=True))] = loader.construct_object(
            value_node, deep=True
        )
    return result


def _key(key: Hashable) -> str:
    return key.isoformat() if isinstance(key, datetime.date) else str(key).strip()


def _number(loader: _Loader, node: yaml.ScalarNode) -> Any:
    text = str(node.value).replace("_", "")
    try:
        return Decimal(text)
    except ArithmeticError:
        return str(node.value)


def _integer(loader: _Loader, node: yaml.ScalarNode) -> Any:
    """A whole number; one too long to be any fact stays a text, for the field to complain of."""
    text = str(node.value)
    return text if len(text) > MOST_DIGITS else loader.construct_yaml_int(node)


def _date(loader: _Loader, node: yaml.ScalarNode) -> Any:
    """A date; what only looks like one stays a text, for the field to complain of."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)


def load_documents(text: str, spot: Spot) -> list[Any]:
    """The documents of a file. Raises CaseError with line and column."""
    try:
        return [d for d in yaml.load_all(text, Loader=_Loader) if d is not None]
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark is not None else "文件"
        raise spot.error(
            f"{place}不是合乎格式的 YAML（{_problem(wrong)}）",
            "请检查缩进、冒号后的空格和引号；含冒号或者逗号的文字要加引号",
        ) from wrong
    except yaml.YAMLError as wrong:
        raise spot.error("不是合乎格式的 YAML", "请检查文件编码是否为 UTF-8") from wrong
    except RecursionError:
        raise spot.error("括号或者缩进的层次过深", "请核对括号是否配对、缩进是否一致") from None


PROBLEMS = {
    "character '\\t'": "缩进用了制表符（Tab），请改用空格",
    "mapping values are not allowed here": "这里不能再有冒号",
    "expected ',' or": "方括号或者花括号没有写完，或者缺逗号",
    "could not find expected ':'": "缺冒号",
    "expected <block end>": "缩进没有对齐",
    "while scanning a quoted scalar": "引号没有写完",
    "found unexpected end of stream": "引号没有写完",
    "found undefined alias": "引用了没有定义的名称（*），文字以 * 开头的要加引号",
    "cannot start any token": "有不能出现在行首的符号，文字要加引号",
}
"""What the parser complains of, by a part of its words."""


def _problem(wrong: yaml.MarkedYAMLError) -> str:
    text = f"{wrong.problem or wrong.context}"
    return next((ours for theirs, ours in PROBLEMS.items() if theirs in text), text)


# -- single values ------------------------------------------------------------------------------------------------
def is_unknown(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in UNKNOWN_WORDS)


def yes_or_no(value: Any, spot: Spot) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in YES_WORDS:
        return True
    if word in NO_WORDS:
        return False
    raise spot.error(f"应为是或否，写的是“{value}”", "请写 yes、no、是、否或者 未知")


_FRACTION = re.compile(r"-?[0-9]+/[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def number(value: Any, spot: Spot, what: str = "数字") -> Fraction:
    """An exact number: 3, 2045.99, "2,046.00", "6637/12"."""
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    text = str(value).strip().replace(",", "").replace("，", "").replace(" ", "")
    if len(text) > MOST_DIGITS:
        raise spot.error(f"应为{what}，写的是“{text[:MOST_DIGITS]}…”", "请核对数值，去掉多余的数字")
    if text.endswith("万") and _NUMBER.fullmatch(text[:-1]):
        return Fraction(text[:-1]) * 10_000
    if _FRACTION.fullmatch(text) or _NUMBER.fullmatch(text):
        return Fraction(text)
    raise spot.error(
        f"应为{what}，写的是“{value}”", '请写数字，如 1500、2045.99、"2,046.00"，或者整数之比，如 1637/3'
    )


_MONEY = re.compile(r"(?P<number>.*?)元?(?P<per>/年|每年|一年|/月|每月)?")


def money(value: Any, spot: Spot) -> Fraction:
    """Exact fen of an amount in yuan; “20000/年” is a twelfth of it each month."""
    per_year = False
    if isinstance(value, str):
        found = _MONEY.fullmatch(value.strip().replace(" ", ""))
        assert found is not None
        per_year = found["per"] in ("/年", "每年", "一年")
        value = found["number"]
    yuan = number(value, spot, "以元为单位的金额")
    return yuan * 100 / (12 if per_year else 1)


def whole_fen(value: Any, spot: Spot) -> int:
    fen = money(value, spot)
    if fen.denominator != 1:
        raise spot.error(f"金额“{value}”不足一分", "金额以元为单位，至多两位小数")
    return int(fen)


def day(value: Any, spot: Spot) -> datetime.date:
    found = _day(value)
    if found is None:
        raise spot.error(f"应为日期，写的是“{value}”", "请写作 2023-06-12")
    _within_years(found.year, value, spot)
    return found


def _day(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    found = re.fullmatch(r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?", str(value).strip())
    if found is None:
        return None
    try:
        return datetime.date(*(int(x) for x in found.groups()))
    except ValueError:
        return None


def _within_years(year: int, value: Any, spot: Spot) -> None:
    if not YEARS[0] <= year <= YEARS[1]:
        raise spot.error(f"“{value}”的年份不在 {YEARS[0]} 至 {YEARS[1]} 年之间", "请核对年份")


_MONTH = re.compile(r"(\d{4})[-/年.](\d{1,2})月?")


def month(value: Any, spot: Spot) -> Month:
    found = _MONTH.fullmatch(str(value).strip())
    if found is not None:
        _within_years(int(found[1]), value, spot)
        try:
            return Month(int(found[1]), int(found[2]))
        except Refusal:
            pass
    raise spot.error(f"应为月份，写的是“{value}”", "请写作 2023-06")


def months(value: Any, spot: Spot) -> list[Month]:
    """One month, a range `2023-07..2023-12`, or a list of them."""
    if isinstance(value, list):
        return [m for one in value for m in months(one, spot)]
    parts = re.split(r"\.\.+|至|~|到", str(value).strip())
    if len(parts) == 2:
        first, last = month(parts[0], spot), month(parts[1], spot)
        found = list(months_between(first, last))
        if not found:
            raise spot.error(f"“{value}”的起月晚于止月", "请写作 2023-07..2023-12")
        if len(found) > MOST_MONTHS:
            raise spot.error(
                f"“{value}”有 {len(found)} 个月，一个案例至多 {MOST_MONTHS} 个月", "请缩短起止月份"
            )
        return found
    return [month(value, spot)]


def span_of_months(value: Any, spot: Spot) -> tuple[Month | None, Month | None]:
    """First and last month of `2023-01..2023-06`; `2023-01..` and `..2023-06` are open at an end."""
    text = str(value).strip()
    if re.search(r"\.\.$|起$|以后$", text):
        return month(re.sub(r"\.+$|起$|以后$", "", text), spot), None
    if text.startswith(".."):
        return None, month(text.lstrip("."), spot)
    run = months(text, spot)
    return run[0], run[-1]


def looks_like_months(text: str) -> bool:
    try:
        months(text, Spot())
    except CaseError:
        return False
    return True


def looks_like_day(text: str) -> bool:
    try:
        day(text, Spot())
    except CaseError:
        return False
    return True
