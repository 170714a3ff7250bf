"""Parts of the forms of a family's changes: options with the chosen one marked, a refusal beside its field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_SELECTED = SafeString(" selected")


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: Any) -> SafeString:
    """The options of a select."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, _SELECTED if value == chosen else "", label) for value, label in choices),
    )


@register.simple_tag(takes_context=True)
def wrong_here(context: Context, name: str) -> SafeString | str:
    """What was refused, where it was typed."""
    refusal = context.get("refusal")
    if refusal is None or refusal.field != name:
        return ""
    return format_html('<p class="wrong mb-0">{}{}</p>', refusal.message, refusal.next_step)
