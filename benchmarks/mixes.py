"""Who works with the platform at the same time and what they ask for: the mixes that `load` and `pages` measure.

A name in braces is one of the things found on the list named in `FOUND_ON`, as somebody finds them who clicks.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from benchmarks.visitor import Page, links_of

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OPENED = 4
"""Of another kind so many are opened to find what stands on them."""
SEARCH = "search by name"
SURNAMES = "王李张刘陈杨赵黄周吴"


@dataclass(frozen=True)
class Post:
    """Officers of one kind of work: how many of fifty, with which accounts, share of the requests by kind of page."""

    name: str
    people: int
    accounts: tuple[str, ...]
    mix: Mapping[str, int]


POSTS = (
    Post("village and township", 30, ("cun", "xiang", "xiang2", "xiang3", "xy-cun", "xy-xiang", "xy-xiang2", "xy-xiang3"), {
        "/": 12, "/cases/": 18, "{case}": 15, "/cases/?due=overdue": 3, "/leads/": 10, "{lead}": 10, "/reviews/": 6,
        SEARCH: 8, "{household}": 10, "{outcome}": 4, "{family}": 4,
    }),
    Post("county", 8, ("shenhe", "xian", "xy-shenhe", "xy-xian"), {
        "/": 10, "/cases/": 20, "{case}": 22, "/cases/?state=reported": 8, "/cases/kin/": 2, "/reviews/": 6, SEARCH: 6,
        "{household}": 8, "{family}": 6, "{award}": 8, "/payroll/": 4,
    }),
    Post("payments", 6, ("fafang", "fuhe", "caizheng", "xy-fafang", "xy-fuhe", "xy-caizheng"), {
        "/": 5, "/payroll/": 20, "{payroll}": 25, "{payment}": 20, "{award paid}": 8, "/payroll/bank/": 10, "/payroll/holds/": 4,
        "/payroll/recoveries/": 8,
    }),
    Post("city", 4, ("shi",), {
        "/": 20, "/leads/": 15, "{lead}": 8, "/reviews/": 10, "/cases/": 15, "/cases/supervision/": 6, SEARCH: 6,
        "{household}": 8, "/sweeps/": 6, "/rulebook/": 6,
    }),
    Post("policy", 2, ("zhengce", "zhengce2"), {
        "/": 10, "/rulebook/": 20, "{provision}": 20, "/enacting/": 20, "{proposal}": 15, "/enacting/new/": 15,
    }),
)  # fmt: skip
PORTAL: dict[str, int] = {
    "/portal/": 18, "/portal/check/": 12, "/portal/programmes/dibao/": 8, "/portal/mine/": 24, "/portal/payments/": 14,
    "{own case}": 8, "/portal/apply/": 6, "/portal/data/": 4, "/portal/board/": 4, "/portal/board/140403104206/": 2,
}  # fmt: skip

#: Where things are found: an address, or another kind of which some are opened; and what their addresses look like.
FOUND_ON: dict[str, tuple[str, str]] = {
    "{case}": ("/cases/", f"/cases/{_UUID}/"),
    "{lead}": ("/leads/", f"/leads/{_UUID}/"),
    "{review}": ("/reviews/", f"/leads/{_UUID}/"),
    "{household}": (SEARCH, f"/households/{_UUID}/"),
    "{receiving}": ("{review}", f"/households/{_UUID}/"),
    "{outcome}": ("{household}", rf"/households/{_UUID}/[a-z_]+/(?:[0-9]+/)?"),
    "{family}": ("{receiving}", f"/households/{_UUID}/awards/"),
    "{payroll}": ("/payroll/", f"/payroll/{_UUID}/"),
    "{payment}": ("{payroll}", f"/payments/{_UUID}/"),
    "{award}": ("{family}", f"/awards/{_UUID}/"),
    "{award paid}": ("{payment}", f"/awards/{_UUID}/"),
    "{provision}": ("/rulebook/", r"/rulebook/[a-z_]+/"),
    "{proposal}": ("/enacting/", f"/enacting/{_UUID}/"),
    "{own case}": ("/portal/mine/", f"/portal/cases/{_UUID}/"),
}


class Browser(Protocol):
    """What a mix needs of whoever asks."""

    def get(self, path: str) -> Page: ...

    def post(self, path: str, **fields: str) -> Page: ...


def ask(browser: Browser, place: str, draw: random.Random) -> Page:
    """Ask for one page: an address, or a search by name, whose words travel in the body."""
    if place == SEARCH:
        return browser.post("/search/", q=draw.choice(SURNAMES))
    return browser.get(quote(place, safe="/?=&"))


def known(browser: Browser, mix: Mapping[str, int]) -> dict[str, list[str]]:
    """Addresses for each kind in braces, found by walking; a kind that nothing was found of is left out."""
    found: dict[str, list[str]] = {}
    for kind in mix:
        if kind.startswith("{"):
            _look_for(browser, kind, found)
    return {kind: found[kind] for kind in mix if found.get(kind)}


def _look_for(browser: Browser, kind: str, found: dict[str, list[str]]) -> None:
    if kind in found:
        return
    place, pattern = FOUND_ON[kind]
    found[kind] = []
    pages = [place]
    if place.startswith("{"):
        _look_for(browser, place, found)
        pages = found[place][:_OPENED]
    draw = random.Random(1)
    links = itertools.chain.from_iterable(links_of(ask(browser, one, draw).text, pattern) for one in pages)
    found[kind] = list(dict.fromkeys(links))
