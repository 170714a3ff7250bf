"""Take the pictures of README and docs from a running platform with the demonstration city.

    .venv/bin/python docs/pictures/take.py http://127.0.0.1:8000

Needs the developers' requirements (playwright) and Chromium. Signs in with the demonstration's accounts and walks as an
officer would; writes PNG files beside itself.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
SCREEN = {"width": 1366, "height": 768}
MOST_BYTES = 300_000
_FLAGS = "--no-sandbox --disable-gpu --lang=zh-CN".split()


def overview(page: Page) -> None:
    """The city supervisor's first page, with the county map."""
    page.locator(".chart.map svg").wait_for()


def desk(page: Page) -> None:
    """The township officer's first page."""
    page.locator("#first-title").wait_for()


def leads(page: Page) -> None:
    page.locator(".menu a", has_text="线索").click()


def lead(page: Page) -> None:
    """The disabled widow who receives nothing: why she was found, with one clause unfolded."""
    leads(page)
    page.locator("tbody tr", has_text="苗月英").filter(has_text="最低生活保障").locator("th a").click()
    page.locator(".tree > li", has_text="人均收入").first.locator("summary").first.click()


def household(page: Page) -> None:
    """The family after a new job: what it received in three years and what the law says now."""
    page.locator(".find input[name=q]").fill("冯国庆")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="冯国庆 户").wait_for()


def rulebook(page: Page) -> None:
    page.locator(".menu a", has_text="政策规则").click()


def reform(page: Page) -> None:
    """The reform desk with a standard raised."""
    page.locator(".menu a", has_text="改革台").click()
    standard = page.locator("main input[type=number]").first
    standard.fill("750")
    standard.press("Enter")
    expect(page.locator("main b").first).not_to_contain_text("不变")


PICTURES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "overview": ("shi", overview),
    "desk": ("xiang", desk),
    "leads": ("xiang", leads),
    "lead": ("xiang", lead),
    "household": ("xiang", household),
    "rulebook": ("zhengce", rulebook),
    "reform": ("zhengce", reform),
}
"""Each picture with the account that sees it and the way to it."""


def take(browser: Browser, address: str, name: str) -> int:
    """One picture; returns its bytes."""
    account, walk = PICTURES[name]
    context = browser.new_context(base_url=address, locale="zh-CN", viewport=SCREEN, color_scheme="light")
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator(f"button[name=demo][value={account}]").click()
    page.get_by_role("button", name="登录", exact=True).click()
    page.locator("h1", has_text="今日").wait_for()
    walk(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)
    target = HERE / f"{name}.png"
    page.screenshot(path=target)
    context.close()
    return target.stat().st_size


def main(address: str, names: list[str]) -> int:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        sys.stderr.write("需要 Chromium：apt-get install -y chromium fonts-noto-cjk\n")
        return 1
    too_large = []
    with sync_playwright() as playwright:
        environment = {**os.environ, "LANGUAGE": "zh_CN"}
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS, env=environment)
        for name in names or list(PICTURES):
            size = take(browser, address, name)
            sys.stdout.write(f"{name}.png\t{size:,} 字节\n")
            too_large += [name] if size > MOST_BYTES else []
        browser.close()
    return 1 if too_large else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.stderr.write("用法：take.py 平台地址 [图名 …]\n")
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
