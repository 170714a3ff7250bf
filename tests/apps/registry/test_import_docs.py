"""docs/import.md lists every field and every reason as they are, and its example runs."""

from __future__ import annotations

import re
from pathlib import Path

from minzheng.registry.imports.fields import FIELDS
from minzheng.registry.imports.report import REASONS

PAGE = Path(__file__).parents[3] / "docs" / "import.md"


def fields_table() -> str:
    lines = ["| field | label | other headers | coverage |", "|---|---|---|---|"]
    for field in FIELDS:
        needed = "，必填" if field.required else ""
        kind = "" if field.coverage is None else field.coverage.label
        lines.append(f"| `{field.name}` | {field.label}{needed} | {'、'.join(field.headers)} | {kind} |")
    return "\n".join(lines)


def reasons_table() -> str:
    lines = ["| code | reason | what to do |", "|---|---|---|"]
    lines += [f"| `{code}` | {reason} | {todo} |" for code, (reason, todo) in REASONS.items()]
    return "\n".join(lines)


def test_the_page_lists_fields_and_reasons_as_they_are():
    page = PAGE.read_text(encoding="utf-8")
    assert fields_table() in page
    assert reasons_table() in page


def test_the_example_of_the_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, "docs/import.md", "exec"), {})
