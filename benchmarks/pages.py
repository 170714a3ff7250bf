"""What one page costs: processor time of the server's two sides and the number of queries, whatever else the machine does.

`python -m benchmarks.pages --home DIR` asks for every page of the mixes of `benchmarks.load` in this process, as each
account of the demonstration and as a resident, over the city of that home (its database must not be in use by `run`).
Waiting is not counted: Python's time is the thread's own, PostgreSQL's that of the one backend behind it.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks import mixes
from benchmarks.visitor import Page, form_of

TIMES = 5
"""So often a page is asked for, or so many of a kind each once."""
_SLOW_MS = 5.0


@dataclass
class Cost:
    """Processor milliseconds, mean of some requests; the dearest with its queries."""

    python: float
    database: float
    dearest: float
    queries: list[tuple[str, float]] = field(default_factory=list)
    status: int = 200
    size: int = 0

    @property
    def sum(self) -> float:
        return self.python + self.database


def cost(asks: Sequence[Callable[[], Page]]) -> Cost:
    """Ask for each once to warm up and once measured."""
    found = []
    for ask in asks:
        ask()
        before, began = _backend_ns(), time.thread_time_ns()
        with _watched() as queries:
            page = ask()
        python, database = (time.thread_time_ns() - began) / 1e6, (_backend_ns() - before) / 1e6
        found.append(Cost(python, database, python + database, queries, page.status, len(page.text.encode())))
    dearest = max(found, key=lambda one: one.sum)
    return replace(
        dearest,
        python=statistics.fmean(one.python for one in found),
        database=statistics.fmean(one.database for one in found),
    )


def _backend_ns() -> int:
    """Time on a processor of the backend behind this process's connection."""
    from django.db import connection

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


@contextmanager
def _watched() -> Iterator[list[tuple[str, float]]]:
    """Each statement with the milliseconds it was waited for."""
    from django.db import connection

    seen: list[tuple[str, float]] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seen.append((_with_values(sql, params), (time.perf_counter() - began) * 1000))

    with connection.execute_wrapper(watch):
        yield seen


def _with_values(sql: str, params: Any) -> str:
    return f"{sql} -- {params!r}"[:4000]


class Inside:
    """A browser whose server is this very process."""

    def __init__(self) -> None:
        from django.test import Client

        self._client = Client(enforce_csrf_checks=False)

    def get(self, path: str) -> Page:
        return self._page(self._client.get(path, follow=True), path)

    def post(self, path: str, **fields: str) -> Page:
        return self._page(self._client.post(path, fields, follow=True), path)

    def _page(self, reply: Any, path: str) -> Page:
        last = reply.redirect_chain[-1][0] if reply.redirect_chain else path
        return Page(reply.status_code, last, reply.content.decode())


def officer(username: str) -> Inside:
    """Somebody who came in at the door of the office, with both factors."""
    from minzheng.base.demo_staff import PASSWORD

    browser = Inside()
    page = browser.post("/sign-in/", username=username, password=PASSWORD)
    browser.post(page.path, **form_of(page.text, 'name="code"')[1])
    return browser


def resident(story: int) -> Inside:
    """The head of one of the fixed households."""
    browser = Inside()
    page = browser.post("/portal/sign-in/", story=str(story))
    browser.post(page.path, **form_of(page.text, 'name="code"')[1])
    return browser


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument(
        "--slow", type=float, default=_SLOW_MS, help="list queries waited for longer than these milliseconds"
    )
    parser.add_argument("--who", nargs="*", default=["cun", "xiang", "xian", "fafang", "zhengce", "shi"])
    parser.add_argument("--only", nargs="*", default=[], help="pages to look at, by kind; all by default")
    asked = parser.parse_args()
    os.environ["MINZHENG_HOME"] = str(asked.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django
    from django.core.management import call_command

    from minzheng.database import serving

    with serving():
        django.setup()
        call_command("collectstatic", interactive=False, verbosity=0)
        for who, browser, mix in _visitors(asked.who):
            _tell(who, browser, mix, asked.only, asked.slow)
    return 0


def _visitors(accounts: list[str]) -> Iterator[tuple[str, Inside, Mapping[str, int]]]:
    for post in mixes.POSTS:
        for name in post.accounts:
            if name in accounts:
                yield name, officer(name), post.mix
    yield "resident", resident(10), mixes.PORTAL


def _tell(who: str, browser: Inside, mix: Mapping[str, int], only: list[str], slow: float) -> None:
    """A line a page, under it what was waited for; then what a request of this mix costs on average."""
    known = mixes.known(browser, mix)
    weights = costs = 0.0
    for kind, weight in mix.items():
        if only and kind not in only:
            continue
        if kind.startswith("{") and kind not in known:
            _say(f"{who:9} {kind:28} nothing found")
            continue
        paths = known[kind] if kind in known else [kind] * TIMES
        found = cost([_asking(browser, path, number) for number, path in enumerate(paths[:TIMES])])
        weights, costs = weights + weight, costs + weight * found.sum
        _say(
            f"{who:9} {kind:28} {found.status} {found.sum:6.1f} ms = python {found.python:6.1f} + database {found.database:6.1f};"
            f" dearest {found.dearest:6.1f} ms, {len(found.queries)} queries, {found.size // 1024} KiB"
        )
        for sql, took in found.queries:
            if took >= slow:
                _say(f"{'':10}{took:7.1f} ms  {sql}")
    if weights:
        _say(f"{who:9} {costs / weights:.1f} ms a request of the mix")


def _asking(browser: Inside, path: str, number: int) -> Callable[[], Page]:
    return lambda: mixes.ask(browser, path, random.Random(number))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
