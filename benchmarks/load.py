"""Officers and residents at the same time: how long a page takes while so many people each ask for one now and then.

`python -m benchmarks.load --home DIR --scale 1` starts the platform over the city of that home and lets 50 officers ask for
a page each 5 seconds, then 200 residents each 10 seconds, in the mixes of `benchmarks.mixes`. A time runs from the moment
the request was due, so that a server that falls behind is not excused; the clients run on the same machine and cost it too.
"""

from __future__ import annotations

import argparse
import contextlib
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import mixes, worked
from benchmarks.city import MINZHENG, City
from benchmarks.figures import Figure
from benchmarks.mixes import POSTS, Post
from benchmarks.visitor import Visitor

OFFICERS, OFFICER_EVERY = 50, 5.0
RESIDENTS, RESIDENT_EVERY = 200, 10.0
SECONDS = 180.0
MOST_MS = 300
HEADS = 40
"""So many families take part; of each several members' telephones."""
_STARTS_WITHIN = 1800.0
_SETTLES = 60.0


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
        return _percentile(list(itertools.chain.from_iterable(self.seconds.values())), share)

    def told(self) -> str:
        worst = sorted(
            ((_percentile(times, 0.99), kind) for kind, times in self.seconds.items()), reverse=True
        )
        slowest = ", ".join(f"{kind} {took:.0f}" for took, kind in worst[:3])
        count = sum(map(len, self.seconds.values()))
        return f"{count} requests, p50 {self.percentile(0.5):.0f} ms, p95 {self.percentile(0.95):.0f} ms; slowest kinds by p99: {slowest} ms"

    def table(self) -> str:
        """A line a kind of page, for whoever looks for what is slow."""
        lines = [
            f"  {kind:32} {len(times):5} times, p50 {_percentile(times, 0.5):4.0f}, p99 {_percentile(times, 0.99):4.0f} ms"
            for kind, times in sorted(self.seconds.items())
        ]
        return "\n".join(lines)


def _percentile(seconds: list[float], share: float) -> float:
    """Milliseconds."""
    every = sorted(seconds)
    return every[min(len(every) - 1, int(len(every) * share))] * 1000


@dataclass
class Person:
    """Somebody at a browser: what they ask for and the addresses they know."""

    visitor: Visitor
    mix: Mapping[str, int]
    known: dict[str, list[str]]
    draw: random.Random

    def ask(self) -> tuple[str, int]:
        """One page of the mix; its kind and status."""
        (kind,) = self.draw.choices(list(self.mix), list(self.mix.values()))
        place = self.draw.choice(self.known[kind]) if kind in self.known else kind
        try:
            return kind, mixes.ask(self.visitor, place, self.draw).status
        except OSError as trouble:
            return kind, -(trouble.errno or 1)


def measure_office(city: City, people: int = OFFICERS, seconds: float = SECONDS) -> list[Figure]:
    worked.fill(city)
    with platform(city) as port:
        _propose(port)
        times = _run(_officers(port, people), seconds, OFFICER_EVERY)
    who = f"{people} officers, one request each {OFFICER_EVERY:g} s"
    return [_figure("office_p99_ms", "Office pages, p99", times, who)]


def measure_portal(city: City, people: int = RESIDENTS, seconds: float = SECONDS) -> list[Figure]:
    worked.fill(city)
    with platform(city) as port:
        times = _run(_residents(port, people), seconds, RESIDENT_EVERY)
    who = f"{people} residents, one request each {RESIDENT_EVERY:g} s"
    return [_figure("portal_p99_ms", "Residents' pages, p99", times, who)]


def _figure(name: str, title: str, times: Times, who: str) -> Figure:
    if times.errors:
        raise RuntimeError(f"{name}: not every page answered: {times.errors[:5]}")
    sys.stdout.write(times.table() + "\n")
    return Figure(
        name, times.percentile(0.99), "ms", f"p50 {times.percentile(0.5):.0f} ms in the same run", title, most=MOST_MS,
        note=f"{who}; {times.told()}; clients on the same machine",
    )  # fmt: skip


# -- asking ------------------------------------------------------------------------------------------------------------


def _run(people: list[Person], seconds: float, every: float) -> Times:
    """Everybody asks in turn, each beginning at a moment of their own; each kind of page was asked for once before."""
    for mix in {id(one.mix): one for one in people}.values():
        for kind in mix.mix:
            mixes.ask(mix.visitor, mix.known[kind][0] if kind in mix.known else kind, random.Random(0))
    times, begin = Times(), time.perf_counter() + 1
    threads = [
        threading.Thread(
            target=_visit, args=(one, number * every / len(people) + begin, begin + seconds, every, times)
        )
        for number, one in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _visit(person: Person, due: float, end: float, every: float, times: Times) -> None:
    while due < end:
        time.sleep(max(0.0, due - time.perf_counter()))
        kind, status = person.ask()
        times.add(kind, time.perf_counter() - due, status)
        due += every


# -- officers ----------------------------------------------------------------------------------------------------------


def _officers(port: int, people: int) -> list[Person]:
    """Of each kind of work as many as of fifty; of one account of the demonstration there are several sessions."""
    found: list[Person] = []
    for post in POSTS:
        signed = [(visitor, mixes.known(visitor, post.mix)) for visitor in _signed_in(port, post)]
        for number in range(max(1, round(post.people * people / OFFICERS))):
            found.append(_person(port, *signed[number % len(signed)], post.mix, len(found)))
    nobody = {kind for post in POSTS for kind in post.mix} - {kind for one in found for kind in one.mix}
    if nobody:
        raise RuntimeError(f"nobody found any of {', '.join(sorted(nobody))}")
    return found


def _person(
    port: int, visitor: Visitor, known: dict[str, list[str]], mix: Mapping[str, int], number: int
) -> Person:
    """Another session of that account; it asks for what there is in its region."""
    wanted = {kind: weight for kind, weight in mix.items() if not kind.startswith("{") or kind in known}
    return Person(Visitor(port, dict(visitor.cookies)), wanted, known, random.Random(number))


def _signed_in(port: int, post: Post) -> list[Visitor]:
    """One session an account."""
    from minzheng.base.demo_staff import PASSWORD

    found = []
    for name in post.accounts:
        visitor = Visitor(port)
        page = visitor.submit(visitor.get("/sign-in/"), 'name="password"', username=name, password=PASSWORD)
        if 'name="code"' in page.text:
            page = visitor.submit(page, 'name="code"')
        if page.path != "/":
            raise RuntimeError(f"{name} did not come in")
        found.append(visitor)
    return found


def _propose(port: int) -> None:
    """One proposal with the list of whom it affects, unless there is one: found as an officer finds it, by the page."""
    post = next(one for one in POSTS if one.name == "policy")
    visitor = _signed_in(port, post)[0]
    if mixes.known(visitor, {"{proposal}": 1}):
        return
    page = visitor.submit(
        visitor.get("/enacting/new/?key=dibao.std.urban&value=800"), 'name="document"', key="dibao.std.urban",
        place="140400", document="长政发〔2024〕1号", reason="性能测量",
    )  # fmt: skip
    began = time.monotonic()
    while visitor.submit(page, "核算名单<").status != 200:
        if time.monotonic() - began > _STARTS_WITHIN:
            raise RuntimeError("the desk did not find whom a proposal affects")
        time.sleep(5)


# -- residents ---------------------------------------------------------------------------------------------------------


def _residents(port: int, people: int) -> list[Person]:
    """Heads of families with cases and awards, by number, name and code like everybody."""
    signed = []
    for name, number in worked.residents(HEADS):
        visitor = Visitor(port)
        page = visitor.submit(visitor.get("/portal/sign-in/"), 'name="number"', name=name, number=number)
        page = visitor.submit(page, 'name="code"')
        if page.path != "/portal/mine/":
            raise RuntimeError("a resident did not come in")
        known = mixes.known(visitor, mixes.PORTAL)
        signed.append((visitor, known))
    sessions = enumerate(itertools.islice(itertools.cycle(signed), people))
    return [_person(port, visitor, known, mixes.PORTAL, number) for number, (visitor, known) in sessions]


# -- the platform ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def platform(city: City) -> Iterator[int]:
    """The platform over the city of that home, for the length of a block; its port."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = int(door.getsockname()[1])
    log = city.home / "load.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [MINZHENG, "run", "--port", str(port), "--no-bank"],
            env=city.environment,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, log)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the pages answer and the desk stands: what happens once at a start is not what is measured."""
    began = time.monotonic()
    while "已就绪" not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() - began > _STARTS_WITHIN:
            raise RuntimeError(f"the platform did not start, see {log}")
        time.sleep(0.5)
    time.sleep(_SETTLES)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--scale", default="0.01")
    parser.add_argument("--officers", type=int, default=OFFICERS)
    parser.add_argument("--residents", type=int, default=RESIDENTS)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", choices=["office", "portal"])
    asked = parser.parse_args()
    os.environ["MINZHENG_HOME"] = str(asked.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    django.setup()
    city = City(asked.home, asked.scale)
    city.build()
    runs: dict[str, Callable[[], list[Figure]]] = {
        "office": lambda: measure_office(city, asked.officers, asked.seconds),
        "portal": lambda: measure_portal(city, asked.residents, asked.seconds),
    }
    for name, run in runs.items():
        if asked.only and name != asked.only:
            continue
        for figure in run():
            sys.stdout.write(
                f"{figure.id}: {figure.value:.0f} {figure.unit} (asked {figure.asked}); {figure.note}\n"
            )
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
