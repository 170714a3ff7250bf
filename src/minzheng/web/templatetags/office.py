"""How values look in templates: icons, status marks, money, tags, links that keep the filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from minzheng.assessment.types import Kind
from minzheng.assessment.workflow import State
from minzheng.registry.queries import division_name
from minzheng.rules.explain.sentences import Line
from minzheng.values.money import Fen, format_yuan
from minzheng.web.explained import Shown

register = template.Library()

MARKS = {
    "yes": ("circle-check", "符合"),
    "no": ("square-x", "不符合"),
    "unknown": ("help-hexagon", "未知"),
    "review": ("user-question", "需人工"),
}
"""Shape and word: a status is never told by colour alone."""


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("vendor/icons/icons.svg"),
        name,
    )


@register.simple_tag
def mark(status: str, word: str = "") -> SafeString:
    """The shape and the word of an outcome or of a clause."""
    shape, usual = MARKS[status]
    return format_html('<span class="mark {}">{}{}</span>', status, icon(shape), word or usual)


_KIND_COLOURS = {
    Kind.ENTITLED: "green",
    Kind.CLARIFY: "grey",
    Kind.ENDED: "red",
    Kind.AMOUNT: "amber",
    Kind.UNSETTLED: "grey",
}
_STATE_COLOURS = {
    State.OPEN: "amber",
    State.CONTACTED: "blue",
    State.POSTPONED: "blue",
    State.APPLIED: "blue",
    State.REVIEWED: "green",
    State.DECLINED: "grey",
    State.SETTLED: "grey",
    State.WRONG: "red",
    State.EXPIRED: "red",
}


@register.simple_tag
def kind_tag(kind: int) -> SafeString:
    """What a lead says, quietly coloured; the word says it too."""
    return format_html('<span class="tag {}">{}</span>', _KIND_COLOURS[Kind(kind)], Kind(kind).label)


@register.simple_tag
def state_tag(state: str) -> SafeString:
    """Where a lead stands."""
    return format_html('<span class="tag {}">{}</span>', _STATE_COLOURS[State(state)], State(state).label)


@register.simple_tag
def example(shown: bool = True) -> SafeString | str:
    """The small mark of a value the city has not confirmed."""
    if not shown:
        return ""
    return format_html('<abbr class="example" title="{}">示例</abbr>', "依据的参数为示例值，尚未经本市确认")


@register.filter
def yuan(fen: int | Fraction | None) -> str:
    """`1,234.50`; a dash where there is nothing."""
    if fen is None:
        return "—"
    return format_yuan(Fen(round(fen)), unit=False)


@register.filter
def wan(fen: int | Fraction | None) -> str:
    """Ten thousands of yuan with two decimals, for large totals."""
    if fen is None:
        return "—"
    hundredths = round(Fraction(fen) / 10_000)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100:,}.{abs(hundredths) % 100:02d}"


@register.filter
def signed(number: int | Fraction) -> str:
    """A difference with its sign in words a reader sees: `+1,234`, `-5`, `0`."""
    return f"{int(number):+,}" if number else "0"


@register.filter
def signed_wan(fen: int | Fraction) -> str:
    shown = wan(fen)
    return shown if shown.startswith("-") or shown == "0.00" else f"+{shown}"


@register.filter
def thousands(number: int | None) -> str:
    return "—" if number is None else f"{number:,}"


@register.filter
def decimal(number: Fraction | None) -> str:
    """One decimal; a dash where there is nothing to divide by."""
    return "—" if number is None else f"{float(number):.1f}"


@register.filter
def day(value: date | datetime | None) -> str:
    """`2023-12-01`, by the clock of China."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{value:%Y-%m-%d}"


@register.filter
def moment(value: datetime | None) -> str:
    """`2023-12-01 09:30`, by the clock of China."""
    if value is None:
        return "—"
    return f"{timezone.localtime(value) if timezone.is_aware(value) else value:%Y-%m-%d %H:%M}"


@register.filter
def pick(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def share(part: int, whole: int) -> str:
    """A percentage with one decimal, a dash when there is nothing to divide by."""
    return f"{Fraction(part * 1000, whole).__round__() / 10:.1f}%" if whole else "—"


@register.simple_tag(name="tree")
def decision_tree(lines: list[Line], address: Callable[[str], str] | None = None) -> SafeString:
    """The tree of an outcome; `address` gives long folded branches pages of their own."""
    from minzheng.web.tree import tree

    return tree(lines, address)


@register.simple_tag
def url_of_outcome(household: UUID, one: Shown, query: str) -> str:
    """The page of one outcome, on the same two days."""
    who = one.outcome.who
    named = "outcome" if who is None else "outcome-of"
    place = [household, one.outcome.program.name, *([] if who is None else [who])]
    return f"{reverse(named, args=place)}?{query}"


register.filter("division", division_name)
