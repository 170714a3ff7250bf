"""The application's role may make no temporary table (`minzheng_app` has no such right): only what the owner runs may."""

from __future__ import annotations

import re
from pathlib import Path

import minzheng

SOURCE = Path(minzheng.__file__).parent
TEMPORARY = re.compile(r"create\s+temp(orary)?\s", re.IGNORECASE)
BY_THE_OWNER = {"registry/bulk.py"}
"""Bulk loading runs as the owner of the schema and no officer reaches it."""


def test_only_what_the_owner_runs_makes_a_temporary_table():
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if TEMPORARY.search(path.read_text(encoding="utf-8"))
    }
    assert found == BY_THE_OWNER
