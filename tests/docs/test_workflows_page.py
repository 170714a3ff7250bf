"""docs/workflows.md says what the lines' tables say."""

from __future__ import annotations

import os
from pathlib import Path

from minzheng.cases import lines
from minzheng.cases.diagram import page

PAGE = Path(__file__).parents[2] / "docs" / "workflows.md"


def test_the_page_of_workflows_is_what_the_platform_runs_on():
    text = page(lines.lines())
    if os.environ.get("MINZHENG_WRITE_DOCS"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
