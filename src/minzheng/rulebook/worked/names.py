"""The vocabulary as a list, so that an author of cases finds the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from minzheng.rulebook import load
from minzheng.rules.explain.sentences import shown
from minzheng.rules.language.declare import Fact, Series
from minzheng.rules.language.kinds import Household, Kind, Money

from . import keys, words


@dataclass(frozen=True)
class Entry:
    """A name a case may use, its Chinese label, and what may be written for it."""

    name: str
    label: str
    what: str = ""
    also: str = ""

    def __str__(self) -> str:
        text = f"{self.name:<28}{self.label}"
        if self.what:
            text += f"　［{self.what}］"
        return f"{text}　又作 {self.also}" if self.also else text

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "label": self.label, "values": self.what, "also": self.also}


def groups() -> Iterator[tuple[str, list[Entry]]]:
    facts = words.facts().values()
    yield "家庭的事实（household）", [_fact(f) for f in facts if f.entity is Household]
    yield "家庭的简写", _short(keys.HOUSEHOLD)
    yield "成员的事实（people）", [_fact(f) for f in facts if f.entity is not Household]
    yield "成员的简写", _short(keys.PERSON)
    book = load()
    aliases: dict[str, list[str]] = {}
    for word, name in words.PROGRAMS.items():
        aliases.setdefault(name, []).append(word)
    yield (
        "待遇（expect、before）",
        [
            Entry(
                p.name, p.label, "家庭" if p.of is Household else "成员", "、".join(aliases.get(p.name, []))
            )
            for p in book.programs
        ],
    )
    yield (
        "规定（expect 里可核对其数值）",
        [
            Entry(p.name, p.label, "家庭" if p.of is Household else "成员", "、".join(p.citation.clauses))
            for p in book.provisions
        ],
    )
    yield (
        "参数（parameters）",
        [Entry(p.key, p.label, _values(p.kind, None)) for p in book.parameters.declared.values()],
    )
    yield "县（市、区）", [Entry(code, name) for code, name in words.PLACES.items()]
    yield "案例的各项", _short(keys.CASE)


def _fact(fact: Fact | Series) -> Entry:
    what = _values(fact.kind, None if isinstance(fact, Series) else fact.absent)
    return Entry(fact.name, fact.label, f"{what}，按月" if isinstance(fact, Series) else what)


def _values(kind: Kind, absent: Any) -> str:
    if kind.domain is not None:
        text = "、".join(f"{m.label} {m.name}" for m in kind.domain)
    elif kind.name == "bool":
        text = "是、否"
    elif kind == Money:
        text = "元"
    else:
        text = "日期" if kind.name == "date" else kind.unit or "数"
    if absent is None or kind == Money:
        return text
    default = (
        absent.label
        if kind.domain is not None
        else ("是" if absent else "否")
        if kind.name == "bool"
        else absent
    )
    return f"{text}；不写为 {default}"


def _short(table: dict[str, str]) -> list[Entry]:
    also: dict[str, list[str]] = {}
    for word, name in table.items():
        also.setdefault(name, [])
        if word != name:
            also[name].append(word)
    return [Entry(name, found[0] if found else "", "", "、".join(found[1:])) for name, found in also.items()]


__all__ = ["Entry", "groups", "shown"]
