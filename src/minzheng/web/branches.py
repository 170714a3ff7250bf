"""One branch of an explanation: a page of its own, or the part that is fetched into its place when it is opened.

Whoever shows a tree gives the tag `tree` an `address_of`; whoever answers there judges again, with the
reader's own regions, and calls `show`. An address holds the public id of the thing and a position, nobody's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minzheng.rules.explain.sentences import Line
from minzheng.values.errors import Refusal
from minzheng.web.access import OfficeRequest
from minzheng.web.tree import Address, branch


@dataclass(frozen=True)
class AddressOf:
    """Addresses of the branches of one tree, from the name of their page and what it is about."""

    name: str
    args: tuple[Any, ...]
    query: str = ""
    #: Of the template language: it is handed on there, not asked.
    do_not_call_in_templates: ClassVar[bool] = True

    def __call__(self, key: str) -> str:
        return reverse(self.name, args=[*self.args, key]) + (f"?{self.query}" if self.query else "")


def address_of(name: str, *args: Any, query: str = "") -> AddressOf:
    return AddressOf(name, args, query)


def show(
    request: OfficeRequest,
    lines: Iterable[Line],
    key: str,
    address: Address,
    *,
    trail: list[tuple[str, str]],
    about: str,
) -> HttpResponse:
    """The branch with what it rests on. `trail` leads back to the whole; its last entry with an address is the way back."""
    found = branch(lines, key, address)
    if found is None:
        raise Refusal(
            "branch.changed",
            "这一条依据已有变化：登记的事实、适用的规定或者地址与打开页面时不同。",
            next_step="请返回上一页，刷新后重新展开。",
        )
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(found.below)
    back = [url for url, _word in trail if url][-1]
    title = found.line.text.partition("：")[0]
    context = {"branch": found, "title": title, "trail": [*trail, ("", title)], "about": about, "back": back}
    return render(request, "office/branch.html", context)
