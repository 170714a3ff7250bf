"""A person at a browser, as far as the server can tell: keeps cookies, follows redirects, fills the page's own form."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

_FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_LINK = re.compile(r'href="([^"]+)"')


@dataclass
class Page:
    """What came back."""

    status: int
    path: str
    text: str

    def links(self, pattern: str) -> list[str]:
        """Addresses on the page that match, each once, in order."""
        return links_of(self.text, pattern)


def form_of(text: str, containing: str) -> tuple[str, dict[str, str]]:
    """Where the page's form that contains this text is sent, and what stands in it."""
    found = next(form for form in _FORM.finditer(text) if containing in form["body"])
    values = {}
    for field_text in _INPUT.findall(found["body"]):
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(field_text)}
        if "name" in attributes and attributes.get("type") not in ("checkbox", "radio"):
            values[attributes["name"]] = attributes.get("value", "")
    return dict(_ATTRIBUTE.findall(found["head"])).get("action", ""), values


def links_of(text: str, pattern: str) -> list[str]:
    """Addresses on a page that match, each once, in order."""
    wanted = re.compile(pattern)
    return list(dict.fromkeys(link for link in map(unescape, _LINK.findall(text)) if wanted.fullmatch(link)))


@dataclass
class Visitor:
    """One session over one kept connection."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Page:
        return self._follow("GET", path, None)

    def submit(self, page: Page, containing: str, **fields: str) -> Page:
        """Send the page's form that contains this text, with its own values and those given."""
        action, values = form_of(page.text, containing)
        return self._follow("POST", urljoin(page.path, action), urlencode(values | fields))

    def post(self, path: str, **fields: str) -> Page:
        """Look for something: fields that change nothing, with the token of the forms of a page looked at before."""
        return self._follow(
            "POST",
            path,
            urlencode({"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields}),
            changes=False,
        )

    def _follow(self, method: str, path: str, body: str | None, *, changes: bool = True) -> Page:
        for _ in range(6):
            reply = self._ask(method, path, body, again=method == "GET" or not changes)
            text = reply.read().decode("utf-8", errors="replace")
            for cookie in reply.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.split(";", 1)[0].partition("=")
                self.cookies[name] = value
            if reply.status not in (301, 302, 303):
                return Page(reply.status, path, text)
            parts = urlsplit(urljoin(path, reply.headers["Location"]))
            method, path, body = "GET", parts.path + (f"?{parts.query}" if parts.query else ""), None
        raise RuntimeError(f"redirected too often: {path}")

    def _ask(self, method: str, path: str, body: str | None, *, again: bool) -> http.client.HTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"http://127.0.0.1:{self.port}{path}",
            }
        if not again:
            # The server closes kept connections that were idle, and what changes something is sent once only.
            self._close()
        for may in (again, False):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.connection.request(method, path, body, headers)
                return self.connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError):
                self._close()
                if not may:
                    raise
        raise RuntimeError("not reached")

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None
