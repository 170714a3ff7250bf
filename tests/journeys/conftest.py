"""A real server on loopback over the fixed households, and a real headless Chromium in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from minzheng.base.demo_staff import ACCOUNTS
from minzheng.base.types import Role
from tests.apps.web.conftest import stories_loaded

__all__ = ["stories_loaded"]

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --lang=zh-CN"
).split()
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def site(stories_loaded) -> Iterator[str]:
    """The address of the running office."""
    with serving() as address:
        yield address


@contextmanager
def serving() -> Iterator[str]:
    """A real server on loopback over this worker's database."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.terminate()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "the journeys need Chromium: apt-get install -y chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def enter(site: str, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`enter(Role.X, phone=…, script=…, dark=…)`: a page of somebody who came in through the door."""
    contexts: list[BrowserContext] = []

    def come_in(
        role: Role | None,
        *,
        phone: bool = False,
        script: bool = True,
        dark: bool = False,
        account: str = "",
    ) -> Page:
        context = chromium.new_context(
            base_url=site,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESK,
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        if role is not None:
            username = account or next(one.username for one in ACCOUNTS if one.role is role)
            page.locator(f"button[name=demo][value={username}]").click()
            page.get_by_role("button", name="登录", exact=True).click()
            expect(page.locator("h1")).to_contain_text("今日")
        return page

    yield come_in
    for context in contexts:
        context.close()


@contextmanager
def no_complaints(page: Page) -> Iterator[None]:
    """Nothing in the console: no script error, no violation of the content policy."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield
    assert heard == []
