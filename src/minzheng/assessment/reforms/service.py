"""The process that holds the city of the reform desk, and the socket on which pages ask it.

One process holds the columns of a city once, however many workers serve pages. It listens on a Unix socket in the
installation's own folder, readable by its owner only; a question is one line of JSON and so is the answer. Nothing
that names a person travels here, only ids and counts, and nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socketserver
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from minzheng.assessment.city import load_city
from minzheng.assessment.reforms.case_work import CaseWork
from minzheng.assessment.reforms.cases import Cases
from minzheng.assessment.reforms.changes import changed_holders
from minzheng.assessment.reforms.desk import Desk
from minzheng.assessment.reforms.overlay import overlay_of, replaced_provisions
from minzheng.assessment.reforms.report import basis, report
from minzheng.assessment.reforms.simulate import Simulation, later_changes
from minzheng.assessment.reforms.sliders import read_positions
from minzheng.assessment.reforms.snapshots import latest_snapshot
from minzheng.assessment.reforms.texts import Sides
from minzheng.database import home
from minzheng.rules.book import Rulebook
from minzheng.values.errors import MinzhengError, Refusal, SourceTrouble

_log = logging.getLogger(__name__)
LOOK_AGAIN = 20.0
"""Seconds between looks for a newer snapshot."""
LONGEST_QUESTION = 256 * 1024


def socket_path() -> Path:
    return home() / "desk.sock"


Texts = Callable[[str, str, date], Rulebook]
"""One side of a proposal of an edition ("before", "after", "cases"), as on a day."""


def _no_texts(_proposal: str, _side: str, _on: date) -> Rulebook:
    raise Refusal("desk.question", "改革台不认识这个请求。")


class Desks:
    """The desk of the latest snapshot, made in the background; what it is doing meanwhile.

    law: the rulebook in force, asked again and again: what two people signed is priced from as soon as it is seen.
    texts: the rulebook on either side of a proposal of another text.
    """

    def __init__(
        self,
        book: Rulebook,
        *,
        find: Callable[[], Path] = latest_snapshot,
        law: Callable[[], Rulebook] | None = None,
        texts: Texts | None = None,
        compiled: bool = True,
        cache: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.book, self.find, self.law = book, find, law or (lambda: book)
        self.texts = texts or _no_texts
        self.sides: Sides | None = None
        self.how: dict[str, Any] = {"compiled": compiled, "cache": cache, "threads": threads}
        self.desk: Desk | None = None
        self.basis: dict[str, Any] = {}
        self.standing: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.cases = CaseWork(Cases(book), self._stand_aside)
        self._state: dict[str, Any] = {"state": "waiting", "what": "等待快照", "step": 0}
        self._began = time.monotonic()
        self._identity = ""

    # -- making -------------------------------------------------------------------------------------------------------
    def watch(self, stop: threading.Event) -> None:
        """Make the desk, and again whenever a newer snapshot is there or another value came into force."""
        while not stop.is_set():
            self.refresh()
            stop.wait(LOOK_AGAIN if self.desk is not None else 2.0)

    def refresh(self) -> None:
        """Make the desk of the latest snapshot unless it stands already. A failure is told, and tried again."""
        try:
            folder, book = self.find(), self.law()
            identity = f"{folder}:{(folder / 'manifest.json').stat().st_mtime_ns}:{book.hash}"
            if identity != self._identity:
                self.book = book
                self.cases = CaseWork(Cases(book), self._stand_aside)
                self._make(folder)
                self._identity = identity
        except SourceTrouble as trouble:
            if self.desk is None:
                self._state = {"state": "waiting", "what": trouble.message.rstrip("。"), "step": 0}
        except Exception:
            _log.exception("the reform desk could not be made")
            self.desk = None
            self._state = {"state": "failed", "what": "城市数据未能准备好，原因已记入日志", "step": 0}

    def _make(self, folder: Path) -> None:
        self.desk, self._began = None, time.monotonic()
        city = load_city(folder, self.book, say=self._say)
        desk = Desk(city, self.book, say=self._say, **self.how)
        self.basis = basis(city, city.snapshot_id, self.book.hash, datetime.now(UTC))
        self.standing = report(desk.price({}))
        self.sides = Sides(desk)
        self.desk = desk
        self._state = {"state": "ready", "what": "已就绪", "step": STEPS}

    def _say(self, what: str) -> None:
        self._state = {"state": "preparing", "what": what, "step": int(self._state["step"]) + 1}

    # -- answering ----------------------------------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        """What it is doing: waiting, preparing, ready or failed; how far, and since how many seconds."""
        seconds = 0 if self._state["state"] == "ready" else int(time.monotonic() - self._began)
        return {**self._state, "steps": STEPS, "seconds": seconds, "basis": self.basis}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer a question. Raises `Refusal` or `SourceTrouble`, which travel as such."""
        ask = question.get("ask")
        if ask == "state":
            return self.state()
        desk = self.desk
        if desk is None:
            raise not_ready(self.state())
        if ask == "cases":
            if "text" in question:
                return self.cases.ask_under(self._text(desk, question["text"])) | {"basis": self.basis}
            return self._cases(desk, question["overlay"])
        if ask == "changes" and "text" in question:
            return self._changes_under_text(desk, question)
        with self._lock:
            if ask == "standing":
                return {"report": self.standing, "basis": self.basis, "milliseconds": 0}
            if ask == "price":
                return self._price(desk, question["positions"])
            if ask == "overlay":
                return self._overlay(desk, question["overlay"])
            if ask == "changes":
                return self._changes(desk, question)
        raise Refusal("desk.question", "改革台不认识这个请求。")

    def _price(self, desk: Desk, asked: dict[str, Any]) -> dict[str, Any]:
        positions = read_positions(asked)
        began = time.perf_counter()
        priced = desk.price(positions)
        spent = (time.perf_counter() - began) * 1000
        return {"report": report(priced), "basis": self.basis, "milliseconds": round(spent)}

    def _overlay(self, desk: Desk, raw: Any) -> dict[str, Any]:
        overlay = overlay_of(raw, self.book.parameters)
        began = time.perf_counter()
        found = desk.simulate(overlay)
        spent = (time.perf_counter() - began) * 1000
        later = later_changes(overlay, desk.city.loaded.manifest.on)
        return {"report": report(found), "basis": self.basis, "milliseconds": round(spent), "later": later}

    def _cases(self, desk: Desk, raw: Any) -> dict[str, Any]:
        """Which worked cases come out otherwise, or how far that is. Refuses what does not fit before it is begun."""
        overlay, on = overlay_of(raw, self.book.parameters), desk.city.loaded.manifest.on
        replaced_provisions(overlay, self.book, on)
        return self.cases.ask(overlay, on) | {"basis": self.basis}

    def _stand_aside(self) -> None:
        """Worked cases wait while a slider is being answered."""
        with self._lock:
            pass

    def _changes(self, desk: Desk, question: dict[str, Any]) -> dict[str, Any]:
        """Holders that change, in the regions asked for, counted whole and listed from `start`."""
        overlay = overlay_of(question["overlay"], self.book.parameters)
        return self._listed(desk.simulate(overlay), question)

    def _text(self, desk: Desk, said: dict[str, Any]) -> Rulebook:
        day = said.get("day")
        on = desk.city.loaded.manifest.on if day is None else date.fromisoformat(str(day))
        return self.texts(str(said["proposal"]), str(said["side"]), on)

    def _changes_under_text(self, desk: Desk, question: dict[str, Any]) -> dict[str, Any]:
        """The same under another text. It is compiled first, while sliders go on being answered."""
        book, basis = self._text(desk, question["text"]), self.basis
        if self.sides is None or self.sides.desk is not desk:
            raise not_ready(self.state())
        side = self.sides.of(book)
        with self._lock:
            return self._listed(desk.under(side), question) | {"basis": basis}

    def _listed(self, found: Simulation, question: dict[str, Any]) -> dict[str, Any]:
        regions = [str(region) for region in question["regions"]]
        rows = changed_holders(found, regions, str(question.get("programme", "")))
        start, most = int(question.get("start", 0)), int(question.get("most", 50))
        return {"count": rows.count, "rows": rows.listed(start, most), "basis": self.basis}


STEPS = 7
"""How many things are said until a desk is ready: read, kin, compile, price, find, ready; and the first of all."""


def not_ready(state: dict[str, Any]) -> SourceTrouble:
    return SourceTrouble(
        "desk",
        f"城市数据尚在准备：{state['what']}。",
        retryable=True,
        next_step="请稍候再试；页面会自动刷新。",
    )


# -- the socket --------------------------------------------------------------------------------------------------------


class _Question(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        desks: Desks = self.server.desks  # type: ignore[attr-defined]
        line = self.rfile.readline(LONGEST_QUESTION)
        with contextlib.suppress(BrokenPipeError):
            self.wfile.write(json.dumps(_answered(desks, line), ensure_ascii=False).encode() + b"\n")


def _answered(desks: Desks, line: bytes) -> dict[str, Any]:
    try:
        return {"ok": desks.answer(json.loads(line))}
    except MinzhengError as error:
        return {"error": _as_plain(error)}
    except Exception:
        _log.exception("a question to the reform desk failed")
        return {"error": {"family": "defect", "message": "改革台出现故障，这一步没有完成。"}}


def _as_plain(error: MinzhengError) -> dict[str, Any]:
    family = (
        "refusal"
        if isinstance(error, Refusal)
        else "source"
        if isinstance(error, SourceTrouble)
        else "defect"
    )
    return {
        "family": family,
        "code": error.code,
        "message": error.message,
        "next_step": error.next_step,
        "field": getattr(error, "field", ""),
    }


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers questions, one thread each."""

    daemon_threads = True

    def __init__(self, path: Path, desks: Desks) -> None:
        self.desks = desks
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(str(path), _Question)
        finally:
            os.umask(before)


def serve(desks: Desks, path: Path, stop: threading.Event) -> None:
    """Answer on the socket until told to stop; the desk is made meanwhile."""
    server = Server(path, desks)
    threads = [
        threading.Thread(target=desks.watch, args=(stop,), daemon=True),
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True),
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    server.shutdown()
    server.server_close()
    path.unlink(missing_ok=True)
