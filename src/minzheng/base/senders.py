"""Sending a short message, behind one interface: a gateway that speaks HTTP, or the demonstration, which shows the code.

Without a gateway nothing is sent in production, and nobody is told that something was.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, Protocol

from django.conf import settings

from minzheng.values.errors import SourceTrouble

_log = logging.getLogger(__name__)
_SECONDS = 10.0
_LONGEST_ANSWER = 65_536


class Sender(Protocol):
    """Sends one text to one telephone. The same reference sent twice is one message."""

    def send(self, phone: str, text: str, *, reference: str) -> None: ...


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that points elsewhere is not followed: the telephone goes to nobody else."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class GatewaySender:
    """A message gateway: JSON by POST, signed (HMAC-SHA-256 of the body), accepted with `{"accepted": true}`."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key.encode()
        self._open = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({})).open

    def send(self, phone: str, text: str, *, reference: str) -> None:
        body = json.dumps({"to": phone, "text": text, "reference": reference}, ensure_ascii=False).encode()
        request = urllib.request.Request(  # noqa: S310 (the address is the operator's own setting, http or https)
            self._url,
            data=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "X-Signature": hmac.new(self._key, body, hashlib.sha256).hexdigest(),
            },
        )
        try:
            with self._open(request, timeout=_SECONDS) as answer:
                told = json.loads(answer.read(_LONGEST_ANSWER))
        except (OSError, ValueError, HTTPException, urllib.error.URLError):
            raise _not_sent() from None
        if not isinstance(told, dict) or told.get("accepted") is not True:
            raise _not_sent()


class DemonstrationSender:
    """Sends nothing: the page shows the code, marked as demonstration."""

    def send(self, phone: str, text: str, *, reference: str) -> None:
        return


def sender() -> Sender:
    """The sender of this installation; `SourceTrouble` when there is none and this is no demonstration."""
    if settings.SMS_GATEWAY:
        return GatewaySender(settings.SMS_GATEWAY, settings.SMS_KEY)
    if settings.DEMO:
        return DemonstrationSender()
    raise SourceTrouble(
        "sms",
        "短信服务没有开通，暂时不能用验证码登录。",
        retryable=False,
        next_step="请到乡镇（街道）便民服务中心办理，或者拨打 12345。",
    )


def send_in_background(by: Sender, phone: str, text: str, *, reference: str) -> threading.Thread:
    """Send beside the answer, so that its time tells nobody whether there was something to send."""

    def go() -> None:
        try:
            by.send(phone, text, reference=reference)
        except SourceTrouble:
            _log.error("message %s was not sent", reference)

    thread = threading.Thread(target=go, name="sender", daemon=True)
    thread.start()
    return thread


def _not_sent() -> SourceTrouble:
    return SourceTrouble(
        "sms", "短信没有发出。", retryable=True, next_step="请稍后再试；急用请到便民服务中心办理。"
    )
