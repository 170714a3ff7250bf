"""Words of administration in templates."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from minzheng.base.types import Role
from minzheng.web.audit_words import kind_in_words, verb_in_words

register = template.Library()
register.filter("verb", verb_in_words)
register.filter("kind", kind_in_words)


@register.filter
def roles(values: Iterable[str]) -> str:
    """Roles by their labels; a dash for none."""
    return "、".join(str(Role(value).label) for value in values) or "—"
