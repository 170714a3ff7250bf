"""What a step's form may carry: the declared fields and nothing else, read into plain JSON."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from minzheng.cases.workflow import Field, Step
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
MOST_TEXT = 4000


def cleaned(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a step, each checked by its kind; an unknown name is refused, an empty optional one left out."""
    unknown = set(given) - {one.name for one in step.fields}
    if unknown:
        raise Refusal("case.unknown_field", f"“{step.label}”没有这些填写项：{'、'.join(sorted(unknown))}。")
    found: dict[str, Any] = {}
    for one in step.fields:
        value = given.get(one.name)
        if value is None or value == "" or value == []:
            if one.required:
                raise Refusal("case.field_missing", f"请填写“{one.label}”。", field=one.name)
            continue
        found[one.name] = READ[one.kind](one, value)
    return found


def _wrong(field: Field, how: str) -> Refusal:
    return Refusal("case.field_wrong", f"“{field.label}”{how}。", field=field.name)


def _text(field: Field, value: Any) -> str:
    text = str(value).strip()
    if len(text) > MOST_TEXT:
        raise _wrong(field, f"超过 {MOST_TEXT} 字")
    return text


def _date(field: Field, value: Any) -> str:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
    except ValueError:
        raise _wrong(field, "应为日期，例如 2023-12-01") from None


def _month(field: Field, value: Any) -> str:
    return str(Month.parse(str(value)))


def _money(field: Field, value: Any) -> int:
    return fen_of(str(value), field.label, field.name)


def fen_of(text: str, label: str, name: str = "") -> int:
    """Yuan as typed, fen as kept."""
    text = text.strip()
    if not text.isascii() or _MONEY.fullmatch(text) is None:
        raise Refusal("case.field_wrong", f"“{label}”应为金额（元），最多两位小数。", field=name)
    yuan, _, rest = text.partition(".")
    return int(yuan) * 100 + int(rest.ljust(2, "0") or 0)


def _number(field: Field, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise _wrong(field, "应为不小于零的整数")
    return int(text)


def _choice(field: Field, value: Any) -> str | list[str]:
    allowed = {name for name, _label in field.choices}
    chosen = value if isinstance(value, list | tuple) else [value]
    if not set(map(str, chosen)) <= allowed:
        raise _wrong(field, "请在给出的选项中选择")
    return [str(one) for one in chosen] if isinstance(value, list | tuple) else str(value)


def _yesno(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value) in ("yes", "no", "true", "false"):
        return str(value) in ("yes", "true")
    raise _wrong(field, "请选择“是”或“否”")


def _file(field: Field, value: Any) -> list[str]:
    """Public ids of documents already kept."""
    chosen = value if isinstance(value, list | tuple) else [value]
    try:
        return [str(uuid.UUID(str(one))) for one in chosen]
    except ValueError:
        raise _wrong(field, "请重新上传文件") from None


READ: dict[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "date": _date,
    "month": _month,
    "money": _money,
    "number": _number,
    "choice": _choice,
    "yesno": _yesno,
    "file": _file,
    "person": _number,
}
