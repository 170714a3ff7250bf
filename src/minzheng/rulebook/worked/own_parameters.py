"""A case's own values of parameters: one for all dates, or rows by date and place, some published late."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from minzheng.rulebook import load
from minzheng.rules.language.errors import RuleError
from minzheng.rules.parameters import ParameterSet, Row, read_row

from . import keys, words
from .spot import CaseError, Spot
from .texts import day, is_unknown, number, yes_or_no


def own_parameters(
    base: ParameterSet, raw: Any, county: str, spot: Spot
) -> tuple[ParameterSet, tuple[str, ...]]:
    """A set with a case's own values: one for all dates, or dated rows. Also the keys that were changed."""
    if not raw:
        return base, ()
    if not isinstance(raw, Mapping):
        raise spot.error("应为参数及其数值", "请写作 parameters: {dibao.std.urban: 700}")
    everywhere: dict[str, Any] = {}
    rows: list[Row] = []
    touched: list[str] = []
    for word, value in raw.items():
        at = spot.at(word)
        parameter = words.parameter_named(str(word), at)
        touched.append(parameter.key)
        dated = value if isinstance(value, list) else [value] if isinstance(value, Mapping) else None
        if dated is None:
            everywhere[parameter.key] = _parameter_value(parameter.key, value)
        else:
            rows += [_row(parameter.key, one, county, at.at(k + 1)) for k, one in enumerate(dated)]
    result = base
    for key, value in everywhere.items():
        try:
            result = result.overlaid({key: value}, document="案例自定")
        except RuleError as wrong:
            raise _unfit(key, value, spot.at(key), wrong) from wrong
    for row in rows:
        try:
            result = _with_row(result, row)
        except RuleError as wrong:
            raise _unfit(row.key, row.value, spot.at(row.key), wrong) from wrong
    return result, tuple(touched)


def _unfit(key: str, value: Any, spot: Spot, wrong: RuleError) -> CaseError:
    """What is wrong with a value of a parameter, in an official's words."""
    parameter = load().parameters.declared[key]
    if parameter.kind.domain is not None:
        choices = "、".join(f"{m.label}（{m.name}）" for m in parameter.kind.domain)
        return spot.error(f"“{value}”不是参数“{parameter.label}”可选的值", f"可以写：{choices}")
    if "bounds" in str(wrong):
        return spot.error(
            f"参数“{parameter.label}”写的是“{value}”，超出可能的范围",
            "请核对数值和单位；比例写作 20% 或者 0.2",
        )
    return spot.error(f"参数“{parameter.label}”的数值写的是“{value}”，不合要求", "请核对数值、日期和单位")


def _with_row(base: ParameterSet, row: Row) -> ParameterSet:
    """One more dated value. What is published late leaves the value before it standing until it is known."""
    if row.known_from <= row.since:
        return base.with_rows([row])
    earlier = [r for r in base.rows[row.key] if r.place == row.place and r.since < row.since]
    result = base.with_rows([row])
    if not earlier:
        return result
    last = max(earlier, key=lambda r: (r.since, r.known_from))
    rows = [
        replace(r, until=row.until) if (r.since, r.at) == (last.since, last.at) else r
        for r in result.rows[row.key]
    ]
    others = [r for key, found in result.rows.items() if key != row.key for r in found]
    return ParameterSet(result.declared.values(), [*others, *rows])


def _parameter_value(key: str, value: Any) -> Any:
    parameter = load().parameters.declared[key]
    if is_unknown(value):
        return "unknown"
    if parameter.kind.name == "bool" and not isinstance(value, bool):
        return yes_or_no(value, Spot(path=(key,)))
    if isinstance(value, bool):
        return value
    text = str(value).strip().replace(",", "").removesuffix("元")
    if parameter.kind.domain is not None:
        return words.PARAMETER_CHOICES.get(text, text)
    return str(number(text[:-1], Spot(path=(key,))) / 100) if text.endswith("%") else text


def _row(key: str, raw: Any, county: str, spot: Spot) -> Row:
    names = {"from": "from", "起": "from", "自": "from", "until": "until", "to": "until", "止": "until",
             "value": "value", "数值": "value", "known_from": "known_from", "公布日期": "known_from",
             "place": "place", "地区": "place", "reason": "reason", "note": "note"}  # fmt: skip
    if not isinstance(raw, Mapping):
        raise spot.error("应为一段数值", "请写作 {from: 2024-01-01, value: 700}")
    row = keys.canonical(raw, names, spot, "参数")
    if "value" not in row:
        raise spot.error("没有写数值", "请写作 {from: 2024-01-01, value: 700}")
    since = day(row["from"], spot.at("from")) if "from" in row else datetime.date(1900, 1, 1)
    encoded: dict[str, Any] = {
        "place": words.place_code(row["place"], spot.at("place")) if "place" in row else county,
        "from": since,
        "value": _parameter_value(key, row["value"]),
        "document": "案例自定",
        "mark": "case",
        "reason": str(row.get("reason", "案例设为未知")),
    }
    for field in ("until", "known_from"):
        if field in row:
            encoded[field] = day(row[field], spot.at(field))
    try:
        return read_row(load().parameters.declared[key], encoded, str(spot))
    except RuleError as wrong:
        raise _unfit(key, row["value"], spot, wrong) from wrong
