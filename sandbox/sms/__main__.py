"""`python -m sandbox.sms --folder DIR --port N`: takes messages, keeps them in a book, delivers nothing.

The book (`book.jsonl`) has one line for each message taken; the secret lies in `secret`; the fault in `fault`.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import re
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FAULTS = {
    "late": "收下后迟迟不答复",
    "lost-answer": "收下后断开连接，不答复",
    "refused-connection": "不收，也不答复，直接断开",
    "throttled": "一律答复过于频繁，一秒后再来",
    "server-error": "收下后答复内部错误",
    "not-json": "收下后答复无法识别的内容",
    "phone-refused": "一律答复号码不合规",
    "shut-out": "一律答复签名不符",
}
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_WINDOW_SECONDS = 300
_LATE_SECONDS = 30


class Book:
    """Messages taken, by number: a number is taken once."""

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / "book.jsonl", threading.Lock()
        self._nonces: set[str] = set()
        self._taken: dict[str, dict[str, Any]] = {}
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                one = json.loads(line)
                self._taken[one["out_id"]] = one

    def fresh(self, nonce: str) -> bool:
        with self._lock:
            known = nonce in self._nonces
            self._nonces.add(nonce)
            return not known

    def find(self, number: str) -> dict[str, Any] | None:
        with self._lock:
            return self._taken.get(number)

    def take(self, given: dict[str, Any]) -> tuple[int, dict[str, str]]:
        with self._lock:
            before = self._taken.get(given["out_id"])
            if before is not None:
                same = all(before[name] == given[name] for name in ("phone", "template", "params", "sign"))
                return (200, _ok(before)) if same else (409, {"code": "OUT_ID_USED"})
            one = {**given, "message_id": secrets.token_hex(12)}
            with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as book:  # fmt: skip
                book.write(json.dumps(one, ensure_ascii=False) + "\n")
            self._taken[one["out_id"]] = one
            return 200, _ok(one)


def _ok(one: dict[str, Any]) -> dict[str, str]:
    return {"code": "OK", "message_id": one["message_id"]}


class Desk(BaseHTTPRequestHandler):
    book: Book
    folder: Path
    key: str
    secret: bytes

    def log_message(self, *_said: object) -> None:
        """Says nothing: what is asked for has numbers in it."""

    def do_GET(self) -> None:
        if self._signed(b""):
            one = self.book.find(self.path.rsplit("/", 1)[1])
            self._say(*((404, {"code": "NOT_FOUND"}) if one is None else (200, _ok(one))))

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 1 << 16))
        fault = self._fault()
        if fault == "refused-connection":
            self.close_connection = True
            return
        if fault == "throttled":
            self._say(429, {"code": "THROTTLED"}, wait="1")
        elif fault == "shut-out":
            self._say(401, {"code": "SIGNATURE"})
        elif self._signed(body):
            self._take(body, fault)

    def _take(self, body: bytes, fault: str) -> None:
        given = json.loads(body)
        if fault == "phone-refused" or not _PHONE.fullmatch(given["phone"]):
            self._say(400, {"code": "PHONE_INVALID"})
            return
        status, said = self.book.take(given)
        if fault == "late":
            time.sleep(_LATE_SECONDS)
        if fault == "lost-answer":
            self.close_connection = True
        elif fault == "server-error":
            self._say(500, {"code": "INTERNAL"})
        elif fault == "not-json":
            self._say(200, None)
        else:
            self._say(status, said)

    def _signed(self, body: bytes) -> bool:
        """Our key, a fresh moment, a nonce nobody used, and the signature over all of it."""
        told = {name: self.headers.get(f"X-{name}", "") for name in ("Key", "Time", "Nonce", "Signature")}
        signed = "\n".join(
            (self.command, self.path, told["Time"], told["Nonce"], hashlib.sha256(body).hexdigest())
        )
        right = hmac.new(self.secret, signed.encode(), hashlib.sha256).hexdigest()
        fits = told["Key"] == self.key and hmac.compare_digest(right, told["Signature"])
        if fits and abs(time.time() - int(told["Time"])) < _WINDOW_SECONDS and self.book.fresh(told["Nonce"]):
            return True
        self._say(401, {"code": "SIGNATURE"})
        return False

    def _say(self, status: int, said: dict[str, str] | None, wait: str = "") -> None:
        content = b"<html>" if said is None else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if wait:
            self.send_header("Retry-After", wait)
        self.end_headers()
        self.wfile.write(content)

    def _fault(self) -> str:
        try:
            return (self.folder / "fault").read_text().strip()
        except FileNotFoundError:
            return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="sandbox.sms", description="短信网关替身")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=2280)
    parser.add_argument("--key", default="minzheng")
    parser.add_argument("--fault", choices=[*FAULTS, "none"])
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if given.fault is not None:
        (given.folder / "fault").write_text("" if given.fault == "none" else given.fault)
        sys.stdout.write(f"● 已切换：{FAULTS.get(given.fault, '一切正常')}\n")
        return 0
    secret = given.folder / "secret"
    if not secret.exists():
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    Desk.book, Desk.folder, Desk.key = Book(given.folder), given.folder, given.key
    Desk.secret = secret.read_bytes().strip()
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Desk)
    server.daemon_threads = True
    sys.stdout.write(f"● 短信网关替身已就绪：127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
