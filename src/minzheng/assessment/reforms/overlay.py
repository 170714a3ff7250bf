"""A reform as a small file: parameters with other values, provisions with another text.

```yaml
name: 提高农村低保标准
parameters:
  dibao.std.rural: 7200
  jobcost.cap: {value: 0.6, place: "140426", from: 2023-12-01}
provisions: [wider_edge]
texts: {study_school: 2025-09-01}
```

A provision comes as a module of `minzheng.rulebook.proposals`, in the language of the rulebook and from this
repository only: a file names it, it never brings code of its own. `texts` are texts of the rulebook itself that begin
on a later day and are priced as if they held (`ahead`).
"""

from __future__ import annotations

import datetime
import difflib
import importlib
import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from minzheng.assessment.reforms.ahead import taken_ahead
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.sentences import shown
from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.parameters import ParameterSet, Row, encode, read_row
from minzheng.values.errors import Refusal

PROPOSALS = "minzheng.rulebook.proposals"
DOCUMENT = "改革方案"
_KEYS = {"name", "note", "parameters", "provisions", "texts"}
_ROW_KEYS = {"value", "place", "from", "until", "reason"}
_MODULE = re.compile(r"[a-z][a-z0-9_]*")
_BEGINNING = datetime.date(1900, 1, 1)
MOST_CHARACTERS = 64 * 1024


@dataclass(frozen=True)
class Change:
    """One parameter with another value; no place is everywhere, no day is always."""

    key: str
    value: Any
    place: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None

    @property
    def everywhere(self) -> bool:
        return not self.place and self.since is None and self.until is None


@dataclass(frozen=True)
class Overlay:
    """A reform: what it is called, which parameters it sets, which proposals replace provisions, which later texts hold."""

    name: str = ""
    note: str = ""
    changes: tuple[Change, ...] = ()
    proposals: tuple[str, ...] = ()
    texts: tuple[tuple[str, datetime.date], ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the parameters it sets, each once."""
        return tuple(dict.fromkeys(change.key for change in self.changes))

    @property
    def empty(self) -> bool:
        return not self.changes and not self.proposals and not self.texts

    def parameters(self, base: ParameterSet) -> ParameterSet:
        """The parameters under the reform. A value for everywhere and always replaces all rows of its key."""
        rows = [_row(change, base.declared[change.key]) for change in self.changes]
        whole = {change.key for change in self.changes if change.everywhere}
        kept = [row for key, held in base.rows.items() if key not in whole for row in held]
        result = ParameterSet(base.declared.values(), [*kept, *(r for r in rows if r.key in whole)])
        return result.with_rows([row for row in rows if row.key not in whole])


def _row(change: Change, parameter: Parameter) -> Row:
    raw = {
        "place": change.place or "000000",
        "from": change.since or _BEGINNING,
        "value": change.value,
        "document": DOCUMENT,
        "mark": "reform",
        "reason": "改革方案设为未知",
    }
    if change.until is not None:
        raw["until"] = change.until
    return read_row(parameter, raw, DOCUMENT)


# -- reading -------------------------------------------------------------------------------------------------------


def read_overlay(path: Path, base: ParameterSet) -> Overlay:
    """The reform of a file. Raises `Refusal` naming the key, the reason, and the nearest key there is."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise _wrong("", f"改革方案文件 {path.name} 无法读取。", "请核对路径。") from None
    except UnicodeDecodeError:
        raise _wrong("", f"改革方案文件 {path.name} 不是 UTF-8 文本。", "请另存为 UTF-8。") from None
    return parse_overlay(text, base)


def parse_overlay(text: str, base: ParameterSet) -> Overlay:
    """The reform of a YAML text."""
    if len(text) > MOST_CHARACTERS:
        raise _wrong("", "改革方案过长。", f"至多 {MOST_CHARACTERS // 1024} 千字符。")
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark is not None else "某一行"
        raise _wrong("", f"改革方案不是合法的 YAML：{where}无法识别。", "请核对缩进和冒号。") from None
    return overlay_of(raw, base)


def overlay_of(raw: Any, base: ParameterSet) -> Overlay:
    """The reform of plain values, as YAML or JSON give them."""
    if not isinstance(raw, Mapping):
        raise _wrong("", "改革方案应为一组“名称: 内容”。", "请参照文档中的例子。")
    for key in raw:
        if key not in _KEYS:
            raise _wrong(str(key), f"改革方案中没有“{key}”这一项。", _nearest(str(key), _KEYS))
    changes = _changes(raw.get("parameters") or {}, base)
    proposals = _proposals(raw.get("provisions") or ())
    texts = _texts(raw.get("texts") or {})
    if not changes and not proposals and not texts:
        raise _wrong("parameters", "改革方案没有改动任何参数或规则。", "请至少写一项。")
    return Overlay(str(raw.get("name") or ""), str(raw.get("note") or ""), changes, proposals, texts)


def _texts(raw: Any) -> tuple[tuple[str, datetime.date], ...]:
    if not isinstance(raw, Mapping):
        raise _wrong("texts", "“texts”应为一组“规则: 施行日期”。", "例如 study_school: 2025-09-01。")
    found = []
    for name, value in raw.items():
        day = _day(str(name), value)
        if day is None:
            raise _wrong(str(name), f"“{name}”没有写明施行日期。", "应写作 2025-09-01。")
        found.append((str(name), day))
    return tuple(found)


def _changes(raw: Any, base: ParameterSet) -> tuple[Change, ...]:
    if not isinstance(raw, Mapping):
        raise _wrong("parameters", "“parameters”应为一组“参数: 数值”。", "请参照文档中的例子。")
    found: list[Change] = []
    for key, value in raw.items():
        if key not in base.declared:
            raise _wrong(str(key), f"没有名为“{key}”的参数。", _nearest(str(key), base.declared))
        entries = value if isinstance(value, list) else [value]
        found += [_change(str(key), entry, base.declared[key]) for entry in entries]
        if len(entries) > 1 and any(change.everywhere for change in found if change.key == key):
            raise _wrong(
                str(key), "同一参数有多个数值时，每个都须写明地区或起始日期。", "请补充 place 或 from。"
            )
    return tuple(found)


def _change(key: str, raw: Any, parameter: Parameter) -> Change:
    entry = dict(raw) if isinstance(raw, Mapping) else {"value": raw}
    for name in entry:
        if name not in _ROW_KEYS:
            raise _wrong(key, f"“{key}”中没有“{name}”这一项。", _nearest(str(name), _ROW_KEYS))
    if "value" not in entry:
        raise _wrong(key, f"“{key}”没有写明数值。", "请补充 value。")
    change = Change(
        key,
        entry["value"],
        _place(key, entry.get("place", "")),
        _day(key, entry.get("from")),
        _day(key, entry.get("until")),
    )
    try:
        encode(parameter, change.value, DOCUMENT)
        _row(change, parameter)
    except (RuleError, ValueError, ZeroDivisionError):
        raise _wrong(
            key, f"“{parameter.label}”（{key}）不能取 {change.value}。", expected(parameter)
        ) from None
    return change


def expected(parameter: Parameter) -> str:
    """Which values a parameter takes, in words."""
    kind = parameter.kind
    if kind.name == "bool":
        return "应为 true 或 false。"
    if kind.domain is not None:
        return f"应为 {'、'.join(f'{m.name}（{m.label}）' for m in kind.domain)} 之一。"
    if parameter.choices:
        return f"应为 {'、'.join(map(str, parameter.choices))} 之一。"
    low, high = parameter.bounds or (0, 0)
    step = "" if parameter.scale == 1 else f"，至多精确到 {1 / parameter.scale:g}"
    return f"应在 {shown(low, kind)} 至 {shown(high, kind)} 之间{step}。"


def _place(key: str, raw: Any) -> str:
    text = str(raw)
    if text and not re.fullmatch(r"[0-9]{6}", text):
        raise _wrong(key, f"“{key}”的地区应为六位区划代码。", "例如 140426；全国为 000000。")
    return text


def _day(key: str, raw: Any) -> datetime.date | None:
    if raw is None:
        return None
    if isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime):
        return raw
    try:
        return datetime.date.fromisoformat(str(raw))
    except ValueError:
        raise _wrong(key, f"“{key}”的日期无法识别。", "应写作 2024-01-01。") from None


def _proposals(raw: Any) -> tuple[str, ...]:
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise _wrong("provisions", "“provisions”应为草案名称的列表。", "例如 [wider_edge]。")
    for name in names:
        known = known_proposals()
        if not _MODULE.fullmatch(name) or name not in known:
            raise _wrong(name, f"没有名为“{name}”的规则草案。", _nearest(name, known))
    return tuple(dict.fromkeys(names))


def known_proposals() -> list[str]:
    """Names of the proposals in the repository."""
    spec = importlib.util.find_spec(PROPOSALS)
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(next(iter(spec.submodule_search_locations)))
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def replaced_provisions(
    overlay: Overlay, book: Rulebook, on: datetime.date
) -> dict[str, Provision | Program]:
    """Names of rules of the book and what the overlay puts in their place: later texts, and proposals before those."""
    found = taken_ahead(book, dict(overlay.texts), on)
    for name in overlay.proposals:
        module = importlib.import_module(f"{PROPOSALS}.{name}")
        for old, new in module.REPLACES.items():
            if old not in book:
                raise _wrong(
                    name,
                    f"规则草案“{name}”要替换的规则“{old}”不存在。",
                    _nearest(old, [r.name for r in book.rules]),
                )
            found[old] = new
    return found


def _nearest(key: str, known: Sequence[str] | set[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, list(known), n=1, cutoff=0.4)
    return (
        f"最接近的是“{close[0]}”。"
        if close
        else f"可用的有：{'、'.join(sorted(known)[:12])}。"
        if known
        else "目前没有可用的。"
    )


def _wrong(field_name: str, message: str, next_step: str) -> Refusal:
    return Refusal("reform.overlay", message, field=field_name, next_step=next_step)


__all__ = [
    "Change", "Overlay", "expected", "known_proposals", "overlay_of", "parse_overlay", "read_overlay",
    "replaced_provisions",
]  # fmt: skip
