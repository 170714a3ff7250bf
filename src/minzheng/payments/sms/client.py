"""Speaking to the gateway: one signed request, one answer, and what is known after it.

An outcome that is not known is never taken for "not sent": the message is asked for under its own number before it is
offered again, and the gateway takes a number once. Nothing of a message is in a log, an error or an address.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import re
import ssl
import time
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from minzheng.payments.sms.hosts import SmsGateway

_LARGEST = 1 << 16
_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LONGEST_WAIT = 3600


class Known(StrEnum):
    """What is known of a message after an exchange."""

    ACCEPTED = "accepted"
    #: The gateway will never take it: a number out of form, a template it does not know.
    REFUSED = "refused"
    #: It was not taken; it may be offered again.
    NOT_TAKEN = "not_taken"
    #: Our own standing is in doubt (signature, account): nothing else will be taken either.
    SHUT_OUT = "shut_out"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Message:
    """One message; `number` names it for ever."""

    number: uuid.UUID
    phone: str = field(repr=False)
    template: str
    params: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """`code` is the gateway's own word, or what went wrong on the way; `wait` seconds the gateway asked for."""

    known: Known
    code: str
    message_id: str = ""
    wait: int = 0


class SmsClient:
    """One gateway; a connection of its own for each exchange."""

    def __init__(self, gateway: SmsGateway) -> None:
        self._gateway = gateway

    def send(self, message: Message) -> Answer:
        """Offer a message. The same number again is the same message, for the gateway as well."""
        body = {
            "out_id": str(message.number), "phone": message.phone, "sign": self._gateway.sign,
            "template": message.template, "params": message.params,
        }  # fmt: skip
        return self._exchange("POST", "/messages", json.dumps(body, ensure_ascii=False).encode())

    def look_up(self, number: uuid.UUID) -> Answer:
        """Whether the gateway has a message of this number: ACCEPTED, NOT_TAKEN, or still UNKNOWN."""
        return self._exchange("GET", f"/messages/{number}", b"")

    def _exchange(self, method: str, place: str, body: bytes) -> Answer:
        connection = self._connection()
        try:
            connection.connect()
        except (OSError, ssl.SSLError) as trouble:
            connection.close()
            return Answer(Known.NOT_TAKEN, _place_of(trouble))
        try:
            path = self._gateway.path + place
            connection.request(method, path, body or None, self._headers(method, path, body))
            response = connection.getresponse()
            return _read(response.status, response.getheader("Retry-After"), response.read(_LARGEST))
        except (OSError, http.client.HTTPException) as trouble:
            return Answer(Known.UNKNOWN, _place_of(trouble))
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        one = self._gateway
        if one.encrypted:
            return http.client.HTTPSConnection(
                one.host, one.port, timeout=one.seconds, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(one.host, one.port, timeout=one.seconds)

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        at, nonce = str(int(time.time())), uuid.uuid4().hex
        signed = "\n".join((method, path, at, nonce, hashlib.sha256(body).hexdigest()))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Key": self._gateway.access_key,
            "X-Time": at,
            "X-Nonce": nonce,
            "X-Signature": hmac.new(self._gateway.secret, signed.encode(), hashlib.sha256).hexdigest(),
        }


def _read(status: int, wait: str | None, content: bytes) -> Answer:
    said = _said(content)
    code = str(said.get("code", ""))
    code = code if _WORD.fullmatch(code) else f"HTTP_{status}"
    message_id = str(said.get("message_id", ""))
    if status == 200 and code == "OK" and _MESSAGE_ID.fullmatch(message_id):
        return Answer(Known.ACCEPTED, code, message_id)
    if status == 404 and code == "NOT_FOUND":
        return Answer(Known.NOT_TAKEN, code)
    if status == 429:
        return Answer(Known.NOT_TAKEN, code, wait=_seconds(wait))
    if status in (401, 403):
        return Answer(Known.SHUT_OUT, code)
    if status in (400, 409, 422) and said:
        return Answer(Known.REFUSED, code)
    # Anything else may have been said by something in between, before or after the gateway took the message.
    return Answer(Known.UNKNOWN, code)


def _said(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(wait: str | None) -> int:
    return min(int(wait), _LONGEST_WAIT) if wait and wait.isascii() and wait.isdecimal() else 0


def _place_of(trouble: BaseException) -> str:
    """The kind of trouble and nothing of what was said."""
    return f"NET_{type(trouble).__name__.upper()}"[:40]
