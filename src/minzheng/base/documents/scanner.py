"""The malware scanner: clamd over a Unix or TCP socket. Without its answer nothing is kept in production.

`MINZHENG_SCANNER` names it: `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`. Only a demonstration may do without.
"""

from __future__ import annotations

import logging
import socket
import struct

from django.conf import settings

from minzheng.values.errors import Refusal, SourceTrouble

_log = logging.getLogger(__name__)
_SECONDS = 20.0
_CHUNK = 64 * 1024
_LONGEST_ANSWER = 4096


def scan(content: bytes) -> None:
    """Return when the scanner says clean. `Refusal` when it finds something, `SourceTrouble` when it cannot be asked."""
    if not settings.DOCUMENT_SCANNER:
        if settings.DEMO:
            return
        raise _silent()
    try:
        answer = _ask(settings.DOCUMENT_SCANNER, content)
    except OSError as trouble:
        _log.error("scanner does not answer: %s", type(trouble).__name__)
        raise _silent() from None
    if answer == "stream: OK":
        return
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        raise Refusal(
            "documents.malware",
            "安全检查发现这个文件带有恶意程序，没有保存。",
            field="file",
            next_step="请勿再次打开该文件，改用手机拍照或重新扫描后上传。",
        )
    _log.error("scanner answers neither clean nor found")
    raise _silent()


def _ask(where: str, content: bytes) -> str:
    """clamd's INSTREAM: chunks with their length in front, an empty one at the end, one line back."""
    with _connected(where) as link:
        link.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            part = content[start : start + _CHUNK]
            link.sendall(struct.pack("!L", len(part)) + part)
        link.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            more = link.recv(_LONGEST_ANSWER)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0").decode("ascii", "replace")


def _connected(where: str) -> socket.socket:
    kind, _, place = where.partition(":")
    if kind == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(_SECONDS)
        try:
            link.connect(place)
        except OSError:
            link.close()
            raise
        return link
    host, _, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_SECONDS)


def _silent() -> SourceTrouble:
    return SourceTrouble(
        "scanner",
        "文件安全检查暂时不可用，没有保存上传的文件。",
        retryable=True,
        next_step="请保留原件稍后再传；持续不能上传的，请告知系统管理员检查查毒服务。",
    )
