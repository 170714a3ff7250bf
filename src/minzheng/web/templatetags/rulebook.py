"""Addresses of what the rulebook's pages refer to."""

from __future__ import annotations

from django import template
from django.urls import reverse

from minzheng.rulebook.content import Ref

register = template.Library()

PAGES = {"rule": "provision", "parameter": "parameter", "clause": "clause", "instrument": "instrument"}


@register.filter
def address(ref: Ref) -> str:
    """The office's page of a rule, a parameter, a clause or a document."""
    return reverse(PAGES[ref.kind], args=[ref.key])
