"""The decision tree as nested lists of `<details>`: built as text, since a household's trees run to thousands of lines.

Each line shows shape and word, whom it is about, the sentence, the margin, the example mark, and its citation as a
link. The branch that decided stands open and marked; the rest is folded. Works without script.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from minzheng.rules.explain.sentences import Line
from minzheng.rules.facts import Source
from minzheng.web.templatetags.office import MARKS

_BULLETS = {"parameter": "标准", "fact": "事实"}
_EXAMPLE = '<abbr class="example" title="依据的参数为示例值，尚未经本市确认">示例</abbr>'


def tree(lines: Iterable[Line]) -> SafeString:
    """The whole tree under one outcome."""
    return mark_safe(f'<ul class="tree">{"".join(map(_item, lines))}</ul>')  # noqa: S308 (every text is escaped below)


def _item(line: Line) -> str:
    line = _told_at_once(line)
    decides = f" deciding {line.status}" if line.open and line.status not in ("", "yes") else ""
    below = _below(line) if line.children else ""
    return f'<li class="{line.role}{decides}">{_row(line)}{below}</li>'


def _below(line: Line) -> str:
    """What a line rests on, folded. The line itself stands outside: it holds a link, which no button may."""
    inside = "".join(map(_item, line.children))
    label = escape(f"展开或收起：{line.text.partition('：')[0]}")
    return f'<details{" open" if line.open else ""}><summary aria-label="{label}"></summary><ul>{inside}</ul></details>'


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
