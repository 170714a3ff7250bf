"""Officers and residents at the same time: how long a page takes while so many people each ask for one now and then.

`python -m benchmarks.load --home DIR --scale 1` starts the platform over the city of that home and lets 50 officers ask for
a page each 5 seconds, then 200 residents each 10 seconds, in the mixes below. A time runs from the moment the request was
due, so that a server that falls behind is not excused; the clients run on the same machine and cost it too.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.city import MINZHENG, City
from benchmarks.figures import Figure
from benchmarks.visitor import Visitor

OFFICERS, OFFICER_EVERY = 50, 5.0
RESIDENTS, RESIDENT_EVERY = 200, 10.0
SECONDS = 180.0
MOST_MS = 300
_MINE = "/portal/mine/"

#: Share of the requests, and where they go; a name in braces is one of the addresses found on that list.
OFFICE_MIX = {
    "/": 15, "/cases/": 20, "{case}": 15, "/leads/": 10, "{lead}": 10, "{household}": 10, "{outcome}": 5,
    "/search/?q=李": 5, "/reviews/": 10,
}  # fmt: skip
PORTAL_MIX = {
    "/portal/": 20, "/portal/check/": 15, "/portal/programmes/dibao/": 10, _MINE: 25, "/portal/payments/": 15,
    "/portal/data/": 5, "/portal/board/": 10,
}  # fmt: skip
_LISTS = {"case": "/cases/", "lead": "/leads/", "household": "/search/?q=李"}
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass
class Times:
    """Seconds of every answer by kind of page, and what was no answer."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, took: float, status: int) -> None:
        with self.lock:
            self.seconds[kind].append(took)
            if status != 200:
                self.errors.append(f"{kind}: {status}")

    def percentile(self, share: float) -> float:
        every = sorted(itertools.chain.from_iterable(self.seconds.values()))
        return every[min(len(every) - 1, int(len(every) * share))] * 1000

    def told(self) -> str:
        kinds = sorted(self.seconds.items(), key=lambda entry: -max(entry[1]))
        slowest = ", ".join(f"{kind} {max(times) * 1000:.0f}" for kind, times in kinds[:3])
        count = sum(map(len, self.seconds.values()))
        return f"{count} requests, p50 {self.percentile(0.5):.0f} ms, {len(self.errors)} errors; slowest single: {slowest} ms"


def measure_office(city: City, people: int = OFFICERS, seconds: float = SECONDS) -> list[Figure]:
    with _platform(city) as port:
        times = _run(people, seconds, OFFICER_EVERY, _officers(port, people), OFFICE_MIX)
    return [
        _figure(
            "office_p99_ms",
            "Office pages, p99",
            times,
            f"{people} officers, one request each {OFFICER_EVERY:g} s",
        )
    ]


def measure_portal(city: City, people: int = RESIDENTS, seconds: float = SECONDS) -> list[Figure]:
    with _platform(city) as port:
        times = _run(people, seconds, RESIDENT_EVERY, _residents(port, people), PORTAL_MIX)
    return [
        _figure(
            "portal_p99_ms",
            "Residents' pages, p99",
            times,
            f"{people} residents, one request each {RESIDENT_EVERY:g} s",
        )
    ]


def _figure(name: str, title: str, times: Times, who: str) -> Figure:
    if times.errors:
        raise RuntimeError(f"{name}: not every page answered: {times.errors[:5]}")
    return Figure(
        name, times.percentile(0.99), "ms", f"p50 {times.percentile(0.5):.0f} ms in the same run", title, most=MOST_MS,
        note=f"{who}; {times.told()}; clients on the same machine",
    )  # fmt: skip


def _run(
    people: int,
    seconds: float,
    every: float,
    visitors: list[tuple[Visitor, dict[str, list[str]]]],
    mix: dict[str, int],
) -> Times:
    """Everybody asks in turn, each beginning at a moment of their own; each page was asked for once before."""
    visitor, known = visitors[0]
    for kind in mix:
        visitor.get(_quoted(_place(kind, known, random.Random(0))))
    times, begin = Times(), time.perf_counter() + 1
    threads = [
        threading.Thread(target=_visit, args=(visitor, known, number * every / people + begin, begin + seconds, every, mix, times, number))
        for number, (visitor, known) in enumerate(visitors)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _visit(
    visitor: Visitor, known: dict[str, list[str]], due: float, end: float, every: float, mix: dict[str, int],
    times: Times, seed: int,
) -> None:  # fmt: skip
    draw = random.Random(seed)
    kinds, weights = list(mix), list(mix.values())
    while due < end:
        time.sleep(max(0.0, due - time.perf_counter()))
        (kind,) = draw.choices(kinds, weights)
        path = _place(kind, known, draw)
        try:
            status = visitor.get(_quoted(path)).status
        except OSError as trouble:
            status = -(trouble.errno or 1)
        times.add(kind, time.perf_counter() - due, status)
        due += every


def _place(kind: str, known: dict[str, list[str]], draw: random.Random) -> str:
    return draw.choice(known[kind.strip("{}")]) if kind.startswith("{") else kind


def _officers(port: int, people: int) -> list[tuple[Visitor, dict[str, list[str]]]]:
    """Sessions of the demonstration's accounts that see cases; of one account there are several."""
    from minzheng.base import demo_staff

    names = [account.username for account in demo_staff.ACCOUNTS]
    signed: list[tuple[Visitor, dict[str, list[str]]]] = []
    for name in names:
        if len(signed) >= people:
            break
        visitor = Visitor(port)
        page = visitor.submit(
            visitor.get("/sign-in/"), 'name="password"', username=name, password=demo_staff.PASSWORD
        )
        if 'name="code"' in page.text:
            page = visitor.submit(page, 'name="code"')
        plain = [path for path in OFFICE_MIX if not path.startswith("{")]
        if all(visitor.get(_quoted(path)).status == 200 for path in plain):
            signed.append((visitor, _known(visitor)))
    if not signed:
        raise RuntimeError("no account sees all pages of the mix")
    sessions = itertools.islice(itertools.cycle(signed), people)
    return [(Visitor(port, dict(visitor.cookies)), known) for visitor, known in sessions]


def _known(visitor: Visitor) -> dict[str, list[str]]:
    """Addresses of single things from the lists; where a list is empty, the list itself is asked for instead."""
    known = {
        name: visitor.get(_quoted(path)).links(f"/{name}s/{_UUID}/") or [path]
        for name, path in _LISTS.items()
    }
    household = visitor.get(_quoted(known["household"][0]))
    known["outcome"] = household.links(rf"/households/{_UUID}/[a-z_]+/(?:[0-9]+/)?") or [
        known["household"][0]
    ]
    return known


def _residents(port: int, people: int) -> list[tuple[Visitor, dict[str, list[str]]]]:
    """Sessions of the fixed households' heads, as many visitors to each as are needed."""
    from minzheng.demo.stories import STORIES

    signed = []
    for story in STORIES[:10]:
        visitor = Visitor(port)
        page = visitor.submit(visitor.get("/portal/sign-in/"), 'name="story"', story=str(story.id))
        page = visitor.submit(page, 'name="code"')
        if visitor.get(_MINE).path == _MINE:
            signed.append(visitor)
    if not signed:
        raise RuntimeError("no resident came in")
    return [
        (Visitor(port, dict(one.cookies)), {}) for one in itertools.islice(itertools.cycle(signed), people)
    ]


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/?=&{}")


class _platform:  # noqa: N801 - reads as a block
    """The platform over the city of that home, for the length of a block."""

    def __init__(self, city: City) -> None:
        self._city = city

    def __enter__(self) -> int:
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            port = int(door.getsockname()[1])
        log = self._city.home / "load.log"
        with log.open("w") as said:
            self._process = subprocess.Popen(
                [MINZHENG, "run", "--port", str(port), "--no-bank"],
                env=self._city.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        while "已就绪" not in log.read_text(encoding="utf-8", errors="replace"):
            if self._process.poll() is not None:
                raise RuntimeError(f"the platform did not start, see {log}")
            time.sleep(0.5)
        self._wait_for_sweep()
        return port

    def __exit__(self, *_trouble: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(120)

    def _wait_for_sweep(self) -> None:
        """The first sweep of a new city would be measured with it: it is waited for."""
        subprocess.run([MINZHENG, "sweep", "--if-needed"], env=self._city.environment, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--scale", default="0.01")
    parser.add_argument("--officers", type=int, default=OFFICERS)
    parser.add_argument("--residents", type=int, default=RESIDENTS)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    os.environ["MINZHENG_HOME"] = str(asked.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    django.setup()
    city = City(asked.home, asked.scale)
    city.build()
    runs: list[Callable[[], list[Figure]]] = [
        lambda: measure_office(city, asked.officers, asked.seconds),
        lambda: measure_portal(city, asked.residents, asked.seconds),
    ]
    for run in runs:
        for figure in run():
            sys.stdout.write(
                f"{figure.id}: {figure.value:.0f} {figure.unit} (asked {figure.asked}); {figure.note}\n"
            )
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
