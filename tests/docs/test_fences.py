"""What README and docs show runs: Python fences of a page in order, commands against the command line's own parser."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = ("sh", "bash", "shell", "console")


def fences(page: Path, *kinds: str) -> Iterator[tuple[int, str]]:
    """Line and text of each fence of these kinds."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found.group(1) in kinds:
            yield text.count("\n", 0, found.start(2)) + 1, found.group(2)


def pages_with(*kinds: str) -> list[Any]:
    return [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES if any(fences(p, *kinds))]


@pytest.mark.compiled
@pytest.mark.parametrize("page", pages_with("python"))
def test_python_fences_run(page: Path) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    for line, text in fences(page, "python"):
        exec(compile("\n" * (line - 1) + text, str(page), "exec"), space)


def commands(text: str) -> Iterator[list[str]]:
    """The `minzheng …` commands of a shell fence, continued lines joined."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|;|\|", line.removeprefix("$ ")):
            words = shlex.split(part, comments=True)
            while words and ("=" in words[0] and words[0].split("=")[0].isupper()):
                words = words[1:]
            if words and words[0].rsplit("/", 1)[-1] == "minzheng":
                yield words[1:]


@pytest.mark.parametrize("page", pages_with(*SHELL))
def test_commands_are_understood(page: Path) -> None:
    for line, text in fences(page, *SHELL):
        for words in commands(text):
            code = understood(words)
            assert code == 0, f"{page.name}:{line}: minzheng {' '.join(words)}"


def understood(words: list[str]) -> Any:
    """0 when the command line's parser takes these words."""
    from minzheng.cli import build_parser

    try:
        build_parser().parse_args(words)
    except SystemExit as refused:
        return refused.code
    return 0


def test_the_engine_page_runs_at_all() -> None:
    """A page without fences would pass silently."""
    assert len(list(fences(ROOT / "docs" / "engine.md", "python"))) >= 8


def test_every_chapter_of_the_manual_is_named() -> None:
    page = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
    chapters = [p.name for p in sorted((ROOT / "tests" / "spec").glob("test_*.py"))]
    assert [c for c in chapters if f"({'../tests/spec/' + c})" not in page] == []
