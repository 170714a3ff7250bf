"""The few filters the book's templates need: days, addresses of references."""

from __future__ import annotations

from datetime import date

from django import template

from minzheng.rulebook.content import Ref

register = template.Library()

FOLDERS = {"rule": "rule", "parameter": "parameter", "clause": "clause", "instrument": "instrument"}


@register.filter
def day(value: date | None) -> str:
    return "—" if value is None else value.isoformat()


@register.filter
def href(ref: Ref, root: str) -> str:
    """The page of a reference, from a page whose way up is `root`."""
    return f"{root}{FOLDERS[ref.kind]}/{ref.key}.html"
