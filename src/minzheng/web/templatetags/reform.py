"""How differences of a priced reform look in templates."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from minzheng.assessment.payment import half_up
from minzheng.assessment.reforms.ahead import UpcomingText
from minzheng.assessment.reforms.sliders import BY_KEY
from minzheng.assessment.reforms.upcoming import Upcoming
from minzheng.registry.queries import division_name
from minzheng.values.money import format_yuan
from minzheng.web.pages.reform_asked import TEXT, VALUE, named_text, named_value

register = template.Library()
CITYWIDE = ("000000", "140000", "140400")
"""Places whose value is the whole city's: a slider sets it for everybody."""


@register.simple_tag
def difference_wan(pair: Sequence[int]) -> str:
    """The second less the first in ten thousands of yuan, with its sign; small ones in yuan, so that none looks like 0."""
    change = pair[1] - pair[0]
    if 0 < abs(change) < 500_000:
        return f"{'+' if change > 0 else ''}{format_yuan(change)}"
    hundredths = half_up(Fraction(abs(change), 10_000))
    return f"{'+' if change > 0 else '-'}{hundredths // 100:,}.{hundredths % 100:02d}" if change else "不变"


@register.simple_tag
def difference_yuan(pair: Sequence[int]) -> str:
    change = pair[1] - pair[0]
    return f"{'+' if change > 0 else ''}{format_yuan(change, unit=False)}" if change else "—"


@register.filter
def place(code: str) -> str:
    """A jurisdiction of six digits in words."""
    if code == "000000":
        return "全国"
    shorter = code[:4] if code.endswith("00") else code
    return division_name(shorter[:2] if shorter.endswith("00") else shorter)


@register.simple_tag
def upcoming_link(one: Upcoming) -> SafeString | str:
    """To the desk with the value that is coming; on its slider where it has one that reaches so far."""
    if one.row.value is None:
        return "数值未知，不能测算"
    slider = BY_KEY.get(one.parameter.key)
    value = (
        slider.written(one.row.value)
        if slider is not None and isinstance(one.row.value, int | Fraction)
        else None
    )
    if (
        slider is not None
        and value is not None
        and one.place in CITYWIDE
        and slider.low <= value <= slider.high
    ):
        return _priced_link({slider.key: f"{float(value):g}"})
    return _priced_link({VALUE: named_value(one)})


@register.simple_tag
def text_link(one: UpcomingText) -> SafeString:
    """To the desk with a text that is coming."""
    return _priced_link({TEXT: named_text(one)})


def _priced_link(query: dict[str, str]) -> SafeString:
    return format_html('<a href="{}?{}">按此测算</a>', reverse("reform"), urlencode(query))
