"""The decision tree as nested lists of `<details>`: built as text, since a household's trees run to thousands of lines.

Each line shows shape and word, whom it is about, the sentence, the margin, the example mark, and its citation as a
link. The branch that decided stands open and marked; the rest is folded. Works without script.

A folded branch of more than `_INLINE` lines is not written out where the page gives an address for branches: it holds
a link to its own page, and with script it is fetched into its place when it is opened. The address names the way to
the line by position, and a check over the names and outcomes on that way: when facts or provisions have changed since,
the position may mean another line, and the branch is not found rather than shown wrongly.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html import escape

from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from minzheng.rules.explain.sentences import Line
from minzheng.rules.facts import Source
from minzheng.web.templatetags.office import MARKS

_BULLETS = {"parameter": "标准", "fact": "事实"}
_EXAMPLE = '<abbr class="example" title="依据的参数为示例值，尚未经本市确认">示例</abbr>'


_INLINE = 6
"""A folded branch of so many lines at most is written out: fetching it would cost more than it saves."""
_DEEPEST = 64
"""More steps than any tree has; an address with more is nobody's."""

Address = Callable[[str], str]
"""From the key of a branch to the address of its page."""


def tree(lines: Iterable[Line], address: Address | None = None) -> SafeString:
    """The tree under one outcome; whole without `address`, else with long folded branches behind their links."""
    inside = _items(lines, _Place((), "", address))
    return mark_safe(f'<ul class="tree">{inside}</ul>')  # noqa: S308 (every text is escaped below)


@dataclass(frozen=True)
class Branch:
    """One line of a tree with what it rests on, found again by its key."""

    line: Line
    place: _Place

    @property
    def row(self) -> SafeString:
        return mark_safe(f'<ul class="tree"><li class="{self.line.role}">{_row(self.line)}</li></ul>')  # noqa: S308

    @property
    def below(self) -> SafeString:
        """What the line rests on; long folded branches again behind their links."""
        return mark_safe(f"<ul>{_items(self.line.children, self.place)}</ul>")  # noqa: S308


def branch(lines: Iterable[Line], key: str, address: Address) -> Branch | None:
    """The line of that key; None where the tree has none, or another one in that place."""
    way = _way(key)
    place, line = _Place((), "", address), None
    for step in way:
        below = list(lines)
        if step >= len(below):
            return None
        line = _told_at_once(below[step])
        place, lines = place.under(step, line), line.children
    return Branch(line, place) if line is not None and place.key == key else None


def _way(key: str) -> list[int]:
    """The positions of a key; none where it is not one."""
    steps = key.split("-")[:-1]
    fit = len(steps) <= _DEEPEST and all(one.isascii() and one.isdecimal() and len(one) < 6 for one in steps)
    return [int(one) for one in steps] if fit else []


@dataclass(frozen=True)
class _Place:
    """Where a line stands: positions from the root, what stood on the way (of the rulebook, nobody's), the address."""

    way: tuple[int, ...]
    passed: str
    address: Address | None

    def under(self, step: int, line: Line) -> _Place:
        return _Place((*self.way, step), f"{self.passed}/{line.role}.{line.name}.{line.status}", self.address)

    @property
    def key(self) -> str:
        check = hashlib.sha256(self.passed.encode()).hexdigest()[:8]
        return "-".join((*map(str, self.way), check))


def _items(lines: Iterable[Line], place: _Place) -> str:
    told = (_told_at_once(line) for line in lines)
    return "".join(_item(line, place.under(step, line)) for step, line in enumerate(told))


def _item(line: Line, place: _Place) -> str:
    decides = f" deciding {line.status}" if line.open and line.status not in ("", "yes") else ""
    below = _below(line, place) if line.children else ""
    return f'<li class="{line.role}{decides}">{_row(line)}{below}</li>'


def _below(line: Line, place: _Place) -> str:
    """What a line rests on, folded. The line itself stands outside: it holds a link, which no button may."""
    label = escape(f"展开或收起：{line.text.partition('：')[0]}")
    summary = f'<summary aria-label="{label}"></summary>'
    if place.address is not None and not line.open and _is_long(line):
        url = escape(place.address(place.key))
        fetch = f'hx-get="{url}" hx-trigger="toggle once" hx-target="find .rest" hx-swap="outerHTML"'
        name = escape(f"逐条查看：{line.text.partition('：')[0]}")
        return f'<details {fetch}>{summary}<p class="rest cite" aria-live="polite"><a href="{url}">{name}</a></p></details>'
    inside = _items(line.children, place)
    return f"<details{' open' if line.open else ''}>{summary}<ul>{inside}</ul></details>"


def _is_long(line: Line) -> bool:
    return any(count > _INLINE for count, _one in enumerate(line.walk()))


def _told_at_once(line: Line) -> Line:
    """A clause that is one comparison says so in its own line: name, value, sign and limit, what it reads under it."""
    if line.role != "rule" or not line.status or len(line.children) != 1:
        return line
    [test] = line.children
    plain = test.role == "test" and test.status == line.status and not any(map(_is_condition, test.children))
    if not plain or not any(one.isdecimal() for one in test.text):
        return line
    name = line.text.rpartition("：")[0]
    return replace(line, text=f"{name}：{test.text}", margin=test.margin, children=test.children)


def _is_condition(line: Line) -> bool:
    return line.role == "test" or (line.role == "rule" and bool(line.status))


def _row(line: Line) -> str:
    who = f'<span class="who-tag">{escape(line.who)}</span>' if line.who else ""
    margin = f'<span class="margin">{escape(line.margin)}</span>' if line.margin else ""
    mark = (
        _mark(line.status)
        if line.status
        else f'<span class="bullet">{_BULLETS.get(line.role, "计算")}</span>'
    )
    example = _EXAMPLE if line.example and line.role == "parameter" else ""
    return (
        f'<div class="row1">{mark}<div class="say"><span class="t">{who}{escape(line.text)}{margin}{example}</span>'
        f"{_citation(line)}{_gap(line)}</div></div>"
    )


@functools.cache
def _mark(status: str) -> str:
    shape, word = MARKS[status]
    sprite = static("vendor/icons/icons.svg")
    return (
        f'<span class="mark {status}"><svg class="icon" aria-hidden="true" focusable="false">'
        f'<use href="{sprite}#{shape}"></use></svg>{word}</span>'
    )


def _citation(line: Line) -> str:
    if line.role == "rule" and line.citation:
        example = f" {_EXAMPLE}" if line.example else ""
        return f'<span class="cite"><a href="{_link("provision", line.name)}">{escape(line.citation)}</a>{example}</span>'
    if line.role == "parameter":
        text = f"自 {line.row.since:%Y-%m-%d} 起，{line.row.document}" if line.row else "参数说明"
        return f'<span class="cite"><a href="{_link("parameter", line.name)}">{escape(text)}</a></span>'
    if line.role == "fact" and line.source is not None:
        text = source_words(line.source)
        return f'<span class="cite">{escape(text)}</span>' if text else ""
    return ""


def source_words(source: Source) -> str:
    """Who said so, since when it holds, when it was recorded."""
    parts = [source.name] if source.name else []
    if source.since is not None:
        parts.append(f"{source.since:%Y-%m-%d} 起生效")
    if source.recorded is not None:
        parts.append(f"{source.recorded:%Y-%m-%d} 记录")
    if source.note:
        parts.append(source.note)
    return "，".join(parts)


def _gap(line: Line) -> str:
    return f'<span class="cite">条文未尽之处的读法：{escape(line.gap)}</span>' if line.gap else ""


@functools.cache
def _link(kind: str, name: str) -> str:
    return reverse(kind, args=[name])
